"""Where a request comes from: addresses, hosts, and the pages that send it."""

import ipaddress
from typing import Final
from urllib.parse import urlsplit

from aiohttp import web

from roomserver.core.errors import Forbidden
from roomserver.edge.keys import SITE

_LOCAL_NAMES: Final = frozenset({"localhost", "127.0.0.1", "::1"})


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


def is_from_proxy(request: web.Request) -> bool:
    """Say whether the connection is that of a trusted proxy."""
    return _is_in(request.remote or "", request.app[SITE].trusted_proxies)


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
    if site.is_on_network or is_local_name(host):
        return
    if not any(urlsplit(origin).hostname == host for origin in site.allowed_origins):
        raise Forbidden(
            f"This server answers to localhost only, not to {host!r}. "
            "Behind a proxy, name its origin in [server] allowed_origins."
        )


def is_local_name(host: str) -> bool:
    """Say whether *host* means this machine to itself, and to others themselves."""
    return host in _LOCAL_NAMES or _is_loopback(host)


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
