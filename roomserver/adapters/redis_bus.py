"""
The bus over Redis Pub/Sub: a channel per room.

Pub/Sub loses silently: in a test, 39 of 934 publications across a restart, with no
exception anywhere. So nothing here is relied on. Whenever a channel has been joined
(again), whoever listens is told, and reads what is missing from the log.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any, Final

import msgspec
from redis.asyncio import Redis
from redis.asyncio.client import PubSub

from roomserver.adapters.redis_client import NO_ANSWER
from roomserver.core.frame import Parcel
from roomserver.core.model import RoomId, Seq, UserId
from roomserver.ports.bus import Heard, Resumed
from roomserver.service.tasks import Loop, ended, finished, in_background

log = logging.getLogger(__name__)

WAITING_MAX: Final = 5_000
"""Publications that wait for Redis. What is beyond is read from the log by those it was for."""

SILENCE_S_MAX: Final = 4.0
"""A connection that hasn't answered a ping for so long is given up: it may be half open."""

PINGS: Final = 3
"""How often it is asked for a sign of life before that."""

RETRY_S: Final = 0.5


class _Envelope(msgspec.Struct, array_like=True):
    sender: str
    parcels: list[tuple[bytes, int | None, int | None]]


_decoder: Final = msgspec.msgpack.Decoder(_Envelope)


class RedisBus:
    """A :class:`~roomserver.ports.bus.Bus` between processes."""

    def __init__(
        self,
        client: Redis,
        *,
        instance: str,
        report: Callable[..., None],
        silence_s_max: float = SILENCE_S_MAX,
    ) -> None:
        self._client = client
        self._instance = instance
        self._report = report
        # Channels are common to all databases of a Redis; everything else of ours is not.
        database = client.connection_pool.connection_kwargs.get("db", 0)
        self._channels = f"roomserver:{database}:room:"
        self._control = f"roomserver:{database}:all"
        """A channel that is always joined, so that the connection has one."""

        self._silence_s_max = silence_s_max
        self._ping_every_s = silence_s_max / PINGS
        self._followed: set[RoomId] = set()
        self._joined: set[RoomId] = set()
        self._pubsub: PubSub | None = None
        self._last_sign_s = 0.0
        self._waiting: list[tuple[str, bytes]] = []
        self._wake_publisher = asyncio.Event()
        self._wake_subscriber = asyncio.Event()
        self._heard: Heard = _nobody_listens
        self._resumed: Resumed = _nobody_listens

    @property
    def is_connected(self) -> bool:
        return self._pubsub is not None

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Sequence[Loop]]:
        """Publish and listen until the block ends."""
        out, into = self._publish_all(), self._stay_connected()
        async with in_background(redis_bus_out=out, redis_bus_in=into) as loops:
            yield loops

    def listen(self, *, heard: Heard, resumed: Resumed) -> None:
        self._heard = heard
        self._resumed = resumed

    def publish(self, room_id: RoomId, parcels: Sequence[Parcel]) -> None:
        if not parcels or len(self._waiting) >= WAITING_MAX:
            return
        envelope = _Envelope(self._instance, [(p.payload, p.seq, p.not_for) for p in parcels])
        self._waiting.append((self._channel(room_id), msgspec.msgpack.encode(envelope)))
        self._wake_publisher.set()

    def follow(self, room_id: RoomId) -> None:
        self._followed.add(room_id)
        self._wake_subscriber.set()

    def unfollow(self, room_id: RoomId) -> None:
        self._followed.discard(room_id)
        self._wake_subscriber.set()

    async def _publish_all(self) -> None:
        while True:
            await self._wake_publisher.wait()
            self._wake_publisher.clear()
            waiting, self._waiting = self._waiting, []
            try:
                async with self._client.pipeline(transaction=False) as pipe:
                    for channel, envelope in waiting:
                        pipe.publish(channel, envelope)
                    await pipe.execute()
            except NO_ANSWER:
                # Lost, as any publication may be. While Redis is down, don't even try.
                await asyncio.sleep(RETRY_S)
            except Exception:
                log.exception("publications were lost by a bug")
                await asyncio.sleep(RETRY_S)

    async def _stay_connected(self) -> None:
        while True:
            pubsub = self._client.pubsub()
            try:
                await pubsub.subscribe(self._control)
                await self._serve(pubsub)
            except NO_ANSWER as error:
                log.debug("the bus is cut", extra={"reason": str(error)})
            except Exception:
                # The library's bug, or ours: what is missed is read on from the log, as ever.
                log.exception("the bus is cut by a bug")
            finally:
                self._pubsub = None
                with suppress(*NO_ANSWER):
                    await finished(pubsub.aclose())  # type: ignore[no-untyped-call]
            self._report(ok=False)
            await asyncio.sleep(RETRY_S)

    async def _serve(self, pubsub: PubSub) -> None:
        self._pubsub = pubsub
        self._joined = set()
        self._last_sign_s = asyncio.get_running_loop().time()
        keeping = asyncio.create_task(self._keep_joined(pubsub), name="redis bus channels")
        hearing = asyncio.create_task(self._hear_all(pubsub), name="redis bus publications")
        try:
            await asyncio.wait([keeping, hearing], return_when=asyncio.FIRST_COMPLETED)
            for task in (keeping, hearing):
                if task.done():
                    task.result()  # A failure of its own is one of the connection.
        finally:
            await ended(keeping, hearing)

    async def _hear_all(self, pubsub: PubSub) -> None:
        loop = asyncio.get_running_loop()
        while True:
            # Without a time limit, which would cost more than the reading: whoever keeps the
            # channels notices the silence.
            message = await pubsub.get_message(timeout=None)
            if message is not None:
                self._last_sign_s = loop.time()
                self._receive(message)

    async def _keep_joined(self, pubsub: PubSub) -> None:
        """Join and leave channels as asked, and ping in between, until the connection is silent."""
        loop = asyncio.get_running_loop()
        while loop.time() - self._last_sign_s < self._silence_s_max:
            if new := self._followed - self._joined:
                self._joined |= new
                await pubsub.subscribe(*(self._channel(room_id) for room_id in new))
            if old := self._joined - self._followed:
                self._joined -= old
                await pubsub.unsubscribe(*(self._channel(room_id) for room_id in old))
            self._wake_subscriber.clear()
            if self._followed == self._joined:
                await pubsub.ping()
                with suppress(TimeoutError):
                    async with asyncio.timeout(self._ping_every_s):
                        await self._wake_subscriber.wait()

    def _receive(self, message: dict[str, Any]) -> None:
        channel = message["channel"]
        name = channel.decode() if isinstance(channel, bytes) else str(channel)
        if message["type"] == "subscribe":
            self._joined_channel(name)
        elif message["type"] == "message" and (room_id := _room(name)) in self._followed:
            self._hear(room_id, message["data"])

    def _hear(self, room_id: RoomId, publication: bytes) -> None:
        try:
            envelope = _decoder.decode(publication)
        except msgspec.MsgspecError:
            return  # A stranger's, or another version's: what it was about is in the log.
        if envelope.sender != self._instance:
            self._heard(room_id, [_parcel(*each) for each in envelope.parcels])

    def _joined_channel(self, name: str) -> None:
        if name == self._control:
            # Answered, so connected.
            self._report(ok=True)
        else:
            self._resumed([_room(name)])

    def _channel(self, room_id: RoomId) -> str:
        return f"{self._channels}{room_id}"


def _parcel(payload: bytes, seq: int | None, not_for: int | None) -> Parcel:
    return Parcel(
        payload,
        seq=None if seq is None else Seq(seq),
        not_for=None if not_for is None else UserId(not_for),
    )


def _room(channel: str) -> RoomId:
    return RoomId(int(channel.rpartition(":")[2]))


def _nobody_listens(*_: object) -> None:
    pass
