"""Who takes part: 12 writers, 6 readers and 6 movers in 6 rooms, two of which are hot."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from random import Random
from typing import Final

from tests.torture.clients import Role, Worker
from tests.torture.pages import World
from tests.torture.session import Session

ROOMS: Final = (1, 2, 3, 4, 5, 6)
HOT_ROOMS: Final = (1, 2)
HOT_SHARE: Final = 0.8
"""The part of all sends that goes to the hot rooms."""

WRITERS_OF_A_HOT_ROOM: Final = 4
FIRST_USER: Final = 101
STOP_S_MAX: Final = 40.0

SENDS_PER_OP: Final = 1.2
"""On average: a burst has five, and reading has none."""

WRITING: Final = {
    "say": 60.0,
    "say without id": 3.0,
    "say and vanish": 2.0,
    "say again": 5.0,
    "burst": 8.0,
    "edit": 4.0,
    "delete": 1.5,
    "react": 5.0,
    "read": 8.0,
    "ask": 4.0,
    "type": 4.0,
    "blunder": 4.0,
    "mark": 2.0,
}
MOVING: Final = {
    "say": 30.0,
    "say again": 5.0,
    "react": 5.0,
    "edit": 2.0,
    "hop": 15.0,
    "read": 15.0,
    "ask": 5.0,
    "type": 5.0,
    "mark": 5.0,
}
READING: Final = {"hop": 1.0, "read": 4.0, "mark": 4.0, "type": 1.0}
MOVER_OPS_PER_S: Final = 2.5
READER_OPS_PER_S: Final = 0.5


class Crew:
    """All workers."""

    def __init__(self, world: World, *, sends_per_s: float, random: Random) -> None:
        self.workers: list[Worker] = []
        self._world = world
        self._random = random
        self._is_over = asyncio.Event()
        self._stays: dict[Session, asyncio.Task[None]] = {}
        for room in ROOMS:
            is_hot = room in HOT_ROOMS
            writers = WRITERS_OF_A_HOT_ROOM if is_hot else 1
            rooms = len(HOT_ROOMS) if is_hot else len(ROOMS) - len(HOT_ROOMS)
            share = (HOT_SHARE if is_hot else 1 - HOT_SHARE) / rooms / writers
            pace = sends_per_s * share / SENDS_PER_OP
            self._add(room, [Role(ops_per_s=pace, weights=WRITING)] * writers)
            self._add(room, [Role(ops_per_s=MOVER_OPS_PER_S, weights=MOVING)])
            self._add(room, [Role(ops_per_s=READER_OPS_PER_S, weights=READING)])

    def _add(self, room: int, roles: list[Role]) -> None:
        for role in roles:
            user = FIRST_USER + len(self.workers)
            random = Random(self._random.random())
            self.workers.append(Worker(self._world, room=room, user=user, role=role, random=random))

    @asynccontextmanager
    async def present(self) -> AsyncIterator[None]:
        """Let everybody be in their rooms until the end of the block."""
        for worker in self.workers:
            session = worker.session
            self._stays[session] = asyncio.create_task(
                session.run(), name=f"session of user {session.reading.user}"
            )
        try:
            yield
        finally:
            for session in list(self._stays):
                await self.let_go(session, is_clean=False)

    async def let_go(self, session: Session, *, is_clean: bool) -> None:
        """Let somebody leave for good, with a goodbye or without."""
        stay = self._stays.pop(session)
        if is_clean and session.line is not None:
            await session.line.close()
        stay.cancel()
        with suppress(asyncio.CancelledError):
            await stay  # A bug in a session is a bug in the run: it comes out here.

    async def work(self) -> None:
        """Let everybody work until :meth:`stop`, then until each has ended what it does."""
        tasks = [asyncio.create_task(worker.work(self._is_over)) for worker in self.workers]
        try:
            await self._is_over.wait()
            with suppress(TimeoutError):
                async with asyncio.timeout(STOP_S_MAX):
                    await asyncio.gather(*tasks)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def stop(self) -> None:
        self._is_over.set()

    async def settle(self, *, within_s: float) -> None:
        """Let everybody find out what became of everything they have sent."""
        with suppress(TimeoutError):
            async with asyncio.timeout(within_s):
                await asyncio.gather(*(worker.settle() for worker in self.workers))
