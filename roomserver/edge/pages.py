"""The chat page."""

from collections.abc import Awaitable, Callable
from functools import wraps

from aiohttp import web

from roomserver.core.address import parse_room
from roomserver.core.errors import NotFound, Unauthorized
from roomserver.core.model import CallerKind
from roomserver.edge.caller import caller_of
from roomserver.edge.keys import SERVER, SITE, TEMPLATES
from roomserver.edge.middleware import Handler
from roomserver.service.rooms import FIRST_ROOM

_Facts = Callable[[web.Request], Awaitable[dict[str, object]]]
"""What finds out what a page has to say."""


def drawn(template: str) -> Callable[[_Facts], Handler]:
    """Answer with *template*, filled with the facts that are returned."""

    def drawn_with(facts: _Facts) -> Handler:
        @wraps(facts)
        async def page(request: web.Request) -> web.StreamResponse:
            text = await request.app[TEMPLATES].draw(template, await facts(request))
            return web.Response(text=text, content_type="text/html")

        return page

    return drawn_with


def compressed(handler: Handler) -> Handler:
    """Send the answer compressed. It holds nothing secret that its length could betray."""

    @wraps(handler)
    async def compressing(request: web.Request) -> web.StreamResponse:
        answer = await handler(request)
        answer.enable_compression()
        answer.headers["Vary"] = "Accept-Encoding"
        return answer

    return compressing


@compressed
@drawn("room.html")
async def room_page(request: web.Request) -> dict[str, object]:
    """``GET /``, ``/rooms/{room}[/{message_id}]``: the page opens the place over its socket."""
    if not request.match_info.get("message_id", "1").isdecimal():
        raise NotFound
    address = parse_room(request.match_info.get("room", FIRST_ROOM))
    site = request.app[SITE]
    if site.mode == "accounts":
        await _send_to_sign_in(request)
        if "room" not in request.match_info:
            await _send_guest_home(request)
    return {
        "room": str(address),
        "mode": site.mode,
        "version": site.version,
        "open_on_network": site.is_open and site.is_on_network,
    }


def entry_page(entry: str, *, for_known: bool = False) -> Handler:
    """Return what answers with a page that lets people in, or a guest become an account."""

    @drawn("join.html" if entry == "join" else "entry.html")
    async def page(request: web.Request) -> dict[str, object]:
        site = request.app[SITE]
        if site.mode != "accounts":
            raise NotFound
        if for_known:
            await _send_to_sign_in(request)
        return {"entry": entry, "version": site.version}

    return page


@drawn("account.html")
async def account_page(request: web.Request) -> dict[str, object]:
    """``GET /account``: one's password, browsers and tokens; a guest has none of them yet."""
    site = request.app[SITE]
    if site.mode != "accounts":
        raise NotFound
    await _send_to_sign_in(request)
    if (await caller_of(request)).kind is CallerKind.GUEST:
        raise web.HTTPFound("/upgrade")
    return {"version": site.version}


async def _send_guest_home(request: web.Request) -> None:
    # The first room is none that they may see, unless it happens to be theirs.
    caller = await caller_of(request)
    if caller.kind is CallerKind.GUEST and caller.rooms:
        room = await request.app[SERVER].rooms.find(str(min(caller.rooms)))
        raise web.HTTPFound(f"/rooms/{room.slug}")


async def _send_to_sign_in(request: web.Request) -> None:
    try:
        await caller_of(request)
    except Unauthorized:
        raise web.HTTPFound("/sign-in") from None
