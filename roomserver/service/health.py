"""
How the instance is: for people, and for what restarts it.

A database that failed is looked at again until it is back: an instance that sends
everybody elsewhere meanwhile would never learn it from a message that can be stored.
That it answers doesn't mean that it stores, so until something has been stored it fails.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Final, Literal

from roomserver.ports.clock import Clock
from roomserver.ports.probe import Probe, Storage
from roomserver.service.condition import Condition
from roomserver.service.tasks import Loop, in_background

LOOK_AGAIN_S: Final = 1.0
"""How soon a database that failed is looked at again."""


@dataclass(frozen=True, slots=True)
class Instance:
    """One process among others: a random *name*, and the program's *version*."""

    name: str
    version: str


@dataclass(frozen=True, slots=True)
class PartHealth:
    ok: bool
    kind: str
    latency_ms: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The answer of ``/health``. *status* is down without a database, degraded without Redis."""

    status: Literal["ok", "degraded", "down"]
    database: PartHealth
    redis: PartHealth
    version: str
    instance: str
    uptime_s: int


class Health:
    """Asks the parts and draws the conclusion."""

    def __init__(
        self,
        *,
        database: Storage,
        redis: Probe | None,
        condition: Condition,
        clock: Clock,
        instance: Instance,
    ) -> None:
        self._database = database
        self._redis = redis
        self._condition = condition
        self._clock = clock
        self._instance = instance
        self._started_s = clock.monotonic_s()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Sequence[Loop]]:
        """Look again at what has failed, until the block ends."""
        async with in_background(health=self._watch()) as loops:
            yield loops

    async def report(self) -> Report:
        """Ask every part, now."""
        database = await self._ask_database()
        # Redis's own adapters tell how it is, and look again by themselves.
        redis = PartHealth(ok=True, kind="memory")
        if self._redis is not None:
            redis = await self._ask(self._redis, self._redis.is_answering)
        return Report(
            status="down" if not database.ok else "ok" if redis.ok else "degraded",
            database=database,
            redis=redis,
            version=self._instance.version,
            instance=self._instance.name,
            uptime_s=int(self._clock.monotonic_s() - self._started_s),
        )

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(LOOK_AGAIN_S)
            if not self._condition.is_ok("database"):
                await self._ask_database()

    async def _ask_database(self) -> PartHealth:
        if not self._condition.is_ok("database"):
            database = await self._ask(self._database, self._database.is_storing)
            self._condition.report("database", ok=database.ok)
            return database
        database = await self._ask(self._database, self._database.is_answering)
        if not database.ok:
            self._condition.report("database", ok=False)
        # A commit may have failed meanwhile, which says more.
        return replace(database, ok=self._condition.is_ok("database"))

    async def _ask(self, probe: Probe, question: Callable[[], Awaitable[bool]]) -> PartHealth:
        began_s = self._clock.monotonic_s()
        ok = await question()
        latency_ms = round((self._clock.monotonic_s() - began_s) * 1000, 1)
        return PartHealth(ok=ok, kind=probe.kind, latency_ms=latency_ms)
