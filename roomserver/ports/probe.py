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
