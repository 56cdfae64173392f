"""The body of a request, within our patience."""

import asyncio
from typing import Final

from aiohttp import web

from roomserver.core.errors import TooSlow

BODY_S_MAX: Final = 10.0
"""How long a request's body may take; aiohttp itself waits for ever."""


async def body_of(request: web.Request) -> bytes:
    """
    Return the body.

    Raises:
        TooSlow: If it doesn't come.

    """
    try:
        async with asyncio.timeout(BODY_S_MAX):
            return await request.read()
    except TimeoutError:
        raise TooSlow(BODY_S_MAX) from None
