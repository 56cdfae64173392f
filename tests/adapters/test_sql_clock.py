"""The time that instances share, whatever their machines say."""

import time
from contextlib import AsyncExitStack

from roomserver.adapters.sql_clock import SqlClock
from roomserver.adapters.sql_engine import Database
from roomserver.adapters.system_clock import SystemClock
from tests.support.databases import reading
from tests.support.fakes import FakeClock

HOURS_MS = 3_600_000
TOLERANCE_MS = 1_000


class WrongClock(SystemClock):
    """Of a machine whose time is two hours ahead."""

    def now_ms(self) -> int:
        return super().now_ms() + 2 * HOURS_MS


def right_ms() -> float:
    return time.time() * 1000  # The tests' databases run on this machine.


async def test_a_machine_whose_clock_is_wrong_has_the_time_of_the_database(
    postgresql: Database,
) -> None:
    clock = SqlClock(postgresql, WrongClock())

    async with clock.running():
        assert abs(clock.now_ms() - right_ms()) < TOLERANCE_MS


async def test_between_two_questions_the_time_goes_on(sqlite: Database) -> None:
    own = FakeClock()
    clock = SqlClock(sqlite, own)

    async with clock.running():
        began_ms = clock.now_ms()
        own.advance(90.0)

        assert clock.now_ms() == began_ms + 90_000
        assert clock.monotonic_s() == own.monotonic_s()


async def test_a_database_that_is_away_leaves_the_time_as_it_is(sqlite: Database) -> None:
    clock = SqlClock(sqlite, WrongClock())
    async with clock.running():
        async with AsyncExitStack() as stack:
            for _ in range(sqlite.readers):
                await stack.enter_async_context(reading(sqlite))
            await clock.ask()

        assert abs(clock.now_ms() - right_ms()) < TOLERANCE_MS
