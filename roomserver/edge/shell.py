"""
The text mode of the WebSocket endpoint (``format=text``), for a person at a shell.

What is typed is posted, what comes is a line: ``12:04 Juan: hola``. The server doesn't know
the reader's time zone, so times are the server's own, and the greeting names the zone.
"""

from collections.abc import Iterable
from datetime import UTC, datetime

import msgspec
from aiohttp import WSCloseCode

from roomserver.core import commands, plain
from roomserver.core.frame import Bundle
from roomserver.core.heard import read_event
from roomserver.core.narrator import Narrator
from roomserver.core.plain import Line
from roomserver.core.typed import (
    DeleteLast,
    EditLast,
    Help,
    Me,
    NotUnderstood,
    Quit,
    ReactToLast,
    Stats,
    Who,
    help_lines,
    read_line,
    take_aim,
)
from roomserver.ports.connection import Connection
from roomserver.service.server import Server
from roomserver.service.visit import Visit


class ShellConnection:
    """A :class:`Connection` that turns events into lines, each a frame: clients print a frame."""

    def __init__(self, line: Connection) -> None:
        self._line = line
        self._narrator = Narrator(to_local=datetime.astimezone, now=datetime.now(UTC))

    def offer(self, frames: bytes) -> bool:
        return False

    def deliver(self, bundle: Bundle) -> None:
        events = (read_event(payload) for payload in bundle.payloads)
        self.show(line for event in events if event for line in self._narrator.tell(event))

    def answer(self, payload: bytes) -> None:
        self.deliver(Bundle.of(payload))

    def show(self, lines: Iterable[Line]) -> None:
        """Send lines that are no event's."""
        if frames := [str(line).encode() for line in lines]:
            self._line.deliver(Bundle.of(*frames))

    def last_message(self, author_id: int | None = None) -> int | None:
        """Return the id of the newest message that was shown, of this author or of anybody."""
        return self._narrator.last_message(author_id)

    def waiting_bytes(self) -> int:
        return self._line.waiting_bytes()

    def close(self, code: int, reason: str) -> None:
        self._line.close(code, reason)

    async def drained(self) -> None:
        await self._line.drained()


class Shell:
    """Carries out what a person types."""

    def __init__(self, visit: Visit, connection: ShellConnection, server: Server) -> None:
        self._visit = visit
        self._connection = connection
        self._server = server

    async def receive(self, line: str) -> None:
        """
        Carry out one frame: a message, of several lines perhaps, or a command.

        An answer waits until the earlier ones have been taken, so whoever doesn't read
        can't make the server hold ever more of them.
        """
        await self._connection.drained()
        try:
            typed = self._read(line)
        except NotUnderstood as refusal:
            self._connection.show([plain.warning(str(refusal))])
            return
        match typed:
            case commands.Command():
                await self._visit.receive(msgspec.json.encode(typed))
            case Quit():
                self._connection.close(WSCloseCode.OK, "goodbye")
            case Who() | Me() | Stats() | Help():
                self._connection.show(await self._answer(typed))
            case None:
                pass

    def _read(self, line: str) -> commands.Command | Who | Me | Stats | Help | Quit | None:
        typed = read_line(line)
        if not isinstance(typed, EditLast | DeleteLast | ReactToLast):
            return typed
        mine = self._connection.last_message(self._visit.user.user_id)
        return take_aim(typed, mine=mine, newest=self._connection.last_message())

    async def _answer(self, question: Who | Me | Stats | Help) -> list[Line]:
        room, user = self._visit.room, self._visit.user
        match question:
            case Who():
                return [plain.here(await self._server.attendance.present(room.id))]
            case Me():
                return [plain.me(user, room.name)]
            case Stats():
                sees = await self._server.rights.sees(self._visit.caller)
                counts = await self._server.stats.counts()
                return plain.stats(
                    {
                        str(room_id): (count.connections, len(count.user_ids))
                        for room_id, count in sorted(counts.items())
                        if sees(room_id)
                    }
                )
            case Help():
                return [plain.note(text) for text in help_lines()]
