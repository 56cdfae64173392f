"""``/api/v1``: rooms and their history, for pages and programs."""

from collections.abc import Mapping
from typing import Annotated, Final

import msgspec
from aiohttp import web
from msgspec import UNSET, Meta, Struct, UnsetType

from roomserver.core import wire
from roomserver.core.deeds import Fact, Facts
from roomserver.core.errors import Forbidden, InvalidEvent
from roomserver.core.model import (
    EntryId,
    Grant,
    Role,
    Room,
    RoomCount,
    RoomId,
    RoomState,
    Seq,
)
from roomserver.core.moments import moment_ms
from roomserver.core.policy import Action, may_make_rooms
from roomserver.edge.access import (
    STRANGER,
    caller_and_room,
    face_of,
    readable_room,
    reader_of,
)
from roomserver.edge.body import body_as, json_answer
from roomserver.edge.caller import caller_of, check_origin, query_int
from roomserver.edge.keys import SERVER, SITE
from roomserver.ports.members import Unread
from roomserver.service.archive import Surroundings
from roomserver.service.rights import Visibility
from roomserver.service.visit import HISTORY_DEFAULT

_NOTHING: Final = Unread(0, 0)
_NOBODY: Final = RoomCount(0, frozenset())


class NewRoom(Struct, frozen=True):
    """The body of ``POST /api/v1/rooms``."""

    name: Annotated[str, Meta(max_length=1_000)]
    description: Annotated[str, Meta(max_length=4_000)] = ""
    slug: Annotated[str, Meta(max_length=1_000)] | None = None
    private: bool = False


class RoomChange(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of ``PATCH /api/v1/rooms/{room}``."""

    name: Annotated[str, Meta(max_length=1_000)] | UnsetType = UNSET
    description: Annotated[str, Meta(max_length=4_000)] | UnsetType = UNSET
    archived: bool | UnsetType = UNSET


async def list_rooms(request: web.Request) -> web.Response:
    """``GET /api/v1/rooms[?user_id=]``: all rooms, who is there, and what somebody hasn't read."""
    server = request.app[SERVER]
    reader = await reader_of(request)
    sees = await server.rights.sees(reader)
    counts = await server.stats.counts()
    unread: Mapping[RoomId, Unread] = {}
    if reader is not STRANGER:
        unread = await server.register.unread(reader.user.user_id)
    rooms = []
    for room, last_seq in await server.rooms.listing():
        visibility = sees(room.id)
        if visibility is None:
            continue
        count = counts.get(room.id, _NOBODY)
        rooms.append(
            {
                **_facts(room),
                "private": visibility is Visibility.PRIVATE,
                "last_seq": last_seq,
                "connections": count.connections,
                "users": len(count.user_ids),
                **unread.get(room.id, _NOTHING)._asdict(),
            }
        )
    return web.json_response({"rooms": rooms})


async def create_room(request: web.Request) -> web.Response:
    """``POST /api/v1/rooms`` with ``{"name": "Book club"}``: the new room, with its address."""
    check_origin(request)
    server = request.app[SERVER]
    maker = None if request.app[SITE].is_open else await caller_of(request)
    if maker is not None and not may_make_rooms(maker):
        raise Forbidden("Guests, and whoever has a token for some rooms only, make no rooms.")
    wanted = await body_as(request, NewRoom, example='{"name": "Book club"}')
    if wanted.private and maker is None:
        raise Forbidden("Names are believed here, so nobody can be kept out of a room.")
    room = await server.rooms.create(
        wanted.name,
        description=wanted.description,
        slug=wanted.slug,
        is_private=wanted.private,
    )
    if maker is None:
        await server.moderation.note_made(room.id, (await reader_of(request)).user)
    else:
        await server.moderation.make_owner(room.id, maker.user, is_private=wanted.private)
    return web.json_response(
        _facts(room), status=201, headers={"Location": f"/api/v1/rooms/{room.slug}"}
    )


async def show_room(request: web.Request) -> web.Response:
    """``GET /api/v1/rooms/{room}``: one room, and the end of its log."""
    room, standing = await readable_room(request, Action.SEE)
    last_seq = (await request.app[SERVER].archive.head(room.id)).seq
    return web.json_response({**_facts(room), "last_seq": last_seq, **face_of(standing)})


async def change_room(request: web.Request) -> web.Response:
    """``PATCH /api/v1/rooms/{room}``: its name, its description, whether it is archived."""
    wanted = await body_as(request, RoomChange, example='{"name": "Book club"}')
    named = (
        ("name", wanted.name),
        ("description", wanted.description),
        ("is_archived", wanted.archived),
    )
    facts: dict[str, Fact] = {
        name: value for name, value in named if not isinstance(value, UnsetType)
    }
    return await _change(request, facts)


async def archive_room(request: web.Request) -> web.Response:
    """``DELETE /api/v1/rooms/{room}``: from now on it is read only. Nothing is lost."""
    return await _change(request, {"is_archived": True})


async def _change(request: web.Request, facts: Facts) -> web.Response:
    check_origin(request)
    caller, room_id = await caller_and_room(request)
    server = request.app[SERVER]
    if facts:
        await server.moderation.describe(caller, room_id, facts)
    return web.json_response(_facts(await server.rooms.find(str(room_id))))


async def list_messages(request: web.Request) -> web.Response:
    """``GET …/messages?before=|after=SEQ|around=ID|at=TIME&limit=``: a page, oldest first."""
    server = request.app[SERVER]
    room, _standing = await readable_room(request, Action.READ)
    limit = query_int(request, "limit", at_least=1, default=HISTORY_DEFAULT)
    limit = min(limit, server.limits.history_messages_max)
    if "around" in request.query:
        message_id = EntryId(query_int(request, "around", at_least=1))
        return _surroundings(await server.archive.around(room.id, message_id, limit=limit))
    if "at" in request.query:
        return _surroundings(await server.archive.at(room.id, _at_ms(request), limit=limit))
    if "after" in request.query:
        after = Seq(query_int(request, "after"))
        page = (await server.archive.after(room.id, after, limit=limit)).page
    elif "before" in request.query:
        page = await server.archive.before(room.id, Seq(query_int(request, "before")), limit=limit)
    else:
        page = (await server.archive.latest(room.id, limit=limit)).page
    return json_answer({"messages": wire.raw(page.records), "has_more": page.has_more})


async def list_members(request: web.Request) -> web.Response:
    """``GET /api/v1/rooms/{room}/members``: who is here, who was, and how far each has read."""
    server = request.app[SERVER]
    room, standing = await readable_room(request, Action.SEE_PEOPLE)
    grants = {grant.user.user_id: grant for grant in await server.moderation.grants(room.id)}
    present = {user.user_id for user in await server.attendance.present(room.id)}
    members = [
        {
            "user_id": each.user.user_id,
            "username": each.user.username,
            "online": each.user.user_id in present,
            "last_seen": wire.timestamp(each.last_seen_at_ms),
            "read_up_to": each.read_up_to,
            "read_at": None if each.read_at_ms is None else wire.timestamp(each.read_at_ms),
            **_decided(grants.pop(each.user.user_id, None), standing.state),
        }
        for each in await server.register.listing(room.id)
    ]
    # Those about whom something was decided, and who have never been here.
    members += [
        {
            "user_id": grant.user.user_id,
            "username": grant.user.username,
            "online": False,
            "last_seen": None,
            "read_up_to": 0,
            "read_at": None,
            **_decided(grant, standing.state),
        }
        for grant in grants.values()
    ]
    return web.json_response({"members": members})


def _decided(grant: Grant | None, state: RoomState) -> dict[str, object]:
    """Return what somebody is in a room, as far as that has been decided."""
    default = Role.NOBODY if state.is_private else Role.MEMBER
    if grant is None:
        return {"role": default.value}
    ends = {"muted_until": grant.muted_until_ms, "banned_until": grant.banned_until_ms}
    role = default if grant.role is None else grant.role
    return {
        "role": role.value,
        **{name: wire.timestamp(until_ms) for name, until_ms in ends.items() if until_ms},
    }


def _facts(room: Room) -> dict[str, object]:
    return msgspec.structs.asdict(wire.face_of(room))


def _at_ms(request: web.Request) -> int:
    try:
        return moment_ms(request.query["at"])
    except (ValueError, OverflowError):
        raise InvalidEvent(
            "at must be a date or a time, for example 2026-11-24 or 2026-11-24T12:00:00Z.",
            field="at",
        ) from None


def _surroundings(found: Surroundings) -> web.Response:
    return json_answer(
        {
            "messages": wire.raw(found.page.records),
            "has_more": found.page.has_more,
            "has_newer": found.has_newer,
            "seq": found.seq,
            "changes": wire.raw(found.changes),
        }
    )
