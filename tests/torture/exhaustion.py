"""
What runs out: space on the disk, connections, descriptors.

A process gets a limit of its own (as with ``ulimit``), which is what a full disk and a full
table of descriptors look like from inside. On Linux that can be done to a process that runs.
"""

import asyncio
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from random import Random
from typing import Any, Final

import asyncpg
import psutil

from tests.torture.pace import Pace
from tests.torture.town import Instance, Town

PRLIMIT: Final = shutil.which("prlimit")
"""Of util-linux, so that every Linux has it."""

FILE_BYTES: Final = "fsize"
DESCRIPTORS: Final = "nofile"

WAL_SEGMENT_BYTES: Final = 1 << 20
"""As the tests' PostgreSQL has it. Its log of commits goes on if files may be as large as that."""

LOG_BYTES_MAX: Final = 1 << 16
FALLS_S_MAX: Final = 5.0
LOOK_S: Final = 0.25

DESCRIPTORS_LEFT: Final = 2
STRANGERS_MAX: Final = 200


class NotLimited(Exception):
    """The system doesn't let a process be limited, so that the fault would be none."""


async def table_full(town: Town, pace: Pace, random: Random) -> None:
    """Let PostgreSQL find no space for another page of the table of entries."""
    connection = await asyncpg.connect(town.database_url, timeout=5.0)
    try:
        # So that it soon is as large as a file may be, and then larger at every other entry.
        await connection.execute("ALTER TABLE entries SET (fillfactor = 10)")
        size = await connection.fetchval("SELECT pg_relation_size('entries')")
        await _limit_postgres(town, pace, random, bytes_max=max(size, WAL_SEGMENT_BYTES))
    finally:
        with suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            await connection.execute("ALTER TABLE entries RESET (fillfactor)")
        connection.terminate()


async def log_full(town: Town, pace: Pace, random: Random) -> None:
    """
    Let PostgreSQL find no space for its write-ahead log: it panics, and stays down.

    Sometimes it stands still instead, recovering for minutes: whoever runs it starts it anew.
    """
    try:
        await _limit_postgres(town, pace, random, bytes_max=LOG_BYTES_MAX)
    finally:
        assert town.postgres is not None
        for _look in range(int(FALLS_S_MAX / LOOK_S)):
            await asyncio.sleep(LOOK_S)
            if not town.postgres.program.is_running:
                break
        await asyncio.to_thread(town.postgres.kill)
        await town.start_postgres()


async def sqlite_full(instance: Instance, pace: Pace, random: Random) -> None:
    """Let SQLite find no space: neither in its log nor in its file."""
    process = psutil.Process(instance.server.pid)
    with _limited([process], FILE_BYTES, 4_096):
        await asyncio.sleep(pace.broken_s(random))


async def descriptors_gone(instance: Instance, pace: Pace, random: Random) -> None:
    """Let an instance open next to nothing more: no connection, no file."""
    process = psutil.Process(instance.server.pid)
    with _limited([process], DESCRIPTORS, process.num_fds() + DESCRIPTORS_LEFT):
        await asyncio.sleep(pace.broken_s(random))


async def connections_gone(town: Town, pace: Pace, random: Random) -> None:
    """Cut the servers' connections to PostgreSQL off, and give all there are to strangers."""
    strangers: list[asyncpg.Connection[Any]] = []
    try:
        own = await asyncpg.connect(town.database_url, timeout=5.0)
        strangers.append(own)
        end_all = (
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE application_name = 'roomserver'"
        )
        for _round in range(3):
            await own.execute(end_all)
            with suppress(asyncpg.TooManyConnectionsError):
                while len(strangers) < STRANGERS_MAX:
                    strangers.append(await asyncpg.connect(town.database_url, timeout=5.0))
        await asyncio.sleep(pace.broken_s(random))
    finally:
        for stranger in strangers:
            stranger.terminate()


async def tables_locked(town: Town, pace: Pace, random: Random) -> None:
    """Let every question wait, so that all connections of all pools are taken."""
    connection = await asyncpg.connect(town.database_url, timeout=5.0)
    try:
        await connection.execute("BEGIN; LOCK TABLE entries, rooms IN ACCESS EXCLUSIVE MODE")
        await asyncio.sleep(pace.broken_s(random))
    finally:
        connection.terminate()


async def _limit_postgres(town: Town, pace: Pace, random: Random, *, bytes_max: int) -> None:
    assert town.postgres is not None
    postmaster = psutil.Process(town.postgres.program.pid)
    with _limited([postmaster, *postmaster.children(recursive=True)], FILE_BYTES, bytes_max):
        await asyncio.sleep(pace.broken_s(random))


@contextmanager
def _limited(processes: list[psutil.Process], what: str, most: int) -> Iterator[None]:
    """Limit *processes*, the first of which begets the others, until the block ends."""
    first = processes[0]
    before = _prlimit(first, f"--{what}", "--output=SOFT", "--noheadings", "--raw").strip()
    try:
        for process in processes:
            _prlimit(process, f"--{what}={most}:")
        yield
    finally:
        with suppress(psutil.NoSuchProcess):
            for process in [first, *first.children(recursive=True)]:
                _prlimit(process, f"--{what}={before}:")


def _prlimit(process: psutil.Process, *options: str) -> str:
    command = [str(PRLIMIT), f"--pid={process.pid}", *options]
    try:
        user, group = process.uids().real, process.gids().real
    except psutil.NoSuchProcess:
        return ""
    # Even root may have to be the one whose process it is.
    whose: dict[str, Any] = (
        {} if user == os.geteuid() else {"user": user, "group": group, "extra_groups": []}
    )
    done = subprocess.run(command, **whose, capture_output=True, check=False)
    if done.returncode and process.is_running():
        raise NotLimited(done.stderr.decode())
    return str(done.stdout, "ascii")
