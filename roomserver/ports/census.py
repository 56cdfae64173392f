"""How many are connected, over all instances."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from roomserver.core.model import RoomCount, RoomId

Counts = Mapping[RoomId, RoomCount]
"""The rooms of one instance that have somebody in them."""


class Census(Protocol):
    """
    What the instances tell each other of themselves, for the stats. Nothing here raises.

    Every implementation passes ``tests/contracts/test_census.py``.
    """

    async def tell(self, counts: Counts) -> None:
        """Tell the others this instance's *counts*; they forget them after ten seconds."""
        ...

    async def others(self) -> Sequence[Counts]:
        """Return what the other instances last told; nothing if they can't be asked."""
        ...
