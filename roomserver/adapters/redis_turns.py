"""Turns that instances count together, in Redis: see ``redis_turns.lua`` beside this."""

import asyncio
from importlib.resources import files
from typing import Final

from redis.asyncio import Redis

from roomserver.adapters.memory_turns import MemoryTurns
from roomserver.adapters.redis_client import AT_ONCE_MAX, NO_ANSWER
from roomserver.core.turns import Pace
from roomserver.ports.clock import Clock

PAUSE_S: Final = 2.0
"""For how long a Redis that didn't answer isn't asked: one of many waits for it, not each."""


class RedisTurns:
    """A :class:`~roomserver.ports.turns.Turns` that instances share; each alone without Redis."""

    def __init__(self, client: Redis, clock: Clock, *, pause_s: float = PAUSE_S) -> None:
        script = files("roomserver.adapters").joinpath("redis_turns.lua").read_text("utf-8")
        self._script = client.register_script(script)
        self._alone = MemoryTurns(clock)
        self._pause_s = pause_s
        self._ask_again_s = 0.0
        self._at_once = asyncio.Semaphore(AT_ONCE_MAX)

    async def take(self, key: str, pace: Pace, *, name: str | None = None) -> float:
        wait_s = await self._ask(key, pace, name)
        if wait_s is None:
            return await self._alone.take(key, pace, name=name)
        if wait_s == 0:
            self._alone.note(key, pace, name=name)
        return wait_s

    async def _ask(self, key: str, pace: Pace, name: str | None) -> float | None:
        loop = asyncio.get_running_loop()
        async with self._at_once:
            if loop.time() < self._ask_again_s:
                return None
            every_us = round(pace.every_s * 1_000_000)
            try:
                wait_us = await self._script(
                    keys=[f"roomserver:turns:{key}"], args=[every_us, pace.at_once, name or ""]
                )
                return int(wait_us) / 1_000_000
            except NO_ANSWER:
                self._ask_again_s = loop.time() + self._pause_s
                return None
