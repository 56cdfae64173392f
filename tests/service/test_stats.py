import asyncio

from roomserver.core.limits import Limits
from roomserver.core.model import RoomCount, RoomId, User
from roomserver.service.hub import Hub
from roomserver.service.stats import TELL_EVERY_S, Stats
from tests.support.builders import ANA, JUAN, OTHER_ROOM, ROOM
from tests.support.fakes import FakeCensus, FakeConnection


def a_hub(*people: User) -> Hub:
    """Return a hub with a connection of each of *people* in the room."""
    hub = Hub(Limits())
    for user in people:
        hub.enter(ROOM.id, user, FakeConnection())
    return hub


def a_count(connections: int, *user_ids: int) -> RoomCount:
    return RoomCount(connections, frozenset(user_ids))


async def test_what_all_instances_have_is_added_up() -> None:
    census = FakeCensus()
    census.told_by_others = [
        {ROOM.id: a_count(3, 2, 3)},
        {ROOM.id: a_count(1, 4), OTHER_ROOM.id: a_count(5, 1)},
    ]

    counts = await Stats(hub=a_hub(ANA, ANA, JUAN), census=census).counts()

    assert counts == {ROOM.id: a_count(7, 1, 2, 3, 4), OTHER_ROOM.id: a_count(5, 1)}


async def test_a_person_on_two_instances_is_one_person() -> None:
    census = FakeCensus()
    census.told_by_others = [{ROOM.id: a_count(1, ANA.user_id)}]

    counts = await Stats(hub=a_hub(ANA), census=census).counts()

    assert counts == {ROOM.id: a_count(2, ANA.user_id)}


async def test_adding_up_changes_nothing_here() -> None:
    census, hub = FakeCensus(), a_hub(ANA)
    census.told_by_others = [{ROOM.id: a_count(1, JUAN.user_id)}]
    stats = Stats(hub=hub, census=census)

    first, second = await stats.counts(), await stats.counts()

    assert first == second
    assert hub.counts() == {ROOM.id: a_count(1, ANA.user_id)}


async def test_the_others_are_told_every_two_seconds_and_of_nobody_at_the_end() -> None:
    census, hub = FakeCensus(), a_hub(ANA)

    async with Stats(hub=hub, census=census).running():
        await asyncio.sleep(TELL_EVERY_S / 2)
        hub.enter(RoomId(7), JUAN, FakeConnection())
        await asyncio.sleep(TELL_EVERY_S)

    assert [sorted(counts) for counts in census.told] == [[ROOM.id], [ROOM.id, 7], []]
