"""``/api/v1/session``, ``/account``, ``/users``: signing in and all that belongs to an account."""

from contextlib import suppress
from typing import Annotated, TypeVar

from aiohttp import web
from msgspec import Meta, Struct

from roomserver.core import wire
from roomserver.core.errors import Forbidden, InvalidEvent, RoomNotFound, Unauthorized
from roomserver.core.model import Caller, CallerKind, Role, RoomId, UserId
from roomserver.core.people import Person, PersonKind, Session
from roomserver.core.policy import Action
from roomserver.core.text import without_controls
from roomserver.edge.access import room_for
from roomserver.edge.body import body_as
from roomserver.edge.caller import caller_of, check_origin, path_id, source_of
from roomserver.edge.identity import forget_cookie, set_cookie
from roomserver.edge.keys import SERVER, SITE
from roomserver.service.account_stores import check_owner
from roomserver.service.accounts import Accounts
from roomserver.service.browser_sessions import SignedIn
from roomserver.service.programs import ProgramToken

Line = Annotated[str, Meta(max_length=1_000)]
T = TypeVar("T", bound=Struct)


class Credentials(Struct, frozen=True):
    username: Line
    password: Line


class NewAccount(Struct, frozen=True):
    username: Line
    password: Line
    invitation: Line | None = None


class NewOwner(Struct, frozen=True):
    username: Line
    password: Line
    link: Line


class NewGuest(Struct, frozen=True):
    username: Line
    invitation: Line


class NewPassword(Struct, frozen=True):
    old_password: Line
    new_password: Line


class LostPassword(Struct, frozen=True):
    """The body of ``POST /api/v1/account/reset``."""

    link: Line
    password: Line


class NewInvitation(Struct, frozen=True):
    lasts_s: Annotated[int, Meta(ge=60, le=30 * 24 * 3_600)] = 7 * 24 * 3_600
    uses: Annotated[int, Meta(ge=1, le=100)] = 1


class NewToken(Struct, frozen=True):
    name: Line
    rights: Annotated[list[str], Meta(max_length=10)]
    rooms: Annotated[list[str], Meta(max_length=100)] | None = None
    lasts_s: Annotated[int, Meta(ge=60, le=10 * 366 * 24 * 3_600)] | None = None


class UserChange(Struct, frozen=True):
    is_disabled: bool


async def show_session(request: web.Request) -> web.Response:
    """``GET /api/v1/session``: how this server knows people, and who asks."""
    site, server = request.app[SITE], request.app[SERVER]
    answer: dict[str, object] = {"mode": site.mode, "user": None}
    if server.accounts is not None:
        answer["sign_up"] = server.accounts.sign_up_mode
        answer["guests"] = site.has_guests
        answer["needs_owner"] = not await server.accounts.people.has_owner()
    if not site.is_open:
        with suppress(Unauthorized):
            answer |= _caller_facts(await caller_of(request))
    return web.json_response(answer)


async def sign_in(request: web.Request) -> web.Response:
    """``POST /api/v1/session`` with ``{"username", "password"}``: sign in."""
    accounts, wanted = await _asked(request, Credentials)
    signed_in = await accounts.sign_in(
        wanted.username, wanted.password, address=source_of(request), label=_label(request)
    )
    return _welcomed(request, signed_in, status=200)


async def sign_out(request: web.Request) -> web.Response:
    """``DELETE /api/v1/session[?everywhere=true]``: sign out here, or in every browser."""
    caller, accounts = await _session_of(request, guests=True)
    is_everywhere = request.query.get("everywhere") == "true"
    await accounts.sessions.sign_out(caller, everywhere=is_everywhere)
    response = web.Response(status=204)
    forget_cookie(request, response)
    return response


async def sign_up(request: web.Request) -> web.Response:
    """``POST /api/v1/account`` with ``{"username", "password", "invitation"?}``: an account."""
    accounts, wanted = await _asked(request, NewAccount)
    signed_in = await accounts.sign_up(
        wanted.username,
        wanted.password,
        link=wanted.invitation,
        address=source_of(request),
        label=_label(request),
    )
    return _welcomed(request, signed_in)


async def set_up(request: web.Request) -> web.Response:
    """``POST /api/v1/set-up`` with ``{"username", "password", "link"}``: the server's owner."""
    accounts, wanted = await _asked(request, NewOwner)
    signed_in = await accounts.set_up(
        wanted.username,
        wanted.password,
        link=wanted.link,
        address=source_of(request),
        label=_label(request),
    )
    return _welcomed(request, signed_in)


async def welcome_guest(request: web.Request) -> web.Response:
    """``POST /api/v1/guests`` with ``{"username", "invitation"}``: in by a room's guest link."""
    accounts, wanted = await _asked(request, NewGuest)
    if not request.app[SITE].has_guests:
        raise Forbidden("This server has no guests.")
    invitations = request.app[SERVER].invitations
    invitation = await invitations.find(wanted.invitation)
    if invitation.role != Role.GUEST:
        raise Forbidden("This link is for people with an account.")
    guest = await accounts.new_guest(
        wanted.username, invitation.room_id, address=source_of(request)
    )
    await invitations.use_as_guest(guest, wanted.invitation)
    signed_in = await accounts.sessions.open(guest, _label(request))
    room = await request.app[SERVER].rooms.find(str(invitation.room_id))
    return _welcomed(request, signed_in, room=room.slug)


async def upgrade(request: web.Request) -> web.Response:
    """``POST /api/v1/account/upgrade`` with ``{"username", "password"}``: a guest's account."""
    accounts, wanted = await _asked(request, Credentials)
    caller, _ = await _session_of(request, guests=True)
    user = await accounts.upgrade(caller, wanted.username, wanted.password)
    for room_id in caller.rooms or ():
        await request.app[SERVER].moderation.know_by_account(user, room_id)
    return web.json_response({"user_id": user.user_id, "username": user.username})


async def change_password(request: web.Request) -> web.Response:
    """``POST /api/v1/account/password``: ``{"old_password", "new_password"}``."""
    accounts, wanted = await _asked(request, NewPassword)
    caller, _ = await _session_of(request)
    await accounts.change_password(
        caller, wanted.old_password, wanted.new_password, address=source_of(request)
    )
    return web.Response(status=204)


async def reset_password(request: web.Request) -> web.Response:
    """``POST /api/v1/account/reset`` with ``{"link", "password"}``: a new password, and in."""
    accounts, wanted = await _asked(request, LostPassword)
    signed_in = await accounts.resets.reset(wanted.link, wanted.password, label=_label(request))
    return _welcomed(request, signed_in, status=200)


async def list_sessions(request: web.Request) -> web.Response:
    """``GET /api/v1/account/sessions``: where one is signed in."""
    caller, accounts = await _session_of(request)
    listed = [
        {**_session_facts(each), "is_this": each.id == caller.session_id}
        for each in await accounts.sessions.listing(caller)
    ]
    return web.json_response({"sessions": listed})


async def end_session(request: web.Request) -> web.Response:
    """``DELETE /api/v1/account/sessions/{id}``: sign out there."""
    caller, accounts = await _session_of(request)
    await accounts.sessions.end(caller, request.match_info["id"])
    return web.Response(status=204)


async def invite(request: web.Request) -> web.Response:
    """``POST /api/v1/account/invitations`` with ``{"lasts_s"?, "uses"?}``: a link to sign up."""
    accounts, wanted = await _asked(request, NewInvitation)
    caller, _ = await _session_of(request)
    secret = await accounts.invite(caller, lasts_s=wanted.lasts_s, uses=wanted.uses)
    return web.json_response({"invitation": secret, "path": f"/sign-up#{secret}"}, status=201)


async def list_tokens(request: web.Request) -> web.Response:
    """``GET /api/v1/account/tokens``: one's programs' tokens."""
    caller, _ = await _session_of(request)
    tokens = await request.app[SERVER].programs.listing(caller.user.user_id)
    return web.json_response({"tokens": [_token_facts(each) for each in tokens]})


async def make_token(request: web.Request) -> web.Response:
    """``POST /api/v1/account/tokens``: ``{"name", "rights", "rooms"?, "lasts_s"?}``; shown once."""
    _, wanted = await _asked(request, NewToken)
    caller, _ = await _session_of(request)
    server = request.app[SERVER]
    rooms: list[RoomId] | None = None
    if wanted.rooms is not None:
        rooms = [await _room_of_theirs(request, caller, each) for each in wanted.rooms]
    made, secret = await server.programs.make(
        caller, wanted.name, rooms=rooms, rights=wanted.rights, lasts_s=wanted.lasts_s
    )
    return web.json_response({**_token_facts(made), "token": secret}, status=201)


async def take_back_token(request: web.Request) -> web.Response:
    """``DELETE /api/v1/account/tokens/{id}``: it opens nothing any more."""
    caller, _ = await _session_of(request)
    programs = request.app[SERVER].programs
    await programs.take_back(request.match_info["id"], maker_id=caller.user.user_id)
    return web.Response(status=204)


async def list_users(request: web.Request) -> web.Response:
    """``GET /api/v1/users``: all accounts, for the server's owner."""
    caller, accounts = await _session_of(request)
    check_owner(caller)
    people = await accounts.people.listing(PersonKind.ACCOUNT)
    return web.json_response({"users": [_person_facts(each) for each in people]})


async def change_user(request: web.Request) -> web.Response:
    """``PATCH /api/v1/users/{id}`` with ``{"is_disabled": true}``: switch an account off."""
    accounts, wanted = await _asked(request, UserChange)
    caller, _ = await _session_of(request)
    user_id = UserId(path_id(request, "id"))
    await accounts.set_disabled(caller, user_id, is_disabled=wanted.is_disabled)
    return web.Response(status=204)


async def make_reset_link(request: web.Request) -> web.Response:
    """``POST /api/v1/users/{id}/reset``: a link for a new password, good for a day."""
    check_origin(request)
    caller, accounts = await _session_of(request)
    secret = await accounts.resets.make_link(caller, UserId(path_id(request, "id")))
    return web.json_response({"link": secret, "path": f"/reset#{secret}"}, status=201)


async def _asked(request: web.Request, kind: type[T]) -> tuple[Accounts, T]:
    accounts = _accounts(request)
    check_origin(request)
    return accounts, await body_as(request, kind)


def _accounts(request: web.Request) -> Accounts:
    accounts = request.app[SERVER].accounts
    if accounts is None:
        raise Forbidden(f"There are no accounts here: [auth] mode is {request.app[SITE].mode}.")
    return accounts


async def _session_of(request: web.Request, *, guests: bool = False) -> tuple[Caller, Accounts]:
    accounts = _accounts(request)
    caller = await caller_of(request)
    allowed = {CallerKind.PERSON, CallerKind.GUEST} if guests else {CallerKind.PERSON}
    # A program does not look after the account of whoever made it.
    if caller.kind not in allowed:
        raise Forbidden("Only an account can do that, from its own browser.")
    return caller, accounts


async def _room_of_theirs(request: web.Request, caller: Caller, address: str) -> RoomId:
    server = request.app[SERVER]
    try:
        room, _standing = await room_for(server, address, caller, Action.SEE)
    except RoomNotFound:
        raise InvalidEvent(f"there is no room {address!r}.", field="rooms") from None
    return room.id


def _welcomed(
    request: web.Request, signed_in: SignedIn, *, status: int = 201, **more: str
) -> web.Response:
    user = signed_in.person.user
    response = web.json_response(
        {"user_id": user.user_id, "username": user.username, **more}, status=status
    )
    set_cookie(request, response, signed_in)
    return response


def _label(request: web.Request) -> str:
    # A header is bytes: what is no text in them could not be stored.
    told = request.headers.get("User-Agent", "").encode(errors="replace").decode()
    return without_controls(told)


def _caller_facts(caller: Caller) -> dict[str, object]:
    return {
        "user": {"user_id": caller.user.user_id, "username": caller.user.username},
        "kind": caller.kind.value,
        "is_owner": caller.is_owner,
        "rooms": None if caller.rooms is None else sorted(caller.rooms),
        "rights": None if caller.rights is None else sorted(caller.rights),
        "expires_at": _at(caller.expires_at_ms),
    }


def _session_facts(session: Session) -> dict[str, object]:
    return {
        "id": session.id,
        "label": session.label,
        "created_at": _at(session.created_at_ms),
        "used_at": _at(session.used_at_ms),
        "expires_at": _at(session.expires_at_ms),
    }


def _token_facts(made: ProgramToken) -> dict[str, object]:
    token = made.token
    return {
        **_session_facts(token),
        "user_id": made.person.user.user_id,
        "rooms": None if token.rooms is None else sorted(token.rooms),
        "rights": sorted(token.rights or ()),
    }


def _person_facts(person: Person) -> dict[str, object]:
    return {
        "user_id": person.user.user_id,
        "username": person.user.username,
        "is_owner": person.is_owner,
        "is_disabled": person.is_disabled,
        "created_at": _at(person.created_at_ms),
    }


def _at(at_ms: int | None) -> str | None:
    return None if at_ms is None else wire.timestamp(at_ms)
