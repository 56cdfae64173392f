"""How many are connected and how much they say, here and on the other instances."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Final, NamedTuple

from roomserver.core.gauges import Report, Sample, added, added_flows, without_people
from roomserver.core.model import RoomCount, RoomId
from roomserver.ports.census import Census
from roomserver.ports.clock import Clock
from roomserver.service.hub import Hub
from roomserver.service.meter import Meter
from roomserver.service.refusals import Refusals
from roomserver.service.tasks import Loop, in_background

TELL_EVERY_S: Final = 2.0
KEPT_S: Final = 300.0
"""How far back the charts go."""


class Measured(NamedTuple):
    """Where this instance's own figures come from."""

    hub: Hub
    written: Meter
    refusals: Refusals


class Stats:
    """Tells the other instances, adds up what they tell, and remembers the last minutes."""

    def __init__(self, measured: Measured, *, census: Census, clock: Clock, instance: str) -> None:
        self._hub = hub = measured.hub
        self._census = census
        self._meters = (hub.meter, measured.written)
        self._refusals = measured.refusals
        self._clock = clock
        self._instance = instance
        self._looked_at_s = clock.monotonic_s()
        self._samples: deque[Sample] = deque(maxlen=int(KEPT_S / TELL_EVERY_S))

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Sequence[Loop]]:
        """Tell the others until the block ends."""
        try:
            async with in_background(stats=self._tell_all()) as loops:
                yield loops
        finally:
            await self._census.tell(Report(instance=self._instance, counts={}))

    async def counts(self) -> Mapping[RoomId, RoomCount]:
        """Return who is connected, of each room that has somebody in it on any instance."""
        total = self._hub.counts()
        for report in await self._census.others():
            for room_id, count in report.counts.items():
                total[room_id] = total[room_id] + count if room_id in total else count
        return total

    @property
    def samples(self) -> Sequence[Sample]:
        """
        The last minutes, oldest first: a sample every two seconds, of all instances.

        Who was there, and not only how many, is in the newest alone.
        """
        return tuple(self._samples)

    async def _tell_all(self) -> None:
        while True:
            report = self._look()
            await self._census.tell(report)
            others = await self._census.others()
            self._remember(Sample(self._clock.now_ms(), [report, *others]))
            await asyncio.sleep(TELL_EVERY_S)

    def _remember(self, sample: Sample) -> None:
        if self._samples:
            # Five minutes of who was in a room of 5,000, where people come and go, take 75 MB.
            self._samples[-1] = without_people(self._samples[-1])
        self._samples.append(sample)

    def _look(self) -> Report:
        now_s = self._clock.monotonic_s()
        span_s, self._looked_at_s = now_s - self._looked_at_s, now_s
        taken = [meter.take() for meter in self._meters]
        return Report(
            instance=self._instance,
            span_s=span_s or TELL_EVERY_S,
            counts=self._hub.counts(),
            flows=added_flows([flows for flows, _ in taken]),
            latencies=added([latencies for _, latencies in taken]),
            refusals=self._refusals.counts(),
        )
