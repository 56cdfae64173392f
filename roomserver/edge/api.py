"""``/api/v1``: rooms and their history, for pages and programs."""

import asyncio
from collections.abc import Mapping
from typing import Annotated, Final

import msgspec
from aiohttp import web
from msgspec import Meta, Struct

from roomserver.core import wire
from roomserver.core.errors import InvalidEvent, InvalidJson, TooSlow
from roomserver.core.model import Page, Room, RoomCount, RoomId, Seq, UserId
from roomserver.edge.caller import check_origin, query_int
from roomserver.edge.keys import SERVER
from roomserver.service.visit import HISTORY_DEFAULT

BODY_S_MAX: Final = 10.0
"""How long a request's body may take; aiohttp itself waits for ever."""

_NOBODY: Final = RoomCount(0, frozenset())


class NewRoom(Struct, frozen=True):
    """The body of ``POST /api/v1/rooms``."""

    name: Annotated[str, Meta(max_length=1_000)]


async def list_rooms(request: web.Request) -> web.Response:
    """``GET /api/v1/rooms[?user_id=]``: all rooms, who is there, and what somebody hasn't read."""
    server = request.app[SERVER]
    counts = await server.stats.counts()
    unread: Mapping[RoomId, int] = {}
    if "user_id" in request.query:
        reader = UserId(query_int(request, "user_id", at_least=1))
        unread = await server.register.unread(reader)
    rooms = []
    for room, last_seq in await server.rooms.listing():
        count = counts.get(room.id, _NOBODY)
        rooms.append(
            {
                **_facts(room),
                "last_seq": last_seq,
                "connections": count.connections,
                "users": len(count.user_ids),
                "unread": unread.get(room.id, 0),
            }
        )
    return web.json_response({"rooms": rooms})


async def create_room(request: web.Request) -> web.Response:
    """``POST /api/v1/rooms`` with ``{"name": "Book club"}``: the new room, with its address."""
    check_origin(request)
    try:
        wanted = msgspec.json.decode(await _body(request), type=NewRoom)
    except msgspec.ValidationError as error:
        raise InvalidEvent(f'{error}. Send {{"name": "Book club"}}', field="name") from None
    except msgspec.DecodeError:
        raise InvalidJson('The body is not JSON. Send {"name": "Book club"}') from None
    room = await request.app[SERVER].rooms.create(wanted.name)
    return web.json_response(
        _facts(room), status=201, headers={"Location": f"/api/v1/rooms/{room.slug}"}
    )


async def show_room(request: web.Request) -> web.Response:
    """``GET /api/v1/rooms/{room}``: one room, and the end of its log."""
    server = request.app[SERVER]
    room = await server.rooms.find(request.match_info["room"])
    return web.json_response({**_facts(room), "last_seq": await server.archive.head(room.id)})


async def list_messages(request: web.Request) -> web.Response:
    """``GET /api/v1/rooms/{room}/messages?before=|after=SEQ&limit=``: a page, oldest first."""
    server = request.app[SERVER]
    room = await server.rooms.find(request.match_info["room"])
    limit = query_int(request, "limit", at_least=1, default=HISTORY_DEFAULT)
    limit = min(limit, server.limits.history_messages_max)
    if "after" in request.query:
        after = Seq(query_int(request, "after"))
        page = (await server.archive.after(room.id, after, limit=limit)).page
    elif "before" in request.query:
        page = await server.archive.before(room.id, Seq(query_int(request, "before")), limit=limit)
    else:
        page = (await server.archive.latest(room.id, limit=limit)).page
    return web.Response(body=_page_json(page), content_type="application/json")


async def list_members(request: web.Request) -> web.Response:
    """``GET /api/v1/rooms/{room}/members``: who is here, who was, and how far each has read."""
    server = request.app[SERVER]
    room = await server.rooms.find(request.match_info["room"])
    present = {user.user_id for user in await server.attendance.present(room.id)}
    members = [
        {
            "user_id": each.user.user_id,
            "username": each.user.username,
            "online": each.user.user_id in present,
            "last_seen": wire.timestamp(each.last_seen_at_ms),
            "read_up_to": each.read_up_to,
        }
        for each in await server.register.listing(room.id)
    ]
    return web.json_response({"members": members})


async def _body(request: web.Request) -> bytes:
    try:
        async with asyncio.timeout(BODY_S_MAX):
            return await request.read()
    except TimeoutError:
        raise TooSlow(BODY_S_MAX) from None


def _facts(room: Room) -> dict[str, object]:
    return msgspec.structs.asdict(wire.face_of(room))


def _page_json(page: Page) -> bytes:
    return msgspec.json.encode(
        {
            "messages": wire.raw(page.records),
            "has_more": page.has_more,
        }
    )
