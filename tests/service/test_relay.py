import asyncio
import json
from collections.abc import AsyncIterator

import pytest

from roomserver.adapters.memory_bus import MemoryBus, MemoryStreet
from roomserver.core import wire
from roomserver.core.errors import StorageUnavailable
from roomserver.core.frame import Parcel
from roomserver.core.limits import Limits
from roomserver.core.model import RoomId, Seq
from roomserver.service.hub import Hub
from roomserver.service.relay import EARLY_MAX, HEADS_EVERY_S, Relay
from tests.support.builders import ANA, OTHER_ROOM, ROOM, a_draft, an_entry
from tests.support.fake_log import FakeLog
from tests.support.fakes import FakeConnection
from tests.support.loops import all_quiet


class Scene:
    """The relay of one instance, a listener in its room, and a bus that brings what we say."""

    def __init__(self) -> None:
        self.log = FakeLog(ROOM, OTHER_ROOM)
        self.hub = Hub(Limits())
        self.street = MemoryStreet()
        self.relay = Relay(hub=self.hub, log=self.log, bus=MemoryBus(self.street))
        self.elsewhere = MemoryBus(self.street)
        self.connection = FakeConnection()

    async def listen(self, *, after: int = 0) -> None:
        """Let somebody into the room who has read so far."""
        member = self.hub.enter(ROOM.id, ANA, self.connection)
        await self.relay.follow(ROOM.id)
        self.hub.go_live(member, after=Seq(after))
        await all_quiet()

    def stored(self, count: int = 1) -> None:
        """Let so many entries be committed somewhere."""
        self.log.store(*(a_draft("hola") for _ in range(count)))

    async def brought(self, *seqs: int, room_id: RoomId = ROOM.id) -> None:
        """Let the bus bring entries from elsewhere, in this order."""
        self.elsewhere.publish(room_id, [an_entry_parcel(seq) for seq in seqs])
        await all_quiet()

    @property
    def heard(self) -> list[int]:
        return [message["seq"] for message in self.connection.heard("message")]


def an_entry_parcel(seq: int) -> Parcel:
    return wire.parcel_of(wire.record_of(an_entry(seq)))


def a_signal(name: str) -> Parcel:
    return Parcel(json.dumps({"type": name, "data": {}}).encode())


@pytest.fixture
async def scene() -> AsyncIterator[Scene]:
    scene = Scene()
    async with scene.relay.running():
        yield scene


async def test_what_is_said_here_is_heard_here_and_on_the_other_instances(scene: Scene) -> None:
    brought: list[Seq | None] = []
    scene.elsewhere.listen(
        heard=lambda _room, parcels: brought.extend(parcel.seq for parcel in parcels),
        resumed=lambda _rooms: None,
    )
    scene.elsewhere.follow(ROOM.id)
    await scene.listen()

    scene.stored()
    scene.relay.tell(ROOM.id, [an_entry_parcel(1), a_signal("typing")])
    await all_quiet()

    assert scene.connection.types == ["message", "typing"]
    assert brought == [1, None]


async def test_what_is_said_elsewhere_is_heard_here(scene: Scene) -> None:
    await scene.listen()

    scene.stored(2)
    await scene.brought(1, 2)

    assert scene.heard == [1, 2]


async def test_what_comes_twice_is_heard_once(scene: Scene) -> None:
    await scene.listen()

    scene.stored(3)
    await scene.brought(1, 1, 2, 1, 2, 3, 3)

    assert scene.heard == [1, 2, 3]


async def test_what_comes_out_of_order_is_heard_in_order(scene: Scene) -> None:
    await scene.listen()

    scene.stored(4)
    await scene.brought(3, 2, 4, 1)

    assert scene.heard == [1, 2, 3, 4]


async def test_a_hole_is_filled_from_the_log_at_once(scene: Scene) -> None:
    await scene.listen()

    scene.stored(5)
    await scene.brought(1, 5)

    assert scene.heard == [1, 2, 3, 4, 5]


async def test_a_hole_that_cannot_be_filled_now_is_filled_later(scene: Scene) -> None:
    await scene.listen()
    scene.stored(3)
    scene.log.failure = StorageUnavailable()
    await scene.brought(3)
    before = list(scene.heard)

    scene.log.failure = None
    await asyncio.sleep(2 * HEADS_EVERY_S)

    assert before == []
    assert scene.heard == [1, 2, 3]


async def test_a_long_hole_is_filled_whole_and_in_order(scene: Scene) -> None:
    await scene.listen()

    scene.stored(1_200)
    await scene.brought(1_200)

    assert scene.heard == list(range(1, 1_201))


async def test_more_than_can_be_kept_before_a_hole_is_read_from_the_log(scene: Scene) -> None:
    await scene.listen()
    last = EARLY_MAX + 100
    scene.stored(last)
    scene.log.reading.shut()
    await scene.brought(*range(2, last + 1))

    scene.log.reading.open()
    await asyncio.sleep(2 * HEADS_EVERY_S)

    assert scene.heard == list(range(1, last + 1))


async def test_the_last_entry_of_a_conversation_is_heard_though_the_bus_lost_it(
    scene: Scene,
) -> None:
    await scene.listen()

    scene.stored()
    await asyncio.sleep(HEADS_EVERY_S + 0.1)

    assert scene.heard == [1]


async def test_a_bus_that_is_back_makes_everything_looked_at_again(scene: Scene) -> None:
    await scene.listen()
    scene.stored(2)

    scene.relay._resume([ROOM.id, OTHER_ROOM.id])
    await all_quiet()

    assert scene.heard == [1, 2]


async def test_signals_do_not_wait_for_a_hole(scene: Scene) -> None:
    await scene.listen()
    scene.stored(2)
    scene.log.reading.shut()

    scene.relay.tell(ROOM.id, [an_entry_parcel(2), a_signal("typing")])
    await all_quiet()
    meanwhile = list(scene.connection.types)
    scene.log.reading.open()
    await all_quiet()

    assert meanwhile == ["typing"]
    assert scene.connection.types == ["typing", "message", "message"]


async def test_what_came_while_the_head_was_read_is_heard_once(scene: Scene) -> None:
    scene.stored(2)
    scene.log.reading.shut()
    listening = asyncio.create_task(scene.listen(after=2))
    await all_quiet()

    scene.stored(2)
    await scene.brought(2, 3, 4)
    scene.log.reading.open()
    await listening
    await asyncio.sleep(2 * HEADS_EVERY_S)

    assert scene.heard == [3, 4]


async def test_a_room_that_nobody_listens_to_costs_nothing(scene: Scene) -> None:
    scene.stored(5)
    await scene.brought(5)
    await asyncio.sleep(10 * HEADS_EVERY_S)

    assert scene.log.reads == []


async def test_a_room_that_everybody_left_is_followed_no_more(scene: Scene) -> None:
    await scene.listen()
    for member in scene.hub.members():
        scene.hub.leave(member)

    await asyncio.sleep(2 * HEADS_EVERY_S)

    assert not scene.relay._streams
    assert ROOM.id not in scene.street.stops[0]._followed


async def test_a_log_that_cannot_be_read_is_followed_by_nobody(scene: Scene) -> None:
    scene.log.failure = StorageUnavailable()

    outcomes = await asyncio.gather(
        *(scene.relay.follow(ROOM.id) for _ in range(3)), return_exceptions=True
    )

    assert [type(outcome) for outcome in outcomes] == [StorageUnavailable] * 3
    assert not scene.relay._streams


async def test_whoever_follows_behind_one_who_gives_up_follows_all_the_same(scene: Scene) -> None:
    scene.log.reading.shut()
    impatient = asyncio.create_task(scene.relay.follow(ROOM.id))
    await all_quiet()
    patient = asyncio.create_task(scene.relay.follow(ROOM.id))
    await all_quiet()

    impatient.cancel()
    await all_quiet()
    scene.log.reading.open()
    await patient

    assert scene.relay._streams[ROOM.id].told == 0
