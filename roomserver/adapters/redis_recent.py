"""
The last messages of the rooms, in Redis: a sorted set per room, scored by seq.

Writing is off the way to the acknowledgement: what is to be remembered waits here and
goes in few commands for all rooms (``redis_recent.lua`` beside this). What Redis misses
while it is away is a hole, and a hole is a miss.
"""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Collection, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from importlib.resources import files
from itertools import chain
from typing import Final

import msgspec
from redis.asyncio import Redis

from roomserver.adapters.redis_client import NO_ANSWER
from roomserver.adapters.redis_together import RedisTogether
from roomserver.core import wire
from roomserver.core.model import Record, RoomId, Seq
from roomserver.core.window import Window
from roomserver.service.tasks import Loop, in_background

KEEP_S: Final = 24 * 3600
"""A room that nobody writes in for a day leaves the cache."""

WAITING_RECORDS_MAX: Final = 10_000
"""Records that wait for Redis; a slower Redis than that is better forgotten."""

PORTION_BYTES: Final = 1024 * 1024
"""With so much a command is full: Redis serves nobody else while it carries one out."""

RETRY_S: Final = 1.0

ALIVE_MS: Final = 10_000
_ALIVE: Final = "roomserver:alive"


class RedisRecent:
    """A :class:`~roomserver.ports.recent.Recent` that instances share."""

    def __init__(self, client: Redis, *, messages_max: int, report: Callable[..., None]) -> None:
        script = files("roomserver.adapters").joinpath("redis_recent.lua").read_text("utf-8")
        self._script = client.register_script(script)
        self._client = client
        self._messages_max = messages_max
        self._report = report
        self._waiting: dict[RoomId, list[Record]] = defaultdict(list)
        self._waiting_count = 0
        self._forgotten: set[RoomId] = set()
        self._together = RedisTogether(client)
        self._wake = asyncio.Event()
        self._is_answering = True

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Sequence[Loop]]:
        """Write what is to be remembered until the block ends."""
        async with in_background(redis_recent=self._run()) as loops:
            yield loops

    def remember(self, room_id: RoomId, records: Sequence[Record]) -> None:
        if not records or self._waiting_count >= WAITING_RECORDS_MAX:
            return
        self._waiting[room_id].extend(records)
        self._waiting_count += len(records)
        self._wake.set()

    def forget(self, room_id: RoomId) -> None:
        self._waiting.pop(room_id, None)
        self._forgotten.add(room_id)
        self._wake.set()

    async def window(self, room_id: RoomId) -> Window:
        if not self._is_answering:
            return Window(records_max=1)
        newest = (_key(room_id), -self._messages_max, -1)
        try:
            found = await self._together.ask(lambda pipe: pipe.zrange(*newest, withscores=True))
        except NO_ANSWER:
            self._answered(ok=False)
            return Window(records_max=1)
        try:
            records = [wire.stored_record(Seq(int(score)), json) for json, score in _scored(found)]
        except msgspec.MsgspecError:
            return Window(records_max=1)  # Not ours, or broken: the log has it all.
        return Window(records, records_max=self._messages_max)

    @property
    def kind(self) -> str:
        return "redis"

    async def is_answering(self) -> bool:
        """Ask Redis now (:class:`~roomserver.ports.probe.Probe`)."""
        try:
            # Written, since one that is full or only a copy answers, and keeps nothing.
            await self._client.set(_ALIVE, "", px=ALIVE_MS)
        except NO_ANSWER:
            self._answered(ok=False)
        else:
            self._answered(ok=True)
        return self._is_answering

    async def _run(self) -> None:
        while True:
            if self._is_answering:
                await self._wake.wait()
            else:
                # Until it is back, nobody is made to wait for it: not writers, not readers.
                await asyncio.sleep(RETRY_S)
                if not await self.is_answering():
                    continue
            self._wake.clear()
            waiting, self._waiting = self._waiting, defaultdict(list)
            forgotten, self._forgotten = self._forgotten, set()
            self._waiting_count = 0
            if waiting or forgotten:
                await self._write(waiting, forgotten)

    async def _write(
        self, waiting: Mapping[RoomId, Sequence[Record]], forgotten: Collection[RoomId]
    ) -> None:
        try:
            if forgotten:
                await self._client.delete(*map(_key, forgotten))
            for portion in self._portions(waiting):
                # One word for all of it: the client takes its time over each.
                news = msgspec.msgpack.encode(list(portion.values()))
                facts = (self._messages_max, KEEP_S, news)
                await self._together.run(self._script, keys=list(portion), args=facts)
        except NO_ANSWER:
            # What was to be forgotten must be, as soon as Redis is back.
            self._forgotten.update(forgotten)
            self._answered(ok=False)
        else:
            self._answered(ok=True)

    def _portions(
        self, waiting: Mapping[RoomId, Sequence[Record]]
    ) -> Iterator[dict[str, list[object]]]:
        """Yield what the script takes: of each room's key seq, JSON, seq, JSON, … by seq."""
        portion: dict[str, list[object]] = {}
        size_bytes = 0
        for room_id, records in waiting.items():
            # As text: of MessagePack's types, Redis knows no bytes.
            latest = {record.seq: record.json.decode() for record in records}
            kept = sorted(latest.items())[-self._messages_max :]
            portion[_key(room_id)] = [*chain.from_iterable(kept)]
            size_bytes += sum(len(json) for _seq, json in kept)
            if size_bytes >= PORTION_BYTES:
                yield portion
                portion, size_bytes = {}, 0
        if portion:
            yield portion

    def _answered(self, *, ok: bool) -> None:
        self._is_answering = ok
        self._report(ok=ok)


def _key(room_id: RoomId) -> str:
    return f"roomserver:recent:{room_id}"


def _scored(found: object) -> list[tuple[bytes, float]]:
    # The library's types cover every shape that any of its options can give.
    assert isinstance(found, list), "ZRANGE … WITHSCORES answers with pairs"
    return found
