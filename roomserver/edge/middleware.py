"""Around every handler: refusals become answers, and every answer says how to treat it."""

import logging
from collections.abc import Awaitable, Callable
from typing import Final
from uuid import uuid4

from aiohttp import web

from roomserver.core import wire
from roomserver.core.errors import (
    BodyTooLong,
    Internal,
    MethodNotAllowed,
    NotFound,
    RateLimited,
    RoomError,
)
from roomserver.edge.caller import check_host, check_origin
from roomserver.edge.keys import PATIENCE, SERVER
from roomserver.edge.origin import SAFE

log = logging.getLogger(__name__)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

BODY_BYTES_MAX: Final = 64 * 1024

SOON: Final = 503
"""The status of what is over in a moment."""

CLIENT_LEFT: Final = 499
"""What nginx calls it, too. Nobody is there to read it."""

SECURITY_HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
        "connect-src 'self'; manifest-src 'self'; worker-src 'self'; base-uri 'none'; "
        "form-action 'self'; frame-ancestors 'none'; require-trusted-types-for 'script'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Server": "roomserver",
}


@web.middleware
async def refusals_as_json(request: web.Request, handler: Handler) -> web.StreamResponse:
    """The one net around all handlers: whatever is no refusal of ours is a bug, and is logged."""
    request.app[PATIENCE].heard(request)
    try:
        check_host(request)
        if request.method not in SAFE:
            check_origin(request)
        return await handler(request)
    except RoomError as error:
        request.app[SERVER].refusals.note(error)
        return _answer(error)
    except web.HTTPNotFound:
        return _answer(NotFound())
    except web.HTTPMethodNotAllowed as error:
        return _answer(MethodNotAllowed(request.method), Allow=error.headers["Allow"])
    except web.HTTPRequestEntityTooLarge:
        return _answer(BodyTooLong(BODY_BYTES_MAX))
    except web.HTTPException:
        raise
    except Exception as error:  # noqa: BLE001 - the net: a bug must not end more than one request
        return _unexpected(request, error)


def incident(method: str, path: str, error: Exception) -> Internal:
    """Log *error*, a bug of ours that a request to *path* has met, and say under which id."""
    name = uuid4().hex[:8]
    log.error(
        "an unhandled error",
        exc_info=error,
        extra={"incident": name, "method": method, "path": path},
    )
    return Internal(name)


async def add_security_headers(_request: web.Request, response: web.StreamResponse) -> None:
    """Say to a browser what the answer may do (an ``on_response_prepare`` signal)."""
    if isinstance(response, web.WebSocketResponse):
        return  # It shows no page, and would keep them for as long as it is open.
    response.headers.update(SECURITY_HEADERS)
    response.headers.setdefault("Cache-Control", "no-store")


def _unexpected(request: web.Request, error: Exception) -> web.Response:
    has_left = request.transport is None or request.transport.is_closing()
    if has_left and isinstance(error, ConnectionResetError):
        log.info("a client left before it was answered", extra={"path": request.path})
        return web.Response(status=CLIENT_LEFT)
    return _answer(incident(request.method, request.path, error))


def _answer(error: RoomError, **headers: str) -> web.Response:
    if isinstance(error, RateLimited):
        headers["Retry-After"] = str(1 + error.retry_after_ms // 1000)
    elif error.http_status == SOON:
        headers["Retry-After"] = "1"
    return web.Response(
        body=wire.encode_error(error),
        content_type="application/json",
        status=error.http_status,
        headers=headers,
    )
