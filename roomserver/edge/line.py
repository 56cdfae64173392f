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

from roomserver.core.frame import Bundle

GOODBYE_S_MAX: Final = 5.0
"""How long a reader has to take the rest and to answer a goodbye before it is cut off."""


class Line:
    """A :class:`~roomserver.ports.connection.Connection` over an accepted WebSocket."""

    __slots__ = ("_goodbye", "_request", "_socket", "_transport", "close_code", "is_closing")

    def __init__(self, request: web.Request, socket: web.WebSocketResponse) -> None:
        transport = request.transport
        if transport is None:
            raise ConnectionResetError("gone before it was accepted")
        self._transport = transport
        self._request = request
        self._socket = socket
        self._goodbye: asyncio.Task[None] | None = None
        self.is_closing = False
        self.close_code: int | None = None
        """With which code this side has said goodbye, if it was the first to do so."""

    def deliver(self, bundle: Bundle) -> None:
        if not self.is_closing and not self._transport.is_closing():
            self._transport.write(bundle.frames)

    def waiting_bytes(self) -> int:
        return self._transport.get_write_buffer_size()

    def close(self, code: int, reason: str) -> None:
        if self._goodbye is None:
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

    async def _say_goodbye(self, code: int, reason: str) -> None:
        try:
            async with asyncio.timeout(GOODBYE_S_MAX):
                await self._socket.close(code=code, message=reason.encode(), drain=False)
        except TimeoutError:
            # It doesn't read: closing politely would wait for ever for its buffer to empty.
            self._transport.abort()
