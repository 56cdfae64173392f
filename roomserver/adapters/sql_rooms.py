"""The list of rooms in SQL."""

import secrets
from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, Insert, func, select
from sqlalchemy.dialects import postgresql, sqlite

from roomserver.adapters.sql_engine import Database
from roomserver.adapters.sql_errors import answered
from roomserver.adapters.sql_schema import rooms
from roomserver.core.errors import StorageUnavailable
from roomserver.core.model import Room, RoomId, Seq
from roomserver.ports.clock import Clock

_ATTEMPTS_MAX: Final = 10


class SqlRooms:
    """A :class:`~roomserver.ports.rooms.RoomDirectory` on SQLAlchemy Core."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        dialect = postgresql if database.kind == "postgresql" else sqlite
        # The two dialects have their own, equal, "on conflict do nothing".
        self._insert = dialect.insert

    async def find(self, address: RoomId | str) -> Room | None:
        with answered():
            async with self._database.reader.connect() as connection:
                found = await connection.execute(select(rooms).where(_is_at(address)))
                row = found.mappings().first()
                return None if row is None else _room(row)

    async def make(self, address: RoomId | str, *, name: str) -> tuple[Room, bool]:
        # By slug, two who make different rooms at once may take the same number: one tries again.
        for _attempt in range(_ATTEMPTS_MAX):
            with answered():
                async with self._database.writer.begin() as tx:
                    made = await tx.execute(self._insertion(address, name))
                    is_new = made.rowcount == 1
            if (room := await self.find(address)) is not None:
                return room, is_new
        raise StorageUnavailable

    async def listing(self) -> Sequence[tuple[Room, Seq]]:
        with answered():
            async with self._database.reader.connect() as connection:
                found = await connection.execute(select(rooms).order_by(rooms.c.name, rooms.c.id))
                return [(_room(row), Seq(row["last_seq"])) for row in found.mappings()]

    def _insertion(self, address: RoomId | str, name: str) -> Insert:
        next_id = select(func.coalesce(func.max(rooms.c.id), 0) + 1).scalar_subquery()
        values = {
            "id": address if isinstance(address, int) else next_id,
            "slug": str(address),
            "name": name,
            "epoch": secrets.token_hex(8),
            "created_at_ms": self._clock.now_ms(),
        }
        insertion: Insert = self._insert(rooms).values(values).on_conflict_do_nothing()
        return insertion


def _is_at(address: RoomId | str) -> ColumnElement[bool]:
    return rooms.c.id == address if isinstance(address, int) else rooms.c.slug == address


def _room(row: Any) -> Room:
    return Room(id=RoomId(row["id"]), slug=row["slug"], name=row["name"], epoch=row["epoch"])
