import asyncio
from collections.abc import Mapping
from typing import Any

from roomserver.core.gauges import Report, RoomFlow
from roomserver.core.limits import Limits
from roomserver.core.model import RoomCount, RoomId, User
from roomserver.service.hub import Hub
from roomserver.service.meter import Meter
from roomserver.service.refusals import Refusals
from roomserver.service.stats import KEPT_S, TELL_EVERY_S, Measured, Stats
from tests.support.builders import ANA, EVA, JUAN, OTHER_ROOM, ROOM
from tests.support.fakes import FakeCensus, FakeClock, FakeConnection


def a_hub(*people: User) -> Hub:
    """Return a hub with a connection of each of *people* in the room."""
    hub = Hub(Limits())
    for user in people:
        hub.enter(ROOM.id, user, FakeConnection())
    return hub


def measured(hub: Hub, written: Meter | None = None) -> Measured:
    return Measured(hub, written or Meter(), Refusals())


def a_stats(hub: Hub, census: FakeCensus) -> Stats:
    return Stats(measured(hub), census=census, clock=FakeClock(), instance="here")


def a_report(counts: Mapping[RoomId, RoomCount], **facts: Any) -> Report:
    return Report(instance="there", counts=counts, **facts)


def a_count(connections: int, *user_ids: int) -> RoomCount:
    return RoomCount(connections, frozenset(user_ids))


async def test_what_all_instances_have_is_added_up() -> None:
    census = FakeCensus()
    census.told_by_others = [
        a_report({ROOM.id: a_count(3, 2, 3)}),
        a_report({ROOM.id: a_count(1, 4), OTHER_ROOM.id: a_count(5, 1)}),
    ]

    counts = await a_stats(a_hub(ANA, ANA, JUAN), census).counts()

    assert counts == {ROOM.id: a_count(7, 1, 2, 3, 4), OTHER_ROOM.id: a_count(5, 1)}


async def test_a_person_on_two_instances_is_one_person() -> None:
    census = FakeCensus()
    census.told_by_others = [a_report({ROOM.id: a_count(1, ANA.user_id)})]

    counts = await a_stats(a_hub(ANA), census).counts()

    assert counts == {ROOM.id: a_count(2, ANA.user_id)}


async def test_adding_up_changes_nothing_here() -> None:
    census, hub = FakeCensus(), a_hub(ANA)
    census.told_by_others = [a_report({ROOM.id: a_count(1, JUAN.user_id)})]
    stats = a_stats(hub, census)

    first, second = await stats.counts(), await stats.counts()

    assert first == second
    assert hub.counts() == {ROOM.id: a_count(1, ANA.user_id)}


async def test_the_others_are_told_every_two_seconds_and_of_nobody_at_the_end() -> None:
    census, hub = FakeCensus(), a_hub(ANA)

    async with a_stats(hub, census).running():
        await asyncio.sleep(TELL_EVERY_S / 2)
        hub.enter(RoomId(7), JUAN, FakeConnection())
        await asyncio.sleep(TELL_EVERY_S)

    assert [sorted(report.counts) for report in census.told] == [[ROOM.id], [ROOM.id, 7], []]


async def test_each_look_remembers_what_happened_here_since_the_last_and_what_others_told() -> None:
    clock, census, hub, written = FakeClock(), FakeCensus(), a_hub(ANA), Meter()
    elsewhere = a_report({}, flows={ROOM.id: RoomFlow(messages=7, deliveries=7)})
    census.told_by_others = [elsewhere]
    stats = Stats(measured(hub, written), census=census, clock=clock, instance="here")

    async with stats.running():
        await asyncio.sleep(TELL_EVERY_S / 2)
        written.stored(ROOM.id, entries=3)
        written.acknowledged([0.004])
        hub.meter.delivered(ROOM.id, entries=6)
        clock.advance(TELL_EVERY_S)
        await asyncio.sleep(TELL_EVERY_S)

    before, after = stats.samples
    assert before.reports[0].flows == {}
    assert after.reports == [census.told[1], elsewhere]
    assert after.reports[0].flows == {ROOM.id: RoomFlow(messages=3, deliveries=6)}
    assert after.reports[0].span_s == TELL_EVERY_S
    assert sum(after.reports[0].latencies) == 1


async def test_only_the_newest_look_remembers_who_was_there_the_others_how_many() -> None:
    census, hub = FakeCensus(), a_hub(ANA, JUAN)
    census.told_by_others = [a_report({OTHER_ROOM.id: a_count(2, EVA.user_id)})]
    stats = a_stats(hub, census)

    async with stats.running():
        await asyncio.sleep(1.5 * TELL_EVERY_S)

    before, after = stats.samples
    here, elsewhere = ROOM.id, OTHER_ROOM.id
    assert [report.counts for report in before.reports] == [
        {here: a_count(2)},
        {elsewhere: a_count(2)},
    ]
    assert [report.counts for report in after.reports] == [
        {here: a_count(2, ANA.user_id, JUAN.user_id)},
        {elsewhere: a_count(2, EVA.user_id)},
    ]


async def test_the_last_five_minutes_are_remembered_and_no_more() -> None:
    stats = a_stats(a_hub(), FakeCensus())

    async with stats.running():
        await asyncio.sleep(KEPT_S + 20 * TELL_EVERY_S)

    assert len(stats.samples) == KEPT_S / TELL_EVERY_S
