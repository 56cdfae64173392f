"""Joins the parts of the client: at a terminal, or without one."""

import sys
from datetime import UTC, datetime

from roomserver.cli.chat import pipe
from roomserver.cli.chat.address import Address
from roomserver.cli.chat.audience import Audience
from roomserver.cli.chat.desk import Desk
from roomserver.cli.chat.outside import real_outside
from roomserver.cli.chat.session import Session
from roomserver.cli.chat.stdin import read_lines
from roomserver.cli.chat.web_link import Web, web
from roomserver.core.narrator import Narrator


async def talk(address: Address, *, token: str | None = None) -> str | None:
    """Talk in a room. Return a complaint if something could not be said."""
    async with web(address, token=token) as server:
        if sys.stdin.isatty() and sys.stdout.isatty():
            return await _at_a_terminal(server)
        end = pipe.PipeEnd()
        session = _session(server, end)
        desk = Desk(session, end, server.stats)
        return await pipe.talk(
            session, desk, read_lines(sys.stdin.fileno()), reader_gone=end.reader_gone
        )


async def _at_a_terminal(server: Web) -> str | None:
    # Late: a pipe doesn't need prompt_toolkit.
    from roomserver.cli.chat.screen import Screen
    from roomserver.cli.chat.terminal import Terminal

    screen = Screen()
    session = _session(server, screen, is_read=True)
    desk = Desk(session, screen, server.stats)
    return await Terminal(session, desk, screen=screen, outside=real_outside()).talk()


def _session(server: Web, audience: Audience, *, is_read: bool = False) -> Session:
    narrator = Narrator(to_local=datetime.astimezone, now=datetime.now(UTC))
    return Session(
        server.dial, narrator=narrator, audience=audience, outside=real_outside(), is_read=is_read
    )
