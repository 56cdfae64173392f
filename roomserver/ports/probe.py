"""A part that the server leans on, and whether it answers."""

from typing import Protocol


class Probe(Protocol):
    @property
    def kind(self) -> str:
        """What it is: ``sqlite``, ``postgresql``, ``redis``."""
        ...

    async def is_answering(self) -> bool:
        """Ask it now. Takes two seconds at most and never raises."""
        ...


class Storage(Probe, Protocol):
    """The database: it may answer, and store nothing all the same, on a full disk for example."""

    async def is_storing(self) -> bool:
        """Have it store something small now. Takes two seconds at most and never raises."""
        ...
