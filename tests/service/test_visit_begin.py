import asyncio
from random import Random

import pytest

from roomserver.core import wire
from roomserver.core.errors import StorageUnavailable
from roomserver.core.limits import Limits
from roomserver.core.model import Caller, Grant, RoomState, Seq
from roomserver.core.policy import Standing, standing_of
from roomserver.service.reading import Position
from tests.support.builders import ANA, JUAN, ROOM, a_draft
from tests.support.loops import all_quiet
from tests.support.stage import Stage

SMALL_PAGES = Limits(history_messages_max=3)


def store(stage: Stage, entries: int) -> None:
    """Let so much have been said in the room before."""
    stage.log.store(*(a_draft(f"number {seq}") for seq in range(1, entries + 1)))


async def test_connected_comes_first_and_tells_where_one_is(stage: Stage) -> None:
    store(stage, 2)

    guest = await stage.guest(ANA)

    assert guest.types[0] == "connected"
    [connected] = guest.heard("connected")
    assert connected["room"] == {
        "id": 1,
        "slug": "general",
        "name": "General",
        "description": "",
        "archived": False,
    }
    assert connected["user"] == {"user_id": 1, "username": "Ana"}
    assert (connected["room_id"], connected["epoch"], connected["instance"]) == (1, "e1", "i1")
    assert (connected["last_seq"], connected["has_more"]) == (2, False)
    assert "resync" not in connected


async def test_connected_tells_who_is_here_oneself_included(stage: Stage) -> None:
    await stage.guest(JUAN)

    guest = await stage.guest(ANA)

    [connected] = guest.heard("connected")
    assert [user["username"] for user in connected["active_users"]] == ["Juan", "Ana"]


async def test_connected_tells_what_may_be_sent(stage: Stage) -> None:
    guest = await stage.guest()

    [connected] = guest.heard("connected")
    assert connected["limits"] == {
        "message_chars_max": 4_000,
        "message_bytes_max": 16_000,
        "frame_bytes_max": 65_536,
        "messages_per_second": 20.0,
        "messages_burst": 60,
        "history_messages_max": 200,
    }


def ana_in(stage: Stage, state: RoomState, *, muted_for_ms: int = 0) -> Standing:
    """Return what Ana may do in a room like that, muted until so long from now."""
    until_ms = stage.clock.now_ms() + muted_for_ms if muted_for_ms else 0
    return standing_of(Caller(user=ANA), ROOM.id, state, Grant(user=ANA, muted_until_ms=until_ms))


async def test_connected_tells_why_one_may_not_write_and_how_often(stage: Stage) -> None:
    state = RoomState(is_announce_only=True, slow_mode_s=30)

    guest = await stage.guest(standing=ana_in(stage, state, muted_for_ms=60_000))

    [connected] = guest.heard("connected")
    assert connected["muted_until"] == wire.timestamp(stage.clock.now_ms() + 60_000)
    assert (connected["announce_only"], connected["slow_mode_s"]) == (True, 30)
    assert "post" not in connected["may"]
    assert connected["version"] == "1.2.3"


async def test_a_mute_that_has_run_out_is_not_told(stage: Stage) -> None:
    standing = ana_in(stage, RoomState(), muted_for_ms=60_000)
    stage.clock.advance(61)

    guest = await stage.guest(standing=standing)

    [connected] = guest.heard("connected")
    assert "muted_until" not in connected
    assert "post" in connected["may"]


async def test_connected_tells_how_far_one_has_read(stage: Stage) -> None:
    stage.members.marks[ROOM.id, ANA.user_id] = Seq(7)

    ana, juan = await stage.guest(ANA), await stage.guest(JUAN)

    assert ana.heard("connected")[0]["read_up_to"] == 7
    assert juan.heard("connected")[0]["read_up_to"] == 0


@pytest.mark.parametrize(
    ("history", "seqs", "has_more"),
    [(50, [1, 2, 3, 4, 5], False), (2, [4, 5], True), (0, [], True), (5, [1, 2, 3, 4, 5], False)],
)
async def test_a_newcomer_is_shown_as_much_as_it_asks_for(
    stage: Stage, history: int, seqs: list[int], *, has_more: bool
) -> None:
    store(stage, 5)

    guest = await stage.guest(history=history)

    assert guest.seqs == seqs
    assert guest.heard("connected")[0]["has_more"] == has_more
    assert guest.types == ["connected"]


async def test_a_newcomer_is_shown_no_more_than_a_page() -> None:
    async with Stage(SMALL_PAGES).running() as stage:
        store(stage, 5)

        guest = await stage.guest(history=1_000_000)

    assert guest.seqs == [3, 4, 5]


@pytest.mark.parametrize("epoch", ["e1", None])
@pytest.mark.parametrize(("since", "seqs"), [(0, [1, 2, 3]), (2, [3]), (3, [])])
async def test_whoever_returns_gets_what_it_missed(
    stage: Stage, since: int, seqs: list[int], epoch: str | None
) -> None:
    store(stage, 3)

    guest = await stage.guest(since=since, epoch=epoch, history=0)

    assert guest.seqs == seqs
    [connected] = guest.heard("connected")
    assert "resync" not in connected
    assert not connected["has_more"]


@pytest.mark.parametrize(("since", "epoch"), [(4, "e1"), (4, None), (2, "e0"), (0, "e0"), (9, "")])
async def test_whoever_returns_from_another_log_starts_afresh(
    stage: Stage, since: int, epoch: str | None
) -> None:
    store(stage, 3)

    guest = await stage.guest(since=since, epoch=epoch, history=2)

    [connected] = guest.heard("connected")
    assert connected["resync"] is True
    assert guest.seqs == [2, 3]
    assert guest.types == ["connected"]


async def test_a_long_absence_is_made_up_for_in_pages() -> None:
    async with Stage(SMALL_PAGES).running() as stage:
        store(stage, 8)

        guest = await stage.guest(since=1)

    assert guest.types == ["connected", "history", "history"]
    assert guest.seqs == [2, 3, 4, 5, 6, 7, 8]
    assert [page["after"] for page in guest.heard("history")] == [4, 7]
    assert [page["has_more"] for page in guest.heard("history")] == [True, False]


@pytest.mark.parametrize("seed", range(20))
async def test_what_is_said_while_a_long_absence_is_made_up_for_comes_once_and_in_order(
    seed: int,
) -> None:
    chance = Random(seed)
    async with Stage(SMALL_PAGES).running() as stage:
        store(stage, 8)
        juan = await stage.guest(JUAN)
        stage.log.reading.shut()
        ana = stage.arrival(ANA)
        returning = asyncio.create_task(ana.visit.begin(since=Position(Seq(1), "e1"), history=0))

        while not returning.done():
            match chance.choice(["said", "read", "stored elsewhere", "a tick"]):
                case "said" if juan.visit.totals.messages < 30:
                    await juan.visit.receive(b'{"type": "message", "content": "meanwhile"}')
                case "read":
                    await stage.log.reading.let_through()
                case "stored elsewhere" if len(stage.log.contents(ROOM)) < 40:
                    stage.log.store(a_draft("on another instance"))
                case _:
                    await asyncio.sleep(0)
        stage.log.reading.open()
        await juan.send("message", content="afterwards")

    assert ana.types[0] == "connected"
    assert ana.seqs == list(range(2, len(stage.log.contents(ROOM)) + 1))


async def test_what_overflows_while_a_long_absence_is_made_up_for_is_read_from_the_log() -> None:
    limits = Limits(history_messages_max=3, outbox_bytes_max=65_536, messages_burst=100)
    async with Stage(limits).running() as stage:
        store(stage, 2)
        juan = await stage.guest(JUAN)
        ana = stage.arrival(ANA)
        stage.log.reading.shut()
        returning = asyncio.create_task(ana.visit.begin(since=Position(Seq(0), "e1"), history=0))
        await all_quiet()
        for _ in range(20):
            await juan.send("message", content="x" * 4_000)

        stage.log.reading.open()
        await returning
        await juan.send("message", content="afterwards")

    assert ana.seqs == list(range(1, 24))


async def test_a_page_waits_until_the_reader_has_taken_the_one_before() -> None:
    async with Stage(SMALL_PAGES).running() as stage:
        store(stage, 9)
        ana = stage.arrival(ANA)
        ana.connection.reader.shut()
        returning = asyncio.create_task(ana.visit.begin(since=Position(Seq(0), "e1"), history=0))
        await all_quiet()
        before = list(ana.types)

        ana.connection.reader.open()
        await returning

    assert before == ["connected"]
    assert ana.seqs == list(range(1, 10))


async def test_an_entry_that_can_be_read_before_it_is_announced_comes_once(stage: Stage) -> None:
    juan = await stage.guest(JUAN)
    stage.log.answering.shut()
    await juan.send("message", content="on its way")

    ana = await stage.guest(ANA)
    stage.log.answering.open()
    await all_quiet()
    await juan.send("message", content="afterwards")

    assert ana.seqs == [1, 2]


async def test_the_others_hear_that_somebody_came_and_the_newcomer_does_not(stage: Stage) -> None:
    juan = await stage.guest(JUAN)

    ana = await stage.guest(ANA)

    assert juan.heard("user_joined") == [{"user_id": 1, "username": "Ana"}]
    assert ana.types == ["connected"]


async def test_a_log_that_cannot_be_read_begins_no_visit(stage: Stage) -> None:
    juan = await stage.guest(JUAN)
    juan.connection.forget()
    stage.log.failure = StorageUnavailable()
    ana = stage.arrival(ANA)

    with pytest.raises(StorageUnavailable):
        await ana.visit.begin(since=None, history=50)
    await ana.leave()

    assert ana.types == juan.types == []
    assert stage.hub.counts()[ROOM.id].connections == 1


async def test_a_crowd_before_a_log_that_cannot_be_read_is_refused_by_one_question(
    stage: Stage,
) -> None:
    stage.log.reading.shut()
    crowd = [
        asyncio.create_task(stage.arrival(ANA).visit.begin(since=None, history=50))
        for _ in range(50)
    ]
    await all_quiet()

    stage.log.failure = StorageUnavailable()
    stage.log.reading.open()
    outcomes = await asyncio.gather(*crowd, return_exceptions=True)

    assert {type(outcome) for outcome in outcomes} == {StorageUnavailable}
    assert stage.log.reads == ["head"]


async def test_whoever_gives_up_at_the_door_was_never_there(stage: Stage) -> None:
    juan = await stage.guest(JUAN)
    juan.connection.forget()
    stage.log.reading.shut()
    ana = stage.arrival(ANA)
    beginning = asyncio.create_task(ana.visit.begin(since=None, history=50))
    await all_quiet()

    beginning.cancel()
    await all_quiet()
    await ana.leave(is_clean=False)

    assert juan.types == []
    assert stage.hub.counts()[ROOM.id].connections == 1


async def test_a_crowd_that_returns_at_once_asks_the_log_a_handful_of_questions(
    stage: Stage,
) -> None:
    store(stage, 100)
    guests = [stage.arrival(ANA) for _ in range(300)]

    await asyncio.gather(
        *(guest.visit.begin(since=Position(Seq(40), "e1"), history=0) for guest in guests)
    )

    assert all(guest.seqs == list(range(41, 101)) for guest in guests)
    assert len(stage.log.reads) <= 5
    assert stage.members.questions <= 3
