"""The contract of :class:`roomserver.ports.members.Members`, on every store."""

import asyncio
from collections.abc import Sequence

import pytest

from roomserver.adapters.sql_engine import Database
from roomserver.adapters.sql_log import SqlLog
from roomserver.adapters.sql_members import SqlMembers
from roomserver.adapters.sql_rooms import SqlRooms
from roomserver.adapters.system_clock import SystemClock
from roomserver.core.model import (
    Draft,
    Entry,
    EntryId,
    Kind,
    Membership,
    Receipt,
    Room,
    RoomId,
    Seq,
    User,
    UserId,
)
from roomserver.ports.members import Members, Reading, ReadMark, Sighting, Span, Unread
from tests.contracts.conftest import Databases
from tests.support.builders import ANA, EVA, JUAN, NOON_MS, a_draft
from tests.support.databases import on_writer

HOUR_MS = 3_600_000
LONG_AGO_MS = NOON_MS - 1_000 * HOUR_MS
"""By the databases' own clocks, which are nobody's to move."""

NOTHING = EntryId(2**53 - 1)
"""A message that nobody has written yet."""


@pytest.fixture
def members(databases: Databases) -> Members:
    return SqlMembers(databases[0])


@pytest.fixture
def other_members(databases: Databases) -> Members:
    """The same members, through another instance."""
    return SqlMembers(databases[1])


@pytest.fixture
def log(databases: Databases) -> SqlLog:
    return SqlLog(databases[0])


@pytest.fixture
async def room(databases: Databases) -> Room:
    made, _is_new = await SqlRooms(databases[0], SystemClock()).make(RoomId(1), name="One")
    return made


@pytest.fixture
async def other_room(databases: Databases) -> Room:
    made, _is_new = await SqlRooms(databases[0], SystemClock()).make(RoomId(2), name="Two")
    return made


async def never_give_up_a_lock(database: Database) -> None:
    """Let transactions wait for each other on a slow disk; a deadlock still ends, as an error."""
    if database.kind == "postgresql":
        async with on_writer(database) as one, on_writer(database) as two:
            for connection in (one, two):
                await connection.exec_driver_sql("SET lock_timeout = 0")
                await connection.commit()


async def said(log: SqlLog, room: Room, count: int, *, author: User = ANA) -> list[Entry]:
    """Let *author* write that many messages into the room's log."""
    outcomes = await log.append([a_draft(room=room, author=author)] * count)
    return [outcome.entry for outcome in outcomes if isinstance(outcome, Receipt)]


async def changed(log: SqlLog, message: Entry, kind: Kind, *, author: User, text: str = "") -> None:
    draft = Draft(
        room_id=message.room_id, author=author, kind=kind, content=text, target_id=message.id
    )
    [outcome] = await log.append([draft])
    assert isinstance(outcome, Receipt)


def reads(room: Room, user: User, message_id: EntryId, *, at_ms: int = NOON_MS) -> Reading:
    return Reading(room.id, user, message_id, at_ms)


def sees(room: Room, user: User, *, is_online: bool = True, at_ms: int = NOON_MS) -> Sighting:
    return Sighting(room.id, user, is_online, at_ms)


def places(marks: Sequence[ReadMark]) -> list[tuple[str, int]]:
    return sorted((mark.reading.user.username, mark.seq) for mark in marks)


async def read_up_to(members: Members, room: Room, user: User) -> int:
    return (await members.read_marks([(room.id, user.user_id)])).get((room.id, user.user_id), 0)


async def test_a_mark_that_moves_is_returned_with_its_place_and_its_message(
    members: Members, other_members: Members, log: SqlLog, room: Room
) -> None:
    _first, second, _third = await said(log, room, 3)
    reading = reads(room, JUAN, second.id)

    moved = await members.note_readings([reading])

    assert list(moved) == [ReadMark(reading, second.seq, second.id)]
    assert await read_up_to(other_members, room, JUAN) == 2


async def test_a_mark_never_goes_back_and_one_that_stays_is_not_returned(
    members: Members, other_members: Members, log: SqlLog, room: Room
) -> None:
    messages = await said(log, room, 3)
    await members.note_readings([reads(room, JUAN, messages[1].id)])

    back = await other_members.note_readings([reads(room, JUAN, messages[0].id)])
    same = await members.note_readings([reads(room, JUAN, messages[1].id)])
    forward = await other_members.note_readings([reads(room, JUAN, messages[2].id)])

    assert (list(back), list(same)) == ([], [])
    assert places(forward) == [("Juan", 3)]
    assert await read_up_to(members, room, JUAN) == 3


async def test_the_furthest_of_one_reader_counts_in_whatever_order_they_come(
    members: Members, log: SqlLog, room: Room
) -> None:
    messages = await said(log, room, 3)

    moved = await members.note_readings(
        [reads(room, JUAN, messages[at].id, at_ms=NOON_MS + at) for at in (0, 2, 1)]
    )

    assert places(moved) == [("Juan", 3)]


async def test_a_message_that_nobody_has_written_counts_as_the_last_one(
    members: Members, log: SqlLog, room: Room
) -> None:
    messages = await said(log, room, 3)

    [mark] = await members.note_readings([reads(room, JUAN, NOTHING)])

    assert (mark.seq, mark.message_id) == (3, messages[-1].id)
    await said(log, room, 1)
    assert await read_up_to(members, room, JUAN) == 3


async def test_a_message_of_another_room_counts_as_the_last_one_before_it(
    members: Members, log: SqlLog, room: Room, other_room: Room
) -> None:
    here = await said(log, room, 2)
    [elsewhere] = await said(log, other_room, 1)
    await said(log, room, 2)

    [mark] = await members.note_readings([reads(room, JUAN, elsewhere.id)])

    assert (mark.seq, mark.message_id) == (2, here[-1].id)
    assert await read_up_to(members, other_room, JUAN) == 0


async def test_where_there_is_nothing_to_read_no_mark_is_made(
    members: Members, log: SqlLog, room: Room, other_room: Room
) -> None:
    [elsewhere] = await said(log, other_room, 1)
    await said(log, room, 1)

    before_all = await members.note_readings([reads(room, JUAN, elsewhere.id)])
    of_no_one = await members.note_readings([])

    assert (list(before_all), list(of_no_one)) == ([], [])
    assert await read_up_to(members, room, JUAN) == 0


async def test_several_readers_in_several_rooms_are_noted_in_one_call(
    members: Members, log: SqlLog, room: Room, other_room: Room
) -> None:
    here, there = await said(log, room, 3), await said(log, other_room, 2)
    await members.note_readings([reads(room, EVA, here[2].id)])

    moved = await members.note_readings(
        [
            reads(other_room, JUAN, there[1].id),
            reads(room, ANA, here[0].id),
            reads(room, JUAN, here[1].id),
            reads(room, EVA, here[0].id),
        ]
    )

    assert sorted((mark.reading.room_id, *places([mark])[0]) for mark in moved) == [
        (1, "Ana", 1),
        (1, "Juan", 2),
        (2, "Juan", 2),
    ]


async def test_marks_are_told_of_those_who_were_asked_for_and_have_read(
    members: Members, log: SqlLog, room: Room, other_room: Room
) -> None:
    messages = await said(log, room, 2)
    await members.note_sightings([sees(room, ANA), sees(other_room, JUAN)])
    await members.note_readings([reads(room, user, messages[0].id) for user in (JUAN, EVA)])

    found = await members.read_marks(
        [
            (room.id, JUAN.user_id),
            (room.id, ANA.user_id),
            (other_room.id, JUAN.user_id),
            (RoomId(999), UserId(999)),
        ]
    )

    assert found == {(room.id, JUAN.user_id): 1}
    assert await members.read_marks([]) == {}


async def test_what_others_said_behind_the_mark_is_unread(
    members: Members, other_members: Members, log: SqlLog, room: Room, other_room: Room
) -> None:
    messages = await said(log, room, 3, author=ANA)
    await said(log, room, 2, author=JUAN)
    await said(log, room, 1, author=EVA)
    await said(log, other_room, 2, author=ANA)
    await members.note_sightings([sees(each, JUAN) for each in (room, other_room)])
    await members.note_readings([reads(room, JUAN, messages[0].id)])

    assert await other_members.unread(JUAN.user_id, count_max=100) == {
        room.id: Unread(3, 0),
        other_room.id: Unread(2, 0),
    }


async def test_what_one_said_oneself_and_changes_to_messages_are_not_unread(
    members: Members, log: SqlLog, room: Room
) -> None:
    [message] = await said(log, room, 1, author=ANA)
    await said(log, room, 3, author=JUAN)
    await changed(log, message, Kind.EDIT, author=ANA, text="hello")
    await changed(log, message, Kind.REACTION, author=EVA, text="👍")
    await members.note_sightings([sees(room, JUAN)])

    assert await members.unread(JUAN.user_id, count_max=100) == {room.id: Unread(1, 0)}
    await members.note_readings([reads(room, JUAN, message.id)])
    assert await members.unread(JUAN.user_id, count_max=100) == {room.id: Unread(0, 0)}


async def test_nobody_counts_beyond_the_limit(members: Members, log: SqlLog, room: Room) -> None:
    await said(log, room, 12, author=ANA)
    await members.note_sightings([sees(room, JUAN)])

    counts = [(await members.unread(JUAN.user_id, count_max=most))[room.id] for most in (5, 12, 13)]

    assert counts == [Unread(5, 0), Unread(12, 0), Unread(12, 0)]


async def test_a_room_in_which_somebody_has_never_been_is_not_counted(
    members: Members, log: SqlLog, room: Room, other_room: Room
) -> None:
    await said(log, room, 1, author=ANA)
    await said(log, other_room, 1, author=ANA)
    await members.note_sightings([sees(room, JUAN), sees(other_room, EVA)])

    assert await members.unread(JUAN.user_id, count_max=100) == {room.id: Unread(1, 0)}
    assert await members.unread(UserId(999), count_max=100) == {}


async def test_the_listing_has_everybody_who_has_ever_been_there_by_name(
    members: Members, other_members: Members, log: SqlLog, room: Room, other_room: Room
) -> None:
    messages = await said(log, room, 2)
    await members.note_sightings(
        [
            sees(room, JUAN, is_online=False, at_ms=NOON_MS + 1),
            sees(room, EVA, at_ms=NOON_MS + 2),
            sees(room, ANA, at_ms=NOON_MS + 3),
            sees(other_room, User(UserId(4), "Dan")),
        ]
    )
    await members.note_readings([reads(room, EVA, messages[1].id)])

    listing = await other_members.listing(room.id)

    assert list(listing) == [
        a_membership(ANA, is_online=True, at_ms=NOON_MS + 3),
        a_membership(EVA, is_online=True, at_ms=NOON_MS + 2, read_up_to=messages[1]),
        a_membership(JUAN, is_online=False, at_ms=NOON_MS + 1),
    ]
    assert list(await members.listing(RoomId(999))) == []


async def test_people_of_one_name_are_listed_by_their_numbers(members: Members, room: Room) -> None:
    namesakes = [User(UserId(user_id), "Ana") for user_id in (7, 5, 6)]
    await members.note_sightings([sees(room, user) for user in namesakes])

    listing = await members.listing(room.id)

    assert [each.user.user_id for each in listing] == [5, 6, 7]


async def test_the_newest_sighting_wins_and_leaves_the_mark_alone(
    members: Members, other_members: Members, log: SqlLog, room: Room
) -> None:
    [message] = await said(log, room, 1)
    renamed = User(JUAN.user_id, "Juanito")
    await members.note_sightings([sees(room, JUAN, is_online=False, at_ms=NOON_MS)])
    await members.note_readings([reads(room, JUAN, message.id)])

    await other_members.note_sightings([sees(room, renamed, at_ms=NOON_MS + 5)])

    assert list(await members.listing(room.id)) == [
        a_membership(renamed, is_online=True, at_ms=NOON_MS + 5, read_up_to=message)
    ]


async def test_of_two_sightings_in_one_call_the_later_one_is_kept(
    members: Members, room: Room
) -> None:
    await members.note_sightings(
        [
            sees(room, JUAN, is_online=True, at_ms=NOON_MS),
            sees(room, JUAN, is_online=False, at_ms=NOON_MS + 1),
        ]
    )

    assert list(await members.listing(room.id)) == [
        a_membership(JUAN, is_online=False, at_ms=NOON_MS + 1)
    ]


async def test_an_older_sighting_that_comes_late_changes_nothing(
    members: Members, other_members: Members, room: Room
) -> None:
    older = sees(room, User(JUAN.user_id, "Juanito"), is_online=False, at_ms=LONG_AGO_MS)
    newer = sees(room, JUAN, is_online=True, at_ms=LONG_AGO_MS + 1)

    await members.note_sightings([newer])
    await other_members.note_sightings([older])
    after_calls = await members.listing(room.id)
    await members.note_sightings([newer, older])

    for listing in (after_calls, await members.listing(room.id)):
        assert list(listing) == [a_membership(JUAN, is_online=True, at_ms=LONG_AGO_MS + 1)]


async def test_instances_that_note_the_same_people_at_once_do_not_get_in_each_others_way(
    members: Members,
    other_members: Members,
    databases: Databases,
    log: SqlLog,
    room: Room,
    other_room: Room,
) -> None:
    for database in databases:
        await never_give_up_a_lock(database)
    messages = [await said(log, each, 40) for each in (room, other_room)]
    people = [User(UserId(number), f"P{number:03}") for number in range(1, 101)]
    instances = (members, other_members)

    async def note(instance: Members, turn: int) -> Sequence[ReadMark]:
        crowd = [(each, user) for each in (room, other_room) for user in people]
        crowd = crowd[::-1] if instance is members else crowd
        at_ms = LONG_AGO_MS + turn
        await instance.note_sightings(
            [sees(each, user, is_online=turn % 2 == 1, at_ms=at_ms) for each, user in crowd]
        )
        return await instance.note_readings(
            [reads(each, user, messages[each.id - 1][turn].id) for each, user in crowd]
        )

    moved = await asyncio.gather(
        *(note(instance, turn) for turn in range(10) for instance in instances)
    )

    for each in (room, other_room):
        listing = await other_members.listing(each.id)
        assert [member.user for member in listing] == people
        assert {(m.is_online, m.last_seen_at_ms) for m in listing} == {(True, LONG_AGO_MS + 9)}
        assert {member.read_up_to for member in listing} == {10}
    told = [(m.reading.room_id, m.reading.user, m.seq) for marks in moved for m in marks]
    assert len(set(told)) == len(told), "a mark that has moved is told once"


async def test_what_a_wrong_clock_has_noted_does_not_stand_until_that_time_has_come(
    members: Members, other_members: Members, room: Room
) -> None:
    now_ms = SystemClock().now_ms()
    await members.note_sightings([sees(room, JUAN, at_ms=now_ms + 2 * HOUR_MS)])

    await other_members.note_sightings([sees(room, JUAN, is_online=False, at_ms=now_ms)])

    assert list(await members.listing(room.id)) == [
        a_membership(JUAN, is_online=False, at_ms=now_ms)
    ]


async def test_noting_nobody_changes_nothing(members: Members, room: Room) -> None:
    await members.note_sightings([sees(room, JUAN)])

    await members.note_sightings([])

    assert list(await members.listing(room.id)) == [a_membership(JUAN, is_online=True)]


async def test_all_offline_takes_nothing_else_away(
    members: Members, log: SqlLog, room: Room, other_room: Room
) -> None:
    [message] = await said(log, room, 1)
    await members.note_sightings([sees(room, ANA), sees(room, JUAN), sees(other_room, JUAN)])
    await members.note_readings([reads(room, ANA, message.id)])

    await members.all_offline()

    assert list(await members.listing(room.id)) == [
        a_membership(ANA, is_online=False, read_up_to=message),
        a_membership(JUAN, is_online=False),
    ]
    assert list(await members.listing(other_room.id)) == [a_membership(JUAN, is_online=False)]


def a_membership(
    user: User, *, is_online: bool, at_ms: int = NOON_MS, read_up_to: Entry | None = None
) -> Membership:
    return Membership(
        user=user,
        is_online=is_online,
        last_seen_at_ms=at_ms,
        read_up_to=Seq(0) if read_up_to is None else read_up_to.seq,
        read_at_ms=None if read_up_to is None else NOON_MS,
    )


async def test_in_a_room_that_is_not_there_nobody_is_noted_and_elsewhere_everybody(
    members: Members, log: SqlLog, room: Room
) -> None:
    [message] = await said(log, room, 1)
    nowhere = Room(id=RoomId(99), slug="gone", name="Gone", epoch="e")

    await members.note_sightings([sees(nowhere, ANA), sees(room, ANA)])
    marks = await members.note_readings(
        [reads(nowhere, JUAN, message.id), reads(room, JUAN, message.id)]
    )

    assert places(marks) == [("Juan", 1)]
    assert [member.user for member in await members.listing(room.id)] == [ANA, JUAN]
    assert await members.listing(nowhere.id) == []


async def test_unread_mentions_are_counted_with_the_unread(
    members: Members, log: SqlLog, room: Room, other_room: Room
) -> None:
    await members.note_sightings(
        [
            Sighting(each.id, user, is_online=True, at_ms=NOON_MS)
            for each in (room, other_room)
            for user in (ANA, JUAN)
        ]
    )
    [first, *_] = entries_of(
        await log.append(
            [
                a_draft("@juan", room=room, author=ANA),
                a_draft("hola", room=room, author=ANA),
                a_draft("@juan @ana", room=room, author=ANA),
                a_draft("@ana", room=room, author=JUAN),
            ]
        )
    )

    before = await members.unread(JUAN.user_id, count_max=10)
    await members.note_readings([Reading(room.id, JUAN, first.id, NOON_MS)])
    after = await members.unread(JUAN.user_id, count_max=10)
    bounded = await members.unread(ANA.user_id, count_max=0)

    assert before == {room.id: Unread(3, 2), other_room.id: Unread(0, 0)}
    assert after[room.id] == Unread(2, 1)
    assert bounded[room.id] == Unread(0, 0)


def entries_of(outcomes: Sequence[object]) -> list[Entry]:
    return [outcome.entry for outcome in outcomes if isinstance(outcome, Receipt)]


async def test_the_marks_of_people_are_known_in_all_their_rooms(
    members: Members, log: SqlLog, room: Room, other_room: Room
) -> None:
    await said(log, room, 3)
    await members.note_sightings(
        [Sighting(each.id, JUAN, is_online=True, at_ms=NOON_MS) for each in (room, other_room)]
    )
    await members.note_readings([Reading(room.id, JUAN, NOTHING, NOON_MS)])

    marks = await members.marks_of([JUAN.user_id, EVA.user_id])

    assert marks == {JUAN.user_id: {room.id: 3, other_room.id: 0}}
    assert await members.marks_of([]) == {}


async def test_marks_that_have_moved_are_known_on_every_instance(
    members: Members, other_members: Members, log: SqlLog, room: Room
) -> None:
    await said(log, room, 3)

    await members.note_readings([Reading(room.id, JUAN, NOTHING, NOON_MS)])

    assert await other_members.moved_since(NOON_MS - 1) == [(room.id, JUAN.user_id, 3)]
    assert await other_members.moved_since(NOON_MS) == []
    [juan] = await other_members.listing(room.id)
    assert juan.read_at_ms == NOON_MS


async def test_what_is_new_in_a_part_of_a_log_is_counted(
    members: Members, log: SqlLog, room: Room
) -> None:
    await members.note_sightings([Sighting(room.id, JUAN, is_online=True, at_ms=NOON_MS)])
    await said(log, room, 3, author=ANA)
    await said(log, room, 2, author=JUAN)
    await log.append([a_draft("@juan", room=room, author=EVA)])

    def span(after: int, up_to: int, unread_after: int | None = None) -> Span:
        begin = after if unread_after is None else unread_after
        return Span(room.id, JUAN.user_id, Seq(after), Seq(up_to), Seq(begin))

    async def count(one: Span, *, count_max: int = 10) -> Unread:
        return (await members.count([one], count_max=count_max))[room.id, JUAN.user_id]

    assert await count(span(0, 6)) == Unread(4, 1)
    assert await count(span(1, 5)) == Unread(2, 0)
    assert await count(span(0, 6, 6)) == Unread(0, 1)
    assert await count(span(0, 6), count_max=2) == Unread(2, 1)
    assert await members.count([], count_max=2) == {}
