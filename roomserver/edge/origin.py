"""Where a request comes from: addresses, hosts, and the pages that send it."""

import ipaddress
import re
from typing import Final
from urllib.parse import urlsplit

from aiohttp import web

from roomserver.core.errors import Forbidden
from roomserver.edge.addresses import counted_as, is_in, read_address
from roomserver.edge.keys import SITE

_PRIVATE_ENDS: Final = (
    *(".home", ".home.arpa", ".internal", ".intranet", ".lan", ".local", ".localdomain"),
    *(".localhost", ".private", ".test"),
)
"""Of networks of one's own: reserved (RFC 6761, 6762, 8375), or never given to anybody."""

_LOCAL_NAMES: Final = frozenset({"localhost", "127.0.0.1", "::1"})

_HOST: Final = re.compile(
    r"(?:[a-z0-9_.-]+|\[[0-9a-f:.]+\])(?::(?:[0-5]?[0-9]{1,4}|6[0-5][0-9]{3}))?",
    re.ASCII | re.IGNORECASE,
)
"""A name or an address, and perhaps a port."""

SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
"""Methods that change nothing, so that any page may use them. It can't read the answer."""


_ADDRESS: Final = web.RequestKey("address", str)


def address_of(request: web.Request) -> str:
    """
    Return the caller's address, as a trusted proxy tells it.

    Without a trusted proxy it is the connection's own, whatever the headers say.
    """
    known = request.get(_ADDRESS)
    if known is None:
        # It is asked for several times while somebody comes in, and reading it is not free.
        known = request[_ADDRESS] = _told_address(request)
    return known


def _told_address(request: web.Request) -> str:
    address = read_address(request.remote or "") or "unknown"
    # Some proxies add to the client's header, others add one of their own behind it.
    hops = ",".join(request.headers.getall("X-Forwarded-For", ()))
    for hop in reversed(hops.split(",")):
        told = read_address(hop)
        if told is None or not is_in(address, request.app[SITE].trusted_proxies):
            break
        address = told
    return address


def source_of(request: web.Request) -> str:
    """
    Return what is counted as one address.

    In IPv6 that is a network of 64 bits: whoever has one address there has all of it.
    """
    return counted_as(address_of(request))


def is_from_proxy(request: web.Request) -> bool:
    """Say whether the connection is that of a trusted proxy."""
    address = read_address(request.remote or "")
    return address is not None and is_in(address, request.app[SITE].trusted_proxies)


def check_host(request: web.Request) -> None:
    """
    Refuse a name that a hostile page could have.

    It can point its own host name at this machine (DNS rebinding): its requests then come
    from whoever looks at it, and to the browser they look like its own. Where people are
    known, they bring nobody's cookie. Where everybody is believed, only names count that
    nobody can have in public, and those of the configuration.

    Raises:
        Forbidden: If the Host header is somebody else's, or nobody's.

    """
    site = request.app[SITE]
    if not _HOST.fullmatch(request.host):
        raise Forbidden("The Host header is no host's name.")
    host = urlsplit(f"//{request.host}").hostname or ""
    if is_local_name(host) or (site.is_on_network and not site.is_open):
        return
    if site.is_on_network and _is_private_name(host):
        return
    if not any(urlsplit(origin).hostname == host for origin in site.allowed_origins):
        answers_to = "names of your own network" if site.is_on_network else "localhost"
        raise Forbidden(
            f"This server answers to {answers_to} only, not to {host!r}. "
            "If that is its name, put its origin into [server] allowed_origins."
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


def _is_private_name(host: str) -> bool:
    """Say whether nobody can have *host* as their own in the public DNS: an address, or such."""
    return "." not in host or host.endswith(_PRIVATE_ENDS) or read_address(host) is not None


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
