import asyncio

import pytest

from roomserver.core.limits import Limits
from roomserver.service.condition import Condition
from roomserver.service.health import LOOK_AGAIN_S, Health, Instance
from roomserver.service.hub import Hub
from tests.support.fakes import FakeClock, FakeProbe


def a_health(
    clock: FakeClock,
    *,
    database_ok: bool = True,
    database: FakeProbe | None = None,
    redis_ok: bool | None = True,
    condition: Condition | None = None,
) -> Health:
    """Return the health of an instance; *redis_ok* is None where there is no Redis."""
    return Health(
        database=database or FakeProbe("sqlite", clock, ok=database_ok),
        redis=None if redis_ok is None else FakeProbe("redis", clock, ok=redis_ok),
        condition=condition or Condition(Hub(Limits())),
        clock=clock,
        instance=Instance("i1", "1.2.3"),
    )


@pytest.mark.parametrize(
    ("database_ok", "redis_ok", "status"),
    [
        (True, True, "ok"),
        (True, None, "ok"),
        (True, False, "degraded"),
        (False, True, "down"),
        (False, None, "down"),
        (False, False, "down"),
    ],
)
async def test_without_a_database_it_is_down_and_without_redis_degraded(
    clock: FakeClock, *, database_ok: bool, redis_ok: bool | None, status: str
) -> None:
    health = a_health(clock, database_ok=database_ok, redis_ok=redis_ok)

    report = await health.report()

    assert report.status == status


async def test_a_report_tells_which_instance_it_is_and_since_when(clock: FakeClock) -> None:
    health = a_health(clock)
    clock.advance(3_600)

    report = await health.report()

    assert (report.instance, report.version, report.uptime_s) == ("i1", "1.2.3", 3_600)


async def test_a_report_tells_how_long_each_part_took_to_answer(clock: FakeClock) -> None:
    report = await a_health(clock).report()

    assert (report.database.kind, report.database.latency_ms) == ("sqlite", 12.5)
    assert (report.redis.kind, report.redis.latency_ms) == ("redis", 12.5)


async def test_where_there_is_no_redis_memory_does_its_work(clock: FakeClock) -> None:
    report = await a_health(clock, redis_ok=None).report()

    assert (report.redis.ok, report.redis.kind, report.redis.latency_ms) == (True, "memory", None)


async def test_what_a_report_finds_out_everyone_connected_may_know(clock: FakeClock) -> None:
    condition = Condition(Hub(Limits()))

    await a_health(clock, database_ok=False, condition=condition).report()

    assert not condition.is_ok("database")
    assert condition.is_ok("redis")


async def test_a_report_is_no_witness_of_redis_that_nobody_would_ask_again(
    clock: FakeClock,
) -> None:
    condition = Condition(Hub(Limits()))
    health = a_health(clock, redis_ok=False, condition=condition)
    condition.report("redis", ok=False, witness="recent")

    await health.report()
    condition.report("redis", ok=True, witness="recent")

    assert condition.is_ok("redis")


async def test_a_database_that_failed_is_looked_at_again_though_nobody_asks(
    clock: FakeClock,
) -> None:
    condition = Condition(Hub(Limits()))

    async with a_health(clock, condition=condition).running():
        condition.report("database", ok=False)
        await asyncio.sleep(LOOK_AGAIN_S * 1.01)

    assert condition.is_ok("database")


async def test_a_database_that_still_fails_is_no_news(clock: FakeClock) -> None:
    condition = Condition(Hub(Limits()))

    async with a_health(clock, database_ok=False, condition=condition).running():
        condition.report("database", ok=False)
        await asyncio.sleep(LOOK_AGAIN_S * 10)

    assert not condition.is_ok("database")


async def test_a_database_that_answers_and_stores_nothing_fails(clock: FakeClock) -> None:
    condition = Condition(Hub(Limits()))
    database = FakeProbe("sqlite", clock)
    database.stores = False
    health = a_health(clock, database=database, condition=condition)

    async with health.running():
        condition.report("database", ok=False)
        await asyncio.sleep(LOOK_AGAIN_S * 10)
        report, was_ok = await health.report(), condition.is_ok("database")
        database.stores = True
        await asyncio.sleep(LOOK_AGAIN_S * 1.01)

    assert (report.status, was_ok) == ("down", False)
    assert condition.is_ok("database")


async def test_a_commit_that_fails_says_more_than_an_answer(clock: FakeClock) -> None:
    condition = Condition(Hub(Limits()))
    database = FakeProbe("sqlite", clock)

    async def is_answering() -> bool:
        condition.report("database", ok=False)
        return True

    database.is_answering = is_answering  # type: ignore[method-assign]
    report = await a_health(clock, database=database, condition=condition).report()

    assert report.status == "down"
    assert not condition.is_ok("database")


async def test_a_database_that_has_not_failed_is_left_alone(clock: FakeClock) -> None:
    before_s = clock.monotonic_s()

    async with a_health(clock).running():
        await asyncio.sleep(LOOK_AGAIN_S * 10)

    # The probe takes its time whenever it is asked.
    assert clock.monotonic_s() == before_s
