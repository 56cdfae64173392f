"""
Questions to Redis that go together: whatever waits is one round trip.

While one is under way the next one forms. There is no timer: a lone question is asked at
once, and those of a thousand clients that come back take a few round trips, and not a
connection each.
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any, Final

from redis.asyncio import Redis
from redis.asyncio.client import Pipeline
from redis.commands.core import AsyncScript
from redis.exceptions import NoScriptError

from roomserver.service.tasks import started

QUESTIONS_MAX: Final = 200
"""Of one round trip. What more would gain is little, and those in front wait for the last."""

Question = Callable[[Pipeline], object]
"""Puts one command into a pipeline."""


class RedisTogether:
    """Asks Redis, in the order of the calls."""

    def __init__(self, client: Redis) -> None:
        self._client = client
        self._waiting: list[tuple[Question, asyncio.Future[Any]]] = []
        self._asking: asyncio.Task[None] | None = None

    async def ask(self, question: Question) -> Any:
        """
        Return Redis's answer to *question*.

        Raises:
            RedisError: If it is an error.
            NO_ANSWER: If there is none. Whoever asked meanwhile is told the same, and waits no
                longer.

        """
        answer = asyncio.get_running_loop().create_future()
        self._waiting.append((question, answer))
        if self._asking is None:
            self._asking = started(self._ask_all(), name="redis together")
        return await answer

    async def run(self, script: AsyncScript, *, keys: Sequence[str], args: Sequence[Any]) -> Any:
        """Return what *script* answers; the same errors."""
        facts = (len(keys), *keys, *args)
        try:
            return await self.ask(lambda pipe: pipe.execute_command("EVALSHA", script.sha, *facts))
        except NoScriptError:
            # A Redis that has been started again doesn't know it any more. This one tells it.
            return await self.ask(lambda pipe: pipe.execute_command("EVAL", script.script, *facts))

    async def _ask_all(self) -> None:
        try:
            while self._waiting:
                asked = self._waiting[:QUESTIONS_MAX]
                del self._waiting[:QUESTIONS_MAX]
                try:
                    answers = await self._ask_now([question for question, _ in asked])
                except Exception as error:  # noqa: BLE001 - a bug too is for whoever asked
                    asked += self._waiting
                    self._waiting = []
                    answers = [error] * len(asked)
                for (_question, answer), found in zip(asked, answers, strict=True):
                    _settle(answer, found)
        finally:
            self._asking = None

    async def _ask_now(self, questions: Sequence[Question]) -> Sequence[Any]:
        async with self._client.pipeline(transaction=False) as pipe:
            for question in questions:
                question(pipe)
            return await pipe.execute(raise_on_error=False)


def _settle(answer: asyncio.Future[Any], found: Any) -> None:
    if answer.done():
        return  # Whoever asked has given up.
    if isinstance(found, Exception):
        answer.set_exception(found)
    else:
        answer.set_result(found)
