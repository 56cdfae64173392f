"""How many are connected, here and on the other instances."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Final

from roomserver.core.model import RoomCount, RoomId
from roomserver.ports.census import Census
from roomserver.service.hub import Hub
from roomserver.service.tasks import Loop, in_background

TELL_EVERY_S: Final = 2.0


class Stats:
    """Tells the other instances, and adds up what they tell."""

    def __init__(self, *, hub: Hub, census: Census) -> None:
        self._hub = hub
        self._census = census

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Sequence[Loop]]:
        """Tell the others until the block ends."""
        try:
            async with in_background(stats=self._tell_all()) as loops:
                yield loops
        finally:
            await self._census.tell({})

    async def counts(self) -> Mapping[RoomId, RoomCount]:
        """Return who is connected, of each room that has somebody in it on any instance."""
        total = self._hub.counts()
        for counts in await self._census.others():
            for room_id, count in counts.items():
                total[room_id] = total[room_id] + count if room_id in total else count
        return total

    async def _tell_all(self) -> None:
        while True:
            await self._census.tell(self._hub.counts())
            await asyncio.sleep(TELL_EVERY_S)
