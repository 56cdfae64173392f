"""
One question at a time, however many ask.

A thousand clients that come back at once all want the same page of the same room.
Whoever asks while a question is under way shares the *next* answer, never the one
that is being made: that one may have been read before a message which the asker has
already seen acknowledged.
"""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from typing import Any, Final, TypeVar
from weakref import WeakValueDictionary

from roomserver.core.errors import StorageUnavailable

T = TypeVar("T")

TURN_S_MAX: Final = 8.0
"""How long a question waits for those before it in its line, as long as they are answered."""


class _Turn(asyncio.Lock):
    """Whose question it is now, and how many before it the store has left unanswered."""

    def __init__(self) -> None:
        super().__init__()
        self.unanswered = 0


class SharedAnswers:
    """Runs at most one question per key at a time, and at most one more waits behind it."""

    def __init__(self) -> None:
        self._waiting: dict[Hashable, asyncio.Task[Any]] = {}
        self._under_way: set[asyncio.Task[Any]] = set()
        self._turns: WeakValueDictionary[Hashable, _Turn] = WeakValueDictionary()

    async def ask(
        self, key: Hashable, question: Callable[[], Awaitable[T]], *, line: Hashable = None
    ) -> T:
        """
        Return an answer to *question* that was begun after this call.

        The same *key* must mean the same question. Questions of one *line* are asked one after
        the other, though they differ. Cancelling one asker leaves the others' answer alone.

        Raises:
            StorageUnavailable: If one of those before it in its *line* wasn't answered, or all
                together took too long.

        """
        task = self._waiting.get(key)
        if task is None:
            turn = self._turns.setdefault(key if line is None else line, _Turn())
            wait_s_max = None if line is None else TURN_S_MAX
            work = self._answer(key, turn, question, wait_s_max=wait_s_max)
            task = asyncio.create_task(work, name=f"ask {key}")
            self._waiting[key] = task
            self._under_way.add(task)
            task.add_done_callback(self._forget)
        answer: T = await asyncio.shield(task)
        return answer

    async def close(self) -> None:
        """End what is under way. Its askers are gone or are told by cancellation."""
        for task in self._under_way:
            task.cancel()
        await asyncio.gather(*self._under_way, return_exceptions=True)

    async def _answer(
        self,
        key: Hashable,
        turn: _Turn,
        question: Callable[[], Awaitable[T]],
        *,
        wait_s_max: float | None,
    ) -> T:
        # The lock keeps the order of the questions; from here on a new asker needs a newer answer.
        unanswered = turn.unanswered
        try:
            async with asyncio.timeout(wait_s_max):
                await turn.acquire()
        except TimeoutError:
            raise StorageUnavailable from None
        finally:
            del self._waiting[key]
        try:
            if wait_s_max is not None and turn.unanswered > unanswered:
                # The next would wait as long as that one for the same silence, and so on.
                raise StorageUnavailable
            return await self._asked(question, turn)
        finally:
            turn.release()

    @staticmethod
    async def _asked(question: Callable[[], Awaitable[T]], turn: _Turn) -> T:
        try:
            return await question()
        except StorageUnavailable:
            turn.unanswered += 1
            raise

    def _forget(self, task: asyncio.Task[Any]) -> None:
        self._under_way.discard(task)
        if not task.cancelled():
            task.exception()  # Its askers may all be gone: a failure nobody waits for is no news.
