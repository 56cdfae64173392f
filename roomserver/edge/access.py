"""Whether whoever asks may: the same policy for every address."""

from collections.abc import Mapping
from typing import Final

from aiohttp import web

from roomserver.core.errors import RateLimited, RoomNotFound
from roomserver.core.model import Caller, Room, RoomId, User, UserId
from roomserver.core.policy import Action, Standing
from roomserver.edge.caller import caller_of, query_int, source_of
from roomserver.edge.keys import SERVER, SITE
from roomserver.service.server import Server

STRANGER: Final = Caller(user=User(UserId(0), ""), rights=frozenset({"read"}))
"""Whoever doesn't say who they are, where names are believed anyway."""


async def reader_of(request: web.Request) -> Caller:
    """
    Return who reads. In open mode nobody has to say so.

    Raises:
        Unauthorized: If it can't be told, and must be.

    """
    if not request.app[SITE].is_open or {"user_id", "username"} <= request.query.keys():
        return await caller_of(request)
    if "user_id" in request.query:
        reader = User(UserId(query_int(request, "user_id", at_least=1)), "")
        return Caller(user=reader, rights=STRANGER.rights)
    return STRANGER


async def readable_room(
    request: web.Request, action: Action = Action.READ
) -> tuple[Room, Standing]:
    """
    Return the room in the address, if whoever asks may *action* there.

    Raises:
        RoomNotFound: If there is none, or they may not know that there is.
        Forbidden: If they may know of it, and no more.

    """
    reader = await reader_of(request)
    return await room_for(request.app[SERVER], request.match_info["room"], reader, action)


def count_question(request: web.Request, reader: Caller) -> None:
    """
    Count a question that costs much among what *reader* sends, and their address.

    Raises:
        RateLimited: If they, or others there, have sent too much of late.

    """
    to = request.app[SERVER].visits
    now_s = to.clock.monotonic_s()
    wait_s = 0.0 if reader is STRANGER else to.events.wait_s(reader.user.user_id, now_s)
    wait_s = wait_s or to.addresses.wait_s(source_of(request), now_s)
    if wait_s > 0:
        raise RateLimited.for_s("questions", wait_s)


async def caller_and_room(request: web.Request) -> tuple[Caller, RoomId]:
    """
    Return who wants to change something in the room of the address.

    Raises:
        Unauthorized: If it can't be told who asks.
        RoomNotFound: If there is no such room, or they may not know that there is.

    """
    caller = await caller_of(request)
    address = request.match_info["room"]
    room, _standing = await room_for(request.app[SERVER], address, caller, Action.SEE)
    return caller, room.id


async def room_for(
    server: Server, address: str, caller: Caller, action: Action
) -> tuple[Room, Standing]:
    """
    Return the room at *address*, if *caller* may *action* there.

    Raises:
        RoomNotFound: If there is none, or they may not know that there is.
        Forbidden: If they may know of it, and no more.

    """
    room = await server.rooms.find(address)
    return room, await standing_in(server, room, address, caller, action)


async def standing_in(
    server: Server, room: Room, address: str, caller: Caller, action: Action
) -> Standing:
    """
    Return what *caller* is in *room*, which was found at *address*, if they may *action*.

    Raises:
        RoomNotFound: If they may not know that the room exists.
        Forbidden: If they may know of it, and no more.

    """
    try:
        return await server.rights.check(room.id, caller, action)
    except RoomNotFound:
        # What is known is answered at once, and for what isn't there the database is asked:
        # without this, the time would tell them apart.
        await server.rooms.ask_again(address)
        raise


def face_of(standing: Standing) -> Mapping[str, object]:
    """Return what somebody is told of a room's state, and of what they may do there."""
    state = standing.state
    return {
        "private": state.is_private,
        "announce_only": state.is_announce_only,
        "slow_mode_s": state.slow_mode_s,
        "people_max": state.people_max,
        "role": standing.role.value,
        "may": sorted(action.word for action in standing.may),
    }
