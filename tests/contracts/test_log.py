"""The contract of :class:`roomserver.ports.log.Log`, on every store."""

import asyncio
import time
from collections.abc import Iterable, Sequence

import pytest

from roomserver.adapters.sql_engine import Database
from roomserver.adapters.sql_log import SqlLog
from roomserver.adapters.sql_rooms import SqlRooms
from roomserver.adapters.system_clock import SystemClock
from roomserver.core.errors import RoomError, RoomNotFound
from roomserver.core.model import Entry, Head, Receipt, Room, RoomId, Seq, User, UserId
from roomserver.ports.log import Log
from tests.support.builders import ANA, JUAN, a_draft

NOWHERE = Room(id=RoomId(999), slug="nowhere", name="Nowhere", epoch="none")
ALL = 100_000
"""More than any log here has."""


@pytest.fixture
def log(databases: tuple[Database, Database]) -> Log:
    return SqlLog(databases[0])


@pytest.fixture
def other_log(databases: tuple[Database, Database]) -> Log:
    """The same log, through another instance."""
    return SqlLog(databases[1])


@pytest.fixture
def directory(database: Database) -> SqlRooms:
    return SqlRooms(database, SystemClock())


@pytest.fixture
async def room(directory: SqlRooms) -> Room:
    made, _is_new = await directory.make(RoomId(1), name="One")
    return made


@pytest.fixture
async def other_room(directory: SqlRooms) -> Room:
    made, _is_new = await directory.make(RoomId(2), name="Two")
    return made


async def stored(log: Log, room: Room) -> Sequence[Entry]:
    return await log.after(room.id, Seq(0), limit=ALL)


def entries(outcomes: Iterable[Receipt | RoomError]) -> list[Entry]:
    return [outcome.entry for outcome in outcomes if isinstance(outcome, Receipt)]


def seqs(found: Iterable[Entry]) -> list[int]:
    return [entry.seq for entry in found]


def contents(found: Iterable[Entry]) -> list[str]:
    return [entry.content for entry in found]


def up_to(last: int) -> list[int]:
    return list(range(1, last + 1))


async def test_numbers_start_at_one_and_follow_the_order_of_the_drafts(
    log: Log, room: Room
) -> None:
    first = await log.append([a_draft(text, room=room) for text in ("a", "b", "c")])
    second = await log.append([a_draft(text, room=room) for text in ("d", "e")])

    assert seqs(entries([*first, *second])) == [1, 2, 3, 4, 5]
    assert contents(await stored(log, room)) == ["a", "b", "c", "d", "e"]


async def test_every_room_of_a_batch_has_numbers_of_its_own(
    log: Log, room: Room, other_room: Room
) -> None:
    drafts = [a_draft(room=each) for each in (room, other_room, room, other_room, room)]

    outcomes = await log.append(drafts)

    assert seqs(entries(outcomes)) == [1, 1, 2, 2, 3]
    assert [entry.room_id for entry in entries(outcomes)] == [1, 2, 1, 2, 1]


async def test_a_receipt_has_the_entry_as_every_reader_will_see_it(
    log: Log, other_log: Log, room: Room
) -> None:
    drafts = [
        a_draft("hola", room=room, author=ANA, client_id="a"),
        a_draft("¿qué tal?", room=room, author=JUAN),
    ]

    outcomes = await log.append(drafts)

    assert [outcome.is_new for outcome in outcomes if isinstance(outcome, Receipt)] == [True, True]
    assert [(entry.author, entry.content, entry.client_id) for entry in entries(outcomes)] == [
        (ANA, "hola", "a"),
        (JUAN, "¿qué tal?", None),
    ]
    assert list(await stored(other_log, room)) == entries(outcomes)


async def test_a_resend_gets_the_first_entry_whatever_it_says_and_uses_no_number(
    log: Log, other_log: Log, room: Room
) -> None:
    (sent,) = entries(await log.append([a_draft("hola", room=room, client_id="a")]))

    resent = await other_log.append(
        [
            a_draft("hola again", room=room, client_id="a"),
            a_draft("next", room=room, client_id="b"),
        ]
    )

    assert resent[0] == Receipt(sent, is_new=False)
    assert seqs(entries(resent)) == [1, 2]
    assert contents(await stored(log, room)) == ["hola", "next"]


async def test_a_resend_within_the_batch_gets_the_first_entry_too(log: Log, room: Room) -> None:
    drafts = [
        a_draft("hola", room=room, client_id="a"),
        a_draft("in between", room=room),
        a_draft("hola again", room=room, client_id="a"),
    ]

    first, _between, again = await log.append(drafts)

    assert isinstance(first, Receipt)
    assert first.is_new
    assert again == Receipt(first.entry, is_new=False)
    assert contents(await stored(log, room)) == ["hola", "in between"]


async def test_a_batch_of_resends_alone_changes_nothing(log: Log, room: Room) -> None:
    drafts = [a_draft(str(at), room=room, client_id=str(at)) for at in range(5)]
    first = await log.append(drafts)

    again = await log.append(drafts[::-1])

    assert again == [Receipt(entry, is_new=False) for entry in reversed(entries(first))]
    assert (await log.head(room.id)).seq == 5


@pytest.mark.parametrize(
    ("one", "another"),
    [("a", "A"), ("a", " a"), ("a", "a "), ("é", "e\N{COMBINING ACUTE ACCENT}"), ("1", "01")],
)
async def test_a_client_id_is_the_same_only_to_the_letter(
    log: Log, room: Room, one: str, another: str
) -> None:
    drafts = [a_draft(room=room, client_id=client_id) for client_id in (one, another)]

    assert seqs(entries(await log.append(drafts))) == [1, 2]
    assert seqs(entries(await log.append(drafts))) == [1, 2]


async def test_a_client_id_belongs_to_one_author_in_one_room(
    log: Log, room: Room, other_room: Room
) -> None:
    drafts = [
        a_draft(room=room, author=ANA, client_id="a"),
        a_draft(room=room, author=JUAN, client_id="a"),
        a_draft(room=other_room, author=ANA, client_id="a"),
    ]

    outcomes = await log.append(drafts)

    assert seqs(entries(outcomes)) == [1, 2, 1]


async def test_messages_without_a_client_id_are_never_the_same(log: Log, room: Room) -> None:
    same = [a_draft("ok", room=room)] * 3

    await log.append(same)
    await log.append(same)

    assert contents(await stored(log, room)) == ["ok"] * 6


async def test_an_unknown_room_is_refused_and_the_others_are_stored(log: Log, room: Room) -> None:
    drafts = [
        a_draft("a", room=room),
        a_draft("lost", room=NOWHERE, client_id="b"),
        a_draft("c", room=room),
    ]

    first, lost, last = await log.append(drafts)

    assert isinstance(lost, RoomNotFound)
    assert seqs(entries([first, last])) == [1, 2]
    assert contents(await stored(log, room)) == ["a", "c"]


async def test_a_batch_for_unknown_rooms_alone_is_refused(log: Log) -> None:
    outcomes = await log.append([a_draft(room=NOWHERE), a_draft(room=NOWHERE, client_id="a")])

    assert [type(outcome) for outcome in outcomes] == [RoomNotFound, RoomNotFound]


@pytest.mark.slow
async def test_a_thousand_messages_in_fifty_rooms_are_one_batch(
    log: Log, directory: SqlRooms
) -> None:
    rooms = [(await directory.make(RoomId(at), name=str(at)))[0] for at in range(1, 51)]
    drafts = [a_draft(str(at), room=rooms[at % 50], client_id=f"c{at}") for at in range(1_000)]

    outcomes = await log.append(drafts)

    assert contents(entries(outcomes)) == [str(at) for at in range(1_000)]
    for at, room in enumerate(rooms):
        found = await stored(log, room)
        assert seqs(found) == up_to(20)
        assert contents(found) == [str(number) for number in range(at, 1_000, 50)]


@pytest.mark.parametrize(
    "content",
    [
        "¡Hola, señor Müller! 你好, мир",
        "👩‍👩‍👧‍👦 \N{WAVING HAND SIGN}🏽 \U0010fffd",
        "\N{RIGHT-TO-LEFT OVERRIDE}evil.exe\N{POP DIRECTIONAL FORMATTING} שלום مرحبا",
        "o" + "\N{COMBINING GRAVE ACCENT}" * 500,
        "\n" * 10_000,
        "\r\n\t\x01\x1b[31m\x7f\x85\N{LINE SEPARATOR}",
        r"""'); DROP TABLE entries; -- "quoted" \back\\slash \u0000 %s %(x)s :name $1 ?""",
        '{"a": [1, null]}',
        "[]",
        "0012",
        "1e400",
        "null",
        "{1,2}",
        " spaces around ",
        "x" * 100_000,
    ],
    ids=lambda content: ascii(content[:12]),
)
async def test_what_was_said_comes_back_unchanged(log: Log, room: Room, content: str) -> None:
    author = User(UserId(2**53 - 1), content[:64])

    (receipt,) = await log.append([a_draft(content, room=room, author=author, client_id=content)])

    (found,) = await stored(log, room)
    assert (found.content, found.author, found.client_id) == (content, author, content)
    assert receipt == Receipt(found, is_new=True)


async def test_the_head_is_the_last_number_and_zero_where_nothing_was_said(
    log: Log, room: Room, other_room: Room
) -> None:
    await log.append([a_draft(room=room)] * 3)

    assert (await log.head(room.id)).seq == 3
    assert (await log.head(other_room.id)).seq == 0
    assert (await log.head(NOWHERE.id)).seq == 0


@pytest.mark.parametrize(
    ("seq", "limit", "expected"),
    [(0, 3, [1, 2, 3]), (2, 3, [3, 4, 5]), (8, 100, [9, 10]), (10, 3, []), (99, 3, [])],
)
async def test_after_returns_the_first_entries_behind_a_number(
    log: Log, room: Room, other_room: Room, seq: int, limit: int, expected: list[int]
) -> None:
    await log.append([a_draft(room=each) for each in (room, other_room) * 10])

    page = await log.after(room.id, Seq(seq), limit=limit)

    assert seqs(page) == expected
    assert {entry.room_id for entry in page} <= {room.id}


@pytest.mark.parametrize(
    ("seq", "limit", "expected"),
    [(11, 3, [8, 9, 10]), (5, 3, [2, 3, 4]), (3, 100, [1, 2]), (1, 3, []), (99, 2, [9, 10])],
)
async def test_before_returns_the_last_entries_in_front_of_a_number_oldest_first(
    log: Log, room: Room, other_room: Room, seq: int, limit: int, expected: list[int]
) -> None:
    await log.append([a_draft(room=each) for each in (room, other_room) * 10])

    page = await log.before(room.id, Seq(seq), limit=limit)

    assert seqs(page) == expected
    assert {entry.room_id for entry in page} <= {room.id}


async def test_a_room_without_messages_has_empty_pages(log: Log, room: Room) -> None:
    for each in (room, NOWHERE):
        assert list(await log.after(each.id, Seq(0), limit=10)) == []
        assert list(await log.before(each.id, Seq(10), limit=10)) == []


async def test_ids_are_unique_over_all_rooms_and_rise_along_each_log(
    log: Log, room: Room, other_room: Room
) -> None:
    for _ in range(3):
        await log.append([a_draft(room=each) for each in (room, other_room) * 10])

    one = [entry.id for entry in await stored(log, room)]
    two = [entry.id for entry in await stored(log, other_room)]
    assert len({*one, *two}) == 60
    assert one == sorted(one)
    assert two == sorted(two)


async def test_the_time_of_an_entry_is_the_databases(log: Log, room: Room) -> None:
    (entry,) = entries(await log.append([a_draft(room=room)]))

    # All are on one machine here, so its clock is the database's too.
    assert abs(entry.created_at_ms - time.time() * 1000) < 5_000


async def write_in_turns(log: Log, room: Room, *, author: User, batches: int) -> None:
    for batch in range(batches):
        await log.append([a_draft(f"{batch}.{at}", room=room, author=author) for at in range(5)])


@pytest.mark.slow
async def test_two_writers_share_the_numbers_without_a_gap_and_times_never_go_back(
    log: Log, other_log: Log, room: Room
) -> None:
    async with asyncio.TaskGroup() as writing:
        for author, through in ((ANA, log), (JUAN, other_log), (ANA, log), (JUAN, other_log)):
            writing.create_task(write_in_turns(through, room, author=author, batches=15))

    found = await stored(log, room)
    times = [entry.created_at_ms for entry in found]
    assert seqs(found) == up_to(4 * 15 * 5)
    assert times == sorted(times)


@pytest.mark.slow
async def test_two_writers_with_the_same_client_ids_store_each_once(
    log: Log, other_log: Log, room: Room, other_room: Room
) -> None:
    drafts = [
        a_draft(str(at), room=(room, other_room)[at % 2], client_id=str(at)) for at in range(200)
    ]
    batches = [drafts[start : start + 20] for start in range(0, len(drafts), 20)]

    attempts = [through.append(batch) for batch in batches for through in (log, other_log)]
    outcomes = await asyncio.gather(*attempts)

    for one, two in zip(outcomes[::2], outcomes[1::2], strict=True):
        assert entries(one) == entries(two)
        assert {receipt.is_new for receipt in (*one, *two) if isinstance(receipt, Receipt)} == {
            True,
            False,
        }
    for each in (room, other_room):
        found = await stored(log, each)
        assert seqs(found) == up_to(100)
        assert len({entry.client_id for entry in found}) == 100


@pytest.mark.slow
async def test_writers_who_know_the_rooms_in_another_order_do_not_lock_each_other_out(
    log: Log, other_log: Log, directory: SqlRooms
) -> None:
    rooms = [(await directory.make(RoomId(at), name=str(at)))[0] for at in range(1, 11)]
    forwards = [a_draft(room=room) for room in rooms]
    backwards = forwards[::-1]

    attempts = [
        through.append(drafts)
        for through, drafts in ((log, forwards), (other_log, backwards))
        for _ in range(15)
    ]
    await asyncio.gather(*attempts)

    assert [(await log.head(room.id)).seq for room in rooms] == [30] * 10


@pytest.mark.slow
async def test_whoever_sees_a_number_sees_all_before_it(
    log: Log, other_log: Log, room: Room
) -> None:
    writing = asyncio.gather(
        *(
            write_in_turns(through, room, author=author, batches=15)
            for author, through in ((ANA, log), (JUAN, other_log)) * 2
        )
    )

    looks = 0
    while not writing.done():
        head = (await other_log.head(room.id)).seq
        found = seqs(await stored(log, room))
        assert found == up_to(len(found))
        assert len(found) >= head
        looks += 1
    await writing

    assert looks > 1
    assert (await log.head(room.id)).seq == 4 * 15 * 5


@pytest.mark.slow
async def test_a_writer_who_gives_up_half_way_leaves_no_gap(log: Log, room: Room) -> None:
    # Each gives up a little later than the one before, so that every step is the last of some.
    for step in range(20):
        appending = asyncio.create_task(
            log.append(
                [a_draft(f"{step}.{at}", room=room, client_id=f"{step}.{at}") for at in (0, 1)]
            )
        )
        await asyncio.wait([appending], timeout=step * 0.0004)
        appending.cancel()
        await asyncio.wait([appending])
    resent = [
        a_draft(f"{step}.{at}", room=room, client_id=f"{step}.{at}")
        for step in range(20)
        for at in (0, 1)
    ]

    outcomes = await log.append(resent)

    found = await stored(log, room)
    assert seqs(found) == up_to(40)
    assert sorted(entries(outcomes), key=lambda entry: entry.seq) == list(found)


async def test_of_many_logs_those_are_told_that_end_elsewhere(
    log: Log, room: Room, other_room: Room
) -> None:
    await log.append([a_draft(room=each) for each in (room, other_room) * 2])
    here, there = await log.head(room.id), await log.head(other_room.id)

    assert await log.moved({room.id: here, other_room.id: there}) == {}
    for told in (Head(Seq(1), here.epoch), Head(Seq(3), here.epoch), Head(here.seq, "another")):
        assert await log.moved({room.id: told, other_room.id: there}) == {room.id: here}


async def test_a_log_that_is_gone_has_moved_to_nothing(log: Log, room: Room) -> None:
    told = {room.id: await log.head(room.id), NOWHERE.id: Head(Seq(7), "gone")}

    assert await log.moved(told) == {NOWHERE.id: await log.head(NOWHERE.id)}


async def test_a_log_that_lost_its_end_gets_one_new_epoch_however_many_ask(
    log: Log, other_log: Log, room: Room
) -> None:
    await log.append([a_draft(str(number)) for number in range(3)])
    told = Head(Seq(5), room.epoch)

    both = [log, other_log] * 3
    heads = await asyncio.gather(*(each.begin_epoch(room.id, after=told) for each in both))
    later = await log.begin_epoch(room.id, after=told)

    assert {head.epoch for head in heads} == {later.epoch}
    assert later.epoch != room.epoch
    assert (await log.head(room.id)) == later == Head(Seq(3), later.epoch)


async def test_a_log_that_has_everything_that_was_told_keeps_its_epoch(
    log: Log, room: Room
) -> None:
    await log.append([a_draft(str(number)) for number in range(3)])

    told = Head(Seq(3), room.epoch)

    assert await log.begin_epoch(room.id, after=told) == told
