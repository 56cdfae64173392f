"""The list of rooms in SQL."""

from collections.abc import Sequence
from functools import partial
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Insert, Row, func, literal, select

from roomserver.adapters.sql_engine import Database
from roomserver.adapters.sql_rights_schema import room_rights
from roomserver.adapters.sql_schema import new_epoch, rooms
from roomserver.core.errors import StorageUnavailable
from roomserver.core.model import Room, RoomId, Seq
from roomserver.ports.clock import Clock

_ATTEMPTS_MAX: Final = 10

# Put together once: SQLAlchemy's functions hold themselves by the hand, and each made anew would
# wait for the garbage collector.
_NEXT_ID: Final = select(func.coalesce(func.max(rooms.c.id), 0) + 1).scalar_subquery()


class SqlRooms:
    """A :class:`~roomserver.ports.rooms.RoomDirectory` on SQLAlchemy Core."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        # The two dialects have their own, equal, "on conflict do nothing".
        self._insert = database.insert

    async def find(self, address: RoomId | str) -> Room | None:
        found = await self._database.ask(select(rooms).where(_is_at(address)))
        return _room(found[0]) if found else None

    async def make(
        self, address: RoomId | str, *, name: str, description: str = "", is_private: bool = False
    ) -> tuple[Room, bool]:
        # By slug, two who make different rooms at once may take the same number: one tries again.
        for _attempt in range(_ATTEMPTS_MAX):
            insertion = self._insertion(address, name, description)
            is_new = await self._database.write(
                partial(self._make, insertion=insertion, address=address, is_private=is_private)
            )
            if (room := await self.find(address)) is not None:
                return room, is_new
        raise StorageUnavailable

    async def listing(self) -> Sequence[tuple[Room, Seq]]:
        found = await self._database.ask(select(rooms).order_by(rooms.c.name, rooms.c.id))
        return [(_room(row), Seq(row.last_seq)) for row in found]

    def _make(
        self, tx: Connection, *, insertion: Insert, address: RoomId | str, is_private: bool
    ) -> bool:
        is_new = (tx.execute(insertion)).rowcount == 1
        if is_new and is_private:
            # No revision of its own: nobody can know the room yet, to be told of a change.
            made = select(rooms.c.id, literal(1), literal(0)).where(_is_at(address))
            columns = ["room_id", "is_private", "revision"]
            tx.execute(self._insert(room_rights).from_select(columns, made))
        return is_new

    def _insertion(self, address: RoomId | str, name: str, description: str) -> Insert:
        values = {
            "id": address if isinstance(address, int) else _NEXT_ID,
            "slug": str(address),
            "name": name,
            "description": description,
            "epoch": new_epoch(),
            "created_at_ms": self._clock.now_ms(),
        }
        insertion: Insert = self._insert(rooms).values(values).on_conflict_do_nothing()
        return insertion


def _is_at(address: RoomId | str) -> ColumnElement[bool]:
    return rooms.c.id == address if isinstance(address, int) else rooms.c.slug == address


def _room(row: Row[Any]) -> Room:
    return Room(
        id=RoomId(row.id),
        slug=row.slug,
        name=row.name,
        epoch=row.epoch,
        description=row.description,
        is_archived=row.archived_at_ms is not None,
    )
