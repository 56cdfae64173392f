"""The contract of :class:`roomserver.ports.census.Census`, in memory and in Redis."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import pytest
from redis.asyncio import Redis

from roomserver.adapters.memory_census import MemoryCensus
from roomserver.adapters.redis_census import KEEP_S, RedisCensus
from roomserver.adapters.redis_client import redis_client
from roomserver.core.gauges import LATENCY_BOUNDS_MS, Report, RoomFlow
from roomserver.core.model import RoomCount, RoomId
from roomserver.ports.census import Census
from tests.support.redis import RedisServer, running_redis

HERE = RoomId(1)
THERE = RoomId(2)
EMPTY = Report(instance="one", counts={})

MOMENT_S = 1.5
"""The longest that a Redis which doesn't answer may keep anybody waiting, a question at a time."""

BACK_S_MAX = 10.0

OpenCensus = Callable[[], AbstractAsyncContextManager[Census]]


@pytest.fixture(params=["memory", pytest.param("redis", marks=pytest.mark.real)])
def open_census(request: pytest.FixtureRequest) -> OpenCensus:
    if request.param == "memory":
        return in_memory
    url: str = request.getfixturevalue("redis_url")
    return lambda: in_redis(url, "one")


@pytest.fixture
async def census(open_census: OpenCensus) -> AsyncIterator[Census]:
    async with open_census() as opened:
        yield opened


@pytest.fixture
async def client(redis_url: str) -> AsyncIterator[Redis]:
    """A look at what is in Redis, past the census."""
    async with redis_client(redis_url) as client:
        yield client


@pytest.fixture
def own_redis() -> Iterator[RedisServer]:
    """One that the test may hurt."""
    with running_redis() as server:
        yield server


@asynccontextmanager
async def in_memory() -> AsyncIterator[Census]:
    yield MemoryCensus()


@asynccontextmanager
async def in_redis(url: str, instance: str) -> AsyncIterator[RedisCensus]:
    async with redis_client(url) as client:
        yield RedisCensus(client, instance=instance)


def a_report(connections: int, *user_ids: int, room: RoomId = HERE) -> Report:
    return Report(instance="one", counts={room: RoomCount(connections, frozenset(user_ids))})


async def test_where_nobody_else_is_nobody_else_is_counted(census: Census) -> None:
    before = await census.others()

    await census.tell(a_report(3, 1, 2))

    assert list(before) == []
    assert list(await census.others()) == []


async def test_instances_hear_what_the_others_told(redis_url: str) -> None:
    report = Report(
        instance="one",
        span_s=2.0,
        counts={
            HERE: RoomCount(3, frozenset({1, 2})),
            THERE: RoomCount(1, frozenset({2**53 - 1})),
        },
        flows={HERE: RoomFlow(5, 15)},
        latencies=(0,) * len(LATENCY_BOUNDS_MS) + (1,),
    )
    async with in_redis(redis_url, "one") as one, in_redis(redis_url, "two") as two:
        await one.tell(report)

        assert list(await two.others()) == [report]
        assert list(await one.others()) == []


async def test_the_last_word_of_each_instance_counts(redis_url: str) -> None:
    async with (
        in_redis(redis_url, "one") as one,
        in_redis(redis_url, "two") as two,
        in_redis(redis_url, "three") as three,
    ):
        await one.tell(a_report(9, 1))
        await two.tell(a_report(2, 2, room=THERE))
        await one.tell(a_report(1, 3))

        assert list(await three.others()) == [a_report(1, 3), a_report(2, 2, room=THERE)]


async def test_an_instance_that_everybody_has_left_counts_nobody(redis_url: str) -> None:
    async with in_redis(redis_url, "one") as one, in_redis(redis_url, "two") as two:
        await one.tell(a_report(1, 1))
        await one.tell(EMPTY)

        assert list(await two.others()) == [EMPTY]


async def test_what_was_told_is_forgotten_after_ten_seconds(redis_url: str, client: Redis) -> None:
    async with in_redis(redis_url, "one") as one:
        await one.tell(a_report(1, 1))

        left_ms = await client.pttl("roomserver:census:one")

    assert KEEP_S == 10
    assert 0 < left_ms <= 10_000


async def test_an_instance_that_says_nothing_more_leaves_nothing_behind(
    redis_url: str, client: Redis
) -> None:
    async with (
        in_redis(redis_url, "one") as one,
        in_redis(redis_url, "two") as two,
        in_redis(redis_url, "three") as three,
    ):
        await one.tell(a_report(1, 1))
        await two.tell(a_report(2, 2))
        # As Redis does it by itself in ten seconds.
        await client.pexpire("roomserver:census:one", 0)

        others = await three.others()
        names = await client.smembers("roomserver:census")
        await one.tell(a_report(4, 4))

        assert list(others) == [a_report(2, 2)]
        assert names == {b"two"}
        assert a_report(4, 4) in await three.others()


async def test_an_instance_that_is_silent_is_forgotten_by_itself(redis_url: str) -> None:
    async with redis_client(redis_url) as client, in_redis(redis_url, "two") as two:
        await RedisCensus(client, instance="one", keep_s=0.2).tell(a_report(1, 1))

        async with asyncio.timeout(BACK_S_MAX):
            while await two.others():
                await asyncio.sleep(0.01)


@pytest.mark.parametrize("told", [b"", b"\xc1", b"\x93\x01", b"\x81\xa1a\x01", b"\x81\xa6counts"])
async def test_what_another_version_told_and_nobody_can_read_is_passed_over(
    redis_url: str, client: Redis, told: bytes
) -> None:
    async with in_redis(redis_url, "one") as one, in_redis(redis_url, "two") as two:
        await one.tell(a_report(1, 1))
        await client.sadd("roomserver:census", "newer")
        await client.set("roomserver:census:newer", told)

        assert list(await two.others()) == [a_report(1, 1)]


async def test_redis_may_be_emptied_at_any_time(redis_server: RedisServer, redis_url: str) -> None:
    async with in_redis(redis_url, "one") as one, in_redis(redis_url, "two") as two:
        await one.tell(a_report(1, 1))
        redis_server.flush()

        after = await two.others()
        await one.tell(a_report(1, 1))

        assert list(after) == []
        assert list(await two.others()) == [a_report(1, 1)]


@pytest.mark.real
@pytest.mark.slow
@pytest.mark.parametrize("fault", [RedisServer.kill, RedisServer.pause])
async def test_a_redis_that_does_not_answer_holds_nobody_up_and_is_used_again_when_it_is_back(
    own_redis: RedisServer, fault: Callable[[RedisServer], None]
) -> None:
    report = a_report(1, 1)
    async with in_redis(own_redis.url, "one") as one, in_redis(own_redis.url, "two") as two:
        await one.tell(report)
        assert list(await two.others()) == [report]

        fault(own_redis)
        began_s = time.monotonic()
        await one.tell(report)
        told_s = time.monotonic()
        others = await two.others()
        asked_s = time.monotonic()
        own_redis.resume() if own_redis.program.is_running else own_redis.start()

        assert list(others) == []
        assert told_s - began_s < MOMENT_S
        assert asked_s - told_s < MOMENT_S
        async with asyncio.timeout(BACK_S_MAX):
            while list(await two.others()) != [report]:
                await one.tell(report)
