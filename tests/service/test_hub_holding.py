import json

import pytest

from roomserver.core.frame import Parcel
from roomserver.core.limits import Limits
from roomserver.core.model import Seq, UserId
from roomserver.service.hub import Hub
from tests.support.builders import ANA, ROOM
from tests.support.fakes import FakeConnection
from tests.support.loops import all_quiet

LIMITS = Limits(outbox_bytes_max=65_536)


@pytest.fixture
def hub() -> Hub:
    return Hub(LIMITS)


def an_entry(seq: int, *, size_bytes: int = 0) -> Parcel:
    event = {"type": "message", "data": {"seq": seq, "padding": "x" * size_bytes}}
    return Parcel(json.dumps(event).encode(), seq=Seq(seq))


def a_signal(name: str, *, not_for: UserId | None = None) -> Parcel:
    return Parcel(json.dumps({"type": name, "data": {}}).encode(), not_for=not_for)


def seqs(connection: FakeConnection) -> list[int]:
    return [message["seq"] for message in connection.heard("message")]


async def test_a_newcomer_hears_nothing_before_it_goes_live(hub: Hub) -> None:
    connection = FakeConnection()
    hub.enter(ROOM.id, ANA, connection)

    hub.tell(ROOM.id, [an_entry(1)])
    await all_quiet()

    assert connection.events == []


async def test_what_came_meanwhile_is_told_once_and_in_order_when_it_goes_live(hub: Hub) -> None:
    connection = FakeConnection()
    member = hub.enter(ROOM.id, ANA, connection)
    for seq in (4, 5, 6):
        hub.tell(ROOM.id, [an_entry(seq)])
        await all_quiet()

    is_live = hub.go_live(member, after=Seq(3))
    hub.tell(ROOM.id, [an_entry(7)])
    await all_quiet()

    assert is_live
    assert seqs(connection) == [4, 5, 6, 7]


async def test_what_the_history_had_already_is_not_told_again(hub: Hub) -> None:
    connection = FakeConnection()
    member = hub.enter(ROOM.id, ANA, connection)
    hub.tell(ROOM.id, [an_entry(4), an_entry(5), a_signal("user_joined"), an_entry(6)])
    await all_quiet()

    hub.go_live(member, after=Seq(5))

    assert connection.types == ["user_joined", "message"]
    assert seqs(connection) == [6]


async def test_an_entry_of_the_very_tick_in_which_it_goes_live_is_told_once(hub: Hub) -> None:
    connection = FakeConnection()
    member = hub.enter(ROOM.id, ANA, connection)
    hub.tell(ROOM.id, [an_entry(1), an_entry(2)])

    hub.go_live(member, after=Seq(1))
    await all_quiet()

    assert seqs(connection) == [2]


async def test_going_live_makes_no_write_if_nothing_was_held_back(hub: Hub) -> None:
    connection = FakeConnection()
    member = hub.enter(ROOM.id, ANA, connection)

    hub.go_live(member, after=Seq(0))

    assert connection.deliveries == []


async def test_a_newcomer_does_not_hear_later_what_was_not_for_it(hub: Hub) -> None:
    connection = FakeConnection()
    member = hub.enter(ROOM.id, ANA, connection)
    hub.tell(ROOM.id, [a_signal("typing", not_for=ANA.user_id), an_entry(1)])
    await all_quiet()

    hub.go_live(member, after=Seq(0))

    assert connection.types == ["message"]


async def test_a_newcomer_for_whom_too_much_is_held_must_read_the_log_again(hub: Hub) -> None:
    connection = FakeConnection()
    member = hub.enter(ROOM.id, ANA, connection)
    for seq in range(1, 5):
        hub.tell(ROOM.id, [an_entry(seq, size_bytes=20_000)])
        await all_quiet()

    is_live = hub.go_live(member, after=Seq(0))

    assert not is_live
    assert connection.events == []


async def test_after_reading_again_it_goes_live_with_what_came_since(hub: Hub) -> None:
    connection = FakeConnection()
    member = hub.enter(ROOM.id, ANA, connection)
    for seq in range(1, 5):
        hub.tell(ROOM.id, [an_entry(seq, size_bytes=20_000)])
        await all_quiet()
    hub.go_live(member, after=Seq(0))
    hub.tell(ROOM.id, [an_entry(5)])

    is_live = hub.go_live(member, after=Seq(4))

    assert is_live
    assert seqs(connection) == [5]


async def test_what_is_held_stays_bounded_however_long_it_takes(hub: Hub) -> None:
    member = hub.enter(ROOM.id, ANA, FakeConnection())

    for seq in range(1, 101):
        hub.tell(ROOM.id, [an_entry(seq, size_bytes=20_000)])
        await all_quiet()

    held = member._held
    assert held is not None
    assert sum(len(parcel.payload) for parcel in held) <= LIMITS.outbox_bytes_max


async def test_an_entry_that_is_announced_after_it_was_read_is_not_told_again(hub: Hub) -> None:
    connection = FakeConnection()
    member = hub.enter(ROOM.id, ANA, connection)
    hub.go_live(member, after=Seq(5))

    hub.tell(ROOM.id, [an_entry(4), an_entry(5), a_signal("typing"), an_entry(6)])
    await all_quiet()

    assert connection.types == ["typing", "message"]
    assert seqs(connection) == [6]
