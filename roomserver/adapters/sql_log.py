"""The rooms' logs in SQL, the same code for SQLite and PostgreSQL."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import partial
from typing import Any, Final

from sqlalchemy import Connection, Select, select, text, update
from sqlalchemy.exc import IntegrityError

from roomserver.adapters import sql_places
from roomserver.adapters.sql_changed import entry_of, find_changed, take_back
from roomserver.adapters.sql_changes import Changes
from roomserver.adapters.sql_engine import Database, Facts, Prepared, Rows
from roomserver.adapters.sql_errors import LockHeld
from roomserver.adapters.sql_inserting import MORE, ROW, insert_into
from roomserver.adapters.sql_mentions import Mentions, written
from roomserver.adapters.sql_numbering import Numbering, key_of
from roomserver.adapters.sql_rights import note
from roomserver.adapters.sql_rows import BIG, TEXT, RowsParameter
from roomserver.adapters.sql_schema import entries, new_epoch, rooms
from roomserver.core.errors import RoomBusy, RoomError, StorageUnavailable
from roomserver.core.model import (
    Draft,
    Entry,
    EntryId,
    Head,
    Place,
    Quoted,
    Receipt,
    RoomId,
    Seq,
    UserId,
)

_ATTEMPTS_MAX: Final = 3

WARY_BATCHES: Final = 100
"""So many batches are looked up after one with something in it that had been sent before."""


class SqlLog:
    """A :class:`~roomserver.ports.log.Log` on SQLAlchemy Core."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._sql = _Statements(database)
        self._mentions = Mentions(database.kind)
        self._wary_batches = 0
        """How many batches to come are looked up before anything is inserted."""

    async def append(
        self, drafts: Sequence[Draft], *, is_patient: bool = True
    ) -> Sequence[Receipt | RoomError]:
        lock = self._sql.lock if is_patient else self._sql.lock_free
        # Nearly everything is sent once, and what isn't the index refuses. So a batch is only
        # looked up when that has happened: then retries come in numbers.
        is_wary = self._wary_batches > 0
        for _attempt in range(_ATTEMPTS_MAX):
            append = partial(self._append, drafts, lock, is_wary=is_wary)
            try:
                outcomes = await self._database.write(append)
            except IntegrityError:
                # The rollback also gave the numbers back; the look-up will see what is there,
                # be it from before or from another instance while we waited for the lock.
                is_wary = True
            except LockHeld:
                # One room must not hold up all the others: they go without it.
                lock = self._sql.lock_free
            else:
                self._wary_batches = self._wary_after(outcomes) if is_wary else 0
                return outcomes
        raise StorageUnavailable

    def _wary_after(self, outcomes: Iterable[Receipt | RoomError]) -> int:
        if any(isinstance(outcome, Receipt) and not outcome.is_new for outcome in outcomes):
            return WARY_BATCHES
        return max(0, self._wary_batches - 1)

    async def head(self, room_id: RoomId) -> Head:
        return (await self.heads([room_id])).get(room_id, Head(Seq(0), ""))

    async def heads(self, room_ids: Sequence[RoomId]) -> Mapping[RoomId, Head]:
        wanted = self._sql.wanted.bind([room_id] for room_id in room_ids)
        found = await self._database.ask(self._sql.ends, wanted)
        return _heads(found)

    async def moved(self, told: Mapping[RoomId, Head]) -> Mapping[RoomId, Head]:
        rows = self._sql.told.bind((room_id, *head) for room_id, head in told.items())
        found = await self._database.ask(self._sql.moved, rows)
        return _heads(found)

    async def begin_epoch(self, room_id: RoomId, *, after: Head) -> Head:
        still = (rooms.c.id == room_id, rooms.c.epoch == after.epoch, rooms.c.last_seq < after.seq)
        another = update(rooms).where(*still).values(epoch=new_epoch())
        # Read where it was written: a reader may be behind, which is no loss.
        ends = (self._sql.ends, self._sql.wanted.bind([[room_id]]))

        def begin(tx: Connection) -> Head:
            tx.execute(another)
            found = (tx.execute(*ends)).first()
            return Head(Seq(0), "") if found is None else Head(Seq(found.last_seq), found.epoch)

        return await self._database.write(begin)

    async def after(self, room_id: RoomId, seq: Seq, *, limit: int) -> Sequence[Entry]:
        page = {"room_id": room_id, "seq": seq, "limit": limit}
        return await self._read(sql_places.AFTER, page)

    async def before(self, room_id: RoomId, seq: Seq, *, limit: int) -> Sequence[Entry]:
        page = {"room_id": room_id, "seq": seq, "limit": limit}
        return (await self._read(sql_places.BEFORE, page))[::-1]

    async def place_of(self, room_id: RoomId, message_id: EntryId) -> Seq | None:
        found = await self._database.ask(sql_places.place_of(room_id, message_id))
        return Seq(found[0].seq) if found else None

    async def first_at(self, room_id: RoomId, at_ms: int) -> Seq:
        moment = {"room_id": room_id, "at_ms": at_ms}
        found = await self._database.ask(sql_places.FIRST_AT, moment)
        return Seq(found[0].high) if found else Seq(1)

    async def about(
        self, room_id: RoomId, message_ids: Collection[EntryId], *, behind: Seq, limit: int
    ) -> Sequence[Entry]:
        if not message_ids:
            return []
        changes = sql_places.about(room_id, message_ids, behind, limit)
        return (await self._read(changes))[::-1]

    async def _read(self, query: Select[Any], facts: Facts | None = None) -> Sequence[Entry]:
        return [entry_of(row) for row in await self._database.ask(query, facts)]

    def _append(
        self, drafts: Sequence[Draft], lock: Prepared, tx: Connection, *, is_wary: bool
    ) -> Sequence[Receipt | RoomError]:
        heads = self._lock_rooms(tx, drafts, lock)
        about_others = [
            draft for draft in drafts if draft.target_id is not None or draft.reply_to is not None
        ]
        # After the lock and in statements of their own: so they see what others just committed.
        # Sent again, a change or a reply may not be possible any more: it must be known as done.
        known = self._find_known(tx, drafts if is_wary else about_others)
        targets, earlier = find_changed(tx, about_others)
        changes = Changes(targets, earlier)
        numbering = Numbering(heads, known, changes)
        places = list(map(numbering.place, drafts))
        stored = {Place(entry.room_id, entry.seq): entry for entry in (*known, *earlier)}
        if numbering.new:
            inserted = self._insert(tx, numbering, is_plain=not about_others)
            stored |= inserted
            self._mentions.insert(tx, inserted.values())
            self._sql.raise_heads(tx, numbering.raised())
            take_back(tx, changes.deleted)
            for decision in changes.moderated:
                newest_ms = max(entry.created_at_ms for entry in stored.values())
                note(tx, decision, now_ms=newest_ms)
        missing = {draft.room_id for draft in drafts} - heads.keys()
        busy = self._existing(tx, missing) if missing else set()
        return [
            _outcome(placed, stored, is_busy=draft.room_id in busy)
            for draft, placed in zip(drafts, places, strict=True)
        ]

    def _lock_rooms(
        self, tx: Connection, drafts: Iterable[Draft], lock: Prepared
    ) -> dict[RoomId, Seq]:
        wanted = {(draft.room_id,) for draft in drafts}
        return {RoomId(room_id): Seq(last_seq) for room_id, last_seq in lock(tx, wanted)}

    def _existing(self, tx: Connection, room_ids: Iterable[RoomId]) -> set[RoomId]:
        wanted = self._sql.wanted.bind([room_id] for room_id in room_ids)
        return {RoomId(room_id) for room_id, _seq in tx.execute(self._sql.heads, wanted)}

    def _find_known(self, tx: Connection, drafts: Iterable[Draft]) -> Sequence[Entry]:
        keys = {key for key in map(key_of, drafts) if key is not None}
        if not keys:
            return []
        ids = self._sql.find(tx, keys)
        known_ids = [entry_id for (entry_id,) in ids if entry_id is not None]
        if not known_ids:
            return []
        found = tx.execute(select(entries).where(entries.c.id.in_(known_ids)))
        return [entry_of(row) for row in found]

    def _insert(
        self, tx: Connection, numbering: Numbering, *, is_plain: bool
    ) -> Mapping[Place, Entry]:
        new, quoted = numbering.new, numbering.quoted
        mentions = self._mentions.of(tx, new)
        rows = map(_row, new.items())
        if is_plain and not mentions:
            # Most batches: seven columns of nothing would cost as much as a tenth.
            inserted = self._sql.insert(tx, rows)
        else:
            more = [_more_facts(new[at], quoted.get(at), mentions.get(at)) for at in new]
            whole = [(*row, *facts) for row, facts in zip(rows, more, strict=True)]
            inserted = self._sql.insert_more(tx, whole)
        stored: dict[Place, Entry] = {}
        for room_id, seq, entry_id, created_at_ms in inserted:
            place = Place(room_id, seq)
            draft = new[place]
            stored[place] = Entry(
                id=entry_id,
                room_id=place.room_id,
                seq=place.seq,
                author=draft.author,
                content=draft.content,
                created_at_ms=created_at_ms,
                client_id=draft.client_id,
                kind=draft.kind,
                target_id=draft.target_id,
                reply_to=draft.reply_to,
                quoted=quoted.get(place),
                mentions=mentions.get(place, ()),
            )
        return stored


class _Statements:
    """What is said in SQL."""

    def __init__(self, database: Database) -> None:
        kind = database.kind
        self.wanted = RowsParameter("wanted", kind=kind, columns={"room_id": BIG})
        self.heads, self.ends = (
            text(_HEADS[kind].format(columns=columns, wanted=self.wanted.table))
            for columns in ("id, last_seq", "id, last_seq, epoch")
        )
        ends = {"room_id": BIG, "seq": BIG, "epoch": TEXT}
        self.told = RowsParameter("told", kind=kind, columns=ends)
        self.moved = text(_MOVED[kind].format(told=self.told.table))

        def prepared(statement: str, rows: RowsParameter) -> Prepared:
            return database.prepared(statement.format(rows=rows.table), rows)

        self.lock = prepared(_LOCK[kind], self.wanted)
        self.lock_free = prepared(_LOCK_FREE[kind], self.wanted)
        sent = {"room_id": BIG, "author_id": BIG, "client_id": TEXT}
        self.find = prepared(_FIND[kind], RowsParameter("sent", kind=kind, columns=sent))
        self.insert, self.insert_more = (
            insert_into(database, columns) for columns in (ROW, ROW | MORE)
        )
        raised = RowsParameter("raised", kind=kind, columns={"head": BIG, "room_id": BIG})
        self.raise_heads = prepared(_RAISE[kind], raised)


_HEADS: Final = {
    # As an array the ids are looked up in the index; a plan for a subquery may read all rooms.
    "postgresql": "SELECT {columns} FROM rooms WHERE id = ANY(ARRAY(SELECT room_id FROM {wanted}))",
    "sqlite": "SELECT {columns} FROM rooms WHERE id IN (SELECT room_id FROM {wanted})",
}

# As a table the ends are compared where they are kept; PostgreSQL is held to the index as above.
_MOVED_FROM: Final = (
    "SELECT told.room_id, coalesce(rooms.last_seq, 0), coalesce(rooms.epoch, '')"
    " FROM {{told}} LEFT JOIN rooms ON rooms.id = told.room_id{looked_up}"
    " WHERE rooms.id IS NULL OR rooms.last_seq <> told.seq OR rooms.epoch <> told.epoch"
)
_MOVED: Final = {
    "postgresql": _MOVED_FROM.format(
        looked_up=" AND rooms.id = ANY(ARRAY(SELECT room_id FROM {told}))"
    ),
    "sqlite": _MOVED_FROM.format(looked_up=""),
}

# In the order of their ids: two instances with the same rooms can't lock each other out.
# The rooms' keys stay as they are, so whoever only refers to a room need not wait.
# On SQLite the transaction has had the lock on everything since it began.
_LOCK: Final = {
    "postgresql": "SELECT id, last_seq FROM rooms WHERE id = ANY(ARRAY(SELECT room_id FROM {rows}))"
    " ORDER BY id FOR NO KEY UPDATE",
    "sqlite": "SELECT id, last_seq FROM rooms WHERE id = :room_id",
}
_LOCK_FREE: Final = _LOCK | {"postgresql": f"{_LOCK['postgresql']} SKIP LOCKED"}

_FIND: Final = {
    # A question for each key. As a join, a plan that was made while the table was small would
    # go on reading all of it when it is large.
    "postgresql": "SELECT (SELECT id FROM entries WHERE room_id = sent.room_id"
    " AND author_id = sent.author_id AND client_id = sent.client_id) FROM {rows}",
    "sqlite": "SELECT id FROM entries WHERE room_id = :room_id"
    " AND author_id = :author_id AND client_id = :client_id",
}

_RAISE: Final = {
    "postgresql": "UPDATE rooms SET last_seq = raised.head FROM {rows}"
    " WHERE rooms.id = raised.room_id AND rooms.id = ANY(ARRAY(SELECT room_id FROM {rows}))",
    "sqlite": "UPDATE rooms SET last_seq = :head WHERE id = :room_id",
}


def _heads(found: Rows) -> dict[RoomId, Head]:
    return {RoomId(room_id): Head(Seq(last_seq), epoch) for room_id, last_seq, epoch in found}


def _row(new: tuple[Place, Draft]) -> tuple[object, ...]:
    place, draft = new
    author = draft.author
    facts = (author.user_id, author.username, draft.content, draft.client_id)
    return (place.room_id, place.seq, *facts)


def _more_facts(
    draft: Draft, quoted: Quoted | None, mentions: Sequence[UserId] | None
) -> tuple[object, ...]:
    author = (quoted.author.user_id, quoted.author.username) if quoted else (None, None)
    content = quoted.content if quoted else None
    return (
        draft.kind,
        draft.target_id,
        draft.reply_to,
        *author,
        content,
        written(mentions or ()),
    )


def _outcome(
    placed: tuple[Place, bool] | RoomError, stored: Mapping[Place, Entry], *, is_busy: bool
) -> Receipt | RoomError:
    if isinstance(placed, RoomError):
        return RoomBusy() if is_busy else placed
    place, is_new = placed
    return Receipt(stored[place], is_new=is_new)
