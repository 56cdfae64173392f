"""The contract of :class:`roomserver.ports.turns.Turns`, in memory and in Redis."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack

import pytest
from redis.asyncio import Redis

from roomserver.adapters.memory_turns import MemoryTurns
from roomserver.adapters.redis_client import redis_client
from roomserver.adapters.redis_turns import RedisTurns
from roomserver.adapters.system_clock import SystemClock
from roomserver.core.turns import Pace
from roomserver.ports.turns import Turns
from tests.support.redis import RedisServer, running_redis

SLOW = Pace(30.0)
FEW = Pace(10.0, 3)

MOMENT_S = 2.0
"""The longest that a Redis which is away may keep anybody waiting."""


@pytest.fixture(params=["memory", pytest.param("redis", marks=pytest.mark.real)])
async def turns(request: pytest.FixtureRequest) -> AsyncIterator[Turns]:
    if request.param == "memory":
        yield MemoryTurns(SystemClock())
        return
    async with redis_client(request.getfixturevalue("redis_url")) as client:
        yield RedisTurns(client, SystemClock())


@pytest.fixture
async def client(redis_url: str) -> AsyncIterator[Redis]:
    async with redis_client(redis_url) as client:
        yield client


@pytest.fixture
async def instances(redis_url: str) -> AsyncIterator[tuple[RedisTurns, RedisTurns]]:
    """Two instances that share a Redis."""
    async with AsyncExitStack() as stack:
        one, two = [await stack.enter_async_context(redis_client(redis_url)) for _ in range(2)]
        yield RedisTurns(one, SystemClock()), RedisTurns(two, SystemClock())


@pytest.fixture
def own_redis() -> Iterator[RedisServer]:
    """A Redis that the test may hurt."""
    with running_redis() as server:
        yield server


async def test_the_next_turn_comes_after_its_time(turns: Turns) -> None:
    assert await turns.take("a", SLOW) == 0
    assert 25 < await turns.take("a", SLOW) <= 30


async def test_asking_too_soon_makes_nobody_wait_longer(turns: Turns) -> None:
    await turns.take("a", SLOW)
    first = await turns.take("a", SLOW)

    assert await turns.take("a", SLOW) <= first


async def test_so_many_turns_are_there_at_once(turns: Turns) -> None:
    assert [await turns.take("a", FEW) for _ in range(3)] == [0, 0, 0]
    assert 5 < await turns.take("a", FEW) <= 10


async def test_keys_have_turns_of_their_own(turns: Turns) -> None:
    await turns.take("a", SLOW)

    assert await turns.take("b", SLOW) == 0


async def test_the_last_turn_taken_again_is_free(turns: Turns) -> None:
    await turns.take("a", SLOW, name="x")

    assert await turns.take("a", SLOW, name="x") == 0
    assert await turns.take("a", SLOW, name="y") > 0
    assert await turns.take("a", SLOW) > 0


async def test_a_turn_comes_back(turns: Turns) -> None:
    soon = Pace(0.2)
    await turns.take("a", soon)

    async with asyncio.timeout(10):
        while await turns.take("a", soon):
            await asyncio.sleep(0.02)


async def test_a_turn_taken_here_is_taken_there(instances: tuple[RedisTurns, RedisTurns]) -> None:
    one, two = instances

    taken = [await each.take("a", FEW) for each in (one, two, one, two)]

    assert taken[:3] == [0, 0, 0]
    assert taken[3] > 0
    assert await two.take("b", SLOW, name="x") == await one.take("b", SLOW, name="x") == 0


async def test_whoever_asks_at_the_same_time_gets_one_turn(
    instances: tuple[RedisTurns, RedisTurns],
) -> None:
    waits = await asyncio.gather(*(each.take("a", SLOW) for each in instances * 20))

    assert sorted(waits)[:2] != [0, 0]
    assert waits.count(0) == 1


async def test_what_makes_no_difference_any_more_is_forgotten(
    instances: tuple[RedisTurns, RedisTurns], client: Redis
) -> None:
    await instances[0].take("a", FEW)

    left_ms = await client.pttl("roomserver:turns:a")

    assert 5_000 < left_ms <= 10_000


@pytest.mark.parametrize("kind", ["set", "hset"])
async def test_what_nobody_can_read_holds_nobody_up(
    instances: tuple[RedisTurns, RedisTurns], client: Redis, kind: str
) -> None:
    if kind == "set":
        await client.set("roomserver:turns:a", "nonsense")
    else:
        await client.hset("roomserver:turns:a", "full", "nonsense")

    assert await instances[0].take("a", SLOW) == 0
    assert await instances[0].take("a", SLOW) > 0


@pytest.mark.real
@pytest.mark.slow
@pytest.mark.parametrize("fault", [RedisServer.kill, RedisServer.pause])
async def test_without_redis_each_counts_by_itself_and_goes_on_from_what_it_knew(
    own_redis: RedisServer, fault: Callable[[RedisServer], None]
) -> None:
    async with redis_client(own_redis.url) as one, redis_client(own_redis.url) as two:
        here, there = RedisTurns(one, SystemClock()), RedisTurns(two, SystemClock())
        await here.take("a", SLOW)

        fault(own_redis)
        began_s = time.monotonic()
        waits = [await each.take("a", SLOW) for each in (here, there, there)]
        took_s = time.monotonic() - began_s
        own_redis.resume() if own_redis.program.is_running else own_redis.start()

    assert waits[0] > 0
    assert waits[1] == 0
    assert waits[2] > 0
    assert took_s < MOMENT_S
