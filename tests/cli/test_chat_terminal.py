"""The terminal client, typed at through prompt_toolkit's own stand-in for a keyboard."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import pytest
from prompt_toolkit.application import create_app_session
from prompt_toolkit.input import PipeInput, create_pipe_input
from prompt_toolkit.output import DummyOutput

from roomserver.cli.chat.desk import Desk
from roomserver.cli.chat.ending import after_close
from roomserver.cli.chat.screen import Screen
from roomserver.cli.chat.status import status
from roomserver.cli.chat.terminal import Terminal
from roomserver.core import events
from tests.cli.chat_doubles import World, a_world, connected, soon

CTRL_C = "\x03"
CTRL_D = "\x04"


async def no_stats() -> Mapping[str, tuple[int, int]] | None:
    return None


@asynccontextmanager
async def at_a_terminal() -> AsyncIterator[tuple[World, PipeInput, asyncio.Task[str | None]]]:
    world = World()
    with create_pipe_input() as keyboard, create_app_session(keyboard, DummyOutput()):
        desk = Desk(world.session, world.witness, no_stats)
        terminal = Terminal(world.session, desk, screen=Screen(), outside=world.outside)
        talking = asyncio.create_task(terminal.talk())
        try:
            yield world, keyboard, talking
        finally:
            talking.cancel()
            await asyncio.wait([talking])


async def test_what_is_typed_is_told_as_typing_and_then_sent() -> None:
    async with at_a_terminal() as (world, keyboard, _talking):
        link = await world.server.take(connected())
        await soon(world.session.opened())

        keyboard.send_text("hola")
        assert await link.hear() == {"type": "typing", "is_typing": True}
        keyboard.send_text("\r")

        assert await link.hear() == {"type": "typing", "is_typing": False}
        post = await link.hear()
        assert (post["type"], post["content"]) == ("message", "hola")


async def test_pasted_lines_are_one_message() -> None:
    async with at_a_terminal() as (world, keyboard, _talking):
        link = await world.server.take(connected())
        await soon(world.session.opened())

        keyboard.send_text("\x1b[200~uno\ndos\x1b[201~\r")
        await link.hear()
        await link.hear()

        assert (await link.hear())["content"] == "uno\ndos"


@pytest.mark.parametrize("keys", [CTRL_C, CTRL_D, "/quit\r"], ids=["Ctrl-C", "Ctrl-D", "/quit"])
async def test_leaving_is_clean(keys: str) -> None:
    async with at_a_terminal() as (world, keyboard, talking):
        link = await world.server.take(connected())
        await soon(world.session.opened())

        keyboard.send_text(keys)

        assert await soon(talking) is None
        assert link.is_closed


async def test_leaving_waits_for_what_was_said_last() -> None:
    async with at_a_terminal() as (world, keyboard, talking):
        link = await world.server.take(connected())
        await soon(world.session.opened())

        keyboard.send_text("adiós\r/quit\r")
        while (post := await link.hear())["type"] != "message":
            pass
        link.acknowledge(post, 1)

        assert await soon(talking) is None


async def test_being_shown_out_says_why() -> None:
    async with at_a_terminal() as (world, _keyboard, talking):
        await world.server.turn_down(after_close(4403))

        assert await soon(talking) == "You may not be in this room."


async def test_the_status_line_tells_the_most_important_first() -> None:
    async with a_world() as world:
        world.sleeps_end = False
        before = status(world.session)

        link = await world.server.take(connected())
        link.say(
            events.IsTyping(user_id=2, username="Juan\x1b[2J", is_typing=True),
            events.UserJoined(user_id=3, username="Eva"),
        )
        await world.witness.sees("Eva joined")
        while_open = status(world.session)

        link.close()
        await world.witness.sees("was lost")
        await world.session.outbox.add("hola")
        without_server = status(world.session)

        assert before == "connecting"
        assert while_open == "General  ·  Juan [2J is typing  ·  here: Ana, Eva"
        assert without_server == "General  ·  not connected  ·  1 not sent yet"
