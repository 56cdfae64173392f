"""The world as the services see it, moved by hand."""

import asyncio
import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

import msgspec

from roomserver.core.errors import StorageUnavailable
from roomserver.core.frame import Bundle
from roomserver.core.gauges import Report
from roomserver.core.model import Record, Room, RoomId, Seq
from roomserver.core.revoked import Revoked
from roomserver.core.window import Window
from roomserver.ports.revocations import Revision
from tests.support.builders import NOON_MS

BOOT_S: Final = 1_000.0
"""What a fake machine's monotonic clock shows at first."""


class FakeTimer:
    def __init__(self, due_us: int, callback: Callable[[], None]) -> None:
        self.due_us = due_us
        self.callback = callback
        self.is_cancelled = False

    def cancel(self) -> None:
        self.is_cancelled = True


class FakeClock:
    """A :class:`~roomserver.ports.clock.Clock` that stands still until it is moved."""

    def __init__(self) -> None:
        # In whole microseconds: sums of floats would make the last digit a matter of luck.
        self._elapsed_us = 0
        self._timers: list[FakeTimer] = []

    def now_ms(self) -> int:
        return NOON_MS + self._elapsed_us // 1_000

    def monotonic_s(self) -> float:
        return BOOT_S + self._elapsed_us / 1e6

    def call_later(self, delay_s: float, callback: Callable[[], None]) -> FakeTimer:
        timer = FakeTimer(self._elapsed_us + round(delay_s * 1e6), callback)
        self._timers.append(timer)
        return timer

    def advance(self, seconds: float) -> None:
        """Let *seconds* pass: what falls due goes off, in order, each at its own moment."""
        until_us = self._elapsed_us + round(seconds * 1e6)
        while due := [timer for timer in self.timers if timer.due_us <= until_us]:
            timer = min(due, key=lambda timer: timer.due_us)
            self._timers.remove(timer)
            self._elapsed_us = timer.due_us
            timer.callback()
        self._elapsed_us = until_us

    @property
    def timers(self) -> list[FakeTimer]:
        """Return what is still going to go off."""
        self._timers = [timer for timer in self._timers if not timer.is_cancelled]
        return self._timers


class Gate:
    """A place in a fake where a test can hold whoever comes by."""

    def __init__(self) -> None:
        self._open = asyncio.Event()
        self._open.set()
        self.waiting = 0

    def shut(self) -> None:
        self._open.clear()

    def open(self) -> None:
        self._open.set()

    async def let_through(self) -> None:
        """Let those who wait now go on, and nobody after them."""
        self.open()
        await asyncio.sleep(0)
        self.shut()

    async def passed(self) -> None:
        self.waiting += 1
        try:
            await self._open.wait()
        finally:
            self.waiting -= 1


def payloads_of(frames: bytes) -> Iterator[bytes]:
    """Yield what is in a server's text frames, which are not masked (RFC 6455 section 5.2)."""
    while frames:
        begin, size = 2, frames[1]
        if size == 126:
            begin, size = 4, int.from_bytes(frames[2:4], "big")
        elif size == 127:
            begin, size = 10, int.from_bytes(frames[2:10], "big")
        yield frames[begin : begin + size]
        frames = frames[begin + size :]


class FakeConnection:
    """A :class:`~roomserver.ports.connection.Connection` that remembers what it was handed."""

    def __init__(self) -> None:
        self.deliveries: list[list[dict[str, Any]]] = []
        """The events of each call of :meth:`deliver`, and of each :meth:`offer` it took."""

        self.closed: tuple[int, str] | None = None
        self.waiting = 0
        """How many bytes it pretends that its reader has not taken."""

        self.reader = Gate()

    def offer(self, frames: bytes) -> bool:
        if self.closed is not None or self.waiting:
            return False
        self.deliveries.append([json.loads(payload) for payload in payloads_of(frames)])
        return True

    def deliver(self, bundle: Bundle) -> None:
        if self.closed is None:
            self.deliveries.append([json.loads(payload) for payload in bundle.payloads])

    def answer(self, payload: bytes) -> None:
        self.deliver(Bundle.of(payload))

    def waiting_bytes(self) -> int:
        return self.waiting

    def close(self, code: int, reason: str) -> None:
        if self.closed is None:
            self.closed = (code, reason)

    async def drained(self) -> None:
        await self.reader.passed()

    @property
    def events(self) -> list[dict[str, Any]]:
        return [event for delivery in self.deliveries for event in delivery]

    @property
    def types(self) -> list[str]:
        return [event["type"] for event in self.events]

    def heard(self, kind: str) -> list[dict[str, Any]]:
        """Return the data of each event of this *kind*."""
        return [event["data"] for event in self.events if event["type"] == kind]

    def forget(self) -> None:
        """Begin anew: what was heard so far is not of interest."""
        self.deliveries.clear()


class BrokenConnection(FakeConnection):
    """A connection with a bug in it."""

    def offer(self, frames: bytes) -> bool:
        raise ZeroDivisionError

    def deliver(self, bundle: Bundle) -> None:
        raise ZeroDivisionError


class FakeRecent:
    """A :class:`~roomserver.ports.recent.Recent` that answers what it is told to."""

    def __init__(self, *known: Record) -> None:
        self.known = list(known)
        self.remembered: list[list[int]] = []
        """The numbers of the records of each call of :meth:`remember`."""

        self.forgotten: list[RoomId] = []
        self.asked = 0

    def remember(self, room_id: RoomId, records: Sequence[Record]) -> None:
        self.remembered.append([record.seq for record in records])

    def forget(self, room_id: RoomId) -> None:
        self.known.clear()
        self.forgotten.append(room_id)

    async def window(self, room_id: RoomId) -> Window:
        self.asked += 1
        return Window(self.known, records_max=1_000)


class FakeDirectory:
    """A :class:`~roomserver.ports.rooms.RoomDirectory` in memory."""

    def __init__(self, *rooms: Room) -> None:
        self.rooms = list(rooms)
        self.found: list[RoomId | str] = []
        """The addresses that were looked for."""

        self.making = Gate()

    async def find(self, address: RoomId | str) -> Room | None:
        self.found.append(address)
        await asyncio.sleep(0)
        return next((room for room in self.rooms if address in (room.id, room.slug)), None)

    async def make(
        self, address: RoomId | str, *, name: str, description: str = "", is_private: bool = False
    ) -> tuple[Room, bool]:
        await self.making.passed()
        assert not is_private, "rights are kept elsewhere"
        room = next((room for room in self.rooms if address in (room.id, room.slug)), None)
        if room is not None:
            return room, False
        number = address if isinstance(address, int) else RoomId(len(self.rooms) + 1)
        room = Room(id=number, slug=str(address), name=name, epoch=f"e{number}")
        room = msgspec.structs.replace(room, description=description)
        self.rooms.append(room)
        return room, True

    async def listing(self) -> Sequence[tuple[Room, Seq]]:
        await asyncio.sleep(0)
        return [(room, Seq(0)) for room in self.rooms]


class FakeRevocationLog:
    """A :class:`~roomserver.ports.revocations.RevocationLog` in memory."""

    def __init__(self) -> None:
        self.all: list[Revision] = []
        self.is_away = False

    async def last(self) -> int:
        return len(self.all)

    async def after(self, number: int) -> Sequence[Revision]:
        if self.is_away:
            raise StorageUnavailable
        return self.all[number:]

    async def add(self, revoked: Sequence[Revoked]) -> None:
        for each in revoked:
            self.all.append(Revision(len(self.all) + 1, each))


class FakeProbe:
    """A :class:`~roomserver.ports.probe.Probe` of a part that takes its time to answer."""

    def __init__(self, kind: str, clock: FakeClock, *, ok: bool = True) -> None:
        self.kind = kind
        self.ok = ok
        self.stores = True
        """Whether what answers stores something, too."""

        self._clock = clock

    async def is_answering(self) -> bool:
        self._clock.advance(0.0125)
        return self.ok

    async def is_storing(self) -> bool:
        self._clock.advance(0.0125)
        return self.ok and self.stores


class FakeCensus:
    """A :class:`~roomserver.ports.census.Census` among instances that say what a test wants."""

    def __init__(self) -> None:
        self.told: list[Report] = []
        self.told_by_others: list[Report] = []

    async def tell(self, report: Report) -> None:
        self.told.append(report)

    async def others(self) -> Sequence[Report]:
        return self.told_by_others
