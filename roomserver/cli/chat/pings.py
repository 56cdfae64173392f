"""Questions that are answered by a bare ``pong``, in the order in which they were asked."""

import asyncio
from collections import deque


class Pings:
    """Whoever waits for a pong of this connection."""

    def __init__(self) -> None:
        self._waiting: deque[asyncio.Future[bool]] = deque()

    async def answered(self) -> bool:
        """Wait for the answer to a ping that was just sent. False if the connection is lost."""
        pong: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._waiting.append(pong)
        return await pong

    def answer(self) -> None:
        """Take a pong, for the one who has waited longest."""
        if self._waiting:
            self._settle(self._waiting.popleft(), is_answered=True)

    def lost(self) -> None:
        """Tell everybody that no pong will come."""
        while self._waiting:
            self._settle(self._waiting.popleft(), is_answered=False)

    @staticmethod
    def _settle(pong: asyncio.Future[bool], *, is_answered: bool) -> None:
        if not pong.done():
            pong.set_result(is_answered)
