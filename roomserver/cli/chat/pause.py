"""A wait that is cut short when somebody has something to say."""

import asyncio
from collections.abc import Awaitable, Callable


class Pause:
    """The time between two attempts."""

    def __init__(self, sleep: Callable[[float], Awaitable[None]]) -> None:
        self._sleep = sleep
        self._hurried = asyncio.Event()

    def hurry(self) -> None:
        """End the wait that goes on now, if there is one."""
        self._hurried.set()

    async def wait(self, pause_s: float) -> None:
        self._hurried.clear()
        waits = [
            asyncio.ensure_future(self._sleep(pause_s)),
            asyncio.ensure_future(self._hurried.wait()),
        ]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for waiting in waits:
                waiting.cancel()
