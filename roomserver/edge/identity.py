"""Who calls, where people are known: by a cookie, or by a token in one of three places."""

from typing import Final

from aiohttp import web

from roomserver.core.errors import BadToken, Forbidden, Unauthorized
from roomserver.core.model import Caller
from roomserver.edge.keys import SERVER
from roomserver.edge.origin import SAFE, check_origin, is_from_proxy, source_of
from roomserver.service.browser_sessions import SignedIn

PROTOCOL: Final = "roomserver.v1"
"""The WebSocket subprotocol. A token may stand beside it, as ``bearer.<token>``."""

_BEARER: Final = "bearer."
_COOKIE: Final = "roomserver_session"


async def known_caller(request: web.Request) -> Caller:
    """
    Return who asks, by the token or the cookie that comes with the request.

    A token counts before a cookie. A cookie comes by itself, so it counts only if the page
    that sent it says that it is one of ours, except where nothing is changed.

    Raises:
        Unauthorized: If there is neither, or it is not good any more.
        Forbidden: If the page that sent the cookie is not ours.

    """
    identity = request.app[SERVER].identity
    token = _token_of(request)
    if token is not None:
        return await identity.of_token(token, source=source_of(request))
    secret = request.cookies.get(cookie_name(request))
    if secret is None:
        raise Unauthorized("Sign in first, or send a token.")
    if request.method not in SAFE or "Upgrade" in request.headers:
        if "Origin" not in request.headers:
            raise Forbidden("A cookie needs an Origin. Programs send a token instead.")
        check_origin(request)
    caller = await identity.of_cookie(secret)
    if caller is None:
        raise Unauthorized("You are not signed in any more. Sign in again.")
    return caller


def cookie_name(request: web.Request) -> str:
    """Return the cookie's name. Under TLS a browser sees to it that no other host has set it."""
    return f"__Host-{_COOKIE}" if is_secure(request) else _COOKIE


def set_cookie(request: web.Request, response: web.Response, signed_in: SignedIn) -> None:
    """Let the browser stay signed in."""
    session = signed_in.session
    assert session.expires_at_ms is not None, "a browser's session ends"
    response.set_cookie(
        cookie_name(request),
        signed_in.secret,
        max_age=(session.expires_at_ms - session.created_at_ms) // 1_000,
        path="/",
        httponly=True,
        samesite="Lax",
        secure=is_secure(request),
    )


def forget_cookie(request: web.Request, response: web.Response) -> None:
    response.del_cookie(
        cookie_name(request),
        path="/",
        httponly=True,
        samesite="Lax",
        secure=is_secure(request),
    )


def is_secure(request: web.Request) -> bool:
    """Say whether the way from the browser to here, or to our proxy, is encrypted."""
    if request.secure:
        return True
    told = ",".join(request.headers.getall("X-Forwarded-Proto", ())).rpartition(",")[2]
    return told.strip().lower() == "https" and is_from_proxy(request)


def _token_of(request: web.Request) -> str | None:
    header = request.headers.get("Authorization")
    if header is not None:
        scheme, _, token = header.partition(" ")
        if scheme.lower() != "bearer":
            raise BadToken
        return token.strip()
    for offered in request.headers.get("Sec-WebSocket-Protocol", "").split(","):
        if offered.strip().startswith(_BEARER):
            return offered.strip().removeprefix(_BEARER)
    return request.query.get("token")
