"""What this instance has to tell whoever watches it: of itself alone, and of no room by name."""

from collections.abc import Sequence

from roomserver.core.exposition import Metric, Value, counter, gauge, histogram
from roomserver.core.gauges import LATENCY_BOUNDS_MS
from roomserver.service.health import Report
from roomserver.service.server import Server


async def gathered(server: Server) -> Sequence[Metric]:
    """Ask every part, now."""
    health = await server.health.report()
    counts = server.hub.counts().values()
    written, delivered = server.journal.meter.totals(), server.hub.meter.totals()
    return [
        gauge(
            "roomserver_info",
            "Which program runs here.",
            1,
            version=health.version,
            instance=health.instance,
        ),
        gauge("roomserver_uptime_seconds", "Since the start.", health.uptime_s),
        gauge("roomserver_ready", "Whether new connections are welcome.", int(server.is_ready)),
        *_parts(health),
        gauge(
            "roomserver_connections",
            "Connections to this instance.",
            sum(count.connections for count in counts),
        ),
        gauge(
            "roomserver_people",
            "People who are connected to this instance.",
            len(frozenset[int]().union(*(count.user_ids for count in counts))),
        ),
        gauge("roomserver_rooms", "Rooms in which somebody is on this instance.", len(counts)),
        gauge(
            "roomserver_messages_waiting",
            "Messages that wait for the database.",
            server.journal.waiting,
        ),
        counter(
            "roomserver_messages_total",
            "Messages, and changes to them, that this instance has stored.",
            written.messages,
        ),
        counter(
            "roomserver_deliveries_total",
            "Messages, and changes to them, once for each connection they were written to.",
            delivered.deliveries,
        ),
        histogram(
            "roomserver_ack_seconds",
            "From a message's arrival to its acknowledgement, when it is on disk.",
            bounds=[bound_ms / 1_000 for bound_ms in LATENCY_BOUNDS_MS],
            counts=written.latencies,
            total=written.waited_s,
        ),
        Metric(
            "roomserver_refusals_total",
            "counter",
            "How often this instance has said no, by the code of the error.",
            [Value(count, {"code": code}) for code, count in server.refusals.counts().items()],
        ),
    ]


def _parts(health: Report) -> Sequence[Metric]:
    parts = {"database": health.database, "redis": health.redis}
    up = [Value(int(part.ok), {"part": name, "kind": part.kind}) for name, part in parts.items()]
    took = [
        Value(part.latency_ms / 1_000, {"part": name})
        for name, part in parts.items()
        if part.latency_ms is not None
    ]
    return [
        Metric("roomserver_part_up", "gauge", "Whether what it leans on works.", up),
        Metric("roomserver_part_latency_seconds", "gauge", "How long it took to answer.", took),
    ]
