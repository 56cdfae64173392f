"""The rooms' logs in SQL, the same code for SQLite and PostgreSQL."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Row, Select, bindparam, select, text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from roomserver.adapters.sql_engine import Database
from roomserver.adapters.sql_errors import answered
from roomserver.adapters.sql_numbering import Numbering, Place, key_of
from roomserver.adapters.sql_rows import BIG, TEXT, RowsParameter
from roomserver.adapters.sql_schema import entries, rooms
from roomserver.core.errors import RoomNotFound, StorageUnavailable
from roomserver.core.model import Draft, Entry, EntryId, Receipt, RoomId, Seq, User, UserId

_ATTEMPTS_MAX: Final = 3


class SqlLog:
    """A :class:`~roomserver.ports.log.Log` on SQLAlchemy Core."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._sql = _Statements(database.kind)

    async def append(self, drafts: Sequence[Draft]) -> Sequence[Receipt | RoomNotFound]:
        for _attempt in range(_ATTEMPTS_MAX):
            try:
                with answered():
                    async with self._database.writer.begin() as tx:
                        return await self._append(tx, drafts)
            except IntegrityError:
                # Another instance stored one of the client_ids while we waited for the lock.
                # The rollback also gave the numbers back; now the look-up will see it.
                continue
        raise StorageUnavailable

    async def head(self, room_id: RoomId) -> Seq:
        with answered():
            async with self._database.reader.connect() as connection:
                head = await connection.scalar(
                    select(rooms.c.last_seq).where(rooms.c.id == room_id)
                )
                return Seq(head or 0)

    async def after(self, room_id: RoomId, seq: Seq, *, limit: int) -> Sequence[Entry]:
        behind = select(entries).where(entries.c.room_id == room_id, entries.c.seq > seq)
        return await self._read(behind.order_by(entries.c.seq).limit(limit))

    async def before(self, room_id: RoomId, seq: Seq, *, limit: int) -> Sequence[Entry]:
        before = select(entries).where(entries.c.room_id == room_id, entries.c.seq < seq)
        found = await self._read(before.order_by(entries.c.seq.desc()).limit(limit))
        return found[::-1]

    async def _read(self, query: Select[Any]) -> Sequence[Entry]:
        with answered():
            async with self._database.reader.connect() as connection:
                return [_entry(row) for row in await connection.execute(query)]

    async def _append(
        self, tx: AsyncConnection, drafts: Sequence[Draft]
    ) -> Sequence[Receipt | RoomNotFound]:
        heads = await self._lock_rooms(tx, drafts)
        # After the lock and in a statement of its own: so it sees what others just committed.
        known = await self._find_known(tx, drafts)
        numbering = Numbering(heads, known)
        places = [numbering.place(draft) for draft in drafts]
        stored = {Place(entry.room_id, entry.seq): entry for entry in known}
        if numbering.new:
            stored |= await self._insert(tx, numbering.new)
            await _raise_counters(tx, numbering.raised())
        return [
            RoomNotFound() if placed is None else Receipt(stored[placed[0]], is_new=placed[1])
            for placed in places
        ]

    async def _lock_rooms(self, tx: AsyncConnection, drafts: Iterable[Draft]) -> dict[RoomId, Seq]:
        room_ids = {draft.room_id for draft in drafts}
        wanted = self._sql.wanted.bind([room_id] for room_id in room_ids)
        locked = await tx.execute(self._sql.lock, wanted)
        return {RoomId(room_id): Seq(last_seq) for room_id, last_seq in locked}

    async def _find_known(self, tx: AsyncConnection, drafts: Iterable[Draft]) -> Sequence[Entry]:
        keys = {key for draft in drafts if (key := key_of(draft)) is not None}
        if not keys:
            return []
        ids = await tx.scalars(self._sql.find, self._sql.sent.bind(keys))
        known_ids = [entry_id for entry_id in ids if entry_id is not None]
        if not known_ids:
            return []
        found = await tx.execute(select(entries).where(entries.c.id.in_(known_ids)))
        return [_entry(row) for row in found]

    async def _insert(
        self, tx: AsyncConnection, new: Mapping[Place, Draft]
    ) -> Mapping[Place, Entry]:
        rows = [
            (*place, draft.author.user_id, draft.author.username, draft.content, draft.client_id)
            for place, draft in new.items()
        ]
        inserted = await tx.execute(self._sql.insert, self._sql.new.bind(rows))
        return {
            place: _entry_at(place, new[place], entry_id=entry_id, created_at_ms=created_at_ms)
            for *at, entry_id, created_at_ms in inserted
            for place in [Place(*at)]
        }


class _Statements:
    """What is said in SQL, the same for both dialects but for a word here and there."""

    def __init__(self, kind: str) -> None:
        key = {"room_id": BIG, "author_id": BIG, "client_id": TEXT}
        row = {"room_id": BIG, "seq": BIG, "author_id": BIG}
        row |= {"author_name": TEXT, "content": TEXT, "client_id": TEXT}
        self.wanted = RowsParameter("wanted", kind=kind, columns={"room_id": BIG})
        self.sent = RowsParameter("sent", kind=kind, columns=key)
        self.new = RowsParameter("new", kind=kind, columns=row)
        self.lock = text(_LOCK[kind].format(wanted=self.wanted.table))
        self.find = text(_FIND.format(sent=self.sent.table))
        self.insert = text(
            _INSERT.format(columns=self.new.columns, new=self.new.table, now_ms=_NOW_MS[kind])
        )


_LOCK: Final = {
    # In the order of their ids: two instances with the same rooms can't lock each other out.
    # As an array the ids are looked up in the index; a plan for a subquery may read all rooms.
    "postgresql": "SELECT id, last_seq FROM rooms"
    " WHERE id = ANY(ARRAY(SELECT room_id FROM {wanted})) ORDER BY id FOR UPDATE",
    # The transaction has had the lock on everything since it began.
    "sqlite": "SELECT id, last_seq FROM rooms WHERE id IN (SELECT room_id FROM {wanted})",
}

# A question for each key. As a join, a plan that was made while the table was small would
# go on reading all of it when it is large.
_FIND: Final = (
    "SELECT (SELECT id FROM entries WHERE room_id = sent.room_id"
    " AND author_id = sent.author_id AND client_id = sent.client_id) FROM {sent}"
)

# The time is taken behind the lock, so that it doesn't go back along a log.
_INSERT: Final = (
    "INSERT INTO entries ({columns}, created_at_ms) SELECT {columns}, {now_ms} FROM {new}"
    " RETURNING room_id, seq, id, created_at_ms"
)

_NOW_MS: Final = {
    "postgresql": "CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT)",
    "sqlite": "CAST((julianday('now') - 2440587.5) * 86400000 + 0.5 AS INTEGER)",
}
"""The database's clock: the one that all instances share."""


async def _raise_counters(tx: AsyncConnection, heads: Mapping[RoomId, Seq]) -> None:
    await tx.execute(
        update(rooms).where(rooms.c.id == bindparam("room_id")).values(last_seq=bindparam("head")),
        [{"room_id": room_id, "head": head} for room_id, head in heads.items()],
    )


def _entry(row: Row[Any]) -> Entry:
    return Entry(
        id=EntryId(row.id),
        room_id=RoomId(row.room_id),
        seq=Seq(row.seq),
        author=User(UserId(row.author_id), row.author_name),
        content=row.content,
        created_at_ms=row.created_at_ms,
        client_id=row.client_id,
    )


def _entry_at(place: Place, draft: Draft, *, entry_id: int, created_at_ms: int) -> Entry:
    return Entry(
        id=EntryId(entry_id),
        room_id=place.room_id,
        seq=place.seq,
        author=draft.author,
        content=draft.content,
        created_at_ms=created_at_ms,
        client_id=draft.client_id,
    )
