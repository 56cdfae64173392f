"""Who is connected, over all instances."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from roomserver.core.model import RoomId, User


class Change(NamedTuple):
    """A person who came or went without a word from their own instance."""

    room_id: RoomId
    user: User
    is_here: bool


class Presence(Protocol):
    """
    Which people are in which rooms: per person, not per connection or instance.

    Each instance tells of its own people; one that crashes is swept out by the others
    within 15 seconds. What can't be asked is answered from what this instance knows.
    Nothing here raises. Every implementation passes ``tests/contracts/test_presence.py``.
    """

    async def arrive(self, room_id: RoomId, user: User) -> bool:
        """Note that *user* is here on this instance; say whether they were nowhere before."""
        ...

    async def depart(self, room_id: RoomId, user: User) -> bool:
        """Note that *user* has left this instance; say whether they are nowhere now."""
        ...

    async def present(self, room_id: RoomId) -> Sequence[User]:
        """Return who is in the room on any instance."""
        ...

    async def look_after(self, room_ids: Sequence[RoomId]) -> Sequence[Change]:
        """
        Renew this instance's people, and sweep out people whose instance is gone.

        To be called every few seconds with the rooms that somebody here listens to; rooms
        in which nobody is left on any instance are swept besides. Each change is returned
        on one instance only, which then tells the rooms.
        """
        ...
