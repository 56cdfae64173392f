"""
What an instance measures of itself, in a form that can be added up.

Latencies are counted in buckets, for percentiles of several instances can't be made from
percentiles of each; from their counts they can.
"""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from roomserver.core.model import RoomCount, RoomId

LATENCY_BOUNDS_MS: Final = (
    *(0.25, 0.5, 0.75, 1, 1.5, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64),
    *(96, 128, 192, 256, 384, 512, 768, 1_024, 1_536, 2_048),
)
"""The upper ends of the buckets. What takes longer is counted in one more, the last."""


class RoomFlow(Struct, frozen=True, array_like=True):
    """How much was said in a room, and to how many connections it was written."""

    messages: int = 0
    deliveries: int = 0

    def __add__(self, other: "RoomFlow") -> "RoomFlow":
        return RoomFlow(self.messages + other.messages, self.deliveries + other.deliveries)


class Report(Struct, frozen=True, kw_only=True):
    """What one instance tells of itself: who is connected, and what happened in *span_s*."""

    counts: Mapping[RoomId, RoomCount]
    instance: str = ""
    span_s: float = 1.0
    flows: Mapping[RoomId, RoomFlow] = {}
    latencies: tuple[int, ...] = ()
    """How many acknowledgements fell in each bucket."""

    refusals: Mapping[str, int] = {}
    """How often it has said no since its start, by the code."""


class Sample(Struct, frozen=True):
    """What all instances had told at one moment."""

    at_ms: int
    reports: Sequence[Report]


def without_people(sample: Sample) -> Sample:
    """Return *sample* with how many were there and not who: that is shown of the newest only."""
    return Sample(
        sample.at_ms,
        [
            replace(
                report,
                counts={
                    room_id: _so_many(count.connections) for room_id, count in report.counts.items()
                },
            )
            for report in sample.reports
        ],
    )


@lru_cache(maxsize=1_024)
def _so_many(connections: int) -> RoomCount:
    # The same for all rooms and moments with so many.
    return RoomCount(connections, frozenset())


def bucket_of(latency_ms: float) -> int:
    """Return the index of the bucket that counts *latency_ms*."""
    return bisect_left(LATENCY_BOUNDS_MS, latency_ms)


def percentile_ms(latencies: Sequence[int], share: float) -> float | None:
    """
    Return how long the fastest *share* of all took at most; nothing if there were none.

    Within its bucket the place is guessed by a straight line; the last bucket has no end, and
    counts as its beginning.
    """
    wanted = sum(latencies) * share
    if wanted == 0:
        return None
    passed = 0
    for bucket, count in enumerate(latencies):
        if passed + count >= wanted and count:
            low = LATENCY_BOUNDS_MS[bucket - 1] if bucket else 0.0
            high = LATENCY_BOUNDS_MS[bucket] if bucket < len(LATENCY_BOUNDS_MS) else low
            return low + (high - low) * (wanted - passed) / count
        passed += count
    raise AssertionError("a share is at most 1")


def added_flows(flows: Sequence[Mapping[RoomId, RoomFlow]]) -> Mapping[RoomId, RoomFlow]:
    """Add up room by room."""
    total: dict[RoomId, RoomFlow] = {}
    for each in flows:
        for room_id, flow in each.items():
            total[room_id] = total.get(room_id, RoomFlow()) + flow
    return total


def added(latencies: Sequence[Sequence[int]]) -> tuple[int, ...]:
    """Add up the buckets of several, of which each has all buckets or none."""
    return tuple(sum(counts) for counts in zip(*(each for each in latencies if each), strict=True))
