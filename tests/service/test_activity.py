import asyncio
from collections.abc import AsyncIterator

import pytest

from roomserver.core.errors import StorageUnavailable
from roomserver.core.model import Room, RoomId, RoomState, Seq, User, UserId
from roomserver.core.policy import EVERYTHING_OPEN
from roomserver.service.activity import COUNTED_MAX, LOADED_S_MAX, TELL_EVERY_S
from roomserver.service.register import UNREAD_COUNT_MAX
from tests.support.builders import ANA, EVA, JUAN, OTHER_ROOM, ROOM, a_draft
from tests.support.stage import Guest, Stage


@pytest.fixture
async def ana(stage: Stage) -> Guest:
    """Ana is in the first room, and has read all of both."""
    stage.members.marks |= {(ROOM.id, ANA.user_id): Seq(0), (OTHER_ROOM.id, ANA.user_id): Seq(0)}
    guest = await stage.guest(ANA, room=ROOM)
    await stage.activity.look()
    guest.connection.forget()
    return guest


def told(guest: Guest) -> list[list[tuple[int, int, int, int]]]:
    """Return what each event told: room, end, unread, mentions."""
    return [
        [tuple(room.values()) for room in event["rooms"]] for event in guest.heard("room_activity")
    ]


def say(stage: Stage, room: Room, count: int = 1) -> None:
    stage.log.store(*(a_draft(room=room, author=JUAN) for _ in range(count)))


async def test_somebody_hears_what_happens_in_their_other_rooms(stage: Stage, ana: Guest) -> None:
    say(stage, OTHER_ROOM, 2)
    stage.members.mentions = 1

    await stage.activity.look()

    assert told(ana) == [[(OTHER_ROOM.id, 2, 2, 1)]]


async def test_what_happens_is_told_once_and_added_up(stage: Stage, ana: Guest) -> None:
    for _ in range(3):
        say(stage, OTHER_ROOM, 2)
        await stage.activity.look()
        await stage.activity.look()

    assert told(ana) == [[(2, 2, 2, 0)], [(2, 4, 4, 0)], [(2, 6, 6, 0)]]
    assert [[span.after for span in spans] for spans in stage.members.counted] == [[0], [2], [4]]


async def test_nobody_hears_of_the_room_that_they_look_at(stage: Stage, ana: Guest) -> None:
    elsewhere = await stage.guest(ANA, room=OTHER_ROOM)
    await stage.activity.look()

    say(stage, ROOM)
    await stage.activity.look()

    assert told(ana) == []
    assert told(elsewhere) == [[(ROOM.id, 1, 1, 0)]]


async def test_a_room_that_everybody_looks_at_costs_nothing(stage: Stage) -> None:
    stage.members.marks = {(ROOM.id, user.user_id): Seq(0) for user in (ANA, JUAN)}
    for user in (ANA, JUAN):
        await stage.guest(user, room=ROOM)
    await stage.activity.look()
    stage.log.reads.clear()

    say(stage, ROOM, 3)
    await stage.activity.look()

    assert stage.members.counted == []
    assert stage.log.reads == []


async def test_what_was_said_in_front_of_somebody_is_told_when_they_look_away(
    stage: Stage, ana: Guest
) -> None:
    say(stage, ROOM, 3)
    await stage.activity.look()
    elsewhere = await stage.guest(ANA, room=OTHER_ROOM)
    await ana.leave()

    await stage.activity.look()

    assert told(elsewhere) == [[(ROOM.id, 3, 3, 0)]]


async def test_what_they_have_read_meanwhile_is_not(stage: Stage, ana: Guest) -> None:
    say(stage, ROOM, 3)
    stage.members.marks[ROOM.id, ANA.user_id] = Seq(3)
    await stage.activity.look()

    elsewhere = await stage.guest(ANA, room=OTHER_ROOM)
    await stage.activity.look()

    assert told(elsewhere) == told(ana) == []


async def test_whoever_has_never_been_in_a_room_hears_nothing_of_it(
    stage: Stage, ana: Guest
) -> None:
    eva = await stage.guest(EVA, room=ROOM)
    await stage.activity.look()

    say(stage, OTHER_ROOM)
    await stage.activity.look()

    assert (len(told(ana)), told(eva)) == (1, [])


async def test_what_was_read_elsewhere_is_unread_no_more(stage: Stage, ana: Guest) -> None:
    say(stage, OTHER_ROOM, 5)
    await stage.activity.look()

    stage.members.marks[OTHER_ROOM.id, ANA.user_id] = Seq(3)
    await stage.activity.look()

    assert told(ana) == [[(2, 5, 5, 0)], [(2, 5, 2, 0)]]


async def test_whoever_comes_hears_what_is_unread_already(stage: Stage) -> None:
    stage.members.marks |= {(ROOM.id, ANA.user_id): Seq(0), (OTHER_ROOM.id, ANA.user_id): Seq(2)}
    say(stage, OTHER_ROOM, 3)
    first = await stage.guest(ANA, room=ROOM)
    await stage.activity.look()
    stage.members.marks[OTHER_ROOM.id, JUAN.user_id] = Seq(0)

    juan = await stage.guest(JUAN, room=ROOM)
    await stage.activity.look()

    assert told(first) == [[(2, 3, 1, 0)]]
    assert told(juan) == [[(2, 3, 3, 0)]]


async def test_counts_have_a_bound_and_then_cost_nothing(stage: Stage, ana: Guest) -> None:
    say(stage, OTHER_ROOM, UNREAD_COUNT_MAX + 5)
    await stage.activity.look()
    say(stage, OTHER_ROOM, 5)

    await stage.activity.look()

    assert [rooms[0][2] for rooms in told(ana)] == [UNREAD_COUNT_MAX] * 2
    [span] = stage.members.counted[-1]
    assert (span.after, span.unread_after, span.up_to) == (1_005, 1_010, 1_010)


async def test_only_so_much_is_counted_in_a_second(stage: Stage) -> None:
    people = [UserId(number) for number in range(100, 100 + COUNTED_MAX + 50)]
    stage.members.marks |= {(OTHER_ROOM.id, user_id): Seq(0) for user_id in people}
    for user_id in people:
        await stage.guest(User(user_id, f"#{user_id}"), room=ROOM, history=0)
    for _ in range(3):
        await stage.activity.look()
    say(stage, OTHER_ROOM)

    for _ in range(3):
        await stage.activity.look()

    assert [len(spans) for spans in stage.members.counted] == [COUNTED_MAX, 50]


async def test_whoever_has_left_hears_nothing(stage: Stage, ana: Guest) -> None:
    await ana.leave()
    say(stage, OTHER_ROOM)

    await stage.activity.look()

    assert told(ana) == []
    assert not stage.activity._people
    assert not stage.activity._absent


async def test_whoever_may_not_read_a_room_any_more_hears_nothing_of_it(
    stage: Stage, ana: Guest
) -> None:
    stage.rights_store.states[OTHER_ROOM.id] = RoomState(is_private=True)
    await stage.rights.refresh(OTHER_ROOM.id)
    say(stage, OTHER_ROOM)

    await stage.activity.look()

    assert told(ana) == []


async def test_a_room_that_was_entered_elsewhere_is_found(stage: Stage, ana: Guest) -> None:
    third = RoomId(3)
    stage.log._rooms[third] = []
    stage.log._epochs[third] = "e3"
    stage.rights_store.states[third] = EVERYTHING_OPEN
    stage.members.tells_moves = False
    stage.members.marks[third, ANA.user_id] = Seq(0)

    stage.clock.advance(LOADED_S_MAX + 1)
    await stage.activity.look()
    say(stage, Room(id=third, slug="third", name="Third", epoch="e3"))
    await stage.activity.look()

    assert told(ana) == [[(3, 1, 1, 0)]]


async def test_a_database_that_is_away_makes_nothing_lost(stage: Stage, ana: Guest) -> None:
    say(stage, OTHER_ROOM)
    stage.members.failure = StorageUnavailable()
    with pytest.raises(StorageUnavailable):
        await stage.activity.look()
    stage.members.failure = None

    await stage.activity.look()

    assert told(ana) == [[(2, 1, 1, 0)]]


async def test_a_slow_reader_is_spared(stage: Stage, ana: Guest) -> None:
    ana.connection.waiting = stage.limits.outbox_signals_bytes_max + 1
    say(stage, OTHER_ROOM)

    await stage.activity.look()

    assert told(ana) == []


@pytest.fixture
async def looking(stage: Stage, ana: Guest) -> AsyncIterator[Guest]:
    async with stage.activity.running():
        yield ana


async def test_it_is_looked_once_a_second(stage: Stage, looking: Guest) -> None:
    for _ in range(30):
        say(stage, OTHER_ROOM)
        await asyncio.sleep(TELL_EVERY_S / 10)

    assert len(told(looking)) in (2, 3)
