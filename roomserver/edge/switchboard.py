"""All WebSockets of this instance: one pulse for all of them, and one end."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Final

from aiohttp import WSCloseCode

from roomserver.core.limits import Limits
from roomserver.edge.incoming import Incoming
from roomserver.edge.line import Line
from roomserver.edge.shared_pages import SharedPages
from roomserver.service.tasks import Loop, in_background

BEAT_S: Final = 5.0
"""
How often each line is looked at. A client that says nothing is asked for a sign of life within
25 s, twice within the 60 s after which nginx drops a silent connection (proxy_read_timeout).
"""

GROUPS: Final = 20
"""Lines are looked at a part at a time: ten thousand pings at once would hold up everybody."""

ABORTED_S_MAX: Final = 1.0
"""How long a connection that was cut off may take to be gone."""


class Switchboard:
    """Knows every line until its connection has ended."""

    def __init__(self, limits: Limits) -> None:
        self.loop = asyncio.get_running_loop()
        self.incoming = Incoming(frame_bytes_max=limits.frame_bytes_max)
        self.pages = SharedPages(self.loop)
        self.full_bytes = min(limits.outbox_signals_bytes_max, limits.outbox_bytes_max)
        self._groups: Sequence[set[Line]] = [set() for _ in range(GROUPS)]
        self._next_group = 0
        self._change = asyncio.Event()

    def __len__(self) -> int:
        return sum(map(len, self._groups))

    def connect(self, transport: asyncio.Transport) -> Line:
        """Return a line over *transport*, which need not be its protocol yet."""
        line = Line(transport, self)
        self._groups[self._next_group].add(line)
        self._next_group = (self._next_group + 1) % GROUPS
        return line

    def forget(self, line: Line) -> None:
        for group in self._groups:
            group.discard(line)
        self._change.set()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Sequence[Loop]]:
        """Ask silent clients for signs of life until the block ends."""
        async with in_background(pulse=self._beat()) as loops:
            yield loops

    async def hang_up(self, *, within_s: float) -> None:
        """Say goodbye to whoever is still there, and cut off those who don't answer in time."""
        for line in self._lines():
            line.close(WSCloseCode.GOING_AWAY, "stopping")
        with suppress(TimeoutError):
            async with asyncio.timeout(within_s):
                await self._all_gone()
                return
        for line in self._lines():
            line.abort()
        with suppress(TimeoutError):
            async with asyncio.timeout(ABORTED_S_MAX):
                await self._all_gone()

    async def _all_gone(self) -> None:
        while len(self):
            self._change.clear()
            await self._change.wait()

    async def _beat(self) -> None:
        while True:
            for group in self._groups:
                await asyncio.sleep(BEAT_S / GROUPS)
                for line in list(group):
                    line.beat()

    def _lines(self) -> Iterator[Line]:
        for group in self._groups:
            yield from list(group)
