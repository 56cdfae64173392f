"""The figures of the stats page, made of what the instances told: now, and the last minutes."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from roomserver.core.gauges import Report, RoomFlow, Sample, added, percentile_ms
from roomserver.core.model import Room, RoomCount, RoomId

ROOMS_MAX: Final = 50
"""Rooms that are shown: the busiest. The figures of all that may be seen are in the total."""

_NOBODY: Final = RoomCount(0, frozenset())
_SILENCE: Final = RoomFlow()


class Figures(Struct, frozen=True, kw_only=True):
    """Of the whole server, or of one instance of it."""

    connections: int
    people: int
    rooms: int
    messages_per_s: float
    deliveries_per_s: float
    ack_p50_ms: float | None
    """How long half of all authors waited at most; nothing if there were none."""

    ack_p99_ms: float | None


class Series(Struct, frozen=True, kw_only=True):
    """The same, a value for each moment, oldest first."""

    at_ms: Sequence[int]
    connections: Sequence[int]
    rooms: Sequence[int]
    messages_per_s: Sequence[float]
    deliveries_per_s: Sequence[float]
    ack_p50_ms: Sequence[float | None]
    ack_p99_ms: Sequence[float | None]


class InstanceFigures(Struct, frozen=True, kw_only=True):
    """One instance; its *history* has messages a second, as far back as the series."""

    instance: str
    now: Figures
    history: Sequence[float]


class RoomFigures(Struct, frozen=True, kw_only=True):
    """One room, over all instances."""

    id: int
    slug: str
    name: str
    connections: int
    people: int
    messages_per_s: float
    deliveries_per_s: float
    history: Sequence[float]


class Dashboard(Struct, frozen=True, kw_only=True):
    """Everything that the stats page shows."""

    every_s: float
    now: Figures
    series: Series
    instances: Sequence[InstanceFigures]
    rooms: Sequence[RoomFigures]
    rooms_left_out: int
    refusals: Mapping[str, int]
    """
    How often the instances that run now have said no since their start, by the code; empty for
    whoever may not see the figures of all rooms.
    """


def dashboard(
    samples: Sequence[Sample],
    rooms: Collection[Room],
    *,
    every_s: float,
    sees_all: bool = True,
    rooms_max: int = ROOMS_MAX,
) -> Dashboard:
    """
    Show *samples* as whoever may know of *rooms*, and of no others, may see them.

    Of *rooms* those are shown that somebody is in or something was said in. The others are
    in no sum either: it would tell that they are there, and when something is said in them.
    Refusals aren't counted by room, so they are for those only who see the sum of all
    (*sees_all*).
    """
    seen = {room.id for room in rooms}
    refusals = _refusals(samples[-1].reports) if samples and sees_all else {}
    samples = [
        Sample(sample.at_ms, [_as_seen(report, seen) for report in sample.reports])
        for sample in samples
    ]
    figures = [figures_of(sample.reports) for sample in samples] or [figures_of(())]
    active = _busiest(rooms, samples)
    return Dashboard(
        every_s=every_s,
        now=figures[-1],
        series=_series(samples, figures),
        instances=_instances(samples),
        rooms=[_room(room, samples) for room in active[:rooms_max]],
        rooms_left_out=max(0, len(active) - rooms_max),
        refusals=refusals,
    )


def figures_of(reports: Sequence[Report]) -> Figures:
    """Add up what several instances told of one moment."""
    latencies = added([report.latencies for report in reports])
    counts = [count for report in reports for count in report.counts.values()]
    return Figures(
        connections=sum(count.connections for count in counts),
        people=len(frozenset().union(*(count.user_ids for count in counts))),
        rooms=len({room_id for report in reports for room_id in report.counts}),
        messages_per_s=_per_second(reports, lambda flow: flow.messages),
        deliveries_per_s=_per_second(reports, lambda flow: flow.deliveries),
        ack_p50_ms=_rounded(percentile_ms(latencies, 0.5)),
        ack_p99_ms=_rounded(percentile_ms(latencies, 0.99)),
    )


def _as_seen(report: Report, seen: AbstractSet[RoomId]) -> Report:
    if report.counts.keys() <= seen and report.flows.keys() <= seen:
        return report
    counts = {room_id: count for room_id, count in report.counts.items() if room_id in seen}
    flows = {room_id: flow for room_id, flow in report.flows.items() if room_id in seen}
    # How long authors wait is measured over all rooms: shown for those only who see one of them.
    is_heard = any(flow.messages for flow in flows.values())
    latencies = report.latencies if is_heard else ()
    return replace(report, counts=counts, flows=flows, latencies=latencies)


def _refusals(reports: Sequence[Report]) -> Mapping[str, int]:
    total = Counter[str]()
    for report in reports:
        total.update(report.refusals)
    return dict(sorted(total.items()))


def _series(samples: Sequence[Sample], figures: Sequence[Figures]) -> Series:
    figures = figures[: len(samples)]
    return Series(
        at_ms=[sample.at_ms for sample in samples],
        connections=[each.connections for each in figures],
        rooms=[each.rooms for each in figures],
        messages_per_s=[each.messages_per_s for each in figures],
        deliveries_per_s=[each.deliveries_per_s for each in figures],
        ack_p50_ms=[each.ack_p50_ms for each in figures],
        ack_p99_ms=[each.ack_p99_ms for each in figures],
    )


def _instances(samples: Sequence[Sample]) -> Sequence[InstanceFigures]:
    latest = samples[-1].reports if samples else ()
    return [
        InstanceFigures(
            instance=report.instance,
            now=figures_of([report]),
            history=[_messages_of(sample, report.instance) for sample in samples],
        )
        for report in sorted(latest, key=lambda each: each.instance)
    ]


def _messages_of(sample: Sample, instance: str) -> float:
    reports = [report for report in sample.reports if report.instance == instance]
    return _per_second(reports, lambda flow: flow.messages)


def _busiest(rooms: Collection[Room], samples: Sequence[Sample]) -> Sequence[Room]:
    """Return those that somebody is in or something was said in, the busiest first."""
    connections, said = Counter[RoomId](), Counter[RoomId]()
    for sample in samples:
        for report in sample.reports:
            for room_id, flow in report.flows.items():
                said[room_id] += flow.messages
    for report in samples[-1].reports if samples else ():
        for room_id, count in report.counts.items():
            connections[room_id] += count.connections
    active = [room for room in rooms if room.id in connections or room.id in said]
    return sorted(active, key=lambda room: (-connections[room.id], -said[room.id], room.name))


def _room(room: Room, samples: Sequence[Sample]) -> RoomFigures:
    reports = samples[-1].reports
    counts = [report.counts.get(room.id, _NOBODY) for report in reports]
    return RoomFigures(
        id=room.id,
        slug=room.slug,
        name=room.name,
        connections=sum(count.connections for count in counts),
        people=len(frozenset().union(*(count.user_ids for count in counts))),
        messages_per_s=_per_second(reports, lambda flow: flow.messages, room.id),
        deliveries_per_s=_per_second(reports, lambda flow: flow.deliveries, room.id),
        history=[
            _per_second(sample.reports, lambda flow: flow.messages, room.id) for sample in samples
        ],
    )


def _per_second(
    reports: Sequence[Report], part: Callable[[RoomFlow], int], room_id: RoomId | None = None
) -> float:
    def flows(of: Mapping[RoomId, RoomFlow]) -> Iterable[RoomFlow]:
        return of.values() if room_id is None else [of.get(room_id, _SILENCE)]

    return round(
        sum(sum(part(flow) for flow in flows(each.flows)) / each.span_s for each in reports), 2
    )


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 2)
