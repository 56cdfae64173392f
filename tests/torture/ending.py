"""
The end of a run: all is healed, everybody settles, and everything is looked at once more.

What is seen here is recorded like all the rest; the checker draws the conclusions.
"""

import asyncio
import urllib.error
from collections.abc import Awaitable, Callable, Collection
from contextlib import suppress
from random import Random
from typing import Final, TypeVar

from aiohttp import ClientError

from tests.torture import store
from tests.torture.crew import ROOMS, Crew
from tests.torture.history import Ended, Listed, Noted
from tests.torture.line import NotLetIn, open_line
from tests.torture.pages import Question, Way, World, read_page
from tests.torture.reading import name_of
from tests.torture.town import Instance, Town

T = TypeVar("T")

READY_S_MAX: Final = 60.0
SETTLE_S_MAX: Final = 30.0
AT_HEAD_S_MAX: Final = 10.0
PRESENCE_S_MAX: Final = 15.0
ANSWER_S_MAX: Final = 5.0
LOOK_S: Final = 0.25

PAGE: Final = 200
PAGES_MAX: Final = 20_000
READ_ATTEMPTS: Final = 5

OBSERVER: Final = 9_001
"""The one who only looks who is there."""


class Ending:
    """Looks at *town* and at *crew*, and records it."""

    def __init__(self, town: Town, world: World, crew: Crew, random: Random) -> None:
        self._town = town
        self._world = world
        self._crew = crew
        self._random = random
        self._book = town.history

    async def everything(self) -> None:
        """Go through all of it while everybody is still in their rooms."""
        await self.all_ready()
        await self._crew.settle(within_s=SETTLE_S_MAX)
        await self._all_at_head()
        await store.record_store(self._town)
        await self._read_all()
        if self._town.redis is not None:
            await asyncio.to_thread(self._town.redis.flush)
            await self._read_all()

    async def all_ready(self) -> None:
        """Wait until every instance lets people in."""
        for instance in self._town.instances:
            if not await _comes_true(_is_ready, instance, within_s=READY_S_MAX):
                self._note(f"{instance.name} is not ready {READY_S_MAX:g} s after all is healed")

    async def who_is_there(self) -> None:
        """Let half of the people go, some of them without a word, and ask who is there."""
        sessions = [worker.session for worker in self._crew.workers]
        gone = self._random.sample(sessions, k=len(sessions) // 2)
        for session in gone:
            await self._crew.let_go(session, is_clean=self._random.random() < 0.5)
        stayed = [session for session in sessions if session not in gone]
        for room in ROOMS:
            there = {s.reading.user for s in stayed if s.reading.room == room}
            await asyncio.gather(*(self._list(room, way, there) for way in self._world.ways))
        for session in stayed if len(self._world.ways) == 1 else ():
            # Between instances the word that somebody has stopped may be lost; then it lapses.
            self._record_list(session.reading.room, 1, "typing", session.typing, set())

    async def _all_at_head(self) -> None:
        heads = await store.heads(self._town)
        readings = [worker.session.reading for worker in self._crew.workers]

        async def are_there(_what: None) -> bool:
            return all(reading.last == heads.get(reading.room, 0) for reading in readings)

        await _comes_true(are_there, None, within_s=AT_HEAD_S_MAX)
        for reading in readings:
            self._book.record(
                Ended(
                    session=reading.session,
                    room=reading.room,
                    last=reading.last or 0,
                    head=heads.get(reading.room, 0),
                )
            )

    async def _read_all(self) -> None:
        for way in self._world.ways:
            for room in ROOMS:
                await self._read_room(way, room)

    async def _read_room(self, way: Way, room: int) -> None:
        await self._read(way, Question(room=room, how="latest", limit=PAGE))
        last = 0
        for _page in range(PAGES_MAX):
            seqs, has_more = await self._read(
                way, Question(room=room, how="after", bound=last, limit=PAGE)
            )
            if not seqs or not has_more:
                return
            last = seqs[-1]

    async def _read(self, way: Way, question: Question) -> tuple[list[int], bool]:
        for _attempt in range(READ_ATTEMPTS):
            page = await read_page(self._world, way, question)
            if page is not None:
                return [entry.seq for entry in page.messages], page.has_more
            await asyncio.sleep(LOOK_S)
        self._note(f"instance {way.instance} does not answer {question}")
        return [], False

    async def _list(self, room: int, way: Way, there: Collection[int]) -> None:
        listed: set[int] = set()

        async def is_right(_what: None) -> bool:
            nonlocal listed
            listed = await self._present(way, room)
            return listed == there

        await _comes_true(is_right, None, within_s=PRESENCE_S_MAX)
        self._record_list(room, way.instance, "present", listed, there)

    async def _present(self, way: Way, room: int) -> set[int]:
        """Return who is in the room, as an instance tells a newcomer."""
        observer = OBSERVER + way.instance
        url = f"{way.url}/ws/{room}?user_id={observer}&username={name_of(observer)}&history=0"
        with suppress(OSError, ClientError, TimeoutError, NotLetIn):
            async with asyncio.timeout(ANSWER_S_MAX):
                line = await open_line(
                    self._world.http, url, instance=way.instance, user=observer, book=self._book
                )
                try:
                    connected = await line.first()
                finally:
                    await line.close()
            users = {person.user_id for person in connected.active_users}
            return {user for user in users if user < OBSERVER}
        return set()

    def _record_list(
        self, room: int, instance: int, what: str, listed: Collection[int], there: Collection[int]
    ) -> None:
        self._book.record(
            Listed(
                room=room,
                instance=instance,
                what=what,
                listed=sorted(listed),
                there=sorted(there),
            )
        )

    def _note(self, text: str) -> None:
        self._book.record(Noted(finding="not converged", text=text))


async def _is_ready(instance: Instance) -> bool:
    try:
        await asyncio.to_thread(instance.server.get, "/health/ready")
    except (OSError, urllib.error.URLError):
        return False
    return True


async def _comes_true(
    question: Callable[[T], Awaitable[bool]], about: T, *, within_s: float
) -> bool:
    for _look in range(int(within_s / LOOK_S) + 1):
        if await question(about):
            return True
        await asyncio.sleep(LOOK_S)
    return False
