"""What is done to PostgreSQL, SQLite and Redis. Each hurts, waits a while and heals."""

import asyncio
import os
import signal
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from random import Random

import asyncpg
import psutil
from redis.asyncio import Redis

from tests.torture.pace import Pace
from tests.torture.town import Town


async def backend_killed(town: Town, _pace: Pace, random: Random) -> None:
    # PostgreSQL then ends all other backends too, and recovers from its log.
    assert town.postgres is not None
    postmaster = town.postgres.program.pid
    async with _connection(town) as connection:
        rows = await connection.fetch(
            "SELECT pid FROM pg_stat_activity WHERE application_name = 'roomserver'"
        )
    pids = [int(row["pid"]) for row in rows]
    if pids and psutil.Process(pid := random.choice(pids)).ppid() == postmaster:
        os.kill(pid, signal.SIGKILL)


async def backends_terminated(town: Town, _pace: Pace, _random: Random) -> None:
    async with _connection(town) as connection:
        await connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE application_name = 'roomserver'"
        )


async def database_stopped(town: Town, pace: Pace, random: Random) -> None:
    assert town.postgres is not None
    try:
        await asyncio.to_thread(town.postgres.stop, signal.SIGQUIT)
        await asyncio.sleep(pace.down_s(random))
    finally:
        await town.start_postgres()


async def database_killed(town: Town, pace: Pace, random: Random) -> None:
    assert town.postgres is not None
    try:
        await asyncio.to_thread(town.postgres.kill)
        await asyncio.sleep(pace.down_s(random))
    finally:
        await town.start_postgres()


async def database_hung(town: Town, pace: Pace, _random: Random) -> None:
    assert town.postgres is not None
    try:
        town.postgres.pause()
        await asyncio.sleep(min(3.0, pace.broken_s_max))
    finally:
        town.postgres.resume()


async def room_locked(town: Town, pace: Pace, random: Random) -> None:
    async with _connection(town) as connection:
        transaction = connection.transaction()
        await transaction.start()
        try:
            rooms = await connection.fetch("SELECT id FROM rooms")
            room = random.choice([row["id"] for row in rooms])
            await connection.execute("SELECT 1 FROM rooms WHERE id = $1 FOR UPDATE", room)
            await asyncio.sleep(pace.broken_s(random))
        finally:
            await transaction.rollback()


async def sqlite_locked(town: Town, pace: Pace, random: Random) -> None:
    connection = sqlite3.connect(
        town.sqlite_file, timeout=2.0, isolation_level=None, check_same_thread=False
    )
    try:
        await asyncio.to_thread(_begin, connection)
        await asyncio.sleep(pace.broken_s(random))
    finally:
        connection.close()


async def redis_killed(town: Town, pace: Pace, random: Random) -> None:
    assert town.redis is not None
    try:
        await asyncio.to_thread(town.redis.kill)
        await asyncio.sleep(pace.down_s(random))
    finally:
        await asyncio.to_thread(town.redis.start)


async def redis_flushed(town: Town, _pace: Pace, _random: Random) -> None:
    assert town.redis is not None
    await asyncio.to_thread(town.redis.flush)


async def redis_hung(town: Town, pace: Pace, random: Random) -> None:
    assert town.redis is not None
    try:
        town.redis.pause()
        await asyncio.sleep(pace.broken_s(random))
    finally:
        town.redis.resume()


async def redis_aged(town: Town, pace: Pace, random: Random) -> None:
    """Put everything back to how it was some seconds ago."""
    assert town.redis is not None
    client = Redis(port=town.redis.port)
    try:
        keys = await client.keys("*")
        dumps = {key: await client.dump(key) for key in keys}
        await asyncio.sleep(pace.broken_s(random))
        await client.flushall()
        for key, dump in dumps.items():
            if dump is not None:
                await client.restore(key, 0, dump, replace=True)
    finally:
        await client.aclose()


def _begin(connection: sqlite3.Connection) -> None:
    with suppress(sqlite3.OperationalError):
        connection.execute("BEGIN IMMEDIATE")


@asynccontextmanager
async def _connection(town: Town) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    connection = await asyncpg.connect(town.database_url, timeout=5.0)
    try:
        yield connection
    finally:
        connection.terminate()
