"""``GET /ws/{room}``: the WebSocket endpoint, one visit from the handshake to the goodbye."""

import logging
from collections.abc import Awaitable
from functools import partial
from typing import Final

from aiohttp import WSCloseCode, WSMsgType, web
from msgspec import Struct

from roomserver.core import wire
from roomserver.core.errors import (
    CLOSE_RESTART,
    Forbidden,
    InvalidEvent,
    RoomError,
    RoomNotFound,
    UpgradeRequired,
)
from roomserver.core.model import INTEGER_MAX, Caller, Room, Seq
from roomserver.core.policy import Action
from roomserver.edge.access import standing_in
from roomserver.edge.caller import (
    address_of,
    caller_of,
    check_origin,
    is_browser,
    query_int,
    source_of,
)
from roomserver.edge.identity import PROTOCOL
from roomserver.edge.keys import SERVER, SITE
from roomserver.edge.line import Line
from roomserver.edge.middleware import incident
from roomserver.edge.shell import Shell, ShellConnection
from roomserver.service.reading import Position
from roomserver.service.revocation import Watch
from roomserver.service.rights import Stay
from roomserver.service.visit import HISTORY_DEFAULT, Visit

log = logging.getLogger(__name__)

HEARTBEAT_S: Final = 25.0
"""Twice within the 60 s after which nginx drops a silent connection (proxy_read_timeout)."""

_CLEAN: Final = frozenset({0, WSCloseCode.OK, WSCloseCode.GOING_AWAY})
"""How a goodbye is said. 0 stands for a close frame without a code, which is websocat's."""


class Wishes(Struct, frozen=True, kw_only=True):
    """What the query asks for, besides who it is."""

    since: Position | None
    history: int
    is_text: bool


async def room_socket(request: web.Request) -> web.WebSocketResponse:
    """``GET /ws/{room}?user_id=&username=[&since=&epoch=][&history=][&format=text]``."""
    socket = web.WebSocketResponse(
        heartbeat=HEARTBEAT_S,
        # aiohttp refuses a frame of this size already, not only one above it.
        max_msg_size=request.app[SERVER].limits.frame_bytes_max + 1,
        compress=False,
        protocols=(PROTOCOL,),
    )
    if not _can_upgrade(request, socket):
        raise UpgradeRequired
    check_origin(request)
    try:
        return await _admit(request, socket)
    except RoomError as error:
        if socket.prepared or not is_browser(request):
            raise
        return await _refuse_in_the_open(request, socket, error)


def _can_upgrade(request: web.Request, socket: web.WebSocketResponse) -> bool:
    try:
        return bool(socket.can_prepare(request))
    except ValueError:
        # A header of the handshake isn't even ASCII, which aiohttp doesn't foresee.
        return False


async def _admit(request: web.Request, socket: web.WebSocketResponse) -> web.WebSocketResponse:
    server = request.app[SERVER]
    moment = server.revocations.moment
    caller, wishes = await caller_of(request), _wishes(request)
    source = source_of(request)
    with server.admission.admitted(source, caller.user.user_id):
        may_make = request.app[SITE].is_open
        address = request.match_info["room"]
        room = await server.rooms.enter(address, may_make=may_make)
        # First this: being in too many rooms would tell that there is one more.
        await standing_in(server, room, address, caller, Action.ENTER)
        with server.admission.in_room(caller.user.user_id, room.id):
            async with server.rights.staying(room.id, caller) as stay:
                stay.address = source
                await socket.prepare(request)
                line = Line(request, socket)
                visitor = room, stay, wishes
                try:
                    await _visit(request, line, socket=socket, visitor=visitor, moment=moment)
                finally:
                    await line.closed()
    return socket


async def _visit(
    request: web.Request,
    line: Line,
    *,
    socket: web.WebSocketResponse,
    visitor: tuple[Room, Stay, Wishes],
    moment: int,
) -> None:
    room, stay, wishes = visitor
    caller = stay.caller
    server = request.app[SERVER]
    shell_line = ShellConnection(line) if wishes.is_text else None
    visit = Visit(room, stay, connection=shell_line or line, services=server.visits)
    receive = visit.receive if shell_line is None else Shell(visit, shell_line, server).receive
    facts = {"room": room.id, "user": caller.user.user_id, "address": address_of(request)}
    log.info("a visit begins", extra=facts)
    try:
        with server.revocations.watching(
            caller, room.id, shell_line or line, since=moment
        ) as watch:
            visit.renew = partial(_renewed, request, stay, watch)
            await visit.begin(since=wishes.since, history=wishes.history)
            async for frame in socket:
                if frame.type is WSMsgType.TEXT:
                    await _receive(request, visit, receive(frame.data))
                elif frame.type is WSMsgType.BINARY:
                    line.close(WSCloseCode.UNSUPPORTED_DATA, "text frames only")
    except RoomNotFound:
        # It was there when it was last asked for: perhaps the database was restored.
        server.rooms.forget(room)
        line.close(CLOSE_RESTART, "the room is not there any more: come back")
    except RoomError as error:
        visit.refuse(error)
        line.close(error.close_code, error.code)
    finally:
        visit.end(is_clean=socket.close_code in _CLEAN)
        totals = {"messages": visit.totals.messages, "refusals": visit.totals.refusals}
        # aiohttp has what the client answered, which is 1000 for some whatever it was told.
        close_code = line.close_code or socket.close_code
        log.info("a visit ends", extra={**facts, "close_code": close_code, **totals})


async def _renewed(request: web.Request, stay: Stay, watch: Watch, token: str) -> Caller:
    server = request.app[SERVER]
    if request.app[SITE].is_open:
        raise Forbidden("Nobody shows tokens here.")
    moment = server.revocations.moment
    caller = await server.identity.of_token(token, source=stay.address)
    if caller.user.user_id != stay.caller.user.user_id:
        raise Forbidden("This token is another person's.")
    stay.caller = caller
    server.revocations.renew(watch, caller, since=moment)
    await server.rights.look_at(stay)
    return caller


async def _receive(request: web.Request, visit: Visit, carried_out: Awaitable[None]) -> None:
    try:
        await carried_out
    except Exception as error:  # noqa: BLE001 - the net: a bug must not end a conversation
        visit.refuse(incident(request, error))


async def _refuse_in_the_open(
    request: web.Request, socket: web.WebSocketResponse, error: RoomError
) -> web.WebSocketResponse:
    # A page can't read the answer to a failed upgrade: it is let in, told why, and shown out.
    await socket.prepare(request)
    await socket.send_str(wire.encode_error(error).decode())
    await socket.close(code=error.close_code, message=error.code.encode())
    return socket


def _wishes(request: web.Request) -> Wishes:
    query = request.query
    since = None
    if "since" in query:
        since = Position(Seq(query_int(request, "since")), query.get("epoch"))
    form = query.get("format", "json")
    if form not in ("json", "text"):
        raise InvalidEvent("format must be json or text.", field="format")
    history = query_int(request, "history", default=HISTORY_DEFAULT)
    return Wishes(since=since, history=min(history, INTEGER_MAX), is_text=form == "text")
