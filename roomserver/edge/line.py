"""
A WebSocket as the services see it, standing directly on the transport.

Once a request has become a WebSocket, a line takes the connection over from aiohttp
(:mod:`~roomserver.edge.handover`): bytes that arrive are carried out where they are read, and
frames that leave come ready made and shared, so nothing is queued, awaited or copied for
each member. Only what has to wait (a page of history, say) gets a task, for as long as it does.
"""

import asyncio
from collections.abc import Awaitable
from typing import Final, Protocol

from aiohttp import WSCloseCode, WSMessage, WSMsgType
from aiohttp.http import WebSocketError, WebSocketReader

from roomserver.core.frame import Bundle, close_frame, ping_frame, pong_frame, text_frame
from roomserver.edge.borrowed_socket import BorrowedSocket
from roomserver.edge.incoming import Incoming
from roomserver.edge.shared_pages import SHARED_BYTES_MIN, SharedPages

GOODBYE_S_MAX: Final = 5.0
"""How long a reader has to take the rest and to answer a goodbye before it is cut off."""

LATER_BYTES_MAX: Final = 64 * 1024
"""What is read ahead while something has to wait; then nothing more is read."""

FRAME_OVERHEAD_BYTES: Final = 128
"""What a frame takes while it waits, however little it says: empty ones must end somewhere too."""

# Named once: asking an enumeration for a member takes Python 3.11 as long as a call.
_TEXT: Final = WSMsgType.TEXT
_BINARY: Final = WSMsgType.BINARY

PING_AFTER_BEATS: Final = 5
GONE_AFTER_BEATS: Final = 8
"""After so many beats of silence a client is asked for a sign of life, and given up."""


class Listener(Protocol):
    """Whose line it is. A frame is heard only when the one before it has been carried out."""

    def hear(self, frame: str) -> Awaitable[None] | None:
        """Carry out one frame; return what is left to wait for. Neither may raise."""
        ...

    def leave(self, line: "Line") -> None:
        """Hear that nothing more will come. Called once."""
        ...


class Lines(Protocol):
    """Who looks after all lines."""

    loop: asyncio.AbstractEventLoop
    incoming: Incoming
    pages: SharedPages
    full_bytes: int
    """What may wait for a reader before it counts as slow."""

    def forget(self, line: "Line") -> None:
        """Look after *line* no more: its connection has ended."""
        ...


class Line(asyncio.Protocol):
    """A :class:`~roomserver.ports.connection.Connection` over an accepted WebSocket."""

    __slots__ = (
        "_answers",
        "_beats",
        "_goodbye",
        "_is_full",
        "_later",
        "_later_bytes",
        "_lines",
        "_listener",
        "_owed_pong",
        "_reader",
        "_room_again",
        "_socket",
        "_transport",
        "_way",
        "_working",
        "close_code",
        "heard_code",
        "is_closing",
    )

    def __init__(self, transport: asyncio.Transport, lines: Lines) -> None:
        transport.set_write_buffer_limits(high=lines.full_bytes)
        self._transport = transport
        self._socket = BorrowedSocket.of(transport)
        self._way: BorrowedSocket | None = None
        """The socket, while nothing is in the way past the transport: no answer and no goodbye, and
        nothing that the transport has yet to send. What is told to the room leaves by it."""

        self._lines = lines
        self._reader: WebSocketReader | None = lines.incoming.reader()
        """None once the protocol was broken: what comes behind that can't be read."""

        self._listener: Listener | None = None
        """None again once it knows that nothing more will come: they hold each other, and only
        the collector would find that nobody else does."""

        self._answers: list[bytes] = []
        """Frames that wait for the next write of this tick: each write is a system call."""

        self._later: list[WSMessage] | None = None
        """What came while the frame before it was being carried out."""

        self._later_bytes = 0
        self._working: asyncio.Task[None] | None = None
        self._is_full = False
        """Whether the reader has left more than ``lines.full_bytes`` lying."""

        self._room_again: asyncio.Event | None = None
        self._owed_pong: bytes | None = None
        self._beats = 0
        """How long nothing has been heard."""

        self._goodbye: asyncio.TimerHandle | None = None
        self.is_closing = False
        self.close_code: int | None = None
        """With which code this side has said goodbye, if it was the first to do so."""

        self.heard_code: int | None = None
        """With which code the other side said goodbye; 0 if it named none."""

    def begin(self, listener: Listener) -> None:
        """From now on *listener* hears what comes, and what has come since the handshake."""
        self._listener = listener
        if self._later:
            self._work(None)
        if self.is_closing:
            self._end_soon()

    # What the services call: see Connection.

    def offer(self, frames: bytes) -> bool:
        # Asked of everybody in the room: whatever has to be looked at here is far away in memory.
        if self._way is None or len(frames) >= SHARED_BYTES_MIN:
            return self._offer_with_care(frames)
        try:
            taken = self._way.send(frames)
        except OSError:
            taken = 0  # It is full or broken. The transport will find that too.
        if taken < len(frames):
            self._write(memoryview(frames)[taken:] if taken else frames)
        return True

    def deliver(self, bundle: Bundle) -> None:
        if not self.is_closing:
            self._write(self._behind_answers(bundle.frames))

    def answer(self, payload: bytes) -> None:
        if not self.is_closing:
            if not self._answers:
                self._lines.loop.call_soon(self._send_answers)
                self._way = None
            self._answers.append(text_frame(payload))

    def waiting_bytes(self) -> int:
        # Asked before every delivery, and of nearly everybody: the transport says when to ask it.
        return self._transport.get_write_buffer_size() if self._is_full else 0

    def close(self, code: int, reason: str) -> None:
        if self.is_closing:
            return
        self._send_answers()
        self.close_code = code
        self._write(close_frame(code, reason))
        self._say_goodbye()

    async def drained(self) -> None:
        if self._is_full:
            if self._room_again is None:
                self._room_again = asyncio.Event()
            await self._room_again.wait()

    # What the transport calls: see asyncio.Protocol.

    def data_received(self, data: bytes) -> None:
        self._beats = 0
        incoming = self._lines.incoming
        if self._reader is None:
            return
        try:
            messages = incoming.read(self._reader, data)
        except WebSocketError as error:
            for message in incoming.rest():
                self._take(message)
            self._fail(error)
            return
        for message in messages:
            self._take(message)

    def pause_writing(self) -> None:
        self._is_full = True

    def resume_writing(self) -> None:
        self._is_full = False
        self._beats = 0  # They take what they get: a sign of life, also where nothing is read.
        if self._room_again is not None:
            self._room_again.set()
            self._room_again = None
        if self._owed_pong is not None and not self.is_closing:
            self._write(pong_frame(self._owed_pong))
            self._owed_pong = None

    def connection_lost(self, error: Exception | None) -> None:
        self.is_closing = True
        self._way = None
        self.resume_writing()
        if self._goodbye is not None:
            self._goodbye.cancel()
            self._goodbye = None
        self._lines.forget(self)
        self._end()

    # What the lines' pulse calls.

    def beat(self) -> None:
        """Note that time goes by; ask for a sign of life, or give up the wait for one."""
        if self.is_closing or not (self._is_full or self._transport.is_reading()):
            return  # Whoever takes what they get is not silent: it is we who don't listen now.
        self._beats += 1
        if self._beats == PING_AFTER_BEATS:
            self._write(ping_frame())
        elif self._beats >= GONE_AFTER_BEATS:
            self._transport.abort()

    def abort(self) -> None:
        """Hang up without a word."""
        self._transport.abort()

    def _take(self, message: WSMessage) -> None:
        if message.type is _TEXT or message.type is _BINARY:
            if self.is_closing:
                return
            if self._listener is None or self._working is not None:
                self._take_later(message)
            else:
                rest = self._carry_out(self._listener, message)
                if rest is not None:
                    self._work(rest)
        elif message.type is WSMsgType.PING:
            self._pong(message.data)
        elif message.type is WSMsgType.CLOSE:
            if self.is_closing or (self._listener is not None and self._working is None):
                self._hear_goodbye(message)
            else:
                self._take_later(message)

    def _carry_out(self, listener: Listener, message: WSMessage) -> Awaitable[None] | None:
        if message.type is _TEXT:
            return listener.hear(message.data)
        if message.type is _BINARY:
            self.close(WSCloseCode.UNSUPPORTED_DATA, "text frames only")
        else:
            self._hear_goodbye(message)
        return None

    def _take_later(self, message: WSMessage) -> None:
        if self._later is None:
            self._later = []
        self._later.append(message)
        size = len(message.data) if message.type is _TEXT else 0
        self._later_bytes += size + FRAME_OVERHEAD_BYTES
        if self._later_bytes > LATER_BYTES_MAX:
            self._transport.pause_reading()

    def _work(self, rest: Awaitable[None] | None) -> None:
        self._working = asyncio.create_task(self._work_on(rest), name="carry out frames")

    async def _work_on(self, rest: Awaitable[None] | None) -> None:
        assert self._listener is not None, "nothing is carried out before begin()"
        try:
            if rest is not None:
                await rest
            while self._later and self.close_code is None:
                rest = self._carry_out(self._listener, self._later.pop(0))
                if rest is not None:
                    await rest
        finally:
            self._working = None
            self._later, self._later_bytes = None, 0
            if self.is_closing:
                self._end()
            elif not self._transport.is_reading() and not self._transport.is_closing():
                self._transport.resume_reading()

    def _pong(self, payload: bytes) -> None:
        if self.is_closing:
            return
        if self._is_full:
            # Only the latest of several pings has to be answered (RFC 6455 section 5.5.3).
            self._owed_pong = payload
        else:
            self._write(pong_frame(payload))

    def _hear_goodbye(self, message: WSMessage) -> None:
        self.heard_code = message.data
        if self.close_code is None and not self.is_closing:
            self._send_answers()
            self._write(close_frame(message.data or None, ""))
            self._say_goodbye()
        # The server hangs up first (RFC 6455 section 7.1.1), behind what is still to be sent.
        self._transport.close()

    def _fail(self, error: WebSocketError) -> None:
        """Say what was wrong, and listen no more."""
        self._reader = None
        self.close(error.code, str(error))
        if self._transport.can_write_eof() and not self._transport.is_closing():
            # Hung up at once, what it still sends would take our last words from it (TCP's RST).
            self._transport.write_eof()

    def _say_goodbye(self) -> None:
        self.is_closing = True
        self._way = None
        self._goodbye = self._lines.loop.call_later(GOODBYE_S_MAX, self._transport.abort)
        self._end_soon()

    def _end_soon(self) -> None:
        # Not at once: whoever closes may be in the midst of something.
        self._lines.loop.call_soon(self._end)

    def _end(self) -> None:
        if self._listener is not None and self._working is None:
            listener, self._listener = self._listener, None
            listener.leave(self)

    def _offer_with_care(self, frames: bytes) -> bool:
        if self._is_full or self.is_closing or self._transport.is_closing():
            return False
        if len(frames) < SHARED_BYTES_MIN:
            self._write(self._behind_answers(frames))
        else:
            self._send_answers()
            taken = 0
            if not self._transport.get_write_buffer_size():
                taken = self._lines.pages.lend(frames, self._socket.fileno())
            if taken < len(frames):
                self._write(memoryview(frames)[taken:] if taken else frames)
        if not self._transport.get_write_buffer_size():
            self._way = self._socket
        return True

    def _behind_answers(self, frames: bytes) -> bytes:
        """Return one write for all answers that have to leave before, and *frames*."""
        if self._answers:
            frames = b"".join((*self._answers, frames))
            self._answers.clear()
        return frames

    def _send_answers(self) -> None:
        if self._answers:
            self._write(b"".join(self._answers))
            self._answers.clear()

    def _write(self, frames: bytes | memoryview) -> None:
        self._way = None
        if not self._transport.is_closing():
            self._transport.write(frames)
