"""Whether whoever asks may: the same policy for every address."""

import asyncio
from collections.abc import Mapping
from typing import Final, TypeVar

import msgspec
from aiohttp import web

from roomserver.core.errors import InvalidEvent, InvalidJson, TooSlow
from roomserver.core.model import Caller, Room, RoomId, User, UserId
from roomserver.core.policy import Action, Standing
from roomserver.edge.caller import caller_of, query_int
from roomserver.edge.keys import SERVER, SITE

T = TypeVar("T")

BODY_S_MAX: Final = 10.0
"""How long a request's body may take; aiohttp itself waits for ever."""

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


async def body_as(request: web.Request, kind: type[T], *, example: str) -> T:
    """
    Read a request's body.

    Raises:
        InvalidJson: If it isn't JSON.
        InvalidEvent: If a field is not as it should be.
        TooSlow: If it doesn't come.

    """
    try:
        async with asyncio.timeout(BODY_S_MAX):
            body = await request.read()
    except TimeoutError:
        raise TooSlow(BODY_S_MAX) from None
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.ValidationError as error:
        field = str(error).rpartition("`$.")[2].rstrip("`") if "`$." in str(error) else None
        raise InvalidEvent(f"{error}. Send, for example: {example}", field=field) from None
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        raise InvalidJson(f"The body is not JSON. Send, for example: {example}") from None


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
