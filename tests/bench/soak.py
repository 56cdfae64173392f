"""
``make soak``: a mixed load for half an hour, and whether the server's memory grows.

Rooms of several sizes, messages of several sizes, people who come and go, readers who are
slow. The first third is for caches to fill; over the rest a line is laid through what
the server's memory is (least squares), and its slope is the answer.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import psutil

from tests.bench.generator import LOAD_CORE, SERVER_CORE, build, on_core
from tests.bench.targets import DIALECT, FROM_ZIPAPP, RAISED_LIMITS
from tests.support.servers import running_roomserver

EVERY_S = 5.0
SLOPE_KIB_PER_MINUTE_MAX = 100.0
"""Three MiB in half an hour: what is below it can't be told from an allocator at rest."""

LOAD = (
    *("--members", "400", "--rooms", "8", "--senders", "40", "--rate", "400"),
    *("--sizes", "20,200,2000", "--visits", "20", "--slow", "8", "--handshakes", "50"),
)


def main() -> None:
    parser = argparse.ArgumentParser(prog="make soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=30.0)
    minutes = parser.parse_args().minutes
    with tempfile.TemporaryDirectory(prefix="rs-soak-") as folder:
        samples, figures = _soak(Path(folder), minutes)
    slope = slope_of(samples[len(samples) // 3 :]) * 60
    first, last = samples[len(samples) // 3][1], samples[-1][1]
    sys.stdout.write(
        f"{minutes:g} minutes: {first / 1024:.1f} MiB after a third, {last / 1024:.1f} MiB at the "
        f"end, {slope:+.1f} KiB a minute between them.\n{figures}\n"
    )
    sys.exit(0 if slope <= SLOPE_KIB_PER_MINUTE_MAX and '"is_whole": true' in figures else 1)


def _soak(folder: Path, minutes: float) -> tuple[list[tuple[float, float]], str]:
    command = [*on_core(SERVER_CORE), *FROM_ZIPAPP]
    with running_roomserver(data_dir=folder, command=command, environ=RAISED_LIMITS) as server:
        options = ["--port", str(server.port), "--pid", str(server.pid), *DIALECT, *LOAD]
        options += ["--seconds", str(minutes * 60)]
        load = subprocess.Popen(
            [*on_core(LOAD_CORE), str(build()), *options], stdout=subprocess.PIPE, text=True
        )
        process, samples, began = psutil.Process(server.pid), [], time.monotonic()
        while load.poll() is None:
            samples.append((time.monotonic() - began, process.memory_info().rss / 1024))
            time.sleep(EVERY_S)
        assert load.stdout is not None
        return samples, load.stdout.read()


def slope_of(points: Sequence[tuple[float, float]]) -> float:
    """Return the slope of the line that lies closest to *points*."""
    count = len(points)
    if count < 2:
        return 0.0
    mean_x = sum(x for x, _y in points) / count
    mean_y = sum(y for _x, y in points) / count
    across = sum((x - mean_x) ** 2 for x, _y in points)
    return sum((x - mean_x) * (y - mean_y) for x, y in points) / across if across else 0.0


if __name__ == "__main__":
    main()
