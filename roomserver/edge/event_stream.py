"""
A room's log as Server-Sent Events: an HTTP answer that doesn't end.

https://html.spec.whatwg.org/multipage/server-sent-events.html

Each event is a frame of the WebSocket protocol as ``data``. An entry of the log has the
``id`` ``epoch.seq``, which a browser sends back when it reconnects (``Last-Event-ID``).
"""

import asyncio
import re
import secrets
from contextlib import suppress
from typing import Final

from aiohttp import web

from roomserver.core.errors import InvalidEvent
from roomserver.core.frame import Bundle, Parcel
from roomserver.core.model import INTEGER_MAX, Seq
from roomserver.edge.line import GOODBYE_S_MAX
from roomserver.service.reading import Position
from roomserver.service.server import COME_BACK_MS

HEARTBEAT_S: Final = 15.0
"""Shorter than what proxies wait for, and how soon it is noticed that a silent client is gone."""

LOOK_EVERY_S: Final = 2.0
"""How often it is looked whether the client has hung up, which aiohttp doesn't tell."""

HEADERS: Final = {
    "Content-Type": "text/event-stream",
    # nginx would gather an answer until it ends.
    "X-Accel-Buffering": "no",
}

_ID: Final = re.compile(r"([\w-]{1,64})\.([0-9]{1,16})", re.ASCII)


def position_in(last_event_id: str) -> Position:
    """
    Read where a client stopped.

    Raises:
        InvalidEvent: If that is no id of ours.

    """
    match = _ID.fullmatch(last_event_id)
    if match is None or int(match[2]) > INTEGER_MAX:
        raise InvalidEvent("Last-Event-ID is none of this server's.", field="Last-Event-ID")
    return Position(Seq(int(match[2])), match[1])


def a_pause_ms() -> int:
    """Return how soon to come back: everybody at another moment."""
    return COME_BACK_MS[0] + secrets.randbelow(COME_BACK_MS[1] - COME_BACK_MS[0])


class EventStream:
    """A :class:`~roomserver.ports.connection.Connection` over an answer to a GET."""

    def __init__(self, request: web.Request) -> None:
        transport = request.transport
        if transport is None:
            raise ConnectionResetError("gone before it was answered")
        self._transport = transport
        self._epoch = ""
        self._waiting: list[bytes] = []
        self._waiting_bytes = 0
        self._news = asyncio.Event()
        self._taken = asyncio.Event()
        self._taken.set()
        self._is_ended = False
        self._patience: asyncio.Timeout | None = None

    def begin(self, position: Position) -> None:
        """Say where the client stands before anything is sent, and how soon to come back."""
        self._epoch = position.epoch or ""
        self._put(b"retry: %d\nid: %b\n\n" % (a_pause_ms(), self._id(position.seq)))

    def offer(self, frames: bytes) -> bool:
        return False

    def deliver(self, bundle: Bundle) -> None:
        if not self._is_ended:
            self._put(b"".join([self._event(parcel) for parcel in bundle.parcels]))

    def answer(self, payload: bytes) -> None:
        self.deliver(Bundle.of(payload))

    def waiting_bytes(self) -> int:
        return self._waiting_bytes + self._transport.get_write_buffer_size()

    def close(self, code: int, reason: str) -> None:
        if not self._is_ended:
            self._is_ended = True
            self._news.set()
            self._hurry()

    async def drained(self) -> None:
        await self._taken.wait()

    async def write_to(self, response: web.StreamResponse) -> None:
        """Write what is delivered, until :meth:`close` and the last of it, or the client's end."""
        try:
            async with asyncio.timeout(None) as self._patience:
                if self._is_ended:
                    self._hurry()
                while not self._is_ended or self._waiting:
                    await self._write_some(response)
        except TimeoutError:
            # It doesn't read: an orderly end would wait for ever for its buffer to empty.
            self._transport.abort()
        except ConnectionError:
            pass  # It has left, and so needs no goodbye.
        finally:
            self._is_ended = True
            self._taken.set()

    async def _write_some(self, response: web.StreamResponse) -> None:
        if not self._waiting:
            self._taken.set()
            await self._silence()
        written, self._waiting = b"".join(self._waiting), []
        self._news.clear()
        # From here on they are in the transport's buffer, and counted there.
        self._waiting_bytes -= len(written)
        await response.write(written or b": \n\n")

    async def _silence(self) -> None:
        """Return when there is something to write, or has been nothing for so long."""
        with suppress(TimeoutError):
            async with asyncio.timeout(HEARTBEAT_S):
                while not self._news.is_set():
                    if self._transport.is_closing():
                        raise ConnectionResetError
                    with suppress(TimeoutError):
                        async with asyncio.timeout(LOOK_EVERY_S):
                            await self._news.wait()

    def _put(self, data: bytes) -> None:
        self._waiting.append(data)
        self._waiting_bytes += len(data)
        self._taken.clear()
        self._news.set()

    def _event(self, parcel: Parcel) -> bytes:
        if parcel.seq is None:
            return b"data: %b\n\n" % parcel.payload
        return b"id: %b\ndata: %b\n\n" % (self._id(parcel.seq), parcel.payload)

    def _id(self, seq: Seq) -> bytes:
        return f"{self._epoch}.{seq}".encode()

    def _hurry(self) -> None:
        if self._patience is not None:
            loop = asyncio.get_running_loop()
            self._patience.reschedule(loop.time() + GOODBYE_S_MAX)
