"""What has been taken back: sessions, places in rooms, whole people."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from roomserver.core.revoked import Revoked


class Revision(NamedTuple):
    """A revocation, and its number: 1, 2, 3, … in the order of the commits."""

    number: int
    revoked: Revoked


class RevocationLog(Protocol):
    """
    The revocations of the last days, over all instances.

    Whoever sees number N can read all before it. Every implementation passes
    ``tests/contracts/test_revocations.py``. Each method raises :exc:`StorageUnavailable`
    if the database didn't answer.
    """

    async def last(self) -> int:
        """Return the number of the newest one, 0 if there has been none."""
        ...

    async def after(self, number: int) -> Sequence[Revision]:
        """Return those behind *number*, in order."""
        ...

    async def add(self, revoked: Sequence[Revoked]) -> None:
        """Note *revoked*, in one transaction."""
        ...
