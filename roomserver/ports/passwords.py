"""How passwords are kept."""

from typing import Protocol


class Passwords(Protocol):
    """Slow on purpose. Never in the event loop's own thread."""

    async def hash(self, password: str) -> str:
        """
        Return what is kept of *password*.

        Raises:
            RateLimited: If too many wait already.

        """
        ...

    async def is_right(self, password_hash: str | None, password: str) -> bool:
        """
        Say whether *password* is the one that was hashed.

        Without a hash it takes as long, and the answer is no.

        Raises:
            RateLimited: If too many wait already.

        """
        ...
