"""The contract of :class:`roomserver.ports.search.SearchIndex`, on every store."""

import asyncio

import pytest

from roomserver.adapters.sql_log import SqlLog
from roomserver.adapters.sql_rooms import SqlRooms
from roomserver.adapters.sql_search import SqlSearch
from roomserver.adapters.system_clock import SystemClock
from roomserver.core.model import Draft, Entry, Kind, Receipt, Room, RoomId, Seq
from roomserver.core.searching import read_query
from roomserver.ports.search import Progress, SearchIndex
from tests.contracts.conftest import Databases
from tests.support.builders import ANA, JUAN, a_draft

HOSTILE = [
    "'; DROP TABLE words; --",
    '" OR 1=1',
    "a:b",
    "room:1",
    "r1",
    "NEAR(a b)",
    "a AND",
    "NOT a",
    "(a",
    "a*b*",
    "^a",
    "a & b | !c",
    "a <-> b",
    "a:*",
    "\\a",
    "%_a",
    "{a} : b",
    "content : a",
    "-a +b",
    "\x00a",
    "\u202ea",
    "a\tb\nc",
    "𝕳𝖔𝖑𝖆",
    "' a '",
    "😀 a",
    "a" * 200,
]


@pytest.fixture
def index(databases: Databases) -> SearchIndex:
    return SqlSearch(databases[0])


@pytest.fixture
def other_index(databases: Databases) -> SearchIndex:
    """The same index, through another instance."""
    return SqlSearch(databases[1])


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


async def said(log: SqlLog, room: Room, *contents: str) -> list[Entry]:
    outcomes = await log.append([a_draft(content, room=room) for content in contents])
    return [outcome.entry for outcome in outcomes if isinstance(outcome, Receipt)]


async def changed(log: SqlLog, kind: Kind, target: Entry, content: str = "") -> None:
    change = Draft(
        room_id=target.room_id, author=ANA, content=content, kind=kind, target_id=target.id
    )
    [outcome] = await log.append([change])
    assert isinstance(outcome, Receipt), outcome


async def up_to_date(index: SearchIndex, room: Room) -> None:
    while True:
        progress = await index.advance(room.id, limit=100)
        if progress.position == progress.head:
            return


async def found(
    index: SearchIndex, room: Room, query: str, *, before: int | None = None, limit: int = 10
) -> list[str]:
    return [
        each.content
        for each in await index.find(
            room.id, read_query(query), before=None if before is None else Seq(before), limit=limit
        )
    ]


async def test_nothing_is_found_before_it_is_indexed(
    log: SqlLog, index: SearchIndex, room: Room
) -> None:
    await said(log, room, "hola", "hola otra vez")

    assert await found(index, room, "hola") == []
    assert await index.advance(room.id, limit=1) == Progress(Seq(1), Seq(2))
    assert await found(index, room, "hola") == ["hola"]
    assert await index.advance(room.id, limit=9) == Progress(Seq(2), Seq(2))
    assert await found(index, room, "hola") == ["hola otra vez", "hola"]
    assert await index.advance(room.id, limit=9) == Progress(Seq(2), Seq(2))


async def test_a_room_that_is_not_there_has_nothing_to_index(index: SearchIndex) -> None:
    assert await index.advance(RoomId(999), limit=9) == Progress(Seq(0), Seq(0))


@pytest.mark.parametrize(
    ("query", "texts"),
    [
        ("cancion", ["La canción del año", "CANCIÓN"]),
        ("canción", ["La canción del año", "CANCIÓN"]),
        ("canc", ["La canción del año", "CANCIÓN"]),
        ("ca", ["La canción del año", "CANCIÓN"]),
        ("año canción", ["La canción del año"]),
        ('"canción del"', ["La canción del año"]),
        ('"del canción"', []),
        ("anos", []),
        ("the quick", ["The quick brown fox"]),
        ("quic fox", []),
        ("fox qui", ["The quick brown fox"]),
        ("brown-fox", ["The quick brown fox"]),
        ("c", []),
    ],
)
async def test_words_are_found_in_english_and_spanish(
    log: SqlLog, index: SearchIndex, room: Room, query: str, texts: list[str]
) -> None:
    await said(log, room, "CANCIÓN", "The quick brown fox", "La canción del año")
    await up_to_date(index, room)

    assert await found(index, room, query) == texts


async def test_a_room_is_searched_alone(
    log: SqlLog, index: SearchIndex, room: Room, other_room: Room
) -> None:
    await said(log, room, "hola r2 room 2")
    await said(log, other_room, "hola there")
    await up_to_date(index, room)
    await up_to_date(index, other_room)

    assert await found(index, room, "hola") == ["hola r2 room 2"]
    assert await found(index, other_room, "hola") == ["hola there"]


async def test_what_is_found_comes_in_pages_the_newest_first(
    log: SqlLog, index: SearchIndex, room: Room
) -> None:
    await said(log, room, *(f"hola {number}" for number in range(1, 8)))
    await up_to_date(index, room)

    assert await found(index, room, "hola", limit=2) == ["hola 7", "hola 6"]
    assert await found(index, room, "hola", before=6, limit=2) == ["hola 5", "hola 4"]
    assert await found(index, room, "hola", before=1) == []
    assert await found(index, room, "hola", before=999, limit=1) == ["hola 7"]


async def test_of_an_edited_message_the_newest_text_is_found_in_its_place(
    log: SqlLog, index: SearchIndex, room: Room
) -> None:
    first, second = await said(log, room, "tea", "coffee")
    await changed(log, Kind.EDIT, first, "cocoa")
    await up_to_date(index, room)
    await changed(log, Kind.EDIT, second, "cocoa too")
    await changed(log, Kind.EDIT, first, "cocoa again")
    await up_to_date(index, room)

    [later, earlier] = await index.find(room.id, read_query("cocoa"), before=None, limit=10)

    assert (later.message.id, later.content, later.is_edited) == (second.id, "cocoa too", True)
    assert (earlier.message, earlier.content) == (first, "cocoa again")
    assert await found(index, room, "tea") == await found(index, room, "coffee") == []


async def test_a_deleted_text_is_found_no_more(log: SqlLog, index: SearchIndex, room: Room) -> None:
    first, second, third = await said(log, room, "secret one", "secret two", "secret three")
    await changed(log, Kind.DELETION, first)
    await up_to_date(index, room)
    await changed(log, Kind.EDIT, second, "secret edited")
    await changed(log, Kind.DELETION, second)
    await up_to_date(index, room)
    await changed(log, Kind.DELETION, third)
    await up_to_date(index, room)

    assert await found(index, room, "secret") == []


async def test_a_message_changed_in_the_part_that_is_indexed_is_indexed_as_it_is_then(
    log: SqlLog, index: SearchIndex, room: Room
) -> None:
    first, second = await said(log, room, "one", "two")
    await changed(log, Kind.EDIT, first, "uno")
    await changed(log, Kind.EDIT, second, "dos")
    await changed(log, Kind.DELETION, second)
    like = Draft(
        room_id=room.id, author=JUAN, content="uno", kind=Kind.REACTION, target_id=first.id
    )
    await log.append([like])

    await up_to_date(index, room)

    assert await found(index, room, "uno") == ["uno"]
    assert [await found(index, room, each) for each in ("one", "two", "dos")] == [[], [], []]


async def test_instances_that_index_at_once_index_each_entry_once(
    log: SqlLog, index: SearchIndex, other_index: SearchIndex, room: Room
) -> None:
    await said(log, room, *(f"hola {number}" for number in range(50)))

    await asyncio.gather(*(each.advance(room.id, limit=20) for each in (index, other_index) * 10))
    await up_to_date(index, room)

    assert len(await found(other_index, room, "hola", limit=100)) == 50


async def test_rooms_that_are_behind_are_known(
    log: SqlLog, index: SearchIndex, room: Room, other_room: Room
) -> None:
    assert await index.behind(limit=10) == []
    await said(log, room, "hola")
    await said(log, other_room, "hola")

    assert await index.behind(limit=10) == [1, 2]
    assert await index.behind(limit=1) == [1]
    await up_to_date(index, room)
    assert await index.behind(limit=10) == [2]


@pytest.mark.parametrize("query", HOSTILE)
async def test_whatever_is_looked_for_is_words_and_nothing_else(
    log: SqlLog, index: SearchIndex, room: Room, query: str
) -> None:
    await said(log, room, "harmless")
    await up_to_date(index, room)

    assert await index.find(room.id, read_query(query), before=None, limit=10) == []


async def test_whatever_was_said_can_be_indexed(
    log: SqlLog, index: SearchIndex, room: Room
) -> None:
    texts = [each.replace("\x00", "") for each in HOSTILE]
    await said(log, room, *texts, "x" * 4_000, "w " * 2_000, "ab" * 2_000)

    await up_to_date(index, room)

    assert await found(index, room, "drop table") == [texts[0]]
