"""The database's time. All instances share it, however wrong their machines' clocks are."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Final

from sqlalchemy import text

from roomserver.adapters.sql_engine import Database
from roomserver.core.errors import StorageUnavailable
from roomserver.ports.clock import Clock, Timer
from roomserver.service.tasks import Loop, in_background

NOW_MS: Final = {
    "postgresql": "CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT)",
    "sqlite": "CAST((julianday('now') - 2440587.5) * 86400000 + 0.5 AS INTEGER)",
}
"""The database's clock, in each dialect's words."""

ASK_EVERY_S: Final = 30.0
LATE_S: Final = 0.1
"""An answer that took longer says too little about the time, unless there is none yet."""


class SqlClock:
    """A :class:`~roomserver.ports.clock.Clock` that is set by the database's; timers are ours."""

    def __init__(self, database: Database, own: Clock) -> None:
        self._database = database
        self._own = own
        self._question = text(f"SELECT {NOW_MS[database.kind]}")
        self._ahead_ms: int | None = None
        """Of our seconds since some moment. None until the database has been asked."""

    def now_ms(self) -> int:
        if self._ahead_ms is None:
            return self._own.now_ms()
        return self._ahead_ms + round(self._own.monotonic_s() * 1000)

    def monotonic_s(self) -> float:
        return self._own.monotonic_s()

    def call_later(self, delay_s: float, callback: Callable[[], None]) -> Timer:
        return self._own.call_later(delay_s, callback)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Sequence[Loop]]:
        """Ask for the time now, and again and again until the block ends."""
        await self.ask()
        async with in_background(clock=self._keep_asking()) as loops:
            yield loops

    async def ask(self) -> None:
        """Set the clock, if the database tells the time, and promptly."""
        began_s = self._own.monotonic_s()
        with suppress(StorageUnavailable):
            ((now_ms,),) = await self._database.ask(self._question)
            ended_s = self._own.monotonic_s()
            if self._ahead_ms is None or ended_s - began_s < LATE_S:
                self._ahead_ms = int(now_ms) - round((began_s + ended_s) / 2 * 1000)

    async def _keep_asking(self) -> None:
        while True:
            await asyncio.sleep(ASK_EVERY_S)
            await self.ask()
