import asyncio
from collections.abc import AsyncIterator, Sequence

import pytest
from msgspec.structs import replace

from roomserver.core.errors import SearchBehind, StorageUnavailable
from roomserver.core.model import RoomId, Seq
from roomserver.core.searching import Query
from roomserver.ports.search import Found, Progress
from roomserver.service.search import (
    FOLLOW_S,
    PAUSE_AFTER_FAILURE_S,
    SEARCHES_MAX,
    STEP_ENTRIES,
    WAIT_S_MAX,
    Search,
)
from tests.support.builders import ROOM, an_entry
from tests.support.fakes import Gate
from tests.support.loops import all_quiet

ROOM_ID = ROOM.id
OTHER_ID = RoomId(2)


class FakeIndex:
    """A :class:`~roomserver.ports.search.SearchIndex` that answers what it is told to."""

    def __init__(self) -> None:
        self.logs: dict[RoomId, int] = {}
        self.positions: dict[RoomId, int] = {}
        self.steps: list[RoomId] = []
        self.messages: list[Found] = []
        self.failure: Exception | None = None
        self.step_s = 0.0
        self.asking = Gate()
        self.searches = 0

    async def advance(self, room_id: RoomId, *, limit: int) -> Progress:
        head = self.logs.get(room_id, 0)
        self.steps.append(room_id)
        if self.failure is not None:
            raise self.failure
        await asyncio.sleep(self.step_s)
        self.positions[room_id] = min(self.positions.get(room_id, 0) + limit, head)
        return Progress(Seq(self.positions[room_id]), Seq(head))

    async def behind(self, *, limit: int) -> Sequence[RoomId]:
        await asyncio.sleep(0)
        if self.failure is not None:
            raise self.failure
        behind = [room_id for room_id in self.logs if room_id not in self.positions]
        return behind[:limit]

    async def find(
        self, room_id: RoomId, query: Query, *, before: Seq | None, limit: int
    ) -> Sequence[Found]:
        self.searches += 1
        await self.asking.passed()
        in_front = [each for each in self.messages if before is None or each.message.seq < before]
        return in_front[:limit]

    def say(self, *contents: str) -> None:
        """Let *contents* be found, the newest first."""
        for content in contents:
            message = an_entry(len(self.messages) + 1, content)
            self.messages.insert(0, Found(message, content, is_edited=False))


@pytest.fixture
def index() -> FakeIndex:
    return FakeIndex()


@pytest.fixture
async def search(index: FakeIndex) -> AsyncIterator[Search]:
    search = Search(index)
    async with search.running():
        await all_quiet()
        yield search


async def found(search: Search, text: str = "hola", limit: int = 10) -> list[str]:
    results = await search.find(ROOM_ID, text, before=None, limit=limit)
    return [each.excerpt.text for each in results.results]


async def test_a_search_moves_the_index_to_the_end_of_the_log_first(
    index: FakeIndex, search: Search
) -> None:
    index.logs[ROOM_ID] = 3 * STEP_ENTRIES

    await found(search)

    assert index.positions[ROOM_ID] == 3 * STEP_ENTRIES
    assert index.steps == [ROOM_ID] * 3


async def test_a_search_waits_for_what_was_there_when_it_began_and_no_longer(
    index: FakeIndex, search: Search
) -> None:
    index.logs[ROOM_ID] = 1
    index.step_s = 0.1

    searching = asyncio.create_task(found(search))
    await asyncio.sleep(0.05)
    index.logs[ROOM_ID] = 100 * STEP_ENTRIES
    await searching

    assert index.steps == [ROOM_ID]


async def test_an_index_that_does_not_reach_the_end_is_no_answer(
    index: FakeIndex, search: Search
) -> None:
    index.logs[ROOM_ID] = 1_000 * STEP_ENTRIES
    index.step_s = WAIT_S_MAX / 10

    with pytest.raises(SearchBehind):
        await found(search)


async def test_what_a_message_does_not_say_any_more_is_left_out(
    index: FakeIndex, search: Search
) -> None:
    index.say("hola 1", "hola 2", "hola 3", "hola 4")
    index.messages[1] = index.messages[1]._replace(content="adiós", is_edited=True)
    deleted = replace(index.messages[2].message, is_deleted=True, content="")
    index.messages[2] = index.messages[2]._replace(message=deleted)

    both = await search.find(ROOM_ID, "hola", before=None, limit=2)

    assert [each.excerpt.text for each in both.results] == ["hola 4", "hola 1"]
    assert not both.has_more


async def test_a_page_says_whether_there_are_older_ones(index: FakeIndex, search: Search) -> None:
    index.say("hola 1", "hola 2", "hola 3")

    page = await search.find(ROOM_ID, "hola", before=None, limit=2)
    rest = await search.find(ROOM_ID, "hola", before=Seq(2), limit=2)

    assert ([each.message.seq for each in page.results], page.has_more) == ([3, 2], True)
    assert ([each.message.seq for each in rest.results], rest.has_more) == ([1], False)


async def test_only_so_many_search_at_once(index: FakeIndex, search: Search) -> None:
    index.asking.shut()
    searches = [asyncio.create_task(found(search)) for _ in range(3 * SEARCHES_MAX)]
    await asyncio.sleep(0.01)

    assert index.searches == SEARCHES_MAX
    index.asking.open()
    await asyncio.gather(*searches)


async def test_what_was_stored_is_indexed_a_moment_later_all_at_once(
    index: FakeIndex, search: Search
) -> None:
    for number in range(1, 4):
        index.logs[ROOM_ID] = number
        search.note([ROOM_ID])
        await asyncio.sleep(FOLLOW_S / 10)
    before = list(index.steps)
    await asyncio.sleep(FOLLOW_S)

    assert before == []
    assert (index.steps, index.positions) == ([ROOM_ID], {ROOM_ID: 3})


async def test_a_room_with_much_to_index_holds_up_no_other(
    index: FakeIndex, search: Search
) -> None:
    index.logs |= {ROOM_ID: 3 * STEP_ENTRIES, OTHER_ID: 1}
    search.note([ROOM_ID, OTHER_ID])

    await asyncio.sleep(FOLLOW_S + 0.1)

    assert index.steps == [ROOM_ID, OTHER_ID, ROOM_ID, ROOM_ID]


async def test_the_index_takes_a_twentieth_of_the_time_while_more_is_stored(
    index: FakeIndex, search: Search
) -> None:
    index.logs[ROOM_ID] = 1_000 * STEP_ENTRIES
    index.step_s = 0.01
    search.note([ROOM_ID])
    await asyncio.sleep(FOLLOW_S)

    for _ in range(1_000):
        search.note([OTHER_ID])
        await asyncio.sleep(0.001)

    assert 4 <= len(index.steps) <= 7


async def test_what_was_left_behind_is_indexed_after_the_start(index: FakeIndex) -> None:
    index.logs |= {ROOM_ID: 5, OTHER_ID: 7}

    async with Search(index).running():
        await asyncio.sleep(FOLLOW_S + 0.1)

    assert index.positions == {ROOM_ID: 5, OTHER_ID: 7}


@pytest.mark.parametrize("failure", [StorageUnavailable(), ZeroDivisionError()])
async def test_a_failure_is_tried_again(
    index: FakeIndex, search: Search, failure: Exception
) -> None:
    index.logs[ROOM_ID] = 1
    index.failure = failure
    search.note([ROOM_ID])
    await asyncio.sleep(FOLLOW_S + 0.1)
    index.failure = None

    await asyncio.sleep(PAUSE_AFTER_FAILURE_S + FOLLOW_S)

    assert index.positions == {ROOM_ID: 1}


async def test_a_database_that_is_away_at_the_start_ends_nothing(index: FakeIndex) -> None:
    index.failure = StorageUnavailable()

    async with Search(index).running() as loops:
        await asyncio.sleep(FOLLOW_S)

        assert not any(loop.done() for loop in loops)
