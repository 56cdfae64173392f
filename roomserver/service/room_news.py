"""
What a room is called, what it is about and how it is used: told when it has changed.

Each instance tells its own people, as soon as it notices (see :mod:`roomserver.service.rights`):
nothing has to pass between instances, so nothing is lost on the way.
"""

from collections import OrderedDict
from typing import Final

from roomserver.core import events, wire
from roomserver.core.frame import Parcel
from roomserver.core.model import Room, RoomId, RoomState
from roomserver.service.hub import Hub
from roomserver.service.rooms import Rooms

TOLD_MAX: Final = 10_000
"""Rooms of which is known what was last told."""


class RoomNews:
    """Compares what is told with what was told."""

    def __init__(self, hub: Hub, rooms: Rooms) -> None:
        self._hub = hub
        self._rooms = rooms
        self._told: OrderedDict[RoomId, bytes] = OrderedDict()

    async def look(self, room_id: RoomId, before: RoomState | None, now: RoomState) -> None:
        """
        Tell of the room if something can be seen of the change. *before* is what it was like.

        Who hears it: everybody, since the room stands in everybody's list; of a private
        room, only those who are in it.

        Raises:
            StorageUnavailable: If the database didn't answer.

        """
        known = self._rooms.known(room_id)
        room = await self._rooms.read_again(room_id)
        if room is None:
            return
        payload = wire.encode(_updated(room, now))
        last = self._told.get(room_id)
        if last is None and known is not None and before is not None:
            last = wire.encode(_updated(known, before))
        self._remember(room_id, payload)
        if payload == last:
            return
        if now.is_private:
            self._hub.tell(room_id, [Parcel(payload)])
        else:
            self._hub.tell_everyone(payload)

    def _remember(self, room_id: RoomId, payload: bytes) -> None:
        self._told[room_id] = payload
        self._told.move_to_end(room_id)
        if len(self._told) > TOLD_MAX:
            self._told.popitem(last=False)


def _updated(room: Room, state: RoomState) -> events.RoomUpdated:
    return events.RoomUpdated(
        room_id=room.id,
        slug=room.slug,
        name=room.name,
        description=room.description,
        archived=room.is_archived,
        private=state.is_private,
        announce_only=state.is_announce_only,
        slow_mode_s=state.slow_mode_s,
        people_max=state.people_max,
    )
