"""Whether whoever asks may: the same policy for every address."""

from collections.abc import Mapping
from typing import Final

from aiohttp import web

from roomserver.core.model import Caller, Room, RoomId, User, UserId
from roomserver.core.policy import Action, Standing
from roomserver.edge.caller import caller_of, query_int
from roomserver.edge.keys import SERVER, SITE

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
    server = request.app[SERVER]
    room = await server.rooms.find(request.match_info["room"])
    return room, await server.rights.check(room.id, reader, action)


async def caller_and_room(request: web.Request) -> tuple[Caller, RoomId]:
    """
    Return who wants to change something in the room of the address.

    Raises:
        Unauthorized: If it can't be told who asks.
        RoomNotFound: If there is no such room, or they may not know that there is.

    """
    caller = await caller_of(request)
    server = request.app[SERVER]
    room = await server.rooms.find(request.match_info["room"])
    await server.rights.check(room.id, caller, Action.SEE)
    return caller, room.id


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
