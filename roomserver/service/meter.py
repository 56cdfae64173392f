"""Counts what this instance does, between one look and the next."""

from collections import Counter
from collections.abc import Mapping, Sequence
from operator import add
from typing import Final, NamedTuple

from roomserver.core.gauges import LATENCY_BOUNDS_MS, RoomFlow, bucket_of
from roomserver.core.model import RoomId

_BUCKETS: Final = len(LATENCY_BOUNDS_MS) + 1


class Totals(NamedTuple):
    """What was counted since the start."""

    messages: int
    deliveries: int
    latencies: Sequence[int]
    waited_s: float


class Meter:
    """Told by the journal and the hub; asked by the stats."""

    def __init__(self) -> None:
        self._messages: Counter[RoomId] = Counter()
        self._deliveries: Counter[RoomId] = Counter()
        self._latencies = [0] * _BUCKETS
        self._waited_s = 0.0
        self._before = Totals(0, 0, [0] * _BUCKETS, 0.0)
        """What was counted up to the last look."""

    def stored(self, room_id: RoomId, *, entries: int) -> None:
        """Count new *entries* of a room's log."""
        self._messages[room_id] += entries

    def acknowledged(self, latencies_s: Sequence[float]) -> None:
        """Count answers to authors, and how long they waited for them."""
        for latency_s in latencies_s:
            self._latencies[bucket_of(latency_s * 1_000)] += 1
        self._waited_s += sum(latencies_s)

    def delivered(self, room_id: RoomId, *, entries: int) -> None:
        """Count *entries* once for each connection they were written to."""
        self._deliveries[room_id] += entries

    def totals(self) -> Totals:
        """Return what was counted since the start."""
        before = self._before
        return Totals(
            messages=before.messages + self._messages.total(),
            deliveries=before.deliveries + self._deliveries.total(),
            latencies=list(map(add, before.latencies, self._latencies)),
            waited_s=self._waited_s,
        )

    def take(self) -> tuple[Mapping[RoomId, RoomFlow], Sequence[int]]:
        """Return what was counted since the last call: of each room, and the latencies."""
        self._before = self.totals()
        flows = {
            room_id: RoomFlow(self._messages[room_id], self._deliveries[room_id])
            for room_id in {*self._messages, *self._deliveries}
        }
        latencies = self._latencies
        self._messages, self._deliveries = Counter(), Counter()
        self._latencies = [0] * _BUCKETS
        return flows, latencies
