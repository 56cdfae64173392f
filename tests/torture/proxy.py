"""
A TCP proxy that can be told to misbehave: one for each line between two programs.

What a mode breaks for good (bytes that were swallowed can't be sent again) is cut when the
proxy is healed, as a connection through a dead network would be.
"""

import asyncio
import socket
import struct
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from enum import StrEnum

LISTEN_ATTEMPTS = 100
LISTEN_RETRY_S = 0.1
CONNECT_S_MAX = 5.0


class Mode(StrEnum):
    PASS = "pass"  # noqa: S105 - no password
    REFUSE = "refuse"
    """Nobody listens, and whoever was connected is cut off."""

    RESET = "reset"
    """Everybody is cut off once; whoever comes again is served."""

    BLACKHOLE = "blackhole"
    """Connections stay open and everything is swallowed, both ways."""

    STALL = "stall"
    """Nothing moves until it is healed; then all of it does."""

    DELAY = "delay"
    """Everything comes later, in order."""

    CUT = "cut"
    """Some bytes pass, then the connection ends in the middle of whatever it was."""

    DROP_REPLIES = "drop replies"
    """What is asked arrives, what is answered doesn't."""


SWALLOWING = (Mode.BLACKHOLE, Mode.DROP_REPLIES)
SILENT = (Mode.BLACKHOLE, Mode.STALL)


class Proxy:
    """Listens on a port of its own, and passes to the port that *upstream* tells."""

    def __init__(self, upstream: Callable[[], int]) -> None:
        self.port = 0
        self.mode = Mode.PASS
        self.delay_s = 0.0
        self.bytes_left = 0
        self._upstream = upstream
        self._sides: set[_Side] = set()
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """
        Listen, on the same port as before if there was one.

        Raises:
            OSError: If something else has taken the port and keeps it.

        """
        loop = asyncio.get_running_loop()
        for attempts_left in reversed(range(LISTEN_ATTEMPTS)):
            try:
                self._server = await loop.create_server(self._accepted, "127.0.0.1", self.port)
            except OSError:
                if not attempts_left:
                    raise
                await asyncio.sleep(LISTEN_RETRY_S)
            else:
                self.port = self._server.sockets[0].getsockname()[1]
                return

    async def break_down(self, mode: Mode, *, delay_s: float = 0.0, bytes_left: int = 0) -> None:
        """Misbehave from now on. RESET and CUT are over as soon as they have struck."""
        self.mode = mode
        self.delay_s = delay_s
        self.bytes_left = bytes_left
        if mode is Mode.REFUSE and self._server is not None:
            self._server.close()
            self._server = None
        if mode in (Mode.REFUSE, Mode.RESET):
            self._cut(list(self._sides))
        if mode is Mode.RESET:
            self.mode = Mode.PASS
        for side in self._sides:
            side.hold("stall", is_held=mode is Mode.STALL)

    async def heal(self) -> None:
        """Behave again. Connections that have lost something are cut."""
        self.mode = Mode.PASS
        if self._server is None:
            await self.start()
        self._cut([side for side in self._sides if side.is_damaged])
        for side in list(self._sides):
            side.hold("stall", is_held=False)

    async def close(self) -> None:
        if self._server is not None:
            self._server.close()
        self._cut(list(self._sides))
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _accepted(self) -> "_Side":
        return _Side(self, is_reply=False)

    def joined(self, side: "_Side") -> None:
        self._sides.add(side)
        side.hold("stall", is_held=self.mode is Mode.STALL)
        if not side.is_reply:
            side.hold("connecting", is_held=True)
            task = asyncio.create_task(self._connect(side), name="proxy connects")
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    def left(self, side: "_Side") -> None:
        self._sides.discard(side)
        if side.other is None:
            return
        if self.mode in SILENT:
            side.other.is_damaged = True  # It can't be told now, and is cut when this heals.
        else:
            side.other.finish()

    def forward(self, source: "_Side", chunk: bytes) -> None:
        """Do with *chunk*, which *source* has read, whatever the mode says."""
        if self.mode is Mode.BLACKHOLE or (self.mode is Mode.DROP_REPLIES and source.is_reply):
            source.is_damaged = True
        elif source.other is None:
            pass  # Its partner is gone, and so will it be.
        elif self.mode is Mode.CUT:
            self._pass_some(source, source.other, chunk)
        else:
            source.other.write(chunk, delay_s=self.delay_s if self.mode is Mode.DELAY else 0.0)

    def _pass_some(self, source: "_Side", target: "_Side", chunk: bytes) -> None:
        target.write(chunk[: self.bytes_left], delay_s=0.0)
        self.bytes_left -= len(chunk)
        if self.bytes_left <= 0:
            self.mode = Mode.PASS
            target.finish()
            source.reset()

    async def _connect(self, side: "_Side") -> None:
        if self.mode is Mode.BLACKHOLE:
            side.is_damaged = True
            side.hold("connecting", is_held=False)
            return
        loop = asyncio.get_running_loop()
        other = _Side(self, is_reply=True)
        side.other, other.other = other, side
        try:
            async with asyncio.timeout(CONNECT_S_MAX):
                await loop.create_connection(lambda: other, "127.0.0.1", self._upstream())
        except OSError:
            side.other = None
            side.reset()
        else:
            side.hold("connecting", is_held=False)
            if side.is_gone:
                other.finish()

    def _cut(self, sides: "list[_Side]") -> None:
        for side in sides:
            for end in (side, side.other):
                if end is not None:
                    end.other = None
                    end.reset()


class _Side(asyncio.Protocol):
    """One of a connection's two sockets."""

    def __init__(self, proxy: Proxy, *, is_reply: bool) -> None:
        self.is_reply = is_reply
        self.other: _Side | None = None
        self.is_damaged = False
        self.is_gone = False
        self._proxy = proxy
        self._transport: asyncio.Transport | None = None
        self._holds: set[str] = set()
        self._held_back: list[bytes] = []
        """What came although reading had been stopped: some loops read once more."""

        self._late: deque[tuple[float, bytes]] = deque()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport  # type: ignore[assignment]  # uvloop's have no such base
        self._proxy.joined(self)

    def data_received(self, data: bytes) -> None:
        if self._holds:
            self._held_back.append(data)
        else:
            self._proxy.forward(self, data)

    def connection_lost(self, exc: Exception | None) -> None:
        self.is_gone = True
        self._proxy.left(self)

    def pause_writing(self) -> None:
        if self.other is not None:
            self.other.hold("full", is_held=True)

    def resume_writing(self) -> None:
        if self.other is not None:
            self.other.hold("full", is_held=False)

    def hold(self, reason: str, *, is_held: bool) -> None:
        """Stop reading for as long as there is any reason to."""
        was_held = bool(self._holds)
        self._holds = self._holds | {reason} if is_held else self._holds - {reason}
        if self._transport is None or self._transport.is_closing() or was_held == bool(self._holds):
            return
        if self._holds:
            self._transport.pause_reading()
        else:
            held_back, self._held_back = self._held_back, []
            for chunk in held_back:
                self._proxy.forward(self, chunk)
            self._transport.resume_reading()

    def write(self, chunk: bytes, *, delay_s: float) -> None:
        if self._transport is None or self._transport.is_closing():
            return
        if not delay_s and not self._late:
            self._transport.write(chunk)
            return
        loop = asyncio.get_running_loop()
        due_s = max(loop.time() + delay_s, self._late[-1][0] if self._late else 0.0)
        self._late.append((due_s, chunk))
        loop.call_at(due_s, self._write_late)

    def finish(self) -> None:
        """Send what is on its way, then close."""
        if self._transport is not None and not self._transport.is_closing():
            for _due_s, chunk in self._late:
                self._transport.write(chunk)
            self._transport.close()
        self._late.clear()

    def reset(self) -> None:
        """Close so that the other end gets an error, not a goodbye."""
        if self._transport is None or self._transport.is_closing():
            return
        end = self._transport.get_extra_info("socket")
        if end is not None:  # It is, if the other end has just gone by itself.
            with suppress(OSError), socket.socket(fileno=socket.dup(end.fileno())) as copy:
                copy.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._transport.abort()

    def _write_late(self) -> None:
        if self._late and self._transport is not None and not self._transport.is_closing():
            self._transport.write(self._late.popleft()[1])
