"""The rooms' logs in SQL, the same code for SQLite and PostgreSQL."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from sqlalchemy import (
    BigInteger,
    RowMapping,
    Select,
    bindparam,
    insert,
    literal_column,
    select,
    tuple_,
    update,
)
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from roomserver.adapters.sql_engine import Database
from roomserver.adapters.sql_errors import answered
from roomserver.adapters.sql_schema import entries, rooms
from roomserver.core.errors import RoomNotFound, StorageUnavailable
from roomserver.core.model import Draft, Entry, EntryId, Receipt, RoomId, Seq, User, UserId

_ATTEMPTS_MAX: Final = 3

_NOW_MS: Final = {
    "postgresql": "CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT)",
    "sqlite": "CAST((julianday('now') - 2440587.5) * 86400000 + 0.5 AS INTEGER)",
}
"""The database's clock: the one that all instances share."""


class _Key(NamedTuple):
    """What a message is known by, however often it is sent."""

    room_id: RoomId
    author_id: UserId
    client_id: str


class SqlLog:
    """A :class:`~roomserver.ports.log.Log` on SQLAlchemy Core."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._now_ms = literal_column(_NOW_MS[database.kind], BigInteger)

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
                found = await connection.execute(query)
                return [_entry(row) for row in found.mappings()]

    async def _append(
        self, tx: AsyncConnection, drafts: Sequence[Draft]
    ) -> Sequence[Receipt | RoomNotFound]:
        heads, now_ms = await self._lock_rooms(tx, {draft.room_id for draft in drafts})
        # After the lock and in a statement of its own: so it sees what others just committed.
        known = await _find_known(tx, drafts)
        batch = _Batch(heads, known, now_ms)
        places = [batch.place(draft) for draft in drafts]
        if batch.rows:
            await _raise_counters(tx, heads)
            ids = await _insert(tx, batch.rows)
            return [batch.outcome(place, ids) for place in places]
        return [batch.outcome(place, {}) for place in places]

    async def _lock_rooms(
        self, tx: AsyncConnection, room_ids: set[RoomId]
    ) -> tuple[dict[RoomId, Seq], int]:
        # In the order of their ids: two instances with the same rooms can't lock each other out.
        found = await tx.execute(
            select(rooms.c.id, rooms.c.last_seq, self._now_ms)
            .where(rooms.c.id.in_(sorted(room_ids)))
            .order_by(rooms.c.id)
            .with_for_update()
        )
        locked = found.all()
        now_ms = locked[-1][2] if locked else 0
        return {RoomId(room_id): Seq(seq) for room_id, seq, _now in locked}, now_ms


class _Place(NamedTuple):
    """Where a draft ends up: with an entry that was known before, or in a row to be inserted."""

    known: Entry | None = None
    row: Mapping[str, Any] | None = None
    is_first: bool = False


class _Batch:
    """Gives drafts their numbers. *heads* is raised on the way."""

    def __init__(self, heads: dict[RoomId, Seq], known: Mapping[_Key, Entry], now_ms: int) -> None:
        self._heads = heads
        self._known = known
        self._now_ms = now_ms
        self._placed: dict[_Key, _Place] = {}
        self.rows: list[dict[str, Any]] = []

    def place(self, draft: Draft) -> _Place | None:
        """Find *draft*'s place; None if its room doesn't exist."""
        if draft.room_id not in self._heads:
            return None
        key = _key(draft)
        if key is not None and key in self._known:
            return _Place(known=self._known[key])
        if key is not None and key in self._placed:
            return self._placed[key]._replace(is_first=False)
        place = _Place(row=self._new_row(draft), is_first=True)
        if key is not None:
            self._placed[key] = place
        return place

    def outcome(
        self, place: _Place | None, ids: Mapping[tuple[int, int], int]
    ) -> Receipt | RoomNotFound:
        """Say what became of a draft, now that the rows have their *ids*."""
        if place is None:
            return RoomNotFound()
        if place.known is not None:
            return Receipt(place.known, is_new=False)
        assert place.row is not None, "a place is a known entry or a row"
        row = {**place.row, "id": ids[place.row["room_id"], place.row["seq"]]}
        return Receipt(_entry(row), is_new=place.is_first)

    def _new_row(self, draft: Draft) -> dict[str, Any]:
        seq = self._heads[draft.room_id] = Seq(self._heads[draft.room_id] + 1)
        row = {
            "room_id": draft.room_id,
            "seq": seq,
            "author_id": draft.author.user_id,
            "author_name": draft.author.username,
            "content": draft.content,
            "client_id": draft.client_id,
            "created_at_ms": self._now_ms,
        }
        self.rows.append(row)
        return row


def _key(draft: Draft) -> _Key | None:
    if draft.client_id is None:
        return None
    return _Key(draft.room_id, draft.author.user_id, draft.client_id)


async def _find_known(tx: AsyncConnection, drafts: Sequence[Draft]) -> Mapping[_Key, Entry]:
    keys = {key for draft in drafts if (key := _key(draft)) is not None}
    if not keys:
        return {}
    identity = tuple_(entries.c.room_id, entries.c.author_id, entries.c.client_id)
    found = await tx.execute(select(entries).where(identity.in_(sorted(keys))))
    return {
        _Key(row["room_id"], row["author_id"], row["client_id"]): _entry(row)
        for row in found.mappings()
    }


async def _raise_counters(tx: AsyncConnection, heads: Mapping[RoomId, Seq]) -> None:
    await tx.execute(
        update(rooms).where(rooms.c.id == bindparam("room_id")).values(last_seq=bindparam("head")),
        [{"room_id": room_id, "head": head} for room_id, head in heads.items()],
    )


async def _insert(
    tx: AsyncConnection, rows: Sequence[Mapping[str, Any]]
) -> Mapping[tuple[int, int], int]:
    inserted = await tx.execute(
        insert(entries).returning(entries.c.room_id, entries.c.seq, entries.c.id), rows
    )
    return {(room_id, seq): entry_id for room_id, seq, entry_id in inserted}


def _entry(row: RowMapping | Mapping[str, Any]) -> Entry:
    return Entry(
        id=EntryId(row["id"]),
        room_id=RoomId(row["room_id"]),
        seq=Seq(row["seq"]),
        author=User(UserId(row["author_id"]), row["author_name"]),
        content=row["content"],
        created_at_ms=row["created_at_ms"],
        client_id=row["client_id"],
    )
