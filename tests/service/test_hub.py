import asyncio
import json

import pytest

from roomserver.core.errors import CLOSE_TOO_SLOW
from roomserver.core.frame import Parcel
from roomserver.core.limits import Limits
from roomserver.core.model import Room, RoomId, Seq, User, UserId
from roomserver.service.hub import RUSH_NEWS, SOON_S, Hub, Member
from tests.support.builders import ANA, EVA, JUAN, OTHER_ROOM, ROOM
from tests.support.fakes import BrokenConnection, FakeConnection
from tests.support.loops import all_quiet

LIMITS = Limits(outbox_bytes_max=100_000, outbox_signals_bytes_max=10_000)


@pytest.fixture
def hub() -> Hub:
    return Hub(LIMITS)


def an_entry(seq: int) -> Parcel:
    return Parcel(json.dumps({"type": "message", "data": {"seq": seq}}).encode(), seq=Seq(seq))


def a_signal(name: str, *, not_for: UserId | None = None) -> Parcel:
    return Parcel(json.dumps({"type": name, "data": {}}).encode(), not_for=not_for)


def a_member(
    hub: Hub, user: User = ANA, *, room: Room = ROOM, connection: FakeConnection | None = None
) -> tuple[Member, FakeConnection]:
    """Let somebody into the room who has read everything so far."""
    connection = connection or FakeConnection()
    member = hub.enter(room.id, user, connection)
    assert hub.go_live(member, after=Seq(0))
    return member, connection


def counted(hub: Hub) -> dict[RoomId, tuple[int, int]]:
    """Return connections and people, room by room."""
    return {
        room_id: (count.connections, len(count.user_ids)) for room_id, count in hub.counts().items()
    }


async def test_what_a_room_is_told_in_one_tick_reaches_each_member_in_one_write(hub: Hub) -> None:
    members = [a_member(hub, user) for user in (ANA, JUAN, EVA)]

    for seq in range(1, 101):
        hub.tell(ROOM.id, [an_entry(seq)])
    await all_quiet()

    for _member, connection in members:
        assert len(connection.deliveries) == 1
        assert [message["seq"] for message in connection.heard("message")] == list(range(1, 101))


async def test_what_a_room_is_told_can_leave_in_the_tick_in_which_it_is_told(hub: Hub) -> None:
    _member, connection = a_member(hub)

    hub.tell(ROOM.id, [an_entry(1), an_entry(2)])
    hub.flush()

    assert [message["seq"] for message in connection.heard("message")] == [1, 2]
    await all_quiet()
    assert len(connection.deliveries) == 1


async def test_two_ticks_are_two_writes(hub: Hub) -> None:
    _member, connection = a_member(hub)

    for seq in (1, 2):
        hub.tell(ROOM.id, [an_entry(seq)])
        await all_quiet()

    assert len(connection.deliveries) == 2


async def test_a_room_hears_nothing_of_another(hub: Hub) -> None:
    _ana, here = a_member(hub, room=ROOM)
    _juan, there = a_member(hub, JUAN, room=OTHER_ROOM)

    hub.tell(ROOM.id, [an_entry(1)])
    hub.tell(OTHER_ROOM.id, [an_entry(7)])
    await all_quiet()

    assert here.heard("message") == [{"seq": 1}]
    assert there.heard("message") == [{"seq": 7}]


async def test_all_rooms_are_told_about_the_server_itself(hub: Hub) -> None:
    _ana, here = a_member(hub, room=ROOM)
    _juan, there = a_member(hub, JUAN, room=OTHER_ROOM)

    hub.tell_everyone(a_signal("degraded").payload)
    await all_quiet()

    assert here.types == there.types == ["degraded"]


async def test_telling_an_empty_room_is_forgotten_at_once(hub: Hub) -> None:
    hub.tell(ROOM.id, [an_entry(1)])

    _member, late = a_member(hub)
    await all_quiet()

    assert late.events == []


async def test_the_person_that_a_signal_is_about_does_not_hear_it_on_any_connection(
    hub: Hub,
) -> None:
    tabs = [a_member(hub, ANA)[1] for _ in range(2)]
    _juan, other = a_member(hub, JUAN)

    hub.tell(ROOM.id, [a_signal("typing", not_for=ANA.user_id), an_entry(1)])
    await all_quiet()

    assert [tab.types for tab in tabs] == [["message"], ["message"]]
    assert other.types == ["typing", "message"]


async def test_nothing_is_written_to_whom_nothing_is_for(hub: Hub) -> None:
    _member, connection = a_member(hub, ANA)

    hub.tell(ROOM.id, [a_signal("typing", not_for=ANA.user_id)])
    await all_quiet()

    assert connection.deliveries == []


async def test_a_reader_that_falls_behind_hears_entries_but_no_signals(hub: Hub) -> None:
    _ana, slow = a_member(hub, ANA)
    _juan, quick = a_member(hub, JUAN)
    slow.waiting = LIMITS.outbox_signals_bytes_max + 1

    hub.tell(ROOM.id, [a_signal("typing"), an_entry(1), a_signal("user_joined")])
    await all_quiet()

    assert slow.types == ["message"]
    assert quick.types == ["typing", "message", "user_joined"]


async def test_a_reader_that_is_exactly_at_the_limit_still_hears_signals(hub: Hub) -> None:
    _member, connection = a_member(hub)
    connection.waiting = LIMITS.outbox_signals_bytes_max

    hub.tell(ROOM.id, [a_signal("typing")])
    await all_quiet()

    assert connection.types == ["typing"]


async def test_a_reader_too_far_behind_is_let_go_and_the_others_never_notice(hub: Hub) -> None:
    _ana, stuck = a_member(hub, ANA)
    _juan, quick = a_member(hub, JUAN)
    stuck.waiting = LIMITS.outbox_bytes_max + 1

    hub.tell(ROOM.id, [an_entry(1)])
    await all_quiet()

    assert stuck.closed is not None
    assert stuck.closed[0] == CLOSE_TOO_SLOW
    assert stuck.events == []
    assert quick.types == ["message"]
    assert counted(hub) == {ROOM.id: (1, 1)}


async def test_a_reader_that_was_let_go_can_still_leave(hub: Hub) -> None:
    member, stuck = a_member(hub)
    stuck.waiting = LIMITS.outbox_bytes_max + 1
    hub.tell(ROOM.id, [an_entry(1)])
    await all_quiet()

    hub.leave(member)

    assert counted(hub) == {}


async def test_leaving_twice_is_harmless(hub: Hub) -> None:
    member, _connection = a_member(hub, ANA)
    a_member(hub, JUAN)

    hub.leave(member)
    hub.leave(member)

    assert counted(hub) == {ROOM.id: (1, 1)}


async def test_whoever_has_read_ahead_is_told_only_what_lies_behind(hub: Hub) -> None:
    ahead, level = FakeConnection(), FakeConnection()
    for connection, after in ((ahead, 2), (level, 0)):
        assert hub.go_live(hub.enter(ROOM.id, ANA, connection), after=Seq(after))

    hub.tell(ROOM.id, [an_entry(1), an_entry(2), a_signal("typing"), an_entry(3)])
    await all_quiet()

    assert [message["seq"] for message in ahead.heard("message")] == [3]
    assert [message["seq"] for message in level.heard("message")] == [1, 2, 3]
    assert ahead.types.count("typing") == 1


async def test_whoever_wants_the_log_alone_hears_no_signals_whatever_they_come_with(
    hub: Hub,
) -> None:
    follower = FakeConnection()
    member = hub.enter(ROOM.id, ANA, follower, is_log_only=True)
    assert hub.go_live(member, after=Seq(0))

    hub.tell(ROOM.id, [a_signal("typing")])
    await all_quiet()
    hub.tell(ROOM.id, [a_signal("typing"), an_entry(1)])
    await all_quiet()

    assert follower.types == ["message"]


async def test_whoever_has_left_hears_nothing_more(hub: Hub) -> None:
    member, connection = a_member(hub, ANA)
    a_member(hub, JUAN)
    hub.tell(ROOM.id, [an_entry(1)])

    hub.leave(member)
    await all_quiet()

    assert connection.events == []


async def test_a_room_in_which_nobody_comes_or_goes_is_not_counted_again(hub: Hub) -> None:
    hub.enter(RoomId(1), ANA, FakeConnection())
    other = hub.enter(RoomId(2), ANA, FakeConnection())
    before = hub.counts()

    hub.leave(other)
    after = hub.counts()

    assert after == {RoomId(1): before[RoomId(1)]}
    assert after[RoomId(1)] is before[RoomId(1)]


async def test_connections_and_people_are_counted_apart(hub: Hub) -> None:
    for user in (ANA, ANA, JUAN):
        a_member(hub, user)
    a_member(hub, EVA, room=OTHER_ROOM)

    counts = counted(hub)

    assert counts == {ROOM.id: (3, 2), OTHER_ROOM.id: (1, 1)}


async def test_everybody_may_leave_while_the_members_are_gone_through(hub: Hub) -> None:
    for user in (ANA, JUAN, EVA):
        a_member(hub, user)

    for member in hub.members():
        hub.leave(member)

    assert counted(hub) == {}


async def test_a_connection_with_a_bug_takes_nobody_else_along(hub: Hub) -> None:
    readers = [a_member(hub, ANA)[1]]
    a_member(hub, JUAN, connection=BrokenConnection())
    readers += [a_member(hub, EVA, room=room)[1] for room in (ROOM, OTHER_ROOM)]

    for seq in (1, 2):
        hub.tell(ROOM.id, [an_entry(seq)])
        hub.tell(OTHER_ROOM.id, [an_entry(seq)])
        await all_quiet()

    assert [reader.types for reader in readers] == [["message", "message"]] * 3
    assert counted(hub) == {ROOM.id: (2, 2), OTHER_ROOM.id: (1, 1)}


async def test_who_comes_and_goes_is_told_at_once(hub: Hub) -> None:
    _member, connection = a_member(hub)

    for _ in range(RUSH_NEWS):
        hub.tell_soon(ROOM.id, a_signal("user_joined", not_for=JUAN.user_id))
    await all_quiet()

    assert len(connection.heard("user_joined")) == RUSH_NEWS


async def test_in_a_rush_who_comes_and_goes_is_told_together_a_moment_later(hub: Hub) -> None:
    _member, connection = a_member(hub)
    for _ in range(RUSH_NEWS):
        hub.tell_soon(OTHER_ROOM.id, a_signal("user_joined"))
        hub.tell_soon(ROOM.id, a_signal("typing"))
    await all_quiet()
    before = len(connection.deliveries)

    hub.tell_soon(ROOM.id, a_signal("user_joined"))
    hub.tell_soon(ROOM.id, a_signal("user_left"))
    await all_quiet()
    assert len(connection.deliveries) == before
    await asyncio.sleep(SOON_S)
    await all_quiet()

    assert connection.types[-2:] == ["user_joined", "user_left"]
    assert len(connection.deliveries) == before + 1


async def test_what_waits_goes_in_front_of_whatever_else_the_room_is_told(hub: Hub) -> None:
    _member, connection = a_member(hub)
    a_rush(hub)

    hub.tell_soon(ROOM.id, a_signal("user_joined"))
    hub.tell(ROOM.id, [an_entry(1)])
    await all_quiet()

    assert connection.types == ["user_joined", "message"]
    await asyncio.sleep(2 * SOON_S)
    assert connection.types == ["user_joined", "message"]


async def test_whoever_comes_in_a_rush_does_not_hear_who_came_before(hub: Hub) -> None:
    a_member(hub, ANA)
    a_rush(hub)
    hub.tell_soon(ROOM.id, a_signal("user_joined"))
    _juan, at_once = a_member(hub, JUAN)
    eva, later = hub.enter(ROOM.id, EVA, connection := FakeConnection()), connection

    hub.tell_soon(ROOM.id, a_signal("user_left"))
    await asyncio.sleep(SOON_S)
    await all_quiet()
    assert hub.go_live(eva, after=Seq(0))

    assert at_once.types == ["user_left"]
    assert later.types == ["user_left"]


async def test_a_rush_ends(hub: Hub) -> None:
    _member, connection = a_member(hub)
    a_rush(hub)
    await asyncio.sleep(2 * SOON_S)

    hub.tell_soon(ROOM.id, a_signal("user_joined"))
    await all_quiet()

    assert connection.types == ["user_joined"]


def a_rush(hub: Hub) -> None:
    """Let many come into a room that nobody else of the test is in."""
    hub.enter(OTHER_ROOM.id, JUAN, FakeConnection())
    for _ in range(RUSH_NEWS):
        hub.tell_soon(OTHER_ROOM.id, a_signal("user_joined"))
