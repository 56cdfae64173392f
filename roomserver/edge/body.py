"""Bodies: a request's, within our patience, and an answer's."""

import asyncio
from typing import Final, TypeVar

import msgspec
from aiohttp import web

from roomserver.core.errors import InvalidEvent, InvalidJson, TooSlow

T = TypeVar("T")

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


async def body_as(request: web.Request, kind: type[T], *, example: str = "") -> T:
    """
    Read the body as JSON.

    Raises:
        InvalidJson: If it isn't JSON.
        InvalidEvent: If a field is not as it should be.
        TooSlow: If it doesn't come.

    """
    body = await body_of(request)
    advice = f" Send, for example: {example}" if example else ""
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.ValidationError as error:
        reason, _, path = str(error).partition(" - at `$.")
        field = path.rstrip("`") or None
        raise InvalidEvent(f"{reason}.{advice}", field=field) from None
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        raise InvalidJson(f"The body is not JSON.{advice}") from None


def json_answer(body: object, *, status: int = 200) -> web.Response:
    """Answer with *body*, which may hold structs and what is encoded already."""
    return web.Response(
        body=msgspec.json.encode(body), content_type="application/json", status=status
    )
