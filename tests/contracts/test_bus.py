"""The contract of :class:`roomserver.ports.bus.Bus`, in memory and over Redis."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager

import pytest
from redis.asyncio import Redis

from roomserver.adapters.memory_bus import MemoryBus, MemoryStreet
from roomserver.adapters.redis_bus import WAITING_MAX, RedisBus
from roomserver.adapters.redis_client import redis_client
from roomserver.core.frame import Parcel
from roomserver.core.model import RoomId, Seq
from roomserver.ports.bus import Bus
from tests.support.builders import ANA
from tests.support.redis import RedisServer, running_redis

HERE = RoomId(1)
THERE = RoomId(2)

HEAR_S_MAX = 20.0
SILENCE_S_MAX = 0.6
"""How long a Redis may say nothing in these tests before its connection is given up."""


class Stop:
    """One instance on the bus, and everything that it hears."""

    def __init__(self, bus: Bus) -> None:
        self.bus = bus
        self.heard: list[tuple[RoomId, Parcel]] = []
        self.resumed: list[RoomId] = []
        self.reports: list[bool] = []
        """What was said of Redis, if that is what carries it."""

        self._news = asyncio.Event()
        bus.listen(heard=self._hear, resumed=self._resume)

    async def follow(self, *room_ids: RoomId) -> None:
        """Follow rooms, and return when the bus says that they are followed."""
        for room_id in room_ids:
            self.bus.follow(room_id)
        await self.until(lambda: set(room_ids) <= set(self.resumed))

    async def until(self, is_so: Callable[[], bool]) -> None:
        """Wait for something to be true that only news can make true."""
        async with asyncio.timeout(HEAR_S_MAX):
            while not is_so():
                self._news.clear()
                await self._news.wait()

    async def hears(self, payload: str, *, room_id: RoomId = HERE) -> None:
        await self.until(lambda: (room_id, payload) in self.payloads)

    @property
    def payloads(self) -> list[tuple[RoomId, str]]:
        return [(room_id, parcel.payload.decode()) for room_id, parcel in self.heard]

    def report(self, *, ok: bool) -> None:
        self.reports.append(ok)
        self._news.set()

    def _hear(self, room_id: RoomId, parcels: Sequence[Parcel]) -> None:
        self.heard += [(room_id, parcel) for parcel in parcels]
        self._news.set()

    def _resume(self, room_ids: Sequence[RoomId]) -> None:
        self.resumed += room_ids
        self._news.set()


OpenStop = Callable[[], Awaitable[Stop]]


@pytest.fixture(params=["memory", pytest.param("redis", marks=pytest.mark.real)])
async def open_stop(request: pytest.FixtureRequest) -> AsyncIterator[OpenStop]:
    """Open a further instance on one and the same bus."""
    if request.param == "memory":
        street = MemoryStreet()

        async def one_more() -> Stop:
            return Stop(MemoryBus(street))

        yield one_more
        return
    url = request.getfixturevalue("redis_url")
    async with AsyncExitStack() as stack:

        async def one_more_on_redis() -> Stop:
            return await stack.enter_async_context(on_redis(url))

        yield one_more_on_redis


@pytest.fixture
def own_redis() -> Iterator[RedisServer]:
    """A Redis that the test may hurt."""
    with running_redis() as server:
        yield server


@asynccontextmanager
async def on_redis(url: str) -> AsyncIterator[Stop]:
    reports: list[Callable[..., None]] = []
    async with redis_client(url) as client:
        bus = RedisBus(
            client,
            instance=f"instance {id(client)}",
            report=lambda *, ok: reports[0](ok=ok),
            silence_s_max=SILENCE_S_MAX,
        )
        stop = Stop(bus)
        reports.append(stop.report)
        async with bus.running():
            yield stop


def two_on(server: RedisServer) -> AbstractAsyncContextManager[tuple[Stop, Stop]]:
    """Two instances that follow one room on a Redis that is about to be hurt."""

    @asynccontextmanager
    async def opened() -> AsyncIterator[tuple[Stop, Stop]]:
        async with on_redis(server.url) as one, on_redis(server.url) as other:
            await one.follow(HERE)
            await other.follow(HERE)
            yield one, other

    return opened()


def a_signal(payload: str = "typing") -> Parcel:
    return Parcel(payload.encode())


def an_entry(seq: int) -> Parcel:
    return Parcel(f"entry {seq}".encode(), seq=Seq(seq))


async def test_what_one_says_all_others_hear_that_follow_the_room(open_stop: OpenStop) -> None:
    speaker, *others = [await open_stop() for _ in range(3)]
    for other in others:
        await other.follow(HERE)

    speaker.bus.publish(HERE, [a_signal("a"), a_signal("b")])

    for other in others:
        await other.hears("b")
        assert other.payloads == [(HERE, "a"), (HERE, "b")]


async def test_nobody_hears_itself(open_stop: OpenStop) -> None:
    speaker, other = await open_stop(), await open_stop()
    await speaker.follow(HERE)
    await other.follow(HERE)

    speaker.bus.publish(HERE, [a_signal("question")])
    await other.hears("question")
    other.bus.publish(HERE, [a_signal("answer")])
    await speaker.hears("answer")

    assert speaker.payloads == [(HERE, "answer")]


async def test_what_is_said_is_heard_in_its_order(open_stop: OpenStop) -> None:
    speaker, other = await open_stop(), await open_stop()
    await other.follow(HERE)

    for seq in range(1, 301):
        speaker.bus.publish(HERE, [an_entry(seq)])
        if seq % 50 == 0:
            await asyncio.sleep(0)
    await other.hears("entry 300")

    assert [parcel.seq for _room_id, parcel in other.heard] == list(range(1, 301))


async def test_a_room_that_is_not_followed_is_not_heard(open_stop: OpenStop) -> None:
    speaker, other = await open_stop(), await open_stop()
    await other.follow(HERE)

    speaker.bus.publish(THERE, [a_signal("there")])
    speaker.bus.publish(HERE, [a_signal("here")])
    await other.hears("here")

    assert other.payloads == [(HERE, "here")]


async def test_a_room_that_is_followed_no_more_is_not_heard_from_that_moment_on(
    open_stop: OpenStop,
) -> None:
    speaker, other = await open_stop(), await open_stop()
    await other.follow(HERE, THERE)

    speaker.bus.publish(HERE, [a_signal("on its way")])
    other.bus.unfollow(HERE)
    speaker.bus.publish(HERE, [a_signal("too late")])
    speaker.bus.publish(THERE, [a_signal("there")])
    await other.hears("there", room_id=THERE)

    assert other.payloads == [(THERE, "there")]


async def test_a_room_can_be_followed_again(open_stop: OpenStop) -> None:
    speaker, other = await open_stop(), await open_stop()
    await other.follow(HERE, THERE)
    other.bus.unfollow(HERE)
    speaker.bus.publish(THERE, [a_signal("in between")])
    await other.hears("in between", room_id=THERE)

    other.resumed.clear()
    await other.follow(HERE)
    speaker.bus.publish(HERE, [a_signal("again")])

    await other.hears("again")


async def test_a_signal_keeps_whom_it_is_not_for_and_an_entry_its_number(
    open_stop: OpenStop,
) -> None:
    speaker, other = await open_stop(), await open_stop()
    await other.follow(HERE)
    payload = bytes(range(256))

    speaker.bus.publish(
        HERE, [Parcel(payload, not_for=ANA.user_id), Parcel(b"entry", seq=Seq(2**53 - 1))]
    )
    await other.until(lambda: len(other.heard) == 2)

    [(_, signal), (_, entry)] = other.heard
    assert (signal.payload, signal.seq, signal.not_for) == (payload, None, ANA.user_id)
    assert (entry.payload, entry.seq, entry.not_for) == (b"entry", 2**53 - 1, None)


async def test_following_tells_that_something_may_have_been_missed(open_stop: OpenStop) -> None:
    stop = await open_stop()

    await stop.follow(HERE)
    await stop.follow(THERE)

    assert stop.resumed == [HERE, THERE]


async def test_following_twice_is_following_once(open_stop: OpenStop) -> None:
    speaker, other = await open_stop(), await open_stop()
    await other.follow(HERE)
    other.bus.follow(HERE)
    await other.follow(THERE)

    speaker.bus.publish(HERE, [a_signal("once")])
    speaker.bus.publish(THERE, [a_signal("marker")])
    await other.hears("marker", room_id=THERE)

    assert other.payloads.count((HERE, "once")) == 1


async def test_nothing_is_said_by_saying_nothing(open_stop: OpenStop) -> None:
    speaker, other = await open_stop(), await open_stop()
    await other.follow(HERE)

    speaker.bus.publish(HERE, [])
    speaker.bus.publish(HERE, [a_signal("something")])
    await other.hears("something")

    assert other.payloads == [(HERE, "something")]


async def test_whoever_follows_is_connected(open_stop: OpenStop) -> None:
    stop = await open_stop()

    await stop.follow(HERE)

    assert stop.bus.is_connected


def test_an_instance_whose_bus_reaches_nobody_says_whether_it_matters() -> None:
    the_only_one = MemoryBus()
    one_of_several = MemoryBus(is_alone=False)

    assert the_only_one.is_connected
    assert not one_of_several.is_connected


async def test_what_strangers_say_on_a_channel_ends_nothing(redis_url: str) -> None:
    async with (
        on_redis(redis_url) as speaker,
        on_redis(redis_url) as other,
        redis_client(redis_url) as stranger,
    ):
        await other.follow(HERE)

        for nonsense in (b"", b"hello", b"\x92\xa1x\xc0", b"\x93\xa1x\x90\xc0", b"\x81\xa1x\x01"):
            await stranger.publish("roomserver:0:room:1", nonsense)
        speaker.bus.publish(HERE, [a_signal("still here")])
        await other.hears("still here")

    assert other.payloads[-1] == (HERE, "still here")
    assert False not in other.reports


async def test_servers_with_databases_of_their_own_on_one_redis_do_not_hear_each_other(
    redis_url: str,
) -> None:
    # Channels are common to all databases of a Redis; everything else is not.
    elsewhere = f"{redis_url.removesuffix('/0')}/1"
    async with (
        on_redis(elsewhere) as stranger,
        on_redis(elsewhere) as witness,
        on_redis(redis_url) as here,
    ):
        await here.follow(HERE)
        await witness.follow(HERE)

        stranger.bus.publish(HERE, [a_signal("elsewhere")])
        await witness.hears("elsewhere")
        # What was published before this has come, if it comes at all.
        await here.follow(THERE)

    assert here.payloads == []


@pytest.mark.slow
async def test_a_connection_that_was_cut_is_made_again_and_told(redis_url: str) -> None:
    async with on_redis(redis_url) as speaker, on_redis(redis_url) as other:
        await speaker.follow(HERE)
        await other.follow(HERE, THERE)
        speaker.resumed.clear()
        other.resumed.clear()

        await _cut_subscribers(redis_url)
        await other.until(lambda: set(other.resumed) == {HERE, THERE})
        await speaker.until(lambda: set(speaker.resumed) == {HERE})
        speaker.bus.publish(HERE, [a_signal("again")])
        await other.hears("again")

    assert other.reports == [True, False, True]


@pytest.mark.slow
async def test_a_redis_that_was_killed_is_found_again_when_it_is_back(
    own_redis: RedisServer,
) -> None:
    async with two_on(own_redis) as (speaker, other):
        other.resumed.clear()
        own_redis.kill()
        await other.until(lambda: False in other.reports)
        was_connected = other.bus.is_connected

        own_redis.start()
        await other.until(lambda: HERE in other.resumed)
        await speaker.until(lambda: speaker.resumed == [HERE, HERE])
        speaker.bus.publish(HERE, [a_signal("again")])
        await other.hears("again")

        assert not was_connected
        assert other.bus.is_connected
        assert other.reports[-1]


@pytest.mark.slow
async def test_a_redis_that_hangs_is_given_up_and_found_again(own_redis: RedisServer) -> None:
    async with two_on(own_redis) as (speaker, other):
        other.resumed.clear()
        own_redis.pause()
        began_s = time.monotonic()
        await other.until(lambda: False in other.reports)
        took_s = time.monotonic() - began_s
        was_connected = other.bus.is_connected

        own_redis.resume()
        await other.until(lambda: HERE in other.resumed)
        await speaker.until(lambda: speaker.resumed == [HERE, HERE])
        speaker.bus.publish(HERE, [a_signal("again")])
        await other.hears("again")

    assert not was_connected
    assert took_s < SILENCE_S_MAX + 5


@pytest.mark.slow
async def test_saying_something_never_waits_for_redis(own_redis: RedisServer) -> None:
    async with two_on(own_redis) as (speaker, other):
        slowest_s = 0.0
        own_redis.pause()
        for number in range(3 * WAITING_MAX):
            began_s = time.monotonic()
            speaker.bus.publish(HERE, [a_signal(str(number))])
            slowest_s = max(slowest_s, time.monotonic() - began_s)
            if number == WAITING_MAX:
                await speaker.until(lambda: False in speaker.reports)
        waiting = len(speaker.bus._waiting)  # type: ignore[attr-defined]
        own_redis.kill()
        speaker.bus.publish(HERE, [a_signal("nobody")])

        own_redis.start()
        await other.until(lambda: other.resumed == [HERE, HERE])
        await speaker.until(lambda: speaker.resumed == [HERE, HERE])
        async with asyncio.timeout(HEAR_S_MAX):
            while (HERE, "again") not in other.payloads:
                # The queue is full until Redis is tried again: what is beyond may be lost.
                speaker.bus.publish(HERE, [a_signal("again")])
                await asyncio.sleep(0.05)

    assert slowest_s < 0.2
    assert waiting <= WAITING_MAX


@pytest.mark.slow
async def test_a_room_that_is_followed_while_redis_is_away_is_followed_when_it_is_back(
    own_redis: RedisServer,
) -> None:
    async with two_on(own_redis) as (speaker, other):
        own_redis.kill()
        await other.until(lambda: False in other.reports)
        other.bus.follow(THERE)
        other.bus.unfollow(HERE)
        own_redis.start()
        await other.until(lambda: THERE in other.resumed)
        await speaker.until(lambda: speaker.resumed == [HERE, HERE])

        speaker.bus.publish(HERE, [a_signal("here")])
        speaker.bus.publish(THERE, [a_signal("there")])
        await other.hears("there", room_id=THERE)

    assert other.payloads == [(THERE, "there")]


async def _cut_subscribers(url: str) -> None:
    async with Redis.from_url(url) as admin:
        await admin.client_kill_filter(_type="pubsub")


@pytest.mark.real
@pytest.mark.slow
async def test_a_bug_in_whoever_listens_cuts_the_bus_and_it_comes_back(
    redis_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with on_redis(redis_url) as one, on_redis(redis_url) as other:
        await one.follow(HERE)
        await other.follow(HERE)
        assert isinstance(other.bus, RedisBus)
        heard, bugs = other.bus._heard, [ZeroDivisionError()]

        def hear(room_id: RoomId, parcels: Sequence[Parcel]) -> None:
            if bugs:
                raise bugs.pop()
            heard(room_id, parcels)

        other.bus._heard = hear
        other.resumed.clear()
        one.bus.publish(HERE, [Parcel(b"one", seq=Seq(1))])
        await other.until(lambda: HERE in other.resumed)
        one.bus.publish(HERE, [Parcel(b"two", seq=Seq(2))])
        await other.hears("two")

    assert [record.exc_info is not None for record in caplog.records] == [True]
