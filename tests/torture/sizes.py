"""What the servers hold: it has to be little again when everybody has gone."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import asyncpg
import psutil
from redis.asyncio import Redis

from tests.torture.history import Measured
from tests.torture.town import Town

SHRINK_S_MAX: Final = 15.0
LOOK_S: Final = 0.5

GROWTH_MAX: Final = {
    # Connections to the database and to Redis, which are opened when they are first needed.
    "descriptors": 24,
    "resident MiB": 64,
    "tasks": 20,
    "redis keys": 50,
    "database connections too many": 0,
}

CONNECTIONS_OF_AN_INSTANCE_MAX: Final = 10
"""Eight to read and two to write."""


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much of what."""

    amounts: Mapping[str, int]

    def has_outgrown(self, before: "Sizes") -> bool:
        return any(
            amount - before.amounts.get(what, 0) > growth_max_of(what)
            for what, amount in self.amounts.items()
        )


async def sizes_of(town: Town) -> Sizes:
    """Measure everything now."""
    amounts: dict[str, int] = {}
    for instance in town.instances:
        process = psutil.Process(instance.server.pid)
        amounts[f"descriptors of {instance.name}"] = process.num_fds()
        amounts[f"resident MiB of {instance.name}"] = process.memory_info().rss >> 20
        amounts[f"tasks of {instance.name}"] = int(instance.tasks.read_text())
    if town.postgres is not None and town.redis is not None:
        amounts["redis keys"] = await _redis_keys(town.redis.port)
        connections = await _connections(town.database_url)
        allowed = CONNECTIONS_OF_AN_INSTANCE_MAX * len(town.instances)
        amounts["database connections too many"] = max(0, connections - allowed)
    return Sizes(amounts)


async def record_growth(town: Town, before: Sizes) -> None:
    """Give the servers some time to shrink, then record what has become of each amount."""
    now = await sizes_of(town)
    for _look in range(int(SHRINK_S_MAX / LOOK_S)):
        if not now.has_outgrown(before):
            break
        await asyncio.sleep(LOOK_S)
        now = await sizes_of(town)
    for what, amount in now.amounts.items():
        first = before.amounts.get(what, 0)
        town.history.record(
            Measured(what=what, before=first, after=amount, growth_max=growth_max_of(what))
        )


def growth_max_of(what: str) -> int:
    return GROWTH_MAX[what.partition(" of ")[0]]


async def _redis_keys(port: int) -> int:
    client = Redis(port=port)
    try:
        return int(await client.dbsize())
    finally:
        await client.aclose()


async def _connections(url: str) -> int:
    connection = await asyncpg.connect(url, timeout=10.0)
    try:
        query = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'roomserver'"
        return int(await connection.fetchval(query))
    finally:
        connection.terminate()
