"""Who is connected, when this instance is the only one."""

from collections.abc import Sequence

from roomserver.core.model import RoomId, User, UserId
from roomserver.ports.presence import Change


class MemoryPresence:
    """A :class:`~roomserver.ports.presence.Presence` without other instances."""

    def __init__(self) -> None:
        self._rooms: dict[RoomId, dict[UserId, User]] = {}

    async def arrive(self, room_id: RoomId, user: User) -> bool:
        people = self._rooms.setdefault(room_id, {})
        is_new = user.user_id not in people
        people[user.user_id] = user
        return is_new

    async def depart(self, room_id: RoomId, user: User) -> bool:
        people = self._rooms.get(room_id, {})
        was_here = people.pop(user.user_id, None) is not None
        if not people:
            self._rooms.pop(room_id, None)
        return was_here

    async def present(self, room_id: RoomId) -> Sequence[User]:
        return list(self._rooms.get(room_id, {}).values())

    async def look_after(self, room_ids: Sequence[RoomId]) -> Sequence[Change]:
        return []
