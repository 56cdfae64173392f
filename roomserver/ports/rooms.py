"""The list of rooms."""

from collections.abc import Sequence
from typing import Protocol

from roomserver.core.model import Room, RoomId, Seq


class RoomDirectory(Protocol):
    """
    Which rooms there are, under which number and slug.

    Every implementation passes ``tests/contracts/test_rooms.py``. Each method raises
    :exc:`StorageUnavailable` if the database didn't answer.
    """

    async def find(self, address: RoomId | str) -> Room | None:
        """Return the room with this number or slug, if there is one."""
        ...

    async def make(
        self, address: RoomId | str, *, name: str, description: str = "", is_private: bool = False
    ) -> tuple[Room, bool]:
        """
        Make the room unless it is there; return it, and whether it is new.

        A private one is private from its first moment: nobody ever finds it open. However many
        make the same one at once, on however many instances, there is one. A room made by its
        slug gets the next free number.
        """
        ...

    async def listing(self) -> Sequence[tuple[Room, Seq]]:
        """Return all rooms by name, each with the number of its last entry."""
        ...
