"""
One person in one room, who comes back whatever happens to the connection.

It comes back with ``since`` and ``epoch``, wherever it finds an instance, with full jitter.
"""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from random import Random
from typing import Final
from urllib.parse import urlencode

import msgspec
from aiohttp import ClientError

from tests.torture.history import Entry, MarkSeen
from tests.torture.line import Line, NotLetIn, open_line
from tests.torture.pages import Question, Way, World, record_page
from tests.torture.reading import Reading, name_of
from tests.torture.wire import ENTRY_TYPES, Connected, Frame, IsTyping, PageAnswer, Read

ENTER_S_MAX: Final = 8.0
PAUSE_S: Final = (0.1, 2.0)

SHOWN: Final = 20
"""How many messages a newcomer asks for."""


class Session:
    """In the room from :meth:`run` on."""

    def __init__(
        self, world: World, *, room: int, user: int, random: Random, way: Way | None = None
    ) -> None:
        self.reading = Reading(room=room, user=user, book=world.book)
        self.line: Line | None = None
        self.typing: set[int] = set()
        """Who types, as far as it has heard."""

        self._world = world
        self._random = random
        self._way = way or random.choice(world.ways)
        self._is_in = asyncio.Event()

    async def run(self) -> None:
        """Be in the room, again and again, until cancelled."""
        pause_s = PAUSE_S[0]
        while True:
            try:
                async with asyncio.timeout(ENTER_S_MAX):
                    line = await self._enter()
            except (OSError, ClientError, TimeoutError, NotLetIn):
                await asyncio.sleep(self._random.uniform(0, pause_s))
                pause_s = min(2 * pause_s, PAUSE_S[1])
                self._way = self._random.choice(self._world.ways)
            else:
                pause_s = PAUSE_S[0]
                await self._stay(line)

    async def connected(self, *, within_s: float) -> Line | None:
        """Return the line as soon as there is one; None if that takes too long."""
        try:
            async with asyncio.timeout(within_s):
                while self.line is None:
                    await self._is_in.wait()
        except TimeoutError:
            return None
        return self.line

    async def hop(self, *, is_clean: bool) -> None:
        """Leave, to come back through some instance or other."""
        self._way = self._random.choice(self._world.ways)
        if self.line is not None and is_clean:
            await self.line.close()
        elif self.line is not None:
            self.line.cut()

    async def ask_page(self, *, before: int | None, limit: int) -> None:
        """Ask over the socket for a page, and record it."""
        line = self.line
        if line is None or line.unkeyed.locked():
            return
        bound = {} if before is None else {"before": before}
        async with line.unkeyed:
            asked_at = time.monotonic_ns()
            answer = await line.page(json.dumps({"type": "history", "limit": limit, **bound}))
        if answer is None:
            return
        question = Question(
            room=self.reading.room,
            how="latest" if before is None else "before",
            bound=before or 0,
            limit=limit,
        )
        record_page(self._world.book, question, answer, asked=(line.instance, asked_at))

    async def _enter(self) -> Line:
        query: dict[str, object] = {
            "user_id": self.reading.user,
            "username": name_of(self.reading.user),
        }
        if self.reading.last is None:
            query["history"] = SHOWN
        else:
            query |= {"since": self.reading.last, "epoch": self.reading.epoch}
        url = f"{self._way.url}/ws/{self.reading.room}?{urlencode(query)}"
        asked_at = time.monotonic_ns()
        line = await open_line(
            self._world.http,
            url,
            instance=self._way.instance,
            user=self.reading.user,
            book=self._world.book,
        )
        try:
            connected = await line.first()
        except BaseException:
            line.cut()
            raise
        self._begin(line, connected, asked_at)
        return line

    def _begin(self, line: Line, connected: Connected, asked_at: int) -> None:
        self.reading.enter(
            connected, asked_at=asked_at, connection=line.number, instance=line.instance
        )
        self.typing.clear()
        self.line = line
        self._is_in.set()

    async def _stay(self, line: Line) -> None:
        try:
            async for frame in line.frames():
                self._hear(frame, line)
        finally:
            self.line = None
            self._is_in.clear()
            self.reading.leave()
            line.cut()

    def _hear(self, frame: Frame, line: Line) -> None:
        if frame.type in ENTRY_TYPES:
            self.reading.take([msgspec.json.decode(frame.data, type=Entry)])
        elif frame.type == "history":
            self.reading.take(msgspec.json.decode(frame.data, type=PageAnswer).messages)
        elif frame.type == "typing":
            who = msgspec.json.decode(frame.data, type=IsTyping)
            (self.typing.add if who.is_typing else self.typing.discard)(who.user_id)
        elif frame.type == "user_left":
            self.typing.discard(msgspec.json.decode(frame.data, type=IsTyping).user_id)
        elif frame.type == "read":
            self._hear_of_mark(msgspec.json.decode(frame.data, type=Read))

    def _hear_of_mark(self, mark: Read) -> None:
        by = f"session {self.reading.session}"
        self._world.book.record(
            MarkSeen(room=self.reading.room, user=mark.user_id, seq=mark.seq, by=by)
        )


@asynccontextmanager
async def staying(session: Session) -> AsyncIterator[Session]:
    """Let *session* run until the end of the block."""
    running = asyncio.create_task(
        session.run(), name=f"session {session.reading.session} of user {session.reading.user}"
    )
    try:
        yield session
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
