"""
A WebSocket as the services see it: bytes go straight to the transport.

Frames come ready made and shared, so nothing is encoded, copied or awaited per member.
aiohttp writes its own frames (ping, pong, close) to the same transport; each write is
whole frames, so they may alternate.
"""

import asyncio
from contextlib import suppress
from typing import Final

from aiohttp import web

from roomserver.core.frame import Bundle, text_frame

GOODBYE_S_MAX: Final = 5.0
"""How long a reader has to take the rest and to answer a goodbye before it is cut off."""


class Line:
    """A :class:`~roomserver.ports.connection.Connection` over an accepted WebSocket."""

    __slots__ = (
        "_answers",
        "_goodbye",
        "_request",
        "_socket",
        "_transport",
        "close_code",
        "is_closing",
    )

    def __init__(self, request: web.Request, socket: web.WebSocketResponse) -> None:
        transport = request.transport
        if transport is None:
            raise ConnectionResetError("gone before it was accepted")
        self._transport = transport
        self._request = request
        self._socket = socket
        self._goodbye: asyncio.Task[None] | None = None
        self._answers: list[bytes] = []
        """Frames that wait for the next write of this tick: each write is a system call."""

        self.is_closing = False
        self.close_code: int | None = None
        """With which code this side has said goodbye, if it was the first to do so."""

    def deliver(self, bundle: Bundle) -> None:
        if not self.is_closing and not self._transport.is_closing():
            frames = bundle.frames
            if self._answers:
                frames = b"".join((*self._answers, frames))
                self._answers.clear()
            self._transport.write(frames)

    def answer(self, payload: bytes) -> None:
        if not self.is_closing:
            if not self._answers:
                asyncio.get_running_loop().call_soon(self._send_answers)
            self._answers.append(text_frame(payload))

    def waiting_bytes(self) -> int:
        return self._transport.get_write_buffer_size()

    def close(self, code: int, reason: str) -> None:
        if self._goodbye is None:
            self._send_answers()
            self.is_closing = True
            self.close_code = code
            self._goodbye = asyncio.create_task(self._say_goodbye(code, reason), name="goodbye")

    async def drained(self) -> None:
        with suppress(ConnectionError):
            await self._request.writer.drain()

    async def closed(self) -> None:
        """Wait for the end of a goodbye that :meth:`close` began."""
        self.is_closing = True
        if self._goodbye is not None:
            await self._goodbye

    def _send_answers(self) -> None:
        if self._answers and not self._transport.is_closing():
            self._transport.write(b"".join(self._answers))
        self._answers.clear()

    async def _say_goodbye(self, code: int, reason: str) -> None:
        try:
            async with asyncio.timeout(GOODBYE_S_MAX):
                await self._socket.close(code=code, message=reason.encode(), drain=False)
        except TimeoutError:
            # It doesn't read: closing politely would wait for ever for its buffer to empty.
            self._transport.abort()
