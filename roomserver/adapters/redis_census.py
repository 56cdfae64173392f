"""The census in Redis: a key for each instance, which expires with it."""

from collections.abc import Sequence
from typing import Final

import msgspec
from redis.asyncio import Redis

from roomserver.adapters.redis_client import NO_ANSWER
from roomserver.core.gauges import Report

KEEP_S: Final = 10.0
"""How long an instance that says nothing more is counted."""

_INSTANCES: Final = "roomserver:census"
_decoder: Final = msgspec.msgpack.Decoder(Report)


class RedisCensus:
    """A :class:`~roomserver.ports.census.Census` that instances share."""

    def __init__(self, client: Redis, *, instance: str, keep_s: float = KEEP_S) -> None:
        self._client = client
        self._instance = instance
        self._keep_ms = int(keep_s * 1000)

    async def tell(self, report: Report) -> None:
        told = msgspec.msgpack.encode(report)
        try:
            async with self._client.pipeline(transaction=False) as pipe:
                pipe.set(_key(self._instance), told, px=self._keep_ms)
                pipe.sadd(_INSTANCES, self._instance)
                await pipe.execute()
        except NO_ANSWER:
            return

    async def others(self) -> Sequence[Report]:
        try:
            names = {_text(name) for name in await self._client.smembers(_INSTANCES)}
            others = sorted(names - {self._instance})
            told = await self._client.mget([_key(name) for name in others]) if others else []
            gone = [name for name, report in zip(others, told, strict=True) if report is None]
            if gone:
                await self._client.srem(_INSTANCES, *gone)
        except NO_ANSWER:
            return []
        return [report for each in told if (report := _read(each))]


def _read(told: object) -> Report | None:
    try:
        return _decoder.decode(told) if isinstance(told, bytes) else None
    except msgspec.MsgspecError:
        return None  # Another version's.


def _text(name: bytes | str) -> str:
    return name.decode(errors="replace") if isinstance(name, bytes) else name


def _key(instance: str) -> str:
    return f"roomserver:census:{instance}"
