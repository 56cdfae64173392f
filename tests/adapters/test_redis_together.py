"""Questions to a real Redis that wait for each other's round trip."""

import asyncio
from collections.abc import AsyncIterator
from functools import partial

import pytest
from redis.asyncio import Redis
from redis.asyncio.client import Pipeline
from redis.exceptions import RedisError

from roomserver.adapters.redis_client import NO_ANSWER, redis_client
from roomserver.adapters.redis_together import RedisTogether
from tests.support.redis import running_redis

pytestmark = pytest.mark.real


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[Redis]:
    async with redis_client(redis_url) as client:
        yield client


def counted(pipe: Pipeline) -> object:
    return pipe.incr("count")


async def round_trips(redis: Redis) -> int:
    """Return how many packets of ours Redis has read, this one included."""
    return int((await redis.info("stats"))["total_reads_processed"])


async def test_each_of_many_gets_its_own_answer_in_the_order_of_the_questions(
    redis: Redis,
) -> None:
    together = RedisTogether(redis)

    answers = await asyncio.gather(*(together.ask(counted) for _ in range(1_000)))

    assert answers == list(range(1, 1_001))


async def test_what_is_asked_at_once_takes_few_round_trips(redis: Redis) -> None:
    together = RedisTogether(redis)
    await together.ask(counted)
    before = await round_trips(redis)

    await asyncio.gather(*(together.ask(counted) for _ in range(150)))

    assert await round_trips(redis) - before < 10


async def test_an_error_is_for_the_one_who_asked_alone(redis: Redis) -> None:
    together = RedisTogether(redis)
    await together.ask(lambda pipe: pipe.set("text", "x"))

    wrong = asyncio.create_task(together.ask(lambda pipe: pipe.incr("text")))
    answers = await asyncio.gather(together.ask(counted), together.ask(counted))

    assert list(answers) == [1, 2]
    with pytest.raises(RedisError):
        await wrong


async def test_whoever_gives_up_takes_nobody_along(redis: Redis) -> None:
    together = RedisTogether(redis)
    leaving = asyncio.create_task(together.ask(counted))
    staying = asyncio.create_task(together.ask(counted))
    await asyncio.sleep(0)

    leaving.cancel()

    assert await staying == 2


async def test_a_script_is_told_to_a_redis_that_has_forgotten_it(redis: Redis) -> None:
    together = RedisTogether(redis)
    script = redis.register_script("return {KEYS[1], ARGV[1]}")
    ask = partial(together.run, script, keys=["room"], args=["1"])
    first = await ask()
    await redis.script_flush()

    assert await ask() == first == [b"room", b"1"]


async def test_without_redis_everybody_who_waits_is_told_at_once() -> None:
    with running_redis() as server:
        async with redis_client(server.url) as client:
            together = RedisTogether(client)
            await together.ask(counted)
            server.kill()

            answers = await asyncio.gather(
                *(together.ask(counted) for _ in range(500)), return_exceptions=True
            )

    assert all(isinstance(answer, NO_ANSWER) for answer in answers)


async def test_a_bug_in_a_question_is_heard_by_whoever_asked(redis: Redis) -> None:
    together = RedisTogether(redis)

    with pytest.raises(ZeroDivisionError):
        await together.ask(lambda _pipe: 1 / 0)

    assert await together.ask(counted) == 1
