"""
The load generator: built when it is first needed, run, and its figures read.

It is written in C, because what measures must be faster than what is measured.
"""

import hashlib
import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import msgspec
from msgspec import Struct

from tests.support.packages import Missing

SOURCES = Path(__file__).parent / "load"
BUILT = Path(__file__).resolve().parents[2] / "build" / "bench"
SERVER_CORE, LOAD_CORE = 0, -1
"""Places among the cores that we may use: the first one and the last one, be there two or one."""

RUN_S_MAX = 600.0


class Times(Struct, frozen=True):
    """How long something took, in milliseconds."""

    count: int
    p50: float
    p90: float
    p99: float
    max: float


class Figures(Struct, frozen=True, kw_only=True):
    """What one run of the generator measured. Its field names carry the units."""

    connected: int
    connect_s: float
    connect_cpu_us: float
    idle_rss_kib: tuple[float, float]
    idle_rss_kib_each: float
    seconds: float
    sent_per_s: float
    delivered_per_s: float
    acked_per_s: float
    bytes_per_s: float
    server_cpu: float
    server_cpu_us_per_delivery: float
    server_cpu_us_per_message: float
    server_rss_kib: tuple[float, float]
    load_cpu: float
    delivery_ms: Times
    far_delivery_ms: Times
    all_have_it_ms: Times
    ack_ms: Times
    replay_s: float
    visits: dict[str, int]
    slow: dict[str, int]
    sent: int
    delivered: int
    acked: int
    faults: dict[str, int]
    is_whole: bool


class LoadFailed(AssertionError):
    """The load could not be put on the server, or something of it did not arrive."""


def build() -> Path:
    """
    Return the generator, compiled from its present source.

    Raises:
        Missing: If there is no C compiler, or it can't compile this.

    """
    sources = sorted(SOURCES.glob("*.[ch]"))
    digest = hashlib.sha256(b"".join(source.read_bytes() for source in sources)).hexdigest()[:12]
    program = BUILT / f"roomload-{digest}"
    if program.exists():
        return program
    compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    if compiler is None:
        raise Missing(
            "The bench needs a C compiler for its load generator. "
            "Debian: sudo apt-get install gcc libc6-dev"
        )
    BUILT.mkdir(parents=True, exist_ok=True)
    unfinished = program.with_suffix(".unfinished")
    options = ["-O2", "-std=gnu11", "-o", str(unfinished)]
    done = subprocess.run(
        [compiler, *options, *map(str, SOURCES.glob("*.c"))],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise Missing(f"{compiler} could not compile the load generator:\n{done.stderr.strip()}")
    return unfinished.rename(program)


def put_load(options: Sequence[str]) -> Figures:
    """
    Run the generator with *options* and return what it measured.

    Raises:
        LoadFailed: If not every delivery arrived once and in order.

    """
    figures = try_load(options)
    if not figures.is_whole:
        raise LoadFailed(f"not every delivery arrived: {figures.faults}")
    return figures


def try_load(options: Sequence[str]) -> Figures:
    """Run the generator and return what it measured, be it whole or not."""
    command = [*on_core(LOAD_CORE), str(build()), *options]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=RUN_S_MAX, check=False
        )
    except subprocess.TimeoutExpired:
        raise LoadFailed(f"the load did not end within {RUN_S_MAX:g} s") from None
    if done.returncode not in (0, 1) or not done.stdout:
        raise LoadFailed(done.stderr.strip() or f"roomload ended with {done.returncode}")
    return msgspec.json.decode(done.stdout, type=Figures)


def on_core(place: int) -> list[str]:
    """Begin a command line that runs on one core of its own, where the system has ``taskset``."""
    taskset = shutil.which("taskset")
    if taskset is None:
        return []
    # In a container they needn't be 0 and 1, and there needn't be two.
    return [taskset, "-c", str(sorted(os.sched_getaffinity(0))[place])]
