"""P1 to P8: how fast messages go, with peers beside where there are any."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.bench import shapes
from tests.bench.contest import Opened, Results, Spread, alternate
from tests.bench.generator import Figures
from tests.bench.rows import Row, at_least, at_most, beside_ws, compared
from tests.bench.shapes import Scale
from tests.bench.targets import FROM_ZIPAPP, Product, Services

OURS = "roomserver"
SQLITE, POSTGRES = "SQLite", "PostgreSQL + Redis"

Better = Callable[[Iterable[float]], float]
"""Which of several values is the better one."""


@dataclass(slots=True, kw_only=True)
class Bench:
    """What the measures are made with, and what they have brought so far."""

    scale: Scale
    folder: Path
    services: Services | None
    peers: Mapping[str, Opened]
    late_s: float = math.inf
    """When no further round is begun: a time of ``time.monotonic``."""

    app: Sequence[str] = FROM_ZIPAPP
    rows: list[Row] = field(default_factory=list)
    runs: dict[str, Results] = field(default_factory=dict)

    def on_sqlite(self) -> Product:
        return Product(folder=self.folder, app=self.app)

    def on_postgres(self, instances: int = 1) -> Product:
        return Product(
            folder=self.folder, app=self.app, services=self.services, instances=instances
        )

    async def contest(
        self,
        what: str,
        contenders: Mapping[str, Opened],
        loads: Mapping[str, Sequence[str]],
        *,
        rounds: int | None = None,
    ) -> Results:
        rounds = rounds or self.scale.rounds
        results = await alternate(what, contenders, loads, rounds=rounds, late_s=self.late_s)
        self.runs[what] = results
        return results

    def ours(self) -> dict[str, Opened]:
        stores: dict[str, Opened] = {f"{OURS}, {SQLITE}": self.on_sqlite().running}
        if self.services is not None:
            stores[f"{OURS}, {POSTGRES}"] = self.on_postgres().running
        return stores


async def p1_saturated_room(bench: Bench) -> None:
    loads = {str(w): shapes.saturated_room(bench.scale, window=w) for w in shapes.WINDOWS}
    sqlite = {f"{OURS}, {SQLITE}": bench.on_sqlite().running}
    results = await bench.contest("P1", sqlite | dict(bench.peers), loads)

    def at_its_best(name: str, of: Callable[[Figures], float], better: Better) -> list[float]:
        runs = [values for load in loads if (values := results.values(f"{name} {load}", of))]
        return [better(values) for values in zip(*runs, strict=False)]

    figure = "one room of 500, saturated: deliveries/s"
    ours = f"{OURS}, {SQLITE}"
    for who, least in (("uWebSockets", 2.0), ("ws", 10.0), ("FastAPI + uvicorn", 30.0)):
        mine, theirs = (at_its_best(name, _deliveries, max) for name in (ours, who))
        bench.rows.append(compared("P1", figure, mine, theirs, least, who))
    mine, ws = (at_its_best(name, _cpu_per_delivery, min) for name in (ours, "ws"))
    bench.rows.append(beside_ws("P1", "the same: µs of CPU per delivery", mine, ws))


async def p2_saturated_rooms(bench: Bench) -> None:
    results = await bench.contest(
        "P2", bench.ours() | dict(bench.peers), {"": shapes.saturated_rooms(bench.scale)}
    )
    for store, who in ((SQLITE, "ws"), (POSTGRES, "FastAPI + uvicorn")):
        ours, theirs = (results.values(n, _delivered_tenths) for n in (f"{OURS}, {store}", who))
        figure = f"1,000 in 100 rooms, saturated, {store}: messages/s"
        bench.rows.append(compared("P2", figure, ours, theirs, 1.0, who))
    mine, ws = (results.values(n, _cpu_per_delivery) for n in (f"{OURS}, {SQLITE}", "ws"))
    bench.rows.append(beside_ws("P2", "the same, SQLite: µs of CPU per delivery", mine, ws))


async def p3_steady_room(bench: Bench) -> None:
    results = await bench.contest(
        "P3", bench.ours() | dict(bench.peers), {"": shapes.steady_room(bench.scale)}
    )
    ours = f"{OURS}, {SQLITE}"
    for name, most, ws_needed, each, last in (
        ("p50", 3.0, 1.3, lambda f: f.delivery_ms.p50, lambda f: f.all_have_it_ms.p50),
        ("p99", 8.0, 2.4, lambda f: f.delivery_ms.p99, lambda f: f.all_have_it_ms.p99),
    ):
        figure = f"100/s into a room of 500: sent → each has it, {name}"
        mine = results.values(ours, each)
        bench.rows.append(at_most("P3", figure, Spread(tuple(mine)), most, "ms"))
        figure = f"sent → the last of them has it, {name}"
        mine, theirs = (results.values(n, last) for n in (ours, "ws"))
        bench.rows.append(at_most("P3", figure, Spread(tuple(mine)), most, "ms"))
        times = round(most / ws_needed, 1)
        figure = f"the last of them, beside ws, {name}"
        bench.rows.append(beside_ws("P3", figure, mine, theirs, most=times, unit="ms"))
    mine, theirs = (results.values(n, _cpu_per_delivery) for n in (ours, "ws"))
    bench.rows.append(beside_ws("P3", "the same: µs of CPU per delivery", mine, theirs))


async def p4_idle(bench: Bench) -> None:
    sqlite = {f"{OURS}, {SQLITE}": bench.on_sqlite().running}
    results = await bench.contest(
        "P4", sqlite | dict(bench.peers), {"": shapes.idle(bench.scale)}, rounds=1
    )
    each = Spread(tuple(results.values(f"{OURS}, {SQLITE}", lambda f: f.idle_rss_kib_each)))
    bench.rows.append(at_most("P4", "an idle connection, of 10,000", each, 16.0, "KiB"))


async def p5_storm(bench: Bench) -> None:
    results = await bench.contest("P5", bench.ours(), {"": shapes.storm(bench.scale)})
    for name in bench.ours():
        spread = Spread(tuple(results.values(name, lambda f: f.replay_s)))
        figure = f"5,000 come back for 50 messages each, {name.split(', ')[1]}"
        bench.rows.append(at_most("P5", figure, spread, 5.0, "s"))


async def p6_p7_acknowledged(bench: Bench) -> None:
    saturated = await bench.contest("P6, P7", bench.ours(), {"": shapes.acknowledged(bench.scale)})
    steady = await bench.contest(
        "P6, P7 steady", bench.ours(), {"": shapes.acknowledged_steadily(bench.scale)}
    )
    for number, store, least in (("P6", SQLITE, 40_000.0), ("P7", POSTGRES, 25_000.0)):
        name = f"{OURS}, {store}"
        spread = Spread(tuple(saturated.values(name, lambda f: f.acked_per_s)))
        bench.rows.append(at_least(number, f"acknowledged = durable, {store}", spread, least, "/s"))
        late = Spread(tuple(steady.values(name, lambda f: f.ack_ms.p99)))
        bench.rows.append(at_most(number, "acknowledged at 1,000/s, p99", late, 20.0, "ms"))


async def p8_two_instances(bench: Bench) -> None:
    if bench.services is None:
        return
    contenders = {
        "one instance": bench.on_postgres().running,
        "two instances": bench.on_postgres(instances=2).running,
    }
    results = await bench.contest("P8", contenders, {"": shapes.steady_room(bench.scale)})
    near = results.values("one instance", lambda f: f.delivery_ms.p99)
    far = results.values("two instances", lambda f: f.far_delivery_ms.p99)
    over = Spread(tuple(b - a for a, b in zip(near, far, strict=False)))
    figure = "sent on one instance → seen on the other, p99 over one instance's"
    bench.rows.append(at_most("P8", figure, over, 10.0, "ms"))


async def mixed_rooms(bench: Bench) -> None:
    loads = {"mixed": shapes.mixed(bench.scale), "full": shapes.mixed_saturated(bench.scale)}
    sqlite = {f"{OURS}, {SQLITE}": bench.on_sqlite().running}
    others = ("uWebSockets", "ws", "FastAPI + uvicorn")
    theirs = {name: bench.peers[name] for name in others if name in bench.peers}
    results = await bench.contest("mixed", sqlite | theirs, loads, rounds=2)
    for load, figure in (
        ("mixed", "8 rooms, all sizes, slow readers, people come and go"),
        ("full", "one saturated room of 300, all sizes, slow readers"),
    ):
        mine, ws = (results.values(f"{n} {load}", _cpu_per_delivery) for n in (*sqlite, "ws"))
        bench.rows.append(beside_ws("mixed", f"{figure}: µs of CPU per delivery", mine, ws))


def _deliveries(figures: Figures) -> float:
    return figures.delivered_per_s


def _delivered_tenths(figures: Figures) -> float:
    # Messages that all ten of a room have, not only those that were taken in.
    return figures.delivered_per_s / 10


def _cpu_per_delivery(figures: Figures) -> float:
    return figures.server_cpu_us_per_delivery
