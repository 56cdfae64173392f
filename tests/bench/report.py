"""``docs/benchmarks.md``, the raw figures beside it, and the charts."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import msgspec
from msgspec import Struct

from tests.bench.charts import bars
from tests.bench.contest import Results, Spread, tidy
from tests.bench.generator import Figures
from tests.bench.measures import Bench
from tests.bench.rows import as_markdown
from tests.bench.shapes import WINDOWS

CHARTS = (
    ("P1", "p1", "One room of 500, saturated", "deliveries a second, each at its best window",
     lambda f: f.delivered_per_s, [f" {window}" for window in WINDOWS]),
    ("P2", "p2", "1,000 people in 100 rooms, saturated", "messages a second, to all of a room",
     lambda f: f.delivered_per_s / 10, [""]),
    ("P3", "p3", "100 messages a second into a room of 500", "ms until all have it, p99",
     lambda f: f.all_have_it_ms.p99, [""]),
    ("P4", "p4", "An idle connection", "KiB of the server's memory: shorter is better",
     lambda f: f.idle_rss_kib_each, [""]),
)  # fmt: skip


class Machine(Struct, frozen=True, kw_only=True):
    """Where it was measured."""

    measured_on: str
    processor: str
    cores: int
    system: str
    python: str
    busy: float
    """How many programs wanted to run when it began: the load average of five minutes."""


HEADER = """\
# Benchmarks

Made by `make bench` on {m.measured_on}: {m.processor}, {m.cores} cores, {m.system}, Python
{m.python}; the load average was {m.busy:g} when it began. The server has one core and the load
generator the other. The server is the zipapp as it is shipped, with everything switched on:
messages are stored durably (`synchronous=FULL` on SQLite, `fsync` on PostgreSQL), numbered,
de-duplicated by `client_id`, checked and counted; only the limits per person and address are
raised, since the load is one machine. The peers store nothing.

Every delivery of every run is checked by the load generator: each member of a room must hear each
message once, and all in one order. A run in which one is missing does not count. Runs alternate
between the servers, so a machine that is busy for a while is busy for everybody; the table gives
medians, and the spread of up to {rounds} runs. Figures of different machines can't be compared,
ratios within one run can. The raw figures of all runs are in [benchmarks.json](benchmarks.json);
[performance.md](performance.md) says where the time goes.

P3's 3 and 8 ms were set with every delivery counted, on a machine where one of `ws` takes 1.3 and
2.4. To wait for the last of the 500 is stricter; what `ws` needs here for that, in the same rounds,
is said as well.

"""


def write(bench: Bench, missing: Mapping[str, str], machine: Machine, folder: Path) -> None:
    """Write everything into *folder*."""
    charts = folder / "charts"
    charts.mkdir(parents=True, exist_ok=True)
    parts = [HEADER.format(m=machine, rounds=bench.scale.rounds), as_markdown(bench.rows), "\n"]
    for what, file, title, note, of, loads in CHARTS:
        if what in bench.runs:
            values = _medians(bench.runs[what], of, loads)
            (charts / f"{file}.svg").write_text(bars(title, note, values, ours="roomserver"))
            parts.append(f"\n![{title}](charts/{file}.svg)\n")
    parts.append(_peers(bench))
    parts.append(_absent(bench, missing))
    (folder / "benchmarks.md").write_text("".join(parts))
    raw = {
        "machine": machine,
        "rows": bench.rows,
        "runs": {what: results.runs for what, results in bench.runs.items()},
        "failures": {what: results.failures for what, results in bench.runs.items()},
        "missing": missing,
    }
    text = msgspec.json.format(msgspec.json.encode(raw), indent=1)
    (folder / "benchmarks.json").write_bytes(text + b"\n")


def _medians(
    results: Results, of: Callable[[Figures], float], loads: Sequence[str]
) -> dict[str, float]:
    """Return the median of each server, with the load under which it is highest."""
    medians: dict[str, float] = {}
    for label, runs in results.runs.items():
        median = Spread(tuple(map(of, runs))).median
        for name in [label.removesuffix(load) for load in loads if label.endswith(load)]:
            medians[name] = max(medians.get(name, 0.0), median)
    return medians


def _peers(bench: Bench) -> str:
    lines = ["\n## Everybody, run by run\n\nMedians. CPU is the server's.\n"]
    for what in ("P1", "P2", "P3", "P4", "P5", "mixed"):
        if what in bench.runs:
            lines.append(
                f"\n{what}\n\n| server | messages/s | deliveries/s | µs CPU per delivery "
                "| p50 ms | p99 ms | all have it, p99 ms | KiB idle |\n"
                "| --- | --- | --- | --- | --- | --- | --- | --- |\n"
            )
            lines += [_line(name, runs) for name, runs in bench.runs[what].runs.items()]
    return "".join(lines)


def _line(name: str, runs: list[Figures]) -> str:
    columns = (
        lambda f: f.sent_per_s,
        lambda f: f.delivered_per_s,
        lambda f: f.server_cpu_us_per_delivery,
        lambda f: f.delivery_ms.p50,
        lambda f: f.delivery_ms.p99,
        lambda f: f.all_have_it_ms.p99,
        lambda f: f.idle_rss_kib_each,
    )
    medians = [Spread(tuple(map(of, runs))).median for of in columns]
    cells = [tidy(value) if value else "–" for value in medians]
    return f"| {name} | " + " | ".join(cells) + " |\n"


def _absent(bench: Bench, missing: Mapping[str, str]) -> str:
    lines = [f"- {name}: {reason}\n" for name, reason in missing.items()]
    lines += [
        f"- {what}, {name}: {reason}\n"
        for what, results in bench.runs.items()
        for name, reason in results.failures.items()
    ]
    return "\n## What is not in the table\n\n" + "".join(lines or ["Nothing.\n"])
