"""
``make bench``: measure P1 to P11 on the zipapp, beside the peers, and write down what came out.

``python -m tests.bench.run --quick`` takes seconds and only shows that it works.
"""

import argparse
import asyncio
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from tests.bench import growth, measures, peers, starts, stored
from tests.bench.contest import Results, opened, say
from tests.bench.generator import build
from tests.bench.measures import Bench
from tests.bench.report import Machine, write
from tests.bench.rows import as_text
from tests.bench.shapes import FULL, QUICK
from tests.bench.targets import FROM_ZIPAPP, ROOT, ZIPAPP, running_services
from tests.support.packages import Missing
from tests.support.servers import FROM_SOURCE

MEASURES = {
    "P1": (measures.p1_saturated_room, 4.5),
    "P2": (measures.p2_saturated_rooms, 2.5),
    "P3": (measures.p3_steady_room, 2.5),
    "P4": (measures.p4_idle, 2.0),
    "P5": (measures.p5_storm, 1.0),
    "P6": (measures.p6_p7_acknowledged, 1.5),
    "P8": (measures.p8_two_instances, 1.0),
    "P9": (stored.p9_large_room, 1.5),
    "P10": (starts.p10_zipapp, 0.5),
    "P11": (growth.p11_growth, 4.0),
    "mixed": (measures.mixed_rooms, 2.0),
}
"""What is measured, and its share of the time."""


def main() -> None:
    options = _options()
    allowed = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, allowed))
    if not options.from_source and not ZIPAPP.exists():
        subprocess.run([sys.executable, "packaging/build_zipapp.py"], cwd=ROOT, check=True)
    try:
        build()
        asyncio.run(_measure(options))
    except Missing as error:
        sys.exit(str(error))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a few seconds, to see that it works")
    parser.add_argument("--only", default="", help="P1,P3,… and nothing else")
    parser.add_argument("--rounds", type=int, help="how often everything is repeated")
    parser.add_argument("--seconds", type=float, help="how long each run measures")
    parser.add_argument("--peers", default="all", help="all, none, or names with commas")
    parser.add_argument(
        "--from-source", action="store_true", help="measure the source, not the zipapp"
    )
    parser.add_argument(
        "--minutes", type=float, default=18.0, help="after which no further round is begun"
    )
    parser.add_argument("--output", help="a folder for benchmarks.md, its figures and charts")
    return parser.parse_args()


async def _measure(options: argparse.Namespace) -> None:
    ends_s = time.monotonic() + 60 * options.minutes
    machine = _machine()
    scale = QUICK if options.quick else FULL
    changes = {"rounds": options.rounds, "seconds": options.seconds}
    scale = replace(scale, **{name: value for name, value in changes.items() if value})
    there, missing = peers.have(_peers(options.peers))
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="rs-bench-")))
        bench = Bench(
            scale=scale,
            folder=folder,
            services=stack.enter_context(running_services()),
            peers={peer.name: opened(peer) for peer in there},
            app=FROM_SOURCE if options.from_source else FROM_ZIPAPP,
        )
        wanted = [name for name in MEASURES if name in (options.only or name).split(",")]
        for place, name in enumerate(wanted):
            measure, share = MEASURES[name]
            now_s = time.monotonic()
            shares = sum(MEASURES[later][1] for later in wanted[place:])
            bench.late_s = now_s + max(0.0, ends_s - now_s) * share / shares
            say(f"{name} …")
            await _try(name, measure, bench)
            if options.output:
                # Each time: what has been measured is kept, whatever becomes of the rest.
                write(bench, missing, machine, Path(options.output))
    sys.stdout.write(as_text(bench.rows) + "\n")
    for name, reason in missing.items():
        sys.stdout.write(f"{name} is not in the table: {reason}\n")


async def _try(name: str, measure: Callable[[Bench], Awaitable[None]], bench: Bench) -> None:
    try:
        await measure(bench)
    except Exception as error:  # noqa: BLE001 - one that fails must not take the others along
        say(f"{name} could not be measured: {error}")
        bench.runs.setdefault(name, Results()).failures[name] = f"{type(error).__name__}: {error}"


def _peers(chosen: str) -> tuple[peers.Peer, ...]:
    if chosen == "all":
        return peers.PEERS
    return tuple(peer for peer in peers.PEERS if peer.name in chosen.split(","))


def _machine() -> Machine:
    model = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ),
        platform.processor(),
    )
    return Machine(
        measured_on=datetime.now(UTC).date().isoformat(),
        processor=model,
        cores=len(os.sched_getaffinity(0)),
        system=f"Linux {platform.release().partition('-')[0]}",
        python=platform.python_version(),
        busy=round(os.getloadavg()[1], 1),
    )


if __name__ == "__main__":
    main()
