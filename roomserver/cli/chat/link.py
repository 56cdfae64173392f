"""The line to the server, as the session sees it."""

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from typing import Protocol


class Link(Protocol):
    """One open WebSocket."""

    def send(self, frame: str) -> None:
        """Hand *frame* to the network, in the order of the calls. Does nothing if it is closed."""
        ...

    async def receive(self) -> str:
        """
        Return the next frame.

        Raises:
            Ended: If there will be none.

        """
        ...


class Dial(Protocol):
    def __call__(self, query: Mapping[str, str]) -> AbstractAsyncContextManager[Link]:
        """
        Open a link, with *query* added to the room's address; leaving the block closes it.

        Raises:
            Ended: On entering, if the server can't be reached or says no.

        """
        ...
