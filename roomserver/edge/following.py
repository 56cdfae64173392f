"""``GET /api/v1/rooms/{room}/events``: a room's log as it grows, for EventSource and curl."""

import asyncio
from typing import Final

from aiohttp import web

from roomserver.core import wire
from roomserver.core.errors import RoomError, RoomNotFound
from roomserver.core.model import INTEGER_MAX, Seq
from roomserver.core.policy import Action
from roomserver.edge.access import readable_room, reader_of
from roomserver.edge.caller import check_origin, query_int, source_of
from roomserver.edge.event_stream import HEADERS, EventStream, a_pause_ms, position_in
from roomserver.edge.keys import SERVER
from roomserver.edge.middleware import SOON, incident
from roomserver.service.follower import Follower
from roomserver.service.reading import Opening, Position
from roomserver.service.tasks import ended

LATER_MS: Final = 10_000
"""When to come back to where there are too many."""


async def room_events(request: web.Request) -> web.StreamResponse:
    """``GET …/events[?since=&epoch=][&history=]``: the log as Server-Sent Events."""
    check_origin(request)
    try:
        return await _admit(request)
    except RoomError as error:
        if not error.retryable or HEADERS["Content-Type"] not in request.headers.get("Accept", ""):
            raise
        return _come_back(request, error)


async def _admit(request: web.Request) -> web.StreamResponse:
    server = request.app[SERVER]
    moment = server.revocations.moment
    reader = await reader_of(request)
    room, _standing = await readable_room(request, Action.READ)
    since, history = _position(request), query_int(request, "history", default=0)
    user_id = reader.user.user_id
    # It is a connection like any other, and counts as one.
    with server.admission.admit(source_of(request), user_id) as ticket:
        ticket.sit(room.id)
        async with server.rights.staying(room.id, reader) as stay:
            stream = EventStream(request)
            follower = Follower(room, stay, connection=stream, services=server.visits)
            with server.revocations.watching(reader, room.id, stream, since=moment):
                try:
                    opened = await follower.begin(since=since, history=min(history, INTEGER_MAX))
                    return await _follow(request, stream, follower, opened)
                except RoomNotFound:
                    # It was there a moment ago: perhaps the database was restored.
                    server.rooms.forget(room)
                    raise
                finally:
                    follower.end()


async def _follow(
    request: web.Request, stream: EventStream, follower: Follower, opened: Opening
) -> web.StreamResponse:
    response = web.StreamResponse(headers=HEADERS)
    await response.prepare(request)
    first = opened.stretch.page.records
    before = Seq(first[0].seq - 1) if first else opened.end
    stream.begin(Position(before, opened.stretch.epoch))
    writing = asyncio.create_task(stream.write_to(response), name="write events")
    telling = asyncio.create_task(_tell(request, follower, opened), name="tell events")
    try:
        # Whoever has hung up is read no more of the log for.
        await asyncio.wait([writing, telling], return_when=asyncio.FIRST_COMPLETED)
        await writing
    finally:
        await ended(writing, telling)
    return response


async def _tell(request: web.Request, follower: Follower, opened: Opening) -> None:
    # The answer has begun: its status can't say any more what goes wrong.
    try:
        await follower.tell(opened)
    except RoomError as error:
        follower.refuse(error)
    except Exception as error:  # noqa: BLE001 - the net, as around every handler
        follower.refuse(incident(request.method, request.path, error))


def _come_back(request: web.Request, error: RoomError) -> web.Response:
    # A browser's EventSource gives up for good when the status isn't 200.
    request.app[SERVER].refusals.note(error)
    pause_ms = getattr(error, "retry_after_ms", None)
    if pause_ms is None:
        pause_ms = a_pause_ms() if error.http_status == SOON else LATER_MS
    told = b"retry: %d\ndata: %b\n\n" % (pause_ms, wire.encode_error(error))
    return web.Response(body=told, headers=HEADERS)


def _position(request: web.Request) -> Position | None:
    """Return where to go on: what a browser says when it comes back counts before its address."""
    if last_event_id := request.headers.get("Last-Event-ID"):
        return position_in(last_event_id)
    if "since" in request.query:
        return Position(Seq(query_int(request, "since")), request.query.get("epoch"))
    return None
