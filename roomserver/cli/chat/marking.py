"""Tells the server how far a person at a terminal has read: what is shown there is seen."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from roomserver.core import commands

EVERY_S: Final = 1.0
"""The server tells the room no more often, either."""


class Marking:
    """A read mark that follows the newest message. Lost ones are made up for by the next."""

    def __init__(
        self,
        tell: Callable[[commands.AnyCommand], bool],
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:
        self._tell = tell
        self._sleep = sleep
        self._seen = 0
        self._marked = 0
        self._news = asyncio.Event()

    def saw(self, message_id: int) -> None:
        """Note that a message has been shown."""
        if message_id > self._seen:
            self._seen = message_id
            self._news.set()

    async def run(self) -> None:
        """Tell for as long as there is a connection."""
        while True:
            await self._news.wait()
            self._news.clear()
            if self._seen > self._marked and self._tell(commands.MarkRead(message_id=self._seen)):
                self._marked = self._seen
                await self._sleep(EVERY_S)
