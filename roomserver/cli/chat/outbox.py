"""What was typed and is not stored yet."""

import asyncio
from collections.abc import Callable

from msgspec import Struct


class Unsent(Struct, frozen=True):
    """A message that keeps its *client_id* however often it is sent, so it is stored once."""

    client_id: str
    content: str


class Outbox:
    """Unsent messages, oldest first. They stay until the server has said yes or no."""

    def __init__(self, new_client_id: Callable[[], str]) -> None:
        self._new_client_id = new_client_id
        self._unsent: list[Unsent] = []
        self._changed = asyncio.Condition()

    def __len__(self) -> int:
        return len(self._unsent)

    async def add(self, content: str) -> Unsent:
        unsent = Unsent(self._new_client_id(), content)
        async with self._changed:
            self._unsent.append(unsent)
            self._changed.notify_all()
        return unsent

    async def settle(self, unsent: Unsent) -> None:
        """Take out a message that the server has answered for good."""
        async with self._changed:
            self._unsent.remove(unsent)
            self._changed.notify_all()

    async def first(self) -> Unsent:
        """Return the oldest message, as soon as there is one. It stays where it is."""
        async with self._changed:
            await self._changed.wait_for(lambda: self._unsent)
            return self._unsent[0]

    async def emptied(self) -> None:
        """Wait until nothing is left."""
        async with self._changed:
            await self._changed.wait_for(lambda: not self._unsent)
