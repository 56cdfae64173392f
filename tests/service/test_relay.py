import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest
from msgspec.structs import replace

from roomserver.core import wire
from roomserver.core.errors import StorageUnavailable
from roomserver.core.frame import Parcel
from roomserver.core.limits import Limits
from roomserver.core.model import Room, RoomId, Seq
from roomserver.ports.bus import Heard, Resumed
from roomserver.service.hub import Hub, Member
from roomserver.service.relay import (
    EARLY_MAX,
    FILL_ENTRIES,
    HEADS_EVERY_S,
    HEADS_WITHOUT_BUS_EVERY_S,
    LOOK_ROOMS,
    ON_ITS_WAY_S,
    Relay,
)
from tests.support.builders import ANA, JUAN, OTHER_ROOM, ROOM, a_draft, a_record
from tests.support.fake_log import FakeLog
from tests.support.fakes import FakeConnection
from tests.support.loops import all_quiet

HOUR_S = 3_600.0


class FakeBus:
    """A :class:`~roomserver.ports.bus.Bus` that brings what the test says, and nothing else."""

    def __init__(self) -> None:
        self.is_connected = True
        self.followed: set[RoomId] = set()
        self.published: list[tuple[RoomId, list[int | None]]] = []
        """The room and the numbers of each call of :meth:`publish`."""

    def listen(self, *, heard: Heard, resumed: Resumed) -> None:
        self.bring = heard
        self.resume = resumed

    def publish(self, room_id: RoomId, parcels: Sequence[Parcel]) -> None:
        self.published.append((room_id, [parcel.seq for parcel in parcels]))

    def follow(self, room_id: RoomId) -> None:
        self.followed.add(room_id)

    def unfollow(self, room_id: RoomId) -> None:
        self.followed.discard(room_id)


class Station:
    """A relay between a log, a bus and a hub, and somebody who listens in each room."""

    def __init__(self, *rooms: Room) -> None:
        self.log = FakeLog(*(rooms or (ROOM, OTHER_ROOM)))
        self.bus = FakeBus()
        self.hub = Hub(Limits())
        self.relay = Relay(hub=self.hub, log=self.log, bus=self.bus)
        self.connections: dict[RoomId, FakeConnection] = {}
        self.members: list[Member] = []

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        async with self.relay.running():
            yield

    def enter(self, room: Room = ROOM) -> FakeConnection:
        """Let somebody into the room, who hears whatever the hub is told."""
        connection = self.connections[room.id] = FakeConnection()
        member = self.hub.enter(room.id, ANA, connection)
        self.hub.go_live(member, after=Seq(0))
        self.members.append(member)
        return connection

    async def listen(self, room: Room = ROOM) -> None:
        """Let somebody into the room and follow it."""
        self.enter(room)
        await self.relay.follow(room.id)

    def leave(self) -> None:
        """Let everybody leave."""
        for member in self.members:
            self.hub.leave(member)

    def store(self, count: int, room: Room = ROOM) -> None:
        """Let another instance store that many entries, without a word about them."""
        self.log.store(*(a_draft(room=room) for _ in range(count)))

    async def bring(self, *seqs: int, room: Room = ROOM) -> None:
        """Let the bus bring the entries with these numbers, one by one."""
        for seq in seqs:
            self.bus.bring(room.id, [an_entry(seq)])
        await all_quiet()

    def heard(self, room: Room = ROOM) -> list[int]:
        """Return the numbers of the entries that were told to the room, in that order."""
        return [message["seq"] for message in self.connections[room.id].heard("message")]

    @property
    def reads(self) -> list[str]:
        """What the log was asked for, the heads apart."""
        return [question for question in self.log.reads if question.startswith("after")]


@pytest.fixture
async def station() -> AsyncIterator[Station]:
    station = Station()
    async with station.running():
        yield station


def an_entry(seq: int) -> Parcel:
    return wire.parcel_of(a_record(seq))


def a_signal(kind: str = "typing") -> Parcel:
    return Parcel(json.dumps({"type": kind, "data": {}}).encode(), not_for=JUAN.user_id)


def up_to(last: int) -> list[int]:
    return list(range(1, last + 1))


async def test_what_is_said_here_is_told_here_and_published(station: Station) -> None:
    await station.listen()

    station.relay.tell(ROOM.id, [an_entry(1), a_signal(), an_entry(2)])
    await all_quiet()

    assert station.heard() == [1, 2]
    assert station.bus.published == [(ROOM.id, [1, None, 2])]


async def test_what_the_bus_brings_is_told_and_not_published_again(station: Station) -> None:
    await station.listen()

    await station.bring(1, 2)

    assert station.heard() == [1, 2]
    assert station.bus.published == []


async def test_a_double_is_dropped_wherever_it_comes_from(station: Station) -> None:
    await station.listen()

    await station.bring(1, 2, 2, 1)
    station.relay.tell(ROOM.id, [an_entry(2), an_entry(3), an_entry(3)])
    await station.bring(3, 1)

    assert station.heard() == [1, 2, 3]


async def test_what_was_reordered_is_told_in_order(station: Station) -> None:
    await station.listen()
    # The log doesn't help: only what comes can put it right.
    station.log.reading.shut()

    await station.bring(3, 5, 2, 4, 1)

    assert station.heard() == [1, 2, 3, 4, 5]


async def test_a_hole_is_filled_at_once_by_one_read(station: Station) -> None:
    await station.listen()
    station.store(5)

    await station.bring(1, 4, 5)

    assert station.heard() == [1, 2, 3, 4, 5]
    assert station.reads == ["after 1"]


async def test_a_hole_is_read_once_however_much_comes_meanwhile(station: Station) -> None:
    await station.listen()
    station.store(50)
    station.log.reading.shut()

    await station.bring(*range(10, 51))
    station.log.reading.open()
    await all_quiet()

    assert station.heard() == up_to(50)
    assert station.reads == ["after 0"]


async def test_a_hole_larger_than_a_page_is_read_in_pages(station: Station) -> None:
    await station.listen()
    count = 2 * FILL_ENTRIES + 10
    station.store(count)

    await station.bring(count)

    assert station.heard() == up_to(count)
    assert station.reads == ["after 0", f"after {FILL_ENTRIES}", f"after {2 * FILL_ENTRIES}"]


async def test_what_comes_too_early_and_is_too_much_is_read_from_the_log(station: Station) -> None:
    await station.listen()
    count = EARLY_MAX + 100
    station.store(count)
    station.log.reading.shut()

    station.bus.bring(ROOM.id, [an_entry(seq) for seq in range(2, count + 1)])
    await all_quiet()
    waiting = len(station.relay._streams[ROOM.id].early)
    station.log.reading.open()
    await all_quiet()

    assert waiting == EARLY_MAX
    assert station.heard() == up_to(count)


async def test_a_signal_passes_at_once_even_before_a_hole(station: Station) -> None:
    await station.listen()
    station.store(3)
    station.log.reading.shut()

    station.bus.bring(ROOM.id, [an_entry(3), a_signal()])
    await all_quiet()
    at_once = list(station.connections[ROOM.id].types)
    station.log.reading.open()
    await all_quiet()

    assert at_once == ["typing"]
    assert station.heard() == [1, 2, 3]


async def test_the_lost_last_entry_is_found_by_the_heads(station: Station) -> None:
    await station.listen()
    await station.bring(1)
    station.store(2)

    await asyncio.sleep(HEADS_EVERY_S * 1.01)
    await all_quiet()

    assert station.heard() == [1, 2]


async def test_what_comes_a_moment_after_it_was_stored_is_not_read_from_the_log(
    station: Station,
) -> None:
    await station.listen()
    await asyncio.sleep(HEADS_EVERY_S - ON_ITS_WAY_S - 0.001)
    station.store(1)
    await asyncio.sleep(ON_ITS_WAY_S / 2)

    await station.bring(1)
    await asyncio.sleep(HEADS_EVERY_S * 1.01)

    assert "moved" in station.log.reads
    assert station.reads == []
    assert station.heard() == [1]


async def test_without_the_bus_the_heads_carry_what_is_said(station: Station) -> None:
    await station.listen()
    station.bus.is_connected = False
    await asyncio.sleep(HEADS_EVERY_S)
    began_s = asyncio.get_running_loop().time()

    station.store(2)
    await asyncio.sleep(HEADS_WITHOUT_BUS_EVERY_S * 1.01)
    await all_quiet()

    assert station.heard() == [1, 2]
    assert asyncio.get_running_loop().time() - began_s < HEADS_EVERY_S


async def test_the_heads_of_all_rooms_are_one_question(station: Station) -> None:
    for room in (ROOM, OTHER_ROOM):
        await station.listen(room)
    station.store(1, ROOM)
    station.store(2, OTHER_ROOM)

    await asyncio.sleep(HEADS_EVERY_S * 1.01)
    await all_quiet()

    assert station.log.reads.count("moved") == 1
    assert station.heard(ROOM) == [1]
    assert station.heard(OTHER_ROOM) == [1, 2]


async def test_a_great_many_heads_are_looked_at_in_parts() -> None:
    rooms = [replace(ROOM, id=RoomId(number)) for number in range(1, 2 * LOOK_ROOMS + 2)]
    station = Station(*rooms)
    async with station.running():
        for room in rooms:
            await station.listen(room)
        for room in (rooms[0], rooms[LOOK_ROOMS], rooms[-1]):
            station.store(1, room)

        await asyncio.sleep(HEADS_EVERY_S * 1.01)
        await all_quiet()

        assert station.log.reads.count("moved") == 3
        assert [room for room in rooms if station.heard(room)] == [
            rooms[0],
            rooms[LOOK_ROOMS],
            rooms[-1],
        ]


async def test_where_nobody_listens_the_log_is_left_alone(station: Station) -> None:
    await asyncio.sleep(HOUR_S)

    assert station.log.reads == []


async def test_a_room_that_is_joined_again_is_read_at_once(station: Station) -> None:
    for room in (ROOM, OTHER_ROOM):
        await station.listen(room)
    station.store(3, ROOM)
    station.store(1, OTHER_ROOM)

    station.bus.resume([ROOM.id, RoomId(999)])
    await all_quiet()

    assert station.heard(ROOM) == [1, 2, 3]
    assert station.heard(OTHER_ROOM) == []


async def test_a_room_that_is_joined_again_while_it_is_read_is_read_once_more(
    station: Station,
) -> None:
    await station.listen()
    station.store(2)
    station.log.reading.shut()
    await station.bring(2)

    # Said after the log was asked, and before the channel was joined.
    station.store(1)
    station.bus.resume([ROOM.id])
    station.log.reading.open()
    await all_quiet()

    assert station.heard() == [1, 2, 3]


async def test_nothing_is_told_before_the_room_is_followed_and_nothing_twice(
    station: Station,
) -> None:
    station.store(5)
    station.log.reading.shut()
    connection = station.enter()

    following = asyncio.create_task(station.relay.follow(ROOM.id))
    await all_quiet()
    # Said between the question for the head, which will answer 5, and its answer.
    station.store(3)
    await station.bring(4, 5, 7, 6)
    before = list(connection.events)
    station.log.reading.open()
    await following
    await all_quiet()
    await station.bring(8)

    assert before == []
    assert station.heard() == [6, 7, 8]
    assert station.reads == []
    assert not station.relay._streams[ROOM.id].early


async def test_a_hole_that_was_there_when_the_room_was_followed_is_filled(
    station: Station,
) -> None:
    station.store(5)
    station.log.reading.shut()
    station.enter()
    following = asyncio.create_task(station.relay.follow(ROOM.id))
    await all_quiet()
    station.store(3)

    await station.bring(8)
    station.log.reading.open()
    await following
    await all_quiet()

    assert station.heard() == [6, 7, 8]


async def test_all_who_come_at_once_share_one_question(station: Station) -> None:
    station.enter()

    await asyncio.gather(*(station.relay.follow(ROOM.id) for _ in range(100)))
    await station.relay.follow(ROOM.id)

    assert station.log.reads == ["head"]


async def test_a_room_that_can_not_be_followed_refuses_all_and_works_the_next_time(
    station: Station,
) -> None:
    station.enter()
    station.log.failure = StorageUnavailable()

    refusals = await asyncio.gather(
        *(station.relay.follow(ROOM.id) for _ in range(3)), return_exceptions=True
    )
    followed_after_failure = set(station.bus.followed)
    station.log.failure = None
    await station.relay.follow(ROOM.id)
    await station.bring(1)

    assert [type(refusal) for refusal in refusals] == [StorageUnavailable] * 3
    assert followed_after_failure == set()
    assert station.heard() == [1]


async def test_whoever_gives_up_following_leaves_the_room_to_be_followed_by_the_next(
    station: Station,
) -> None:
    station.enter()
    station.log.reading.shut()
    impatient = asyncio.create_task(station.relay.follow(ROOM.id))
    await all_quiet()

    impatient.cancel()
    await all_quiet()
    station.log.reading.open()
    await station.relay.follow(ROOM.id)
    await station.bring(1)

    assert impatient.cancelled()
    assert station.heard() == [1]


async def test_a_hole_that_can_not_be_read_now_is_read_later(station: Station) -> None:
    await station.listen()
    station.store(3)
    station.log.failure = StorageUnavailable()

    await station.bring(3)
    await asyncio.sleep(10 * HEADS_EVERY_S)
    while_failing = station.heard()
    station.log.failure = None
    await asyncio.sleep(HEADS_EVERY_S * 1.01)
    await all_quiet()

    assert while_failing == []
    assert station.heard() == [1, 2, 3]


async def test_a_room_that_everybody_has_left_is_no_longer_followed(station: Station) -> None:
    await station.listen()
    was_followed = set(station.bus.followed)

    station.leave()
    await asyncio.sleep(HEADS_EVERY_S * 1.01)
    questions = len(station.log.reads)
    await asyncio.sleep(HOUR_S)

    assert was_followed == {ROOM.id}
    assert station.bus.followed == set()
    assert len(station.log.reads) == questions
    assert not station.relay._streams


async def test_a_room_that_is_entered_again_goes_on_from_where_its_log_is(
    station: Station,
) -> None:
    await station.listen()
    await station.bring(1)
    station.store(1)
    station.leave()
    await asyncio.sleep(HEADS_EVERY_S * 1.01)
    station.store(4)
    station.relay.tell(ROOM.id, [an_entry(5)])

    await station.listen()
    station.store(1)
    await station.bring(6)

    assert station.heard() == [6]


async def test_what_is_said_here_and_elsewhere_comes_as_one_to_n(station: Station) -> None:
    await station.listen()
    station.store(300)

    # Every third was said here; the bus brings the others in pairs the wrong way round.
    for seq in range(1, 301, 3):
        station.bus.bring(ROOM.id, [an_entry(seq + 2)])
        station.relay.tell(ROOM.id, [an_entry(seq)])
        if seq % 2:
            await all_quiet()
        station.bus.bring(ROOM.id, [an_entry(seq + 1)])
    await all_quiet()

    assert station.heard() == up_to(300)


async def test_rooms_do_not_wait_for_each_others_holes(station: Station) -> None:
    for room in (ROOM, OTHER_ROOM):
        await station.listen(room)
    station.store(2)
    station.log.reading.shut()

    await station.bring(2, room=ROOM)
    await station.bring(1, room=OTHER_ROOM)

    assert station.heard(ROOM) == []
    assert station.heard(OTHER_ROOM) == [1]


async def test_a_relay_that_ends_leaves_nothing_under_way() -> None:
    station = Station()
    async with station.running():
        await station.listen()
        station.store(2)
        station.log.reading.shut()
        await station.bring(2)

    assert station.log.reading.waiting == 0
    assert asyncio.all_tasks() == {asyncio.current_task()}
