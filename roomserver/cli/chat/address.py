"""Where a room is: the address that a person gives, and those that the client asks."""

from collections.abc import Mapping
from typing import Final
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

from msgspec import Struct

PORT_DEFAULT: Final = 8000
ROOM_DEFAULT: Final = "general"
ADDRESS_DEFAULT: Final = f"http://localhost:{PORT_DEFAULT}/rooms/{ROOM_DEFAULT}"

_SCHEMES: Final = {"ws": "http", "wss": "https", "http": "http", "https": "https"}


class BadAddress(Exception):
    """An address that leads to no room: the sentence shows one that would."""


class Address(Struct, frozen=True, kw_only=True):
    """
    A room of a server.

    *query* is what the address said besides, as the seed of many a copied address does:
    ``ws://localhost:8000/ws/1?user_id=1&username=Juan``.
    """

    server: str
    room: str
    query: Mapping[str, str]

    @property
    def host(self) -> str:
        return urlsplit(self.server).netloc

    @property
    def stats(self) -> str:
        return f"{self.server}/ws/stats"

    def socket(self, query: Mapping[str, str]) -> str:
        everything = urlencode({**self.query, **query}, errors="replace")
        return f"{self.server}/ws/{quote(self.room, safe='', errors='replace')}?{everything}"


def parse_address(text: str, *, room: str | None = None) -> Address:
    """
    Read a page's or a socket's address, or just ``host``, ``host:port`` or ``host:port/room``.

    *room* has the last word. Without a scheme, the port is the server's own default.

    Raises:
        BadAddress: If there is no telling what it means.

    """
    has_scheme = "://" in text
    try:
        parts = urlsplit(text if has_scheme else f"http://{text}")
        host, port = parts.hostname, parts.port
    except ValueError:
        raise _bad(text) from None
    if not host or parts.scheme not in _SCHEMES or any(char.isspace() for char in text):
        raise _bad(text)
    if port is None and not has_scheme:
        port = PORT_DEFAULT
    name = f"[{host}]" if ":" in host else host
    prefix, room_in_path = _split_path(parts.path)
    return Address(
        server=f"{_SCHEMES[parts.scheme]}://{name}{'' if port is None else f':{port}'}{prefix}",
        room=room or room_in_path or ROOM_DEFAULT,
        query=dict(parse_qsl(parts.query)),
    )


def _split_path(path: str) -> tuple[str, str | None]:
    """Part a path into what a proxy puts before the server's own addresses, and the room."""
    segments = [segment for segment in path.split("/") if segment]
    for place in ("rooms", "ws"):
        if place in segments:
            at = segments.index(place)
            prefix, rest = segments[:at], segments[at + 1 :]
            return "".join(f"/{part}" for part in prefix), unquote(rest[0]) if rest else None
    return "", unquote(segments[0]) if segments else None


def _bad(text: str) -> BadAddress:
    return BadAddress(f"{text!r} is no room's address. One looks like this: {ADDRESS_DEFAULT}")
