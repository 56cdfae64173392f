"""The chat page."""

import aiohttp_jinja2
from aiohttp import web

from roomserver.core.address import parse_room
from roomserver.edge.keys import SITE
from roomserver.service.rooms import FIRST_ROOM


@aiohttp_jinja2.template("room.html")
async def room_page(request: web.Request) -> dict[str, object]:
    """``GET /`` and ``GET /rooms/{room}``: the page opens the room by itself, over its socket."""
    address = parse_room(request.match_info.get("room", FIRST_ROOM))
    site = request.app[SITE]
    return {"room": str(address), "version": site.version, "open_on_network": site.is_on_network}
