"""How many are connected and how much they say, over all instances."""

from collections.abc import Sequence
from typing import Protocol

from roomserver.core.gauges import Report


class Census(Protocol):
    """
    What the instances tell each other of themselves, for the stats. Nothing here raises.

    Every implementation passes ``tests/contracts/test_census.py``.
    """

    async def tell(self, report: Report) -> None:
        """Tell the others this instance's *report*; they forget them after ten seconds."""
        ...

    async def others(self) -> Sequence[Report]:
        """Return what the other instances last told; nothing if they can't be asked."""
        ...
