"""One person's line to the server, as the services see it."""

from typing import Protocol

from roomserver.core.frame import Bundle


class Connection(Protocol):
    """
    Where a member's events go.

    Nothing here waits: a reader that doesn't read must not hold up a room.
    """

    def deliver(self, bundle: Bundle) -> None:
        """Hand *bundle* to the network, in the order of the calls. Does nothing if closed."""
        ...

    def offer(self, frames: bytes) -> bool:
        """
        Hand *frames* to the network, as :meth:`deliver` does, if they can leave as they are.

        Otherwise return false, and do nothing: something waits, or the connection is closed.
        """
        ...

    def answer(self, payload: bytes) -> None:
        """Deliver *payload* in front of what is delivered next, and in this tick of the loop."""
        ...

    def waiting_bytes(self) -> int:
        """Return how much has been delivered that the reader's network has not taken."""
        ...

    def close(self, code: int, reason: str) -> None:
        """Say goodbye with a close *code* of the protocol, and hang up soon, read or not."""
        ...

    async def drained(self) -> None:
        """
        Wait until the reader has taken most of what was delivered.

        Returns at once if the connection is closed.
        """
        ...
