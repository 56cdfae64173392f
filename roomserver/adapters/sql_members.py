"""The rooms' members in SQL."""

from collections.abc import Collection, Mapping, Sequence
from typing import Final, TypeVar

from sqlalchemy import Connection, TextClause, bindparam, select, text, update

from roomserver.adapters.sql_clock import NOW_MS
from roomserver.adapters.sql_engine import Database
from roomserver.adapters.sql_rows import BIG, TEXT, RowsParameter
from roomserver.adapters.sql_schema import entries, members
from roomserver.core.model import EntryId, Membership, RoomId, Seq, User, UserId
from roomserver.core.words import folded
from roomserver.ports.members import Reading, ReadMark, Sighting, Span, Unread

AHEAD_MS_MAX: Final = 5_000
"""How far a time may lie in the future because clocks differ a little."""

V = TypeVar("V")

_UNREAD: Final = text(
    "SELECT room_id, (SELECT count(*) FROM (SELECT 1 FROM entries"
    " WHERE entries.room_id = members.room_id AND entries.seq > members.read_seq"
    " AND entries.author_id <> members.user_id AND entries.kind = 'message'"
    " LIMIT :count_max) AS behind) AS unread,"
    " (SELECT count(*) FROM (SELECT 1 FROM mentions"
    " WHERE mentions.user_id = members.user_id AND mentions.room_id = members.room_id"
    " AND mentions.seq > members.read_seq LIMIT :count_max) AS naming) AS mentions"
    " FROM members WHERE user_id = :user_id"
)


_SEEN: Final = {
    "room_id": BIG,
    "user_id": BIG,
    "username": TEXT,
    "is_online": BIG,
    "last_seen_at_ms": BIG,
    "name_key": TEXT,
}
_READ: Final = {
    "room_id": BIG,
    "user_id": BIG,
    "username": TEXT,
    "read_seq": BIG,
    "last_seen_at_ms": BIG,
    "name_key": TEXT,
    "read_at_ms": BIG,
}

MOVED_MAX: Final = 5_000
"""Read marks that are told at once; whoever asks sees the rest when they come again."""

# Asked twice a second.
_MOVED: Final = (
    select(members.c.room_id, members.c.user_id, members.c.read_seq)
    .where(members.c.read_at_ms > bindparam("at_ms"))
    .order_by(members.c.read_at_ms.desc())
    .limit(MOVED_MAX)
)

_MARKS: Final = {
    # As an array they are looked up in the index; a plan for a join may read all members.
    "postgresql": "SELECT user_id, room_id, read_seq FROM members"
    " WHERE user_id = ANY(ARRAY(SELECT user_id FROM {people}))",
    "sqlite": "SELECT user_id, room_id, read_seq FROM members"
    " WHERE user_id IN (SELECT user_id FROM {people})",
}

_COUNT: Final = (
    "SELECT room_id, user_id, (SELECT count(*) FROM (SELECT 1 FROM entries"
    " WHERE entries.room_id = spans.room_id AND entries.seq > spans.unread_after"
    " AND entries.seq <= spans.up_to AND entries.author_id <> spans.user_id"
    " AND entries.kind = 'message' LIMIT :count_max) AS behind) AS unread,"
    " (SELECT count(*) FROM (SELECT 1 FROM mentions WHERE mentions.user_id = spans.user_id"
    " AND mentions.room_id = spans.room_id AND mentions.seq > spans.after_seq"
    " AND mentions.seq <= spans.up_to LIMIT :count_max) AS naming) AS mentions"
    " FROM {spans}"
)
_SPAN: Final = {
    "room_id": BIG,
    "user_id": BIG,
    "after_seq": BIG,
    "up_to": BIG,
    "unread_after": BIG,
}


class SqlMembers:
    """A :class:`~roomserver.ports.members.Members` on SQLAlchemy Core."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._seen = RowsParameter("seen", kind=database.kind, columns=_SEEN)
        self._note_seen = _noting(
            self._seen,
            "username = excluded.username, name_key = excluded.name_key,"
            " is_online = excluded.is_online,"
            " last_seen_at_ms = excluded.last_seen_at_ms"
            # Another instance may have waited longer to write what it saw earlier. But what was
            # noted by a clock that was wrong must not stand until that time has come.
            " WHERE excluded.last_seen_at_ms >= members.last_seen_at_ms"
            f" OR members.last_seen_at_ms > {NOW_MS[database.kind]} + {AHEAD_MS_MAX}",
        )
        self._read = RowsParameter("just_read", kind=database.kind, columns=_READ)
        self._note_read = _noting(
            self._read,
            "read_seq = excluded.read_seq, read_at_ms = excluded.read_at_ms"
            " WHERE excluded.read_seq > members.read_seq"
            " RETURNING room_id, user_id",
        )
        self._wanted = RowsParameter(
            "wanted", kind=database.kind, columns={"room_id": BIG, "user_id": BIG}
        )
        self._people = RowsParameter("people", kind=database.kind, columns={"user_id": BIG})
        self._marks = text(_MARKS[database.kind].format(people=self._people.table))
        self._spans = RowsParameter("spans", kind=database.kind, columns=_SPAN)
        self._count = text(_COUNT.format(spans=self._spans.table))
        self._find_marks = text(
            "SELECT room_id, user_id, (SELECT read_seq FROM members"  # noqa: S608 - our names only
            " WHERE members.room_id = wanted.room_id AND members.user_id = wanted.user_id)"
            f" FROM {self._wanted.table}"
        )

    async def note_sightings(self, sightings: Sequence[Sighting]) -> None:
        in_time = sorted(sightings, key=lambda each: each.at_ms)
        newest = {(each.room_id, each.user.user_id): each for each in in_time}
        rows = [
            (
                each.room_id,
                each.user.user_id,
                each.user.username,
                int(each.is_online),
                each.at_ms,
                folded(each.user.username),
            )
            for each in _in_order(newest)
        ]
        if not rows:
            return
        await self._database.write(lambda tx: tx.execute(self._note_seen, self._seen.bind(rows)))

    async def note_readings(self, readings: Sequence[Reading]) -> Sequence[ReadMark]:
        furthest: dict[tuple[RoomId, UserId], Reading] = {}
        for each in readings:
            key = (each.room_id, each.user.user_id)
            if key not in furthest or each.message_id > furthest[key].message_id:
                furthest[key] = each
        if not furthest:
            return []
        return await self._database.write(lambda tx: self._move(tx, _in_order(furthest)))

    async def read_marks(
        self, wanted: Collection[tuple[RoomId, UserId]]
    ) -> Mapping[tuple[RoomId, UserId], Seq]:
        if not wanted:
            return {}
        found = await self._database.ask(self._find_marks, self._wanted.bind(wanted))
        return {
            (RoomId(room_id), UserId(user_id)): Seq(read_seq)
            for room_id, user_id, read_seq in found
            if read_seq
        }

    async def listing(self, room_id: RoomId) -> Sequence[Membership]:
        everybody = (
            select(members)
            .where(members.c.room_id == room_id)
            .order_by(members.c.username, members.c.user_id)
        )
        return [
            Membership(
                user=User(UserId(row.user_id), row.username),
                is_online=bool(row.is_online),
                last_seen_at_ms=row.last_seen_at_ms,
                read_up_to=Seq(row.read_seq),
                read_at_ms=row.read_at_ms,
            )
            for row in await self._database.ask(everybody)
        ]

    async def unread(self, user_id: UserId, *, count_max: int) -> Mapping[RoomId, Unread]:
        counts = await self._database.ask(_UNREAD, {"user_id": user_id, "count_max": count_max})
        return {RoomId(row.room_id): Unread(row.unread, row.mentions) for row in counts}

    async def marks_of(self, user_ids: Collection[UserId]) -> Mapping[UserId, Mapping[RoomId, Seq]]:
        if not user_ids:
            return {}
        marks: dict[UserId, dict[RoomId, Seq]] = {}
        people = self._people.bind([user_id] for user_id in user_ids)
        for user_id, room_id, read_seq in await self._database.ask(self._marks, people):
            marks.setdefault(UserId(user_id), {})[RoomId(room_id)] = Seq(read_seq)
        return marks

    async def moved_since(self, at_ms: int) -> Sequence[tuple[RoomId, UserId, Seq]]:
        found = await self._database.ask(_MOVED, {"at_ms": at_ms})
        return [(RoomId(room_id), UserId(user_id), Seq(seq)) for room_id, user_id, seq in found]

    async def count(
        self, spans: Sequence[Span], *, count_max: int
    ) -> Mapping[tuple[RoomId, UserId], Unread]:
        if not spans:
            return {}
        parameters = {**self._spans.bind(spans), "count_max": count_max}
        return {
            (RoomId(row.room_id), UserId(row.user_id)): Unread(row.unread, row.mentions)
            for row in await self._database.ask(self._count, parameters)
        }

    async def all_offline(self) -> None:
        await self._database.write(lambda tx: tx.execute(update(members).values(is_online=0)))

    def _move(self, tx: Connection, readings: Sequence[Reading]) -> Sequence[ReadMark]:
        places: dict[tuple[RoomId, EntryId], tuple[Seq, EntryId]] = {}
        for each in readings:
            if (each.room_id, each.message_id) not in places:
                places[each.room_id, each.message_id] = _place_of(tx, each)
        marks = {
            (each.room_id, each.user.user_id): ReadMark(
                each, *places[each.room_id, each.message_id]
            )
            for each in readings
        }
        rows = [
            (
                each.room_id,
                each.user.user_id,
                each.user.username,
                seq,
                each.at_ms,
                folded(each.user.username),
                each.at_ms,
            )
            for each, seq, _message_id in marks.values()
            if seq > 0
        ]
        if not rows:
            return []
        moved = tx.execute(self._note_read, self._read.bind(rows))
        return [marks[RoomId(room_id), UserId(user_id)] for room_id, user_id in moved]


def _noting(people: RowsParameter, change: str) -> TextClause:
    """Make the statement that notes *people*; *change* is for those who are known already."""
    return text(
        f"INSERT INTO members ({people.columns})"  # noqa: S608 - names of ours only
        f" SELECT {people.columns} FROM {people.table}"
        # A room may have gone with a restore of the database: nobody is noted there.
        # Asked row by row: a join would read all rooms, and lose the order.
        f" WHERE (SELECT 1 FROM rooms WHERE rooms.id = {people.name}.room_id) = 1"
        f" ON CONFLICT (room_id, user_id) DO UPDATE SET {change}"
    )


def _place_of(tx: Connection, reading: Reading) -> tuple[Seq, EntryId]:
    log = select(entries.c.seq, entries.c.id).where(entries.c.room_id == reading.room_id)
    exactly = log.where(entries.c.id == reading.message_id)
    last = log.order_by(entries.c.seq.desc()).limit(1)
    found = (tx.execute(exactly)).first() or (tx.execute(last)).first()
    if found is None:
        return Seq(0), EntryId(0)
    if found.id <= reading.message_id:
        return Seq(found.seq), EntryId(found.id)
    return _place_before(tx, reading, Seq(found.seq))


def _place_before(tx: Connection, reading: Reading, last: Seq) -> tuple[Seq, EntryId]:
    # No page asks for this. By halving: within a room, numbers rise with their place, since
    # both are given under its lock; and nobody can make us read a whole log.
    place, beyond = (Seq(0), EntryId(0)), last
    while place[0] + 1 < beyond:
        middle = Seq((place[0] + beyond) // 2)
        at = select(entries.c.id).where(
            entries.c.room_id == reading.room_id, entries.c.seq == middle
        )
        entry_id = EntryId((tx.execute(at)).scalar_one())
        if entry_id <= reading.message_id:
            place = (middle, entry_id)
        else:
            beyond = middle
    return place


def _in_order(found: Mapping[tuple[RoomId, UserId], V]) -> Sequence[V]:
    # Two instances that note the same people can't lock each other out.
    return [found[key] for key in sorted(found)]
