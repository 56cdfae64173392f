"""``/api/v1/rooms/{room}``: members' roles, mutes, bans; settings, invitations, the audit log."""

import re
from contextlib import suppress
from datetime import UTC, datetime
from typing import Annotated, Final

import msgspec
from aiohttp import web
from msgspec import UNSET, Meta, Struct, UnsetType

from roomserver.core import wire
from roomserver.core.deeds import Fact, Invitation, Noted
from roomserver.core.errors import InvalidEvent, Unauthorized
from roomserver.core.model import FOREVER_MS, INTEGER_MAX, Role, User, UserId
from roomserver.core.policy import Action
from roomserver.edge.access import caller_and_room, face_of, readable_room
from roomserver.edge.body import body_as
from roomserver.edge.caller import caller_of, check_origin, query_int
from roomserver.edge.keys import SERVER, SITE

AUDIT_DEFAULT: Final = 50
DAY_S: Final = 86_400

Reason = Annotated[str, Meta(max_length=1_000)]

_ID: Final = re.compile(r"[1-9][0-9]{0,15}", re.ASCII)


class MemberChange(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of ``PATCH …/members/{user}``."""

    role: Role | UnsetType = UNSET
    muted_until: str | UnsetType | None = UNSET
    """A moment, ``forever``, or null: not any more."""

    banned_until: str | UnsetType | None = UNSET
    reason: Reason = ""
    """It stands in the audit log."""


class Removal(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of ``DELETE …/members/{user}``, if there is one."""

    reason: Reason = ""


class Settings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of ``PATCH …/settings``."""

    private: bool | UnsetType = UNSET
    announce_only: bool | UnsetType = UNSET
    slow_mode_s: int | UnsetType = UNSET
    people_max: int | UnsetType = UNSET


class NewInvitation(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of ``POST …/invites``."""

    role: Role = Role.MEMBER
    lasts_s: int = 7 * DAY_S
    uses_max: int = 1


class Acceptance(Struct, frozen=True, kw_only=True):
    """The body of ``POST /api/v1/join``."""

    token: Annotated[str, Meta(min_length=1, max_length=200)]


async def change_member(request: web.Request) -> web.Response:
    """``PATCH …/members/{user}``: a role, a mute, a ban."""
    check_origin(request)
    caller, room_id = await caller_and_room(request)
    user_id = _number(request, "user")
    change = await body_as(request, MemberChange, example='{"muted_until": "forever"}')
    moderation = request.app[SERVER].moderation
    muted_ms = _moment(change.muted_until, "muted_until")
    banned_ms = _moment(change.banned_until, "banned_until")
    if change.role is not UNSET:
        await moderation.set_role(
            caller, room_id, UserId(user_id), change.role, reason=change.reason
        )
    if muted_ms is not None:
        await moderation.mute(caller, room_id, UserId(user_id), muted_ms, reason=change.reason)
    if banned_ms is not None:
        await moderation.ban(caller, room_id, UserId(user_id), banned_ms, reason=change.reason)
    return web.Response(status=204)


async def remove_member(request: web.Request) -> web.Response:
    """``DELETE …/members/{user}``: show somebody out, or leave by oneself."""
    check_origin(request)
    caller, room_id = await caller_and_room(request)
    user_id = UserId(_number(request, "user"))
    moderation = request.app[SERVER].moderation
    if user_id == caller.user.user_id:
        await moderation.leave(caller, room_id)
    else:
        removal = Removal()
        if request.can_read_body:
            removal = await body_as(request, Removal, example='{"reason": "spam"}')
        await moderation.kick(caller, room_id, user_id, reason=removal.reason)
    return web.Response(status=204)


async def show_settings(request: web.Request) -> web.Response:
    """``GET …/settings``: how the room is used, and what the asker may do."""
    _room, standing = await readable_room(request, Action.SEE)
    return web.json_response(face_of(standing))


async def change_settings(request: web.Request) -> web.Response:
    """``PATCH …/settings``: who sees the room, who writes, how often, how many."""
    check_origin(request)
    caller, room_id = await caller_and_room(request)
    wanted = await body_as(request, Settings, example='{"slow_mode_s": 30}')
    names = {
        "is_private": wanted.private,
        "is_announce_only": wanted.announce_only,
        "slow_mode_s": wanted.slow_mode_s,
        "people_max": wanted.people_max,
    }
    settings: dict[str, Fact] = {
        name: value for name, value in names.items() if not isinstance(value, UnsetType)
    }
    server = request.app[SERVER]
    if settings:
        await server.moderation.set_up(caller, room_id, settings)
    return web.json_response(face_of(await server.rights.standing(room_id, caller)))


async def make_invitation(request: web.Request) -> web.Response:
    """``POST …/invites``: a link into the room. Its token is shown this once."""
    check_origin(request)
    caller, room_id = await caller_and_room(request)
    wanted = await body_as(request, NewInvitation, example='{"role": "member", "uses_max": 5}')
    made, token = await request.app[SERVER].invitations.make(
        caller, room_id, role=wanted.role, lasts_s=wanted.lasts_s, uses_max=wanted.uses_max
    )
    return web.json_response({**_invitation(made), "token": token}, status=201)


async def list_invitations(request: web.Request) -> web.Response:
    """``GET …/invites``: the links that are still good, without their tokens."""
    caller, room_id = await caller_and_room(request)
    found = await request.app[SERVER].invitations.listing(caller, room_id)
    return web.json_response({"invites": [_invitation(each) for each in found]})


async def take_back_invitation(request: web.Request) -> web.Response:
    """``DELETE …/invites/{invite}``: the link lets nobody in any more."""
    check_origin(request)
    caller, room_id = await caller_and_room(request)
    number = _number(request, "invite")
    await request.app[SERVER].invitations.take_back(caller, room_id, number)
    return web.Response(status=204)


async def join(request: web.Request) -> web.Response:
    """``POST /api/v1/join`` with a link's token: become a member of its room."""
    check_origin(request)
    caller = await caller_of(request)
    wanted = await body_as(request, Acceptance, example='{"token": "…"}')
    server = request.app[SERVER]
    used = await server.invitations.use(caller, wanted.token)
    room = await server.rooms.find(str(used.room_id))
    return web.json_response({"room": msgspec.to_builtins(wire.face_of(room)), "role": used.role})


async def show_invitation(request: web.Request) -> web.Response:
    """``POST /api/v1/invitation`` with a link's token: where it leads, before it is accepted."""
    check_origin(request)
    wanted = await body_as(request, Acceptance, example='{"token": "…"}')
    server = request.app[SERVER]
    invitation = await server.invitations.find(wanted.token)
    room = await server.rooms.find(str(invitation.room_id))
    role = Role.NOBODY
    with suppress(Unauthorized):
        role = (await server.rights.standing(room.id, await caller_of(request))).role
    facts: dict[str, object] = {"name": room.name, "slug": room.slug}
    return web.json_response(
        {
            "room": facts,
            "role": invitation.role,
            "yours": None if role is Role.NOBODY else role.value,
            "guests": request.app[SITE].has_guests,
        }
    )


async def list_audit(request: web.Request) -> web.Response:
    """``GET …/audit[?before=ID&limit=]``: who decided what about whom, the newest first."""
    caller, room_id = await caller_and_room(request)
    limit = query_int(request, "limit", at_least=1, default=AUDIT_DEFAULT)
    before = query_int(request, "before") if "before" in request.query else None
    noted = await request.app[SERVER].moderation.audit(
        caller, room_id, before=before, limit=min(limit, INTEGER_MAX)
    )
    return web.json_response({"audit": [_noted(each) for each in noted]})


def _number(request: web.Request, name: str) -> int:
    text = request.match_info[name]
    if not _ID.fullmatch(text) or int(text) > INTEGER_MAX:
        raise InvalidEvent(f"{name} must be a whole number from 1.", field=name)
    return int(text)


def _moment(text: str | UnsetType | None, field: str) -> int | None:
    """Read a moment as milliseconds; 0 for "not any more", None if nothing is said."""
    if isinstance(text, UnsetType):
        return None
    if text is None:
        return 0
    if text == "forever":
        return FOREVER_MS
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise InvalidEvent(
            f'{field} must be a time such as "2026-11-24T12:00:00Z", "forever" or null.',
            field=field,
        ) from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0, min(int(moment.timestamp() * 1000), FOREVER_MS))


def _user(user: User | None) -> dict[str, object] | None:
    return None if user is None else {"user_id": user.user_id, "username": user.username}


def _invitation(invitation: Invitation) -> dict[str, object]:
    return {
        "id": invitation.id,
        "role": invitation.role,
        "by": _user(invitation.maker),
        "created_at": wire.timestamp(invitation.created_at_ms),
        "expires_at": wire.timestamp(invitation.expires_at_ms),
        "uses": invitation.uses,
        "uses_max": invitation.uses_max,
    }


def _noted(noted: Noted) -> dict[str, object]:
    return {
        "id": noted.id,
        "at": wire.timestamp(noted.at_ms),
        "by": _user(noted.actor),
        "deed": noted.deed,
        "about": _user(noted.target),
        "details": dict(noted.details),
    }
