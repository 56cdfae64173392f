"""Addresses that other people and their phones can open, and the same as QR codes."""

import io
from typing import Annotated, Any, Final
from urllib.parse import urlsplit, urlunsplit

from aiohttp import web
from msgspec import Meta, Struct

from roomserver.core.errors import InvalidEvent
from roomserver.core.policy import Action
from roomserver.edge.access import readable_room
from roomserver.edge.body import body_as
from roomserver.edge.caller import caller_of, check_origin
from roomserver.edge.identity import is_secure
from roomserver.edge.keys import SITE
from roomserver.edge.origin import is_local_name

BORDER: Final = 4
"""The white around a QR code that readers need (ISO/IEC 18004)."""


class Link(Struct, frozen=True):
    """The body of ``POST /api/v1/qr``."""

    path: Annotated[str, Meta(min_length=1, max_length=500)]


async def room_qr(request: web.Request) -> web.Response:
    """``GET /rooms/{room}/qr.svg``: the room's address as a QR code."""
    room, _standing = await readable_room(request, Action.SEE)
    return _svg(f"{public_origin(request)}/rooms/{room.slug}")


async def room_link(request: web.Request) -> web.Response:
    """``GET /api/v1/rooms/{room}/link``: the address to give to others, and its QR code's."""
    room, _standing = await readable_room(request, Action.SEE)
    url = f"{public_origin(request)}/rooms/{room.slug}"
    return web.json_response({"url": url, "qr": f"/rooms/{room.slug}/qr.svg"})


async def link_qr(request: web.Request) -> web.Response:
    """
    ``POST /api/v1/qr``: an address of this server, such as an invitation, as a QR code.

    By POST, since its secret must stand in no address and so in no log.
    """
    check_origin(request)
    await caller_of(request)
    path = (await body_as(request, Link, example='{"path": "/join#…"}')).path
    if not path.startswith("/") or path.startswith("//") or not path.isprintable():
        raise InvalidEvent("path must begin with one slash: /rooms/general", field="path")
    return _svg(public_origin(request) + path)


def public_origin(request: web.Request) -> str:
    """
    Return the beginning of addresses that others can open.

    That is how the server was asked for; but who asks on this machine, by a name that means
    it to nobody else, gets the machine's address on the network if others may connect there.
    """
    scheme = "https" if is_secure(request) else "http"
    asked = urlsplit(f"//{request.host}")
    address = request.app[SITE].network_address
    if address is None or not is_local_name(asked.hostname or ""):
        return f"{scheme}://{request.host}"
    return network_origin(address, asked.port, scheme=scheme)


def network_origin(address: str, port: int | None, *, scheme: str = "http") -> str:
    """Return the beginning of addresses at the machine's *address* on the network."""
    host = f"[{address}]" if ":" in address else address
    return urlunsplit((scheme, host if port is None else f"{host}:{port}", "", "", ""))


def qr_for_terminal(url: str) -> str:
    """Draw *url* in characters, two modules in each."""
    drawing = io.StringIO()
    _qr(url, "l").terminal(out=drawing, compact=True, border=2)
    return drawing.getvalue().rstrip("\n")


def _qr(url: str, error: str) -> Any:
    # Imported when a code is asked for: most servers are never asked.
    import segno

    return segno.make_qr(url, error=error)


def _svg(url: str) -> web.Response:
    drawing = io.BytesIO()
    # White behind it: on a dark page a reader would find nothing.
    _qr(url, "m").save(
        drawing,
        kind="svg",
        border=BORDER,
        dark="#000",
        light="#fff",
        omitsize=True,
        xmldecl=False,
    )
    return web.Response(body=drawing.getvalue(), content_type="image/svg+xml")
