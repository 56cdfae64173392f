"""The contract of :class:`roomserver.ports.recent.Recent`, in memory and in Redis."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import pytest

from roomserver.adapters.memory_recent import MemoryRecent
from roomserver.adapters.redis_client import redis_client
from roomserver.adapters.redis_recent import RETRY_S, RedisRecent
from roomserver.core import wire
from roomserver.core.model import RoomId, Seq
from roomserver.core.window import Window
from roomserver.ports.recent import Recent
from tests.support.builders import an_entry, records
from tests.support.redis import RedisServer, running_redis

KEPT = 5
"""How many messages of a room are remembered in these tests."""

MOMENT_S = 1.5
"""The longest that a cache which doesn't answer may keep anybody waiting."""

HERE = RoomId(1)
THERE = RoomId(2)

OpenRecent = Callable[[], AbstractAsyncContextManager[Recent]]


@pytest.fixture(params=["memory", pytest.param("redis", marks=pytest.mark.real)])
def open_recent(request: pytest.FixtureRequest) -> OpenRecent:
    if request.param == "memory":
        return in_memory
    url: str = request.getfixturevalue("redis_url")
    return lambda: in_redis(url, [])


@pytest.fixture
async def recent(open_recent: OpenRecent) -> AsyncIterator[Recent]:
    async with open_recent() as opened:
        yield opened


@asynccontextmanager
async def in_memory() -> AsyncIterator[Recent]:
    yield MemoryRecent(messages_max=KEPT)


@asynccontextmanager
async def in_redis(
    url: str, reports: list[bool], *, kept: int = KEPT
) -> AsyncIterator[RedisRecent]:
    async with redis_client(url) as client:
        recent = RedisRecent(client, messages_max=kept, report=lambda *, ok: reports.append(ok))
        async with recent.running():
            yield recent


async def window_once(
    recent: Recent, is_there: Callable[[Window], bool], *, room_id: RoomId = HERE
) -> Window:
    """Return the window as soon as *is_there*: remembering takes effect in its own time."""
    async with asyncio.timeout(10):
        while not is_there(window := await recent.window(room_id)):
            await asyncio.sleep(0.01)
    return window


async def remembered(recent: Recent, last_seq: int, *, room_id: RoomId = HERE) -> list[int]:
    """Return the numbers in the window, once the last of them is *last_seq*."""
    window = await window_once(recent, lambda w: w.last_seq == last_seq, room_id=room_id)
    return seqs(window)


def seqs(window: Window) -> list[int]:
    return [record.seq for record in window.after(Seq(window.first_seq - 1)) or ()]


async def test_a_room_that_nothing_is_known_of_has_an_empty_window(recent: Recent) -> None:
    window = await recent.window(HERE)

    assert len(window) == 0
    assert window.last_seq == 0
    assert window.last(1) is None


async def test_what_was_remembered_comes_back_as_it_was_oldest_first(recent: Recent) -> None:
    recent.remember(HERE, records(1, 2))
    recent.remember(HERE, records(3, 3))

    window = await window_once(recent, lambda window: window.last_seq == 3)

    assert window.last(3) == records(1, 3)


async def test_rooms_are_remembered_apart(recent: Recent) -> None:
    recent.remember(HERE, records(1, 2))
    recent.remember(THERE, records(1, 3))

    assert await remembered(recent, 2, room_id=HERE) == [1, 2]
    assert await remembered(recent, 3, room_id=THERE) == [1, 2, 3]


async def test_only_the_last_messages_are_kept(recent: Recent) -> None:
    for seq in range(1, 9):
        recent.remember(HERE, records(seq, seq))

    assert await remembered(recent, 8) == [4, 5, 6, 7, 8]


async def test_only_the_last_of_very_many_at_once_are_kept(recent: Recent) -> None:
    recent.remember(HERE, records(1, 100))

    assert await remembered(recent, 100) == [96, 97, 98, 99, 100]


async def test_a_window_begins_behind_the_last_hole(recent: Recent) -> None:
    recent.remember(HERE, records(1, 2))
    recent.remember(HERE, records(4, 5))

    assert await remembered(recent, 5) == [4, 5]


async def test_a_hole_that_is_filled_is_none(recent: Recent) -> None:
    recent.remember(HERE, records(4, 5))
    await remembered(recent, 5)

    recent.remember(HERE, records(1, 5))

    window = await window_once(recent, lambda window: window.first_seq == 1)
    assert window.last(5) == records(1, 5)


async def test_what_is_remembered_twice_is_there_once(recent: Recent) -> None:
    recent.remember(HERE, records(1, 3))
    recent.remember(HERE, records(2, 4))
    recent.remember(HERE, records(1, 3))

    assert await remembered(recent, 4) == [1, 2, 3, 4]


async def test_remembering_nothing_changes_nothing(recent: Recent) -> None:
    recent.remember(HERE, [])
    recent.remember(HERE, records(1, 1))
    recent.remember(HERE, [])

    assert await remembered(recent, 1) == [1]


async def test_memory_forgets_the_rooms_that_were_used_least_recently() -> None:
    recent = MemoryRecent(messages_max=KEPT, rooms_max=2)
    for room_id in (1, 2, 1, 3):
        recent.remember(RoomId(room_id), records(1, 1))

    lengths = [len(await recent.window(RoomId(room_id))) for room_id in (1, 2, 3)]

    assert lengths == [1, 0, 1]


async def test_instances_share_what_is_in_redis(redis_url: str) -> None:
    async with in_redis(redis_url, []) as one, in_redis(redis_url, []) as another:
        one.remember(HERE, records(1, 2))
        await remembered(another, 2)
        another.remember(HERE, records(3, 3))

        assert await remembered(one, 3) == [1, 2, 3]


@pytest.mark.real
async def test_more_than_fits_on_a_scripts_stack_is_kept(redis_url: str) -> None:
    async with in_redis(redis_url, [], kept=9_000) as recent:
        recent.remember(HERE, records(1, 9_999))

        assert await remembered(recent, 9_999) == list(range(1_000, 10_000))


async def test_what_the_log_says_replaces_what_redis_has_under_the_same_numbers(
    redis_url: str,
) -> None:
    async with in_redis(redis_url, []) as recent:
        recent.remember(HERE, [wire.record_of(an_entry(seq, "an old text")) for seq in (1, 2, 3)])
        await remembered(recent, 3)

        recent.remember(HERE, records(2, 3))
        recent.remember(HERE, records(1, 4))

        window = await window_once(recent, lambda window: window.last_seq == 4)
        assert window.last(4) == records(1, 4)


async def test_redis_may_be_emptied_at_any_time(redis_server: RedisServer, redis_url: str) -> None:
    async with in_redis(redis_url, []) as recent:
        recent.remember(HERE, records(1, 3))
        await remembered(recent, 3)

        redis_server.flush()

        assert len(await recent.window(HERE)) == 0
        recent.remember(HERE, records(4, 4))
        assert await remembered(recent, 4) == [4]


@pytest.fixture
def own_redis() -> Iterator[RedisServer]:
    """One that the test may hurt."""
    with running_redis() as server:
        yield server


async def eventually(reports: list[bool], expected: bool) -> None:  # noqa: FBT001
    async with asyncio.timeout(10):
        while not reports or reports[-1] is not expected:
            await asyncio.sleep(0.01)


@pytest.mark.real
@pytest.mark.slow
@pytest.mark.parametrize("fault", [RedisServer.kill, RedisServer.pause])
async def test_a_redis_that_does_not_answer_holds_nobody_up_and_is_used_again_when_it_is_back(
    own_redis: RedisServer, fault: Callable[[RedisServer], None]
) -> None:
    reports: list[bool] = []
    async with in_redis(own_redis.url, reports) as recent:
        recent.remember(HERE, records(1, 3))
        await remembered(recent, 3)

        fault(own_redis)
        began_s = time.monotonic()
        recent.remember(HERE, records(4, 4))
        first = await recent.window(HERE)
        second = await recent.window(HERE)
        took_s = time.monotonic() - began_s

        assert (len(first), len(second)) == (0, 0)
        assert took_s < MOMENT_S
        await eventually(reports, expected=False)
        assert not await recent.is_answering()

        own_redis.resume() if own_redis.program.is_running else own_redis.start()

        await eventually(reports, expected=True)
        recent.remember(HERE, records(5, 6))
        numbers = await remembered(recent, 6)
        assert numbers == list(range(numbers[0], 7))


@pytest.mark.real
@pytest.mark.slow
async def test_what_waits_for_a_redis_that_is_away_is_bounded(own_redis: RedisServer) -> None:
    reports: list[bool] = []
    async with in_redis(own_redis.url, reports) as recent:
        own_redis.kill()
        await recent.is_answering()

        for seq in range(1, 20_001, 100):
            recent.remember(HERE, records(seq, seq + 99))

        assert recent._waiting_count <= 10_000
        own_redis.start()
        await eventually(reports, expected=True)
        recent.remember(HERE, records(20_001, 20_002))
        # Between the two there is a hole: what was not kept must not look as if it were whole.
        assert await remembered(recent, 20_002) == [20_001, 20_002]


@pytest.mark.real
@pytest.mark.slow
async def test_a_redis_that_is_full_is_not_back_because_it_answers(own_redis: RedisServer) -> None:
    reports: list[bool] = []
    async with in_redis(own_redis.url, reports) as recent, redis_client(own_redis.url) as redis:
        await redis.config_set("maxmemory", "1")
        recent.remember(HERE, records(1, 1))
        await eventually(reports, expected=False)
        for seq in range(2, 5):
            await asyncio.sleep(RETRY_S)
            recent.remember(HERE, records(seq, seq))

        assert True not in reports
        await redis.config_set("maxmemory", "0")
        await eventually(reports, expected=True)


@pytest.mark.real
async def test_many_rooms_at_once_are_no_sign_that_redis_is_away(redis_url: str) -> None:
    reports: list[bool] = []
    async with in_redis(redis_url, reports) as recent:
        await asyncio.gather(*(recent.window(RoomId(number)) for number in range(1, 501)))

    assert False not in reports


@pytest.mark.real
@pytest.mark.slow
async def test_much_at_once_is_no_sign_that_redis_is_away(redis_url: str) -> None:
    reports: list[bool] = []
    large = "x" * 16_000
    rooms = [RoomId(number) for number in range(1, 51)]
    async with in_redis(redis_url, reports, kept=200) as recent:
        for room_id in rooms:
            said = (an_entry(seq, large) for seq in range(1, 201))
            recent.remember(room_id, [wire.record_of(entry) for entry in said])

        for room_id in rooms:
            assert await remembered(recent, 200, room_id=room_id) == list(range(1, 201))
    assert all(reports)


@pytest.mark.real
async def test_what_is_no_record_of_ours_is_a_miss(redis_url: str) -> None:
    async with in_redis(redis_url, []) as recent, redis_client(redis_url) as redis:
        recent.remember(HERE, records(1, 2))
        await remembered(recent, 2)
        await redis.zadd("roomserver:recent:1", {b"\xff not json": 3})

        assert len(await recent.window(HERE)) == 0
