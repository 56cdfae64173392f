"""A talk at a terminal, from the first line to the goodbye."""

import asyncio
from typing import Final

from prompt_toolkit.patch_stdout import patch_stdout

from roomserver.cli.chat.composing import Composing
from roomserver.cli.chat.desk import Desk
from roomserver.cli.chat.outside import Outside
from roomserver.cli.chat.screen import InputLine, Screen
from roomserver.cli.chat.session import Session
from roomserver.cli.chat.status import status
from roomserver.core import commands

GOODBYE_S_MAX: Final = 3.0
"""How long leaving waits for what was typed last to be acknowledged."""


class Terminal:
    """Joins a session, a screen and whoever sits before it."""

    def __init__(self, session: Session, desk: Desk, *, screen: Screen, outside: Outside) -> None:
        self._session = session
        self._desk = desk
        self._screen = screen
        self._outside = outside
        self._composing = Composing()
        self._lines: asyncio.Queue[str] = asyncio.Queue()
        self._input = InputLine(
            status=lambda: status(session), on_line=self._typed, on_change=self._changed
        )

    async def talk(self) -> str | None:
        """Talk until the person leaves. Return a complaint if something could not be said."""
        with patch_stdout():
            async with asyncio.TaskGroup() as tasks:
                staying = tasks.create_task(self._session.run(), name="stays in the room")
                working = tasks.create_task(self._work(), name="carries out what is typed")
                prompting = tasks.create_task(self._input.run(), name="prompts")
                await asyncio.wait([staying, prompting], return_when=asyncio.FIRST_COMPLETED)
                self._input.close()
                await prompting
                if not staying.done():
                    await self._say_the_rest()
                working.cancel()
                staying.cancel()
        self._screen.flush()
        if not staying.cancelled():
            return str(staying.result())
        return self._unsaid()

    def _typed(self, line: str) -> None:
        self._tell(self._composing.stopped())
        self._lines.put_nowait(line)

    def _changed(self, text: str) -> None:
        self._tell(self._composing.changed(text, self._outside.now_s()))

    def _tell(self, typing: commands.Typing | None) -> None:
        if typing is not None:
            self._session.tell(typing)

    async def _work(self) -> None:
        while await self._desk.carry_out(await self._lines.get()):
            pass
        self._input.close()

    async def _say_the_rest(self) -> None:
        try:
            async with asyncio.timeout(GOODBYE_S_MAX):
                await self._session.outbox.emptied()
        except TimeoutError:
            return

    def _unsaid(self) -> str | None:
        unsent = len(self._session.outbox)
        return f"{unsent} of your messages could not be sent." if unsent else None
