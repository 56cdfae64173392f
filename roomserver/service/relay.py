"""
Every member of a room hears the same entries in the same order, whichever instance
they were said on.

What is committed here and what the bus brings from elsewhere meet here, and go on to
the hub by their numbers: a double is dropped, and a hole is filled from the log at
once. There is nothing to wait for: whoever sees N can read 1 … N.

The bus may lose the last entry of a conversation, and nothing that follows would
reveal it. So the log is asked for the heads of the rooms with listeners every two
seconds, and four times a second while the bus is away: that one question is also what
carries messages between instances when Redis is gone, and what finds an entry that was
committed here although the database's answer was lost.

The same look finds a log that ends before what was told: the database has been restored
from a backup, under our feet, and its numbers will be used again for something else. Then
the log gets another epoch, and its readers are sent away to come back and start afresh.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Final

from roomserver.core import wire
from roomserver.core.errors import StorageUnavailable
from roomserver.core.frame import Parcel
from roomserver.core.model import Head, RoomId, Seq
from roomserver.ports.bus import Bus
from roomserver.ports.log import Log
from roomserver.service.far_typing import FarTyping
from roomserver.service.hub import Hub
from roomserver.service.tasks import Loop, ended, in_background, started

log = logging.getLogger(__name__)

HEADS_EVERY_S: Final = 2.0
HEADS_WITHOUT_BUS_EVERY_S: Final = 0.25

LOOK_ROOMS: Final = 1_000
"""Rooms whose heads are one question: while the answer is read, nobody else is served."""

ON_ITS_WAY_S: Final = 0.05
"""How long what the heads tell of may take to come by itself, from the journal or the bus."""

FILL_ENTRIES: Final = 500
"""Entries that are read at once to fill a hole."""

EARLY_MAX: Final = 2_000
"""Entries that wait for a hole before them to be filled; the log has what is beyond."""


class _Stream:
    """How far one room has been told to its members here."""

    __slots__ = ("early", "epoch", "filling", "has_failed", "head", "is_doubted", "ready", "told")

    def __init__(self) -> None:
        self.told: Seq | None = None
        """The last entry that went to the hub; None until the head has been read."""

        self.epoch = ""
        self.head = Seq(0)
        """The highest number that is known to exist."""

        self.early: dict[Seq, Parcel] = {}
        self.filling: asyncio.Task[None] | None = None
        self.is_doubted = False
        """Whether something may have been said since the log was last asked, and was lost."""

        self.ready = asyncio.Event()
        self.has_failed = False
        """Whether the database could not say where to begin."""

    @property
    def is_behind(self) -> bool:
        return self.told is not None and self.told < self.head

    def take(self, parcels: Iterable[Parcel]) -> list[Parcel]:
        """Return what may be told now: signals, and entries whose turn it is."""
        turn: list[Parcel] = []
        for parcel in parcels:
            if parcel.seq is None:
                turn.append(parcel)
                continue
            self.head = max(self.head, parcel.seq)
            if self.told is not None and parcel.seq == self.told + 1:
                self.told = parcel.seq
                turn.append(parcel)
                if self.early:
                    turn += self._take_early()
            elif (self.told is None or parcel.seq > self.told) and len(self.early) < EARLY_MAX:
                self.early[parcel.seq] = parcel
        return turn

    def begin(self, head: Head) -> list[Parcel]:
        """Start behind *head*; return what came meanwhile."""
        self.told, self.epoch = head
        self.head = max(self.head, head.seq)
        self.early = {seq: parcel for seq, parcel in self.early.items() if seq > head.seq}
        return self._take_early()

    def _take_early(self) -> list[Parcel]:
        turn: list[Parcel] = []
        while self.told is not None and (parcel := self.early.pop(Seq(self.told + 1), None)):
            self.told = Seq(self.told + 1)
            turn.append(parcel)
        return turn


class Relay:
    """Between the journal, the bus and the hub."""

    def __init__(self, *, hub: Hub, log: Log, bus: Bus) -> None:
        self._hub = hub
        self._log = log
        self._bus = bus
        self._streams: dict[RoomId, _Stream] = {}
        self._far_typing = FarTyping(hub.tell)
        bus.listen(heard=self._hear_others, resumed=self._resume)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Sequence[Loop]]:
        """Look after the rooms with listeners until the block ends."""
        try:
            async with in_background(relay=self._watch()) as loops:
                yield loops
        finally:
            self._far_typing.close()
            await ended(*(s.filling for s in self._streams.values() if s.filling))

    async def follow(self, room_id: RoomId) -> None:
        """
        Make sure that the room's members here hear what is said from now on, anywhere.

        Call it after entering the hub and before reading the history.

        Raises:
            StorageUnavailable: If the log can't be read now.

        """
        stream = self._streams.get(room_id)
        if stream is None:
            stream = self._streams[room_id] = _Stream()
            await self._begin(room_id, stream)
        await stream.ready.wait()
        if stream.has_failed:
            raise StorageUnavailable
        if stream.told is None:
            # Whoever began it gave up meanwhile.
            await self.follow(room_id)

    def told(self, room_id: RoomId) -> Seq:
        """Return how far the room has been told to its members here."""
        stream = self._streams.get(room_id)
        return Seq(0) if stream is None or stream.told is None else stream.told

    def tell(self, room_id: RoomId, parcels: Sequence[Parcel]) -> None:
        """Tell everyone in the room, here and on the other instances. Never waits."""
        self._bus.publish(room_id, parcels)
        self._hear(room_id, parcels)

    def tell_soon(self, room_id: RoomId, parcel: Parcel) -> None:
        """Tell the other instances now, and the members here with more of the kind."""
        self._bus.publish(room_id, [parcel])
        self._hub.tell_soon(room_id, parcel)

    def flush(self) -> None:
        """Let everything that has been told leave now, to members here."""
        self._hub.flush()

    async def _begin(self, room_id: RoomId, stream: _Stream) -> None:
        self._bus.follow(room_id)
        try:
            head = await self._log.head(room_id)
        except BaseException as error:
            stream.has_failed = isinstance(error, StorageUnavailable)
            self._unfollow(room_id)
            stream.ready.set()
            raise
        self._hub.tell(room_id, stream.begin(head))
        stream.ready.set()
        self._fill_if_behind(room_id, stream)

    def _hear_others(self, room_id: RoomId, parcels: Sequence[Parcel]) -> None:
        if room_id in self._streams:
            self._far_typing.hear(room_id, parcels)
            self._hear(room_id, parcels)

    def _hear(self, room_id: RoomId, parcels: Sequence[Parcel]) -> None:
        stream = self._streams.get(room_id)
        if stream is None:
            return  # Nobody here listens to this room.
        self._hub.tell(room_id, stream.take(parcels))
        self._fill_if_behind(room_id, stream)

    def _resume(self, room_ids: Sequence[RoomId]) -> None:
        for room_id in room_ids:
            if stream := self._streams.get(room_id):
                stream.is_doubted = True
                self._fill(room_id, stream)

    def _fill_if_behind(self, room_id: RoomId, stream: _Stream) -> None:
        if stream.is_behind:
            self._fill(room_id, stream)

    def _fill(self, room_id: RoomId, stream: _Stream) -> None:
        if stream.filling is None and stream.told is not None:
            stream.filling = started(
                self._read_missing(room_id, stream), name=f"fill room {room_id}"
            )

    async def _read_missing(self, room_id: RoomId, stream: _Stream) -> None:
        try:
            while stream.told is not None:
                stream.is_doubted = False
                entries = await self._log.after(room_id, stream.told, limit=FILL_ENTRIES)
                parcels = [wire.parcel_of(wire.record_of(entry)) for entry in entries]
                self._hub.tell(room_id, stream.take(parcels))
                is_done = not stream.is_behind or not entries
                if is_done and not stream.is_doubted:
                    break
        except StorageUnavailable:
            pass  # The next look at the heads tries again.
        finally:
            stream.filling = None

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(
                HEADS_EVERY_S - ON_ITS_WAY_S
                if self._bus.is_connected
                else HEADS_WITHOUT_BUS_EVERY_S
            )
            for room_id in [r for r in self._streams if not self._hub.has_members(r)]:
                self._unfollow(room_id)
            with suppress(StorageUnavailable):
                await self._look_at_heads()

    async def _look_at_heads(self) -> None:
        moved = [found async for found in self._moved()]
        if moved and self._bus.is_connected:
            # A commit that lies between its storing and its telling is no hole. Where much is said
            # in many rooms there is always one, and each would be read from the log.
            await asyncio.sleep(ON_ITS_WAY_S)
        for room_id, stream, told, head in moved:
            if self._streams.get(room_id) is not stream:
                continue
            if head.epoch != stream.epoch or head.seq < told.seq:
                await self._start_over(room_id, told)
                continue
            stream.head = max(stream.head, head.seq)
            self._fill_if_behind(room_id, stream)

    async def _moved(self) -> AsyncIterator[tuple[RoomId, _Stream, Head, Head]]:
        """Yield the rooms whose logs end elsewhere than where they had been told to: both ends."""
        room_ids = list(self._streams)
        for first in range(0, len(room_ids), LOOK_ROOMS):
            streams: dict[RoomId, _Stream] = {}
            told: dict[RoomId, Head] = {}
            for room_id in room_ids[first : first + LOOK_ROOMS]:
                stream = self._streams.get(room_id)
                if stream is not None and stream.told is not None:
                    streams[room_id] = stream
                    told[room_id] = Head(stream.told, stream.epoch)
            if told:
                for room_id, head in (await self._log.moved(told)).items():
                    yield room_id, streams[room_id], told[room_id], head

    async def _start_over(self, room_id: RoomId, told: Head) -> None:
        head = await self._log.begin_epoch(room_id, after=told)
        if head.epoch == told.epoch:
            return  # It has everything: whoever was asked first was behind.
        log.warning(
            "a room's log is not the one that was told: was the database restored?",
            extra={"room": room_id, "told": told.seq, "head": head.seq, "epoch": head.epoch},
        )
        self._unfollow(room_id)
        self._hub.send_away(room_id)

    def _unfollow(self, room_id: RoomId) -> None:
        stream = self._streams.pop(room_id, None)
        if stream is None:
            return
        if stream.filling is not None:
            stream.filling.cancel()
        self._bus.unfollow(room_id)
