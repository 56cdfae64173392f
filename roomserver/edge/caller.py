"""Who calls, from where: addresses, origins, and identity in open mode."""

import ipaddress
import re
from typing import Final
from urllib.parse import urlsplit

from aiohttp import web

from roomserver.core.errors import Forbidden, InvalidEvent, Unauthorized
from roomserver.core.model import INTEGER_MAX, Caller, User, UserId
from roomserver.core.text import check_username
from roomserver.edge.keys import SITE

_LOCAL_NAMES: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_WHOLE: Final = re.compile(r"[0-9]{1,16}", re.ASCII)


async def caller_of(request: web.Request) -> Caller:
    """
    Return who asks, by whatever means this server knows people.

    Raises:
        Unauthorized: If it can't be told.
        InvalidEvent: If they say that they are somebody whom nobody can be.

    """
    return Caller(user=_user_of(request))


def _user_of(request: web.Request) -> User:
    """
    Read who somebody says they are: ``?user_id=1&username=Juan``.

    Raises:
        Unauthorized: If one of the two is missing.
        InvalidEvent: If one of the two can't be a person's.

    """
    for name in ("user_id", "username"):
        if name not in request.query:
            raise Unauthorized(
                f"Say who you are: {name} is missing. Example: ?user_id=1&username=Ana", field=name
            )
    user_id = query_int(request, "user_id", at_least=1)
    return User(UserId(user_id), check_username(request.query["username"]))


def query_int(
    request: web.Request, name: str, *, at_least: int = 0, default: int | None = None
) -> int:
    """
    Read a whole number from the query.

    Raises:
        InvalidEvent: If it is missing without a *default*, or no number in range.

    """
    text = request.query.get(name)
    if text is None and default is not None:
        return default
    if text is None or not _WHOLE.fullmatch(text) or not at_least <= int(text) <= INTEGER_MAX:
        raise InvalidEvent(
            f"{name} must be a whole number from {at_least} to {INTEGER_MAX}.", field=name
        )
    return int(text)


def address_of(request: web.Request) -> str:
    """
    Return the caller's address, as a trusted proxy tells it.

    Without a trusted proxy it is the connection's own, whatever the headers say.
    """
    address = request.remote or "unknown"
    for hop in reversed(request.headers.get("X-Forwarded-For", "").split(",")):
        if not _is_in(address, request.app[SITE].trusted_proxies):
            break
        address = hop.strip() or address
    return address


def check_host(request: web.Request) -> None:
    """
    Refuse a name that isn't this machine's while only this machine is served.

    A hostile page can point its own host name at 127.0.0.1 (DNS rebinding): its requests
    then come from here, and to the browser they look like its own.

    Raises:
        Forbidden: If the Host header is somebody else's.

    """
    site = request.app[SITE]
    host = urlsplit(f"//{request.host}").hostname or ""
    if site.is_on_network or host in _LOCAL_NAMES or _is_loopback(host):
        return
    if not any(urlsplit(origin).hostname == host for origin in site.allowed_origins):
        raise Forbidden(
            f"This server answers to localhost only, not to {host!r}. "
            "Behind a proxy, name its origin in [server] allowed_origins."
        )


def check_origin(request: web.Request) -> None:
    """
    Refuse other hosts' pages. Programs, which send no Origin, pass.

    Raises:
        Forbidden: If the Origin is neither this host's own nor an allowed one.

    """
    origin = request.headers.get("Origin")
    if origin is None or origin in request.app[SITE].allowed_origins:
        return
    if origin not in (f"http://{request.host}", f"https://{request.host}"):
        raise Forbidden("Pages of other hosts may not connect here: see [server] allowed_origins.")


def is_browser(request: web.Request) -> bool:
    """Say whether a page asks: it can't read a refused upgrade, only a close code."""
    return "Origin" in request.headers


def _is_in(address: str, networks: tuple[str, ...]) -> bool:
    try:
        return any(ipaddress.ip_address(address) in ipaddress.ip_network(n) for n in networks)
    except ValueError:
        return False


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
