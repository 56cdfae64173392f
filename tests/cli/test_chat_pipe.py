import asyncio
from collections.abc import AsyncIterator, Mapping

import pytest

from roomserver.cli.chat.desk import Desk
from roomserver.cli.chat.ending import after_close
from roomserver.cli.chat.pipe import PipeEnd, talk
from roomserver.core import events, plain
from tests.cli.chat_doubles import World, connected, page, soon


async def no_stats() -> Mapping[str, tuple[int, int]] | None:
    return None


async def some_stats() -> Mapping[str, tuple[int, int]]:
    return {"1": (3, 2)}


async def lines(*texts: str) -> AsyncIterator[str]:
    for text in texts:
        yield text


async def lines_without_end() -> AsyncIterator[str]:
    await asyncio.get_running_loop().create_future()
    yield ""


def talking(
    world: World,
    texts: AsyncIterator[str],
    *,
    patience_s: float = 5.0,
    reader_gone: asyncio.Event | None = None,
) -> asyncio.Task[str | None]:
    reader_gone = reader_gone or asyncio.Event()
    desk = Desk(world.session, world.witness, some_stats)
    piped = talk(world.session, desk, texts, reader_gone=reader_gone, patience_s=patience_s)
    return asyncio.create_task(piped)


async def test_every_line_is_acknowledged_before_it_ends() -> None:
    world = World()
    piped = talking(world, lines("uno", "dos"))
    link = await world.server.take(connected())

    for seq in (1, 2):
        link.acknowledge(await link.hear(), seq)
    assert (await link.hear())["type"] == "ping"
    link.say(events.Pong())

    assert await soon(piped) is None
    assert world.shown == ["Ana: uno", "Ana: dos"]
    assert link.is_closed


async def test_a_refused_line_is_a_failure_and_the_others_are_sent() -> None:
    world = World()
    piped = talking(world, lines("bad", "good"))
    link = await world.server.take(connected())

    link.refuse(await link.hear(), "message_too_long")
    link.acknowledge(await link.hear(), 1)
    await link.hear()
    link.say(events.Pong())

    assert await soon(piped) == "A message was refused."
    assert world.shown == ["Ana: good"]


async def test_a_line_survives_a_restart_of_the_server() -> None:
    world = World()
    piped = talking(world, lines("hola"))
    first = await world.server.take(connected())
    lost = await first.hear()
    first.close()

    second = await world.server.take(connected())
    again = await second.hear()
    second.acknowledge(again, 1)
    await second.hear()
    second.close()
    third = await world.server.take(connected())
    await third.hear()
    third.say(events.Pong())

    assert await soon(piped) is None
    assert again == lost


async def test_a_line_without_an_acknowledgement_is_a_failure() -> None:
    world = World()
    piped = talking(world, lines("hola"), patience_s=0.0)

    assert await soon(piped) == "The server did not answer within 0 s."


async def test_a_room_that_says_no_is_a_failure_even_with_nothing_to_send() -> None:
    world = World()
    piped = talking(world, lines_without_end())

    await world.server.turn_down(after_close(4404))

    assert await soon(piped) == "There is no such room."


async def test_the_answers_to_questions_come_before_the_end() -> None:
    world = World()
    piped = talking(world, lines("/history 5", "/who", "/me", "/stats", "/ping", "/help"))
    link = await world.server.take(connected())

    assert (await link.hear())["limit"] == 5
    link.say(events.History(messages=page(1, after=0).messages, has_more=False))
    for _ in range(2):
        assert (await link.hear())["type"] == "ping"
        link.say(events.Pong())

    assert await soon(piped) is None
    for answer in (
        "* The last 1 message:",
        "* Here: Ana",
        "* You are Ana (user_id 1) in General",
        "* room 1: 3 connections, 2 people",
        "* pong after 0 ms",
    ):
        assert answer in world.witness.lines
    assert world.witness.count("/history [N]") == 1


async def test_quit_leaves_the_rest_unsaid() -> None:
    world = World()
    piped = talking(world, lines("/quit", "never"))
    link = await world.server.take(connected())

    assert (await link.hear())["type"] == "ping"
    link.say(events.Pong())

    assert await soon(piped) is None


async def test_a_question_without_a_server_is_answered_at_once() -> None:
    world = World()
    desk = Desk(world.session, world.witness, no_stats)

    for question in ("/who", "/me", "/stats", "/ping", "/history", "/typing"):
        assert await soon(desk.carry_out(question))

    assert world.witness.count("! The server does not answer at the moment.") == 6


async def test_a_command_that_there_is_not_is_refused_and_nothing_is_sent() -> None:
    world = World()
    desk = Desk(world.session, world.witness, no_stats)

    assert await desk.carry_out("/hlep")

    assert world.witness.count("Did you mean /help?") == 1
    assert len(world.session.outbox) == 0


async def test_when_nobody_reads_any_more_it_ends() -> None:
    world = World()
    gone = asyncio.Event()
    piped = talking(world, lines_without_end(), reader_gone=gone)
    await world.server.take(connected())

    gone.set()

    assert await soon(piped) == "Nobody reads what is said any more."


def test_what_is_wrong_goes_to_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    PipeEnd().show([plain.note("fine"), plain.warning("wrong")])

    printed = capsys.readouterr()
    assert (printed.out, printed.err) == ("* fine\n", "! wrong\n")
