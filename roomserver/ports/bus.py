"""Between instances: what one tells a room, the others' members should hear too."""

from collections.abc import Callable, Sequence
from typing import Protocol

from roomserver.core.frame import Parcel
from roomserver.core.model import RoomId

Heard = Callable[[RoomId, Sequence[Parcel]], None]
"""Called with what another instance told a room."""

Resumed = Callable[[Sequence[RoomId]], None]
"""Called when a room's channel has just been joined, or joined again: something may be missing."""


class Bus(Protocol):
    """
    A way that may lose, double and reorder, and never says so.

    Nothing here waits or raises. Whoever listens checks the numbers of the entries and
    reads from the log what didn't come. Every implementation passes
    ``tests/contracts/test_bus.py``.
    """

    @property
    def is_connected(self) -> bool:
        """Whether what is published at this moment has a chance to arrive."""
        ...

    def listen(self, *, heard: Heard, resumed: Resumed) -> None:
        """Call *heard* and *resumed* from now on. An instance doesn't hear itself."""
        ...

    def publish(self, room_id: RoomId, parcels: Sequence[Parcel]) -> None:
        """Tell the other instances that follow the room, in the order of the calls if at all."""
        ...

    def follow(self, room_id: RoomId) -> None:
        """Join the room's channel; *resumed* is called as soon as it has been joined."""
        ...

    def unfollow(self, room_id: RoomId) -> None:
        """Leave the room's channel: nobody here listens any more."""
        ...
