import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from random import Random

import pytest

from roomserver.adapters.memory_bus import MemoryStreet
from roomserver.core.errors import CLOSE_RESTART, RoomNotFound
from roomserver.core.model import Seq
from roomserver.service.far_typing import GRACE_S, TYPING_S_MAX
from roomserver.service.reading import Position
from roomserver.service.relay import HEADS_EVERY_S
from tests.support.builders import ANA, EVA, JUAN, OTHER_ROOM, ROOM
from tests.support.fake_log import FakeLog
from tests.support.loops import all_quiet
from tests.support.stage import Stage

Pair = tuple[Stage, Stage]


@pytest.fixture
def log() -> FakeLog:
    """The one log of both."""
    return FakeLog(ROOM, OTHER_ROOM)


@asynccontextmanager
async def two_on(log: FakeLog, *, hear_each_other: bool) -> AsyncIterator[Pair]:
    """Two instances on one log, with a bus between them or without."""
    street = MemoryStreet() if hear_each_other else None
    here, there = Stage(log=log, street=street), Stage(log=log, street=street)
    async with here.running(), there.running():
        yield here, there


@pytest.fixture
async def pair(log: FakeLog) -> AsyncIterator[Pair]:
    async with two_on(log, hear_each_other=True) as pair:
        yield pair


async def test_a_message_reaches_the_people_of_both(pair: Pair) -> None:
    here, there = pair
    ana, juan = await here.guest(ANA), await there.guest(JUAN)

    await ana.send("message", content="hola")
    await juan.send("message", content="buenas")

    for guest in (ana, juan):
        assert [message["content"] for message in guest.heard("message")] == ["hola", "buenas"]


async def test_signals_reach_the_people_of_both(pair: Pair) -> None:
    here, there = pair
    ana, juan = await here.guest(ANA), await there.guest(JUAN)

    await ana.send("typing", is_typing=True)

    assert juan.heard("typing") == [{"user_id": 1, "username": "Ana", "is_typing": True}]
    assert ana.heard("typing") == []


async def test_a_retry_on_the_other_instance_gets_the_first_acknowledgement(pair: Pair) -> None:
    here, there = pair
    ana, elsewhere = await here.guest(ANA), await there.guest(ANA)

    await ana.send("message", content="hola", client_id="x")
    await elsewhere.send("message", content="hola", client_id="x")

    assert ana.heard("message_sent") == elsewhere.heard("message_sent")
    assert ana.seqs == elsewhere.seqs == [1]


async def test_whoever_moves_to_the_other_instance_misses_nothing(pair: Pair) -> None:
    here, there = pair
    juan = await there.guest(JUAN)
    ana = await here.guest(ANA)
    await juan.send("message", content="one")
    await ana.leave(is_clean=False)
    await juan.send("message", content="two")

    moved = await there.guest(ANA, since=1, epoch="e1")
    await juan.send("message", content="three")

    assert ana.seqs == [1]
    assert moved.seqs == [2, 3]


async def test_instances_that_cannot_hear_each_other_hear_the_log(log: FakeLog) -> None:
    async with two_on(log, hear_each_other=False) as (here, there):
        ana, juan = await here.guest(ANA), await there.guest(JUAN)

        await ana.send("message", content="hola")
        at_once = list(juan.seqs)
        await asyncio.sleep(HEADS_EVERY_S + 0.1)

    assert at_once == []
    assert juan.seqs == [1]


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("hear_each_other", [True, False], ids=["with a bus", "without"])
async def test_all_hear_the_same_in_the_same_order_whatever_happens_when(
    log: FakeLog, seed: int, *, hear_each_other: bool
) -> None:
    chance = Random(seed)
    async with two_on(log, hear_each_other=hear_each_other) as (here, there):
        guests = [await here.guest(ANA), await there.guest(JUAN), await there.guest(EVA)]

        for number in range(60):
            await chance.choice(guests).visit.receive(
                f'{{"type": "message", "content": "{number}"}}'
            )
            match chance.choice(["hold commits", "hold answers", "go on", "on", "on"]):
                case "hold commits":
                    log.writing.shut()
                case "hold answers":
                    log.answering.shut()
                case "go on":
                    log.writing.open()
                    log.answering.open()
                    await asyncio.sleep(chance.choice([0, 0.1, 1]))
                case _:
                    await asyncio.sleep(0)
        log.writing.open()
        log.answering.open()
        await all_quiet()
        await asyncio.sleep(2 * HEADS_EVERY_S)

    for guest in guests:
        assert guest.heard("error") == []
        assert guest.seqs == list(range(1, 61))


async def test_a_log_that_was_restored_under_their_feet_sends_everybody_away_to_start_afresh(
    pair: Pair, log: FakeLog, caplog: pytest.LogCaptureFixture
) -> None:
    here, there = pair
    ana, juan = await here.guest(ANA), await there.guest(JUAN)
    elsewhere = await here.guest(EVA, room=OTHER_ROOM)
    for content in "abc":
        await ana.send("message", content=content)

    log.restore(ROOM.id, head=1)
    await asyncio.sleep(HEADS_EVERY_S + 0.1)
    back = [await stage.guest(ANA, since=3, epoch="e1") for stage in pair]
    for content in "xyz":
        await back[0].send("message", content=content)
    late = [await stage.guest(JUAN, since=3, epoch="e1") for stage in pair]

    for guest in (ana, juan):
        assert guest.connection.closed is not None
        assert guest.connection.closed[0] == CLOSE_RESTART
    assert elsewhere.connection.closed is None
    for guest in (*back, *late):
        [connected] = guest.heard("connected")
        assert connected["resync"]
        assert connected["epoch"] != "e1"
    assert [guest.seqs for guest in (*back, *late)] == [[1, 2, 3, 4]] * 4
    history = late[1].heard("connected")[0]["history"]
    assert [entry["content"] for entry in history] == ["a", "x", "y", "z"]
    assert {record.levelname for record in caplog.records} == {"WARNING"}


async def test_whoever_types_on_an_instance_that_is_lost_does_not_type_for_ever(
    pair: Pair,
) -> None:
    here, there = pair
    ana, juan = await here.guest(ANA), await there.guest(JUAN)
    await ana.send("typing", is_typing=True)
    here.attendance.close()  # Nobody there tells anything any more.

    await asyncio.sleep(TYPING_S_MAX)
    still = [each["is_typing"] for each in juan.heard("typing")]
    await asyncio.sleep(GRACE_S + 0.1)

    assert still == [True]
    assert [each["is_typing"] for each in juan.heard("typing")] == [True, False]
    assert ana.heard("typing") == []


async def test_an_end_of_typing_that_was_heard_is_not_told_again(pair: Pair) -> None:
    here, there = pair
    ana, juan = await here.guest(ANA), await there.guest(JUAN)

    await ana.send("typing", is_typing=True)
    await ana.send("typing", is_typing=True)
    await ana.send("typing", is_typing=False)
    await asyncio.sleep((TYPING_S_MAX + GRACE_S) * 2)

    assert [each["is_typing"] for each in juan.heard("typing")] == [True, True, False]


async def test_from_a_room_that_a_restore_has_undone_everybody_is_sent_away(
    pair: Pair, log: FakeLog
) -> None:
    here, there = pair
    ana, juan = await here.guest(ANA), await there.guest(JUAN)

    log.undo(ROOM.id)
    await asyncio.sleep(HEADS_EVERY_S + 0.1)
    late = here.arrival(EVA)

    for guest in (ana, juan):
        assert guest.connection.closed is not None
    with pytest.raises(RoomNotFound):
        await late.visit.begin(since=None, history=50)
    with pytest.raises(RoomNotFound):
        await late.visit.begin(since=Position(Seq(0)), history=50)


async def test_a_reader_of_the_database_that_is_behind_sends_nobody_away(
    pair: Pair, log: FakeLog
) -> None:
    here, _there = pair
    ana = await here.guest(ANA)
    log.behind = {ROOM.id: await log.head(ROOM.id)}
    await ana.send("message", content="hola")

    await asyncio.sleep(HEADS_EVERY_S * 2)

    assert ana.connection.closed is None
    assert (await log.head(ROOM.id)).epoch == ROOM.epoch
