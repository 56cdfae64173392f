"""The contract of :class:`roomserver.ports.presence.Presence`, in memory and in Redis."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from typing import Any

import pytest
from redis.asyncio import Redis

from roomserver.adapters.memory_presence import MemoryPresence
from roomserver.adapters.redis_client import redis_client
from roomserver.adapters.redis_presence import SETTLING_ROUNDS, RedisPresence
from roomserver.core.model import RoomId, User, UserId
from roomserver.ports.presence import Change, Presence
from tests.support.builders import ANA, EVA, JUAN
from tests.support.redis import RedisServer, running_redis

HERE = RoomId(1)
THERE = RoomId(2)

MOMENT_S = 2.0
"""The longest that a Redis which is away may keep anybody waiting."""

OpenPresence = Callable[[str], Awaitable[RedisPresence]]


@pytest.fixture(params=["memory", pytest.param("redis", marks=pytest.mark.real)])
async def presence(request: pytest.FixtureRequest) -> AsyncIterator[Presence]:
    if request.param == "memory":
        yield MemoryPresence()
        return
    async with redis_client(request.getfixturevalue("redis_url")) as client:
        yield RedisPresence(client, instance="one")


@pytest.fixture
async def instance(redis_url: str) -> AsyncIterator[OpenPresence]:
    """Open the presence of a further instance, by its name."""
    async with AsyncExitStack() as stack:

        async def opened(name: str) -> RedisPresence:
            client = await stack.enter_async_context(redis_client(redis_url))
            return RedisPresence(client, instance=name)

        yield opened


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[Redis]:
    async with redis_client(redis_url) as client:
        yield client


@pytest.fixture
def own_redis() -> Iterator[RedisServer]:
    """A Redis that the test may hurt."""
    with running_redis() as server:
        yield server


@asynccontextmanager
async def on_own(server: RedisServer, instance: str = "one") -> AsyncIterator[RedisPresence]:
    async with redis_client(server.url) as client:
        yield RedisPresence(client, instance=instance, pause_s=0)


async def crash(redis: Redis, name: str, *room_ids: RoomId) -> None:
    """Let it be some seconds later, as Redis sees it, with nothing heard of instance *name*."""
    for room_id in room_ids:
        key = f"roomserver:people:{room_id}"
        for member in await redis.zrange(key, 0, -1):
            assert isinstance(member, bytes)
            if member.endswith(f":{name}".encode()):
                await redis.zadd(key, {member: 1})
        if await redis.zcount(key, 2, "+inf") == 0:
            await redis.zadd("roomserver:rooms", {str(room_id): 1})


async def held(
    presence: RedisPresence, action: str, user: User
) -> Callable[[], Awaitable[Sequence[str]]]:
    """Have *presence* ask now; Redis hears of it when what is returned is called."""
    asked: list[dict[str, Any]] = []

    async def keep(_script: object, **question: Any) -> Sequence[str]:
        asked.append(question)
        return []

    together = presence._together
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(together, "run", keep)
        await presence._ask(action, HERE, [user])
    return partial(together.run, presence._script, **asked[0])


def came(user: User, room_id: RoomId = HERE) -> Change:
    return Change(room_id, user, is_here=True)


def went(user: User, room_id: RoomId = HERE) -> Change:
    return Change(room_id, user, is_here=False)


async def rounds(*instances: RedisPresence) -> list[Change]:
    """Let all of them look after their people for a while; return what they would tell."""
    changes: list[Change] = []
    for _ in range(SETTLING_ROUNDS + 2):
        for each in instances:
            changes += await each.look_after([HERE, THERE])
    return changes


async def everybody(presence: Presence, room_id: RoomId = HERE) -> set[User]:
    present = await presence.present(room_id)
    assert len({user.user_id for user in present}) == len(present), "nobody is here twice"
    return set(present)


async def test_somebody_is_new_when_they_come_and_gone_when_they_leave(presence: Presence) -> None:
    is_new = await presence.arrive(HERE, ANA)
    is_gone = await presence.depart(HERE, ANA)
    is_new_again = await presence.arrive(HERE, ANA)

    assert (is_new, is_gone, is_new_again) == (True, True, True)


async def test_whoever_comes_again_is_not_new(presence: Presence) -> None:
    await presence.arrive(HERE, ANA)

    assert not await presence.arrive(HERE, ANA)


async def test_everybody_in_the_room_is_present_and_nobody_of_another(presence: Presence) -> None:
    await presence.arrive(HERE, ANA)
    await presence.arrive(HERE, JUAN)
    await presence.arrive(THERE, EVA)
    await presence.depart(HERE, JUAN)

    assert await everybody(presence, HERE) == {ANA}
    assert await everybody(presence, THERE) == {EVA}
    assert await everybody(presence, RoomId(3)) == set()


async def test_somebody_in_two_rooms_leaves_one_of_them(presence: Presence) -> None:
    await presence.arrive(HERE, ANA)
    await presence.arrive(THERE, ANA)

    await presence.depart(HERE, ANA)

    assert await everybody(presence, HERE) == set()
    assert await everybody(presence, THERE) == {ANA}


async def test_a_name_is_any_text_and_the_newest_one_counts(presence: Presence) -> None:
    renamed = User(ANA.user_id, 'Äna: "0" \\ 漢字 🙂')
    await presence.arrive(HERE, ANA)

    await presence.arrive(HERE, renamed)

    assert await everybody(presence) == {renamed}


async def test_looking_after_people_who_are_here_changes_nothing(presence: Presence) -> None:
    await presence.arrive(HERE, ANA)

    for _ in range(3):
        assert await presence.look_after([HERE, THERE]) == []

    assert await everybody(presence) == {ANA}


async def test_somebody_on_two_instances_is_one_person(instance: OpenPresence) -> None:
    one, two = await instance("one"), await instance("two")

    news = [await one.arrive(HERE, ANA), await two.arrive(HERE, ANA)]
    present = await everybody(one)
    departures = [await one.depart(HERE, ANA), await two.depart(HERE, ANA)]

    assert news == [True, False]
    assert present == {ANA}
    assert departures == [False, True]


async def test_whoever_has_left_one_of_two_instances_is_still_here(instance: OpenPresence) -> None:
    one, two = await instance("one"), await instance("two")
    await one.arrive(HERE, ANA)
    await two.arrive(HERE, ANA)

    await one.depart(HERE, ANA)

    assert await everybody(one) == await everybody(two) == {ANA}


async def test_all_instances_see_the_same_people(instance: OpenPresence) -> None:
    one, two = await instance("one"), await instance("two")
    await one.arrive(HERE, ANA)
    await two.arrive(HERE, JUAN)

    assert await everybody(one) == await everybody(two) == {ANA, JUAN}


async def test_of_many_who_come_at_once_everywhere_each_is_new_once(
    instance: OpenPresence,
) -> None:
    instances = [await instance(name) for name in ("one", "two", "three")]
    people = [User(UserId(number), f"P{number}") for number in range(1, 21)]

    news = await asyncio.gather(*(each.arrive(HERE, user) for user in people for each in instances))
    departures = await asyncio.gather(
        *(each.depart(HERE, user) for user in people for each in instances)
    )

    assert sum(news) == sum(departures) == len(people)


async def test_a_thousand_who_come_at_once_are_no_sign_that_redis_is_away(
    instance: OpenPresence,
) -> None:
    one, two = await instance("one"), await instance("two")
    people = [User(UserId(number), f"P{number}") for number in range(1, 1_001)]

    news = await asyncio.gather(*(one.arrive(HERE, user) for user in people))
    seen = await asyncio.gather(*(two.present(HERE) for _ in people[:200]))

    assert all(news)
    assert {len(present) for present in seen} == {1_000}
    assert (one._failures, two._failures) == (0, 0)


async def test_the_people_of_a_crashed_instance_are_told_once_by_one_of_the_others(
    instance: OpenPresence, redis: Redis
) -> None:
    crashed, *others = [await instance(name) for name in ("crashed", "one", "two", "three")]
    await crashed.arrive(HERE, ANA)
    await crashed.arrive(THERE, JUAN)
    await crash(redis, "crashed", HERE, THERE)

    changes = await asyncio.gather(*(other.look_after([HERE, THERE]) for other in others))
    later = [await other.look_after([HERE, THERE]) for other in others]

    assert sorted(change for each in changes for change in each) == [went(ANA), went(JUAN, THERE)]
    assert later == [[], [], []]


async def test_whoever_is_also_on_another_instance_is_not_told_as_gone(
    instance: OpenPresence, redis: Redis
) -> None:
    crashed, one = await instance("crashed"), await instance("one")
    await crashed.arrive(HERE, ANA)
    await crashed.arrive(HERE, JUAN)
    await one.arrive(HERE, ANA)
    await crash(redis, "crashed", HERE)

    assert await one.look_after([HERE]) == [went(JUAN)]
    assert await everybody(one) == {ANA}
    assert await one.depart(HERE, ANA)


async def test_nobody_is_present_of_whose_instance_nothing_is_heard(
    instance: OpenPresence, redis: Redis
) -> None:
    crashed, one = await instance("crashed"), await instance("one")
    await crashed.arrive(HERE, ANA)
    await one.arrive(HERE, JUAN)
    await crash(redis, "crashed", HERE)

    assert await everybody(one) == {JUAN}


async def test_whoever_comes_back_elsewhere_before_the_crash_is_noticed_is_not_told_at_all(
    instance: OpenPresence, redis: Redis
) -> None:
    crashed, one = await instance("crashed"), await instance("one")
    await crashed.arrive(HERE, ANA)

    is_new = await one.arrive(HERE, ANA)
    await crash(redis, "crashed", HERE)
    changes = await one.look_after([HERE])

    assert not is_new
    assert changes == []


async def test_people_are_not_swept_as_long_as_their_instance_looks_after_them(
    instance: OpenPresence, redis: Redis
) -> None:
    one, two = await instance("one"), await instance("two")
    await one.arrive(HERE, ANA)
    await crash(redis, "one", HERE)

    await one.look_after([HERE])

    assert await two.look_after([HERE]) == []
    assert await everybody(two) == {ANA}


async def test_an_instance_that_was_only_paused_tells_that_its_people_are_here_after_all(
    instance: OpenPresence, redis: Redis
) -> None:
    paused, one = await instance("paused"), await instance("one")
    await paused.arrive(HERE, ANA)
    await crash(redis, "paused", HERE)
    swept = await one.look_after([HERE])

    told = await paused.look_after([HERE])

    assert (swept, told) == ([went(ANA)], [came(ANA)])
    assert await one.look_after([HERE]) == []
    assert await everybody(one) == {ANA}


async def test_in_a_room_that_nobody_listens_to_the_lost_are_noticed_too(
    instance: OpenPresence, redis: Redis
) -> None:
    crashed, one = await instance("crashed"), await instance("one")
    await crashed.arrive(HERE, ANA)
    await crashed.arrive(THERE, ANA)
    await one.arrive(THERE, JUAN)
    await crash(redis, "crashed", HERE, THERE)

    told = await one.look_after([THERE])

    assert sorted(told) == [went(ANA), went(ANA, THERE)]
    assert await one.look_after([THERE]) == []
    assert await redis.zrange("roomserver:rooms", 0, -1) == [str(THERE).encode()]


async def test_what_was_asked_for_before_somebody_left_brings_them_back_never(
    instance: OpenPresence,
) -> None:
    one, two = await instance("one"), await instance("two")
    await one.arrive(HERE, ANA)
    renewal, arrival = await held(one, "renew", ANA), await held(one, "arrive", ANA)

    is_gone = await one.depart(HERE, ANA)
    late = [await renewal(), await arrival()]

    assert (is_gone, late) == (True, [[], []])
    assert await everybody(two) == set()
    assert await one.arrive(HERE, ANA)


async def test_whoever_leaves_while_they_are_told_as_here_after_all_has_left(
    instance: OpenPresence, redis: Redis
) -> None:
    paused, one = await instance("paused"), await instance("one")
    await paused.arrive(HERE, ANA)
    await crash(redis, "paused", HERE)
    await one.look_after([HERE])
    sweep = paused._sweep

    async def leave_first(room_ids: Sequence[RoomId]) -> Sequence[Change]:
        assert await paused.depart(HERE, ANA)
        return await sweep(room_ids)

    paused._sweep = leave_first  # type: ignore[method-assign]

    assert await paused.look_after([HERE]) == []


async def test_of_those_who_left_only_so_many_are_remembered(
    instance: OpenPresence, redis: Redis
) -> None:
    one = await instance("one")

    for number in range(1, 1_101):
        await one.depart(HERE, User(UserId(number), "P"))

    assert await redis.hlen("roomserver:left:1") <= 1_000


async def test_a_room_that_everybody_left_is_not_looked_at_for_ever(
    instance: OpenPresence, redis: Redis
) -> None:
    one = await instance("one")
    await one.arrive(HERE, ANA)
    await one.depart(HERE, ANA)
    await redis.zadd("roomserver:rooms", {str(HERE): 1})

    assert await one.look_after([]) == []
    assert await redis.zrange("roomserver:rooms", 0, -1) == []


async def test_everybody_is_noted_again_in_a_redis_that_has_forgotten_everything(
    instance: OpenPresence, redis: Redis
) -> None:
    one, two = await instance("one"), await instance("two")
    await one.arrive(HERE, ANA)
    await two.arrive(HERE, JUAN)
    await redis.flushall()

    before = await everybody(one)
    await rounds(one, two)

    assert before == {ANA}
    assert await everybody(one) == await everybody(two) == {ANA, JUAN}


async def test_a_redis_that_has_forgotten_everything_makes_nobody_news(
    instance: OpenPresence, redis: Redis
) -> None:
    one, two = await instance("one"), await instance("two")
    for room_id in (HERE, THERE):
        await one.arrive(room_id, ANA)
        await two.arrive(room_id, JUAN)
    await redis.flushall()

    is_new = await one.arrive(HERE, EVA)

    assert is_new
    assert await rounds(one, two) == []


async def test_nothing_is_kept_of_a_room_that_everybody_has_left(
    instance: OpenPresence, redis: Redis
) -> None:
    one = await instance("one")
    for user in (ANA, JUAN):
        await one.arrive(HERE, user)
        await one.depart(HERE, user)

    assert await redis.keys("roomserver:people:*") == []
    assert await redis.keys("roomserver:names:*") == []
    assert one._here == {}


async def test_what_is_kept_is_forgotten_if_everybody_crashes(
    instance: OpenPresence, redis: Redis
) -> None:
    one = await instance("one")
    await one.arrive(HERE, ANA)

    lifetimes_s = [await redis.ttl(key) for key in await redis.keys("*")]

    assert lifetimes_s
    assert all(0 < lifetime_s <= 3_600 for lifetime_s in lifetimes_s)


@pytest.mark.slow
async def test_without_redis_an_instance_knows_its_own_people(own_redis: RedisServer) -> None:
    async with on_own(own_redis) as presence:
        await presence.arrive(HERE, ANA)
        own_redis.kill()

        news = [await presence.arrive(HERE, user) for user in (ANA, JUAN)]
        present = await everybody(presence)
        departures = [await presence.depart(HERE, user) for user in (ANA, ANA)]
        changes = await presence.look_after([HERE, THERE])

    assert news == [False, True]
    assert present == {ANA, JUAN}
    assert departures == [True, False]
    assert changes == []


@pytest.mark.slow
async def test_a_redis_that_hangs_keeps_nobody_waiting(own_redis: RedisServer) -> None:
    async with redis_client(own_redis.url) as client:
        presence = RedisPresence(client, instance="one")
        await presence.arrive(HERE, ANA)
        own_redis.pause()

        began_s = time.monotonic()
        present = await everybody(presence)
        changes = await presence.look_after([RoomId(number) for number in range(1, 101)])
        news = [await presence.arrive(HERE, each) for each in (ANA, JUAN)]
        took_s = time.monotonic() - began_s

    assert present == {ANA}
    assert changes == []
    assert news == [False, True]
    assert took_s < MOMENT_S


@pytest.mark.slow
async def test_nobody_is_missed_before_all_could_be_noted_again(own_redis: RedisServer) -> None:
    async with (
        on_own(own_redis, "one") as one,
        on_own(own_redis, "two") as two,
        redis_client(own_redis.url) as redis,
    ):
        await one.arrive(HERE, ANA)
        await two.arrive(HERE, JUAN)
        own_redis.pause()
        for each in (one, two):
            await each.look_after([HERE])
        own_redis.resume()
        await crash(redis, "one", HERE)
        await crash(redis, "two", HERE)

        changes = await rounds(one, two)

        assert [change for change in changes if not change.is_here] == []
        assert await everybody(one) == {ANA, JUAN}


@pytest.mark.slow
async def test_a_crash_while_redis_was_away_is_noticed_when_it_is_back(
    own_redis: RedisServer,
) -> None:
    async with (
        on_own(own_redis, "one") as one,
        on_own(own_redis, "crashed") as crashed,
        redis_client(own_redis.url) as redis,
    ):
        await one.arrive(HERE, ANA)
        await crashed.arrive(HERE, JUAN)
        own_redis.pause()
        await one.look_after([HERE])
        own_redis.resume()
        await crash(redis, "crashed", HERE)

        assert await rounds(one) == [went(JUAN)]


@pytest.mark.slow
async def test_who_came_and_who_left_while_redis_was_away_is_told_when_it_is_back(
    own_redis: RedisServer,
) -> None:
    async with on_own(own_redis, "one") as one, on_own(own_redis, "two") as two:
        await one.arrive(HERE, ANA)
        await one.arrive(HERE, JUAN)
        await two.arrive(HERE, JUAN)
        own_redis.kill()
        await one.arrive(HERE, EVA)
        for user in (ANA, JUAN):
            await one.depart(HERE, user)
        await two.look_after([HERE])
        own_redis.start()

        told = await rounds(two, one)

        assert {EVA, ANA} == {change.user for change in told}
        assert len(told) == 2
        assert came(EVA) in told
        assert await rounds(one, two) == []
        assert await everybody(two) == {JUAN, EVA}


@pytest.mark.slow
async def test_whoever_left_and_came_back_while_redis_was_away_has_not_left(
    own_redis: RedisServer,
) -> None:
    async with on_own(own_redis) as presence:
        await presence.arrive(HERE, ANA)
        own_redis.kill()
        await presence.depart(HERE, ANA)
        await presence.arrive(HERE, ANA)
        own_redis.start()

        assert went(ANA) not in await rounds(presence)
        assert await everybody(presence) == {ANA}


@pytest.mark.slow
async def test_whoever_comes_back_before_their_leaving_is_told_has_not_left(
    own_redis: RedisServer,
) -> None:
    async with on_own(own_redis) as presence:
        await presence.arrive(HERE, ANA)
        own_redis.kill()
        await presence.depart(HERE, ANA)
        own_redis.start()
        await presence.look_after([HERE])
        await presence.look_after([HERE])
        await presence.arrive(HERE, ANA)

        assert went(ANA) not in await rounds(presence)


@pytest.mark.slow
async def test_whoever_was_told_of_some_while_redis_was_away_is_told_of_all_when_it_is_back(
    own_redis: RedisServer,
) -> None:
    async with on_own(own_redis, "one") as one, on_own(own_redis, "two") as two:
        await one.arrive(HERE, ANA)
        await two.arrive(HERE, JUAN)
        own_redis.kill()
        await two.arrive(HERE, EVA)
        listed = await everybody(two)
        own_redis.start()

        told = await rounds(one, two)

    assert listed == {JUAN, EVA}
    assert came(ANA) in told
    assert came(JUAN) not in told
