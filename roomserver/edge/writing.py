"""Answers that are larger than what a connection takes at once, to clients that take them."""

import asyncio
from contextlib import suppress
from typing import Final

from aiohttp import web

from roomserver.edge.middleware import Handler
from roomserver.service.tasks import ended

WRITE_S_MAX: Final = 10.0
"""For how long a client may take nothing of an answer; aiohttp itself waits for ever."""

AT_ONCE_BYTES: Final = 64 * 1024
"""What a transport takes before it makes whoever writes wait (asyncio's own high water)."""


@web.middleware
async def patiently_written(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Send what *handler* answers, and cut a client off that stops taking it."""
    response = await handler(request)
    transport = request.transport
    if transport is None or response.prepared or not isinstance(response, web.Response):
        return response
    # Small answers aren't looked at, unless the client has left others lying.
    if transport.get_write_buffer_size() + (response.content_length or 0) > AT_ONCE_BYTES:
        await response.prepare(request)
        await _write(response, transport)
    return response


async def _write(response: web.Response, transport: asyncio.WriteTransport) -> None:
    writing = asyncio.create_task(response.write_eof(), name="write an answer")
    left_bytes: float = float("inf")
    try:
        while not (await asyncio.wait([writing], timeout=WRITE_S_MAX))[0]:
            before, left_bytes = left_bytes, transport.get_write_buffer_size()
            if left_bytes >= before:
                transport.abort()
        with suppress(ConnectionError):
            await writing
    finally:
        await ended(writing)
