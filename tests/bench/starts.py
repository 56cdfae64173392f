"""P10: how large the one file is, how soon it listens, and what it weighs when nobody is there."""

import sys
import time
from collections.abc import Mapping
from pathlib import Path

import psutil

from tests.bench.contest import Spread
from tests.bench.measures import Bench
from tests.bench.rows import at_most
from tests.bench.targets import ZIPAPP
from tests.support.servers import running_roomserver

SETTLE_S = 2.0


async def p10_zipapp(bench: Bench) -> None:
    size = Spread((ZIPAPP.stat().st_size / 1e6,))
    bench.rows.append(at_most("P10", "the zipapp", size, 16.0, "MB"))
    first, later, idle = [], [], []
    for turn in range(bench.scale.rounds):
        home = bench.folder / f"home-{turn}"
        home.mkdir()
        environ = {"HOME": str(home)}
        first.append(_start(bench.folder / f"first-{turn}", environ)[0])
        seconds, mib = _start(bench.folder / f"first-{turn}", environ)
        later.append(seconds)
        idle.append(mib)
    bench.rows.append(
        at_most("P10", "its first start, which unpacks it", Spread(tuple(first)), 2.5, "s")
    )
    bench.rows.append(at_most("P10", "a later start", Spread(tuple(later)), 0.6, "s"))
    bench.rows.append(at_most("P10", "its memory when idle", Spread(tuple(idle)), 60.0, "MB"))


def _start(data: Path, environ: Mapping[str, str]) -> tuple[float, float]:
    began = time.monotonic()
    command = [sys.executable, str(ZIPAPP)]
    with running_roomserver(data_dir=data, command=command, environ=environ) as server:
        took_s = time.monotonic() - began
        time.sleep(SETTLE_S)
        return took_s, psutil.Process(server.pid).memory_info().rss / 1e6
