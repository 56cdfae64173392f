"""Every address that is served: what it takes, and what it answers. The tests know both tables."""

from collections.abc import Mapping, Sequence
from typing import Final

from msgspec import Struct

from roomserver.core.events import RoomFace
from roomserver.core.figures import Dashboard
from roomserver.edge import accounts, api, links, moderation, posting
from roomserver.edge.description import shapes
from roomserver.service.health import Report

HTML: Final = "text/html"
TEXT: Final = "text/plain"
SVG: Final = "image/svg+xml"
SCRIPT: Final = "text/javascript"
JSON: Final = "application/json"
STREAM: Final = "text/event-stream"
ANYTHING: Final = "*/*"

Schema = Mapping[str, object]

_ID: Final[Schema] = {"type": "integer", "minimum": 1, "maximum": 2**53 - 1}
_SEQ: Final[Schema] = {"type": "integer", "minimum": 0, "maximum": 2**53 - 1}
_TEXT: Final[Schema] = {"type": "string"}

PATH: Final[Mapping[str, tuple[Schema, str]]] = {
    "room": (_TEXT, "A room's number or its slug."),
    "user": (_ID, "A person's number."),
    "invite": (_ID, "An invitation's number."),
    "message_id": (_ID, "A message's number."),
    "id": (_TEXT, "What is to be changed or ended."),
    "version": (_TEXT, "What the files are made from: other contents have another address."),
    "name": (_TEXT, "A file's name."),
}

QUERY: Final[Mapping[str, tuple[Schema, str]]] = {
    "user_id": (_ID, "Who asks, in open mode."),
    "username": (_TEXT, "How they are called, in open mode."),
    "before": (_SEQ, "What comes before this seq, or id."),
    "after": (_SEQ, "What comes after this seq."),
    "around": (_ID, "What stands around the message with this id."),
    "at": (_TEXT, "What was said around this date or time: 2026-11-24, 2026-11-24T12:00:00Z."),
    "limit": (_ID, "How many at most; there is a bound, and more is read as that."),
    "q": ({"type": "string", "maxLength": 200}, "The words to look for."),
    "since": (_SEQ, "Go on behind this seq."),
    "epoch": (_TEXT, "Which log the seq belongs to."),
    "history": (_SEQ, "Begin with so many of the last entries."),
    "format": ({"enum": ["json", "text"]}, "Lines for a person at a shell, or JSON."),
    "token": (_TEXT, "A token. A header keeps it out of logs."),
    "everywhere": ({"enum": ["true", "false"]}, "In every browser."),
}

HEADER: Final[Mapping[str, tuple[Schema, str]]] = {
    "Idempotency-Key": (_TEXT, "The message's client_id: a retry adds nothing."),
    "Last-Event-ID": (_TEXT, "The id of the last event that was read; counts before since."),
}


EXAMPLES: Final[Mapping[str, object]] = {
    "room": "general",
    "message_id": 17,
    "user": 2,
    "user_id": 1,
    "username": "Ana",
    "at": "2026-11-24",
    "q": "hola",
    "since": 0,
    "Idempotency-Key": "deploy-17",
}


class Operation(Struct, frozen=True, kw_only=True):
    """One method at one address."""

    tag: str
    answer: type | str | None = None
    """A struct that is answered as JSON, or a type of contents; None: nothing (204)."""

    status: int = 200
    summary: str = ""
    """What it does, where the handler doesn't say it."""

    body: type | None = None
    example: str = ""
    takes_text: bool = False
    is_body_needed: bool = True
    query: Sequence[str] = ()
    headers: Sequence[str] = ()
    other_statuses: Mapping[int, str] = {}


OPERATIONS: Final[Mapping[tuple[str, str], Operation]] = {
    ("GET", "/"): Operation(tag="page", answer=HTML),
    ("GET", "/rooms/{room}"): Operation(tag="page", answer=HTML),
    ("GET", "/rooms/{room}/{message_id}"): Operation(tag="page", answer=HTML),
    ("GET", "/rooms/{room}/qr.svg"): Operation(tag="page", answer=SVG),
    ("GET", "/assets/{version}/{name}"): Operation(
        tag="page", answer=ANYTHING, summary="A file of the page."
    ),
    ("GET", "/service_worker.js"): Operation(tag="page", answer=SCRIPT),
    ("GET", "/client.js"): Operation(tag="page", answer=SCRIPT),
    ("GET", "/stats"): Operation(tag="page", answer=HTML),
    ("GET", "/sign-in"): Operation(tag="page", answer=HTML, summary="Sign in."),
    ("GET", "/sign-up"): Operation(tag="page", answer=HTML, summary="Sign up."),
    ("GET", "/set-up"): Operation(tag="page", answer=HTML, summary="Make the server's owner."),
    ("GET", "/join"): Operation(tag="page", answer=HTML, summary="Accept an invitation."),
    ("GET", "/upgrade"): Operation(tag="page", answer=HTML, summary="Make a guest an account."),
    ("GET", "/reset"): Operation(tag="page", answer=HTML, summary="Choose a new password."),
    ("GET", "/account"): Operation(tag="page", answer=HTML, summary="Look after one's account."),
    ("GET", "/ws/{room}"): Operation(
        tag="talk",
        summary="The WebSocket: see asyncapi.json.",
        status=101,
        query=("history", "since", "epoch", "format", "token"),
    ),
    ("GET", "/ws/stats"): Operation(tag="state", answer=shapes.ConnectionStats),
    ("GET", "/health"): Operation(
        tag="state", answer=Report, other_statuses={503: "The same, when messages can't be stored."}
    ),
    ("GET", "/health/live"): Operation(tag="state", answer=shapes.Status),
    ("GET", "/health/ready"): Operation(
        tag="state", answer=shapes.Status, other_statuses={503: "The same, if they aren't."}
    ),
    ("GET", "/metrics"): Operation(tag="state", answer=TEXT),
    ("GET", "/api/v1/stats"): Operation(tag="state", answer=Dashboard),
    ("GET", "/api/v1/openapi.json"): Operation(tag="state", answer=JSON),
    ("GET", "/api/v1/asyncapi.json"): Operation(tag="state", answer=JSON),
    ("GET", "/api/v1/session"): Operation(tag="accounts", answer=shapes.SessionShown),
    ("POST", "/api/v1/session"): Operation(
        tag="accounts",
        answer=shapes.Welcome,
        body=accounts.Credentials,
        example='{"username": "Ana", "password": "correct horse battery"}',
    ),
    ("DELETE", "/api/v1/session"): Operation(tag="accounts", query=("everywhere",)),
    ("POST", "/api/v1/set-up"): Operation(
        tag="accounts",
        answer=shapes.Welcome,
        status=201,
        body=accounts.NewOwner,
        example='{"username": "Ana", "password": "correct horse battery", "link": "…"}',
    ),
    ("POST", "/api/v1/guests"): Operation(
        tag="accounts",
        answer=shapes.Welcome,
        status=201,
        body=accounts.NewGuest,
        example='{"username": "Ana", "invitation": "…"}',
    ),
    ("POST", "/api/v1/account"): Operation(
        tag="accounts",
        answer=shapes.Welcome,
        status=201,
        body=accounts.NewAccount,
        example='{"username": "Ana", "password": "correct horse battery", "invitation": "…"}',
    ),
    ("POST", "/api/v1/account/upgrade"): Operation(
        tag="accounts",
        answer=shapes.Welcome,
        body=accounts.Credentials,
        example='{"username": "Ana", "password": "correct horse battery"}',
    ),
    ("POST", "/api/v1/account/password"): Operation(
        tag="accounts",
        summary="Another password; every other browser is signed out.",
        body=accounts.NewPassword,
        example='{"old_password": "correct horse battery", "new_password": "a staple of them"}',
    ),
    ("POST", "/api/v1/account/reset"): Operation(
        tag="accounts",
        summary="A new password for whoever has lost theirs, by a link from the owner.",
        answer=shapes.Welcome,
        body=accounts.LostPassword,
        example='{"link": "…", "password": "a staple of them"}',
    ),
    ("GET", "/api/v1/account/sessions"): Operation(tag="accounts", answer=shapes.SessionsOfMine),
    ("DELETE", "/api/v1/account/sessions/{id}"): Operation(tag="accounts"),
    ("POST", "/api/v1/account/invitations"): Operation(
        tag="accounts",
        answer=shapes.SignUpInvitation,
        status=201,
        body=accounts.NewInvitation,
        example='{"uses": 5}',
    ),
    ("GET", "/api/v1/account/tokens"): Operation(tag="accounts", answer=shapes.TokensOfMine),
    ("POST", "/api/v1/account/tokens"): Operation(
        tag="accounts",
        summary="A token for a program. It is shown only now.",
        answer=shapes.MadeToken,
        status=201,
        body=accounts.NewToken,
        example='{"name": "Deploy bot", "rights": ["write"], "rooms": ["general"]}',
    ),
    ("DELETE", "/api/v1/account/tokens/{id}"): Operation(tag="accounts"),
    ("GET", "/api/v1/users"): Operation(tag="accounts", answer=shapes.Accounts),
    ("PATCH", "/api/v1/users/{id}"): Operation(
        tag="accounts", body=accounts.UserChange, example='{"is_disabled": true}'
    ),
    ("POST", "/api/v1/users/{id}/reset"): Operation(
        tag="accounts", answer=shapes.ResetLink, status=201
    ),
    ("GET", "/api/v1/rooms"): Operation(tag="rooms", answer=shapes.ListOfRooms),
    ("POST", "/api/v1/rooms"): Operation(
        tag="rooms",
        answer=RoomFace,
        status=201,
        body=api.NewRoom,
        example='{"name": "Book club"}',
    ),
    ("GET", "/api/v1/rooms/{room}"): Operation(tag="rooms", answer=shapes.ShownRoom),
    ("PATCH", "/api/v1/rooms/{room}"): Operation(
        tag="rooms", answer=RoomFace, body=api.RoomChange, example='{"name": "Book club"}'
    ),
    ("DELETE", "/api/v1/rooms/{room}"): Operation(tag="rooms", answer=RoomFace),
    ("GET", "/api/v1/rooms/{room}/messages"): Operation(
        tag="talk",
        answer=shapes.PageOfLog,
        query=("before", "after", "around", "at", "limit"),
    ),
    ("POST", "/api/v1/rooms/{room}/messages"): Operation(
        tag="talk",
        answer=shapes.Acknowledgement,
        status=201,
        body=posting.NewMessage,
        example=posting.EXAMPLE,
        takes_text=True,
        headers=("Idempotency-Key",),
    ),
    ("GET", "/api/v1/rooms/{room}/events"): Operation(
        tag="talk",
        answer=STREAM,
        query=("since", "epoch", "history"),
        headers=("Last-Event-ID",),
    ),
    ("GET", "/api/v1/rooms/{room}/search"): Operation(
        tag="talk", answer=shapes.SearchResults, query=("q", "before", "limit")
    ),
    ("GET", "/api/v1/rooms/{room}/link"): Operation(tag="rooms", answer=shapes.RoomLink),
    ("POST", "/api/v1/qr"): Operation(
        tag="rooms", answer=SVG, body=links.Link, example='{"path": "/rooms/general"}'
    ),
    ("GET", "/api/v1/rooms/{room}/members"): Operation(tag="people", answer=shapes.Members),
    ("PATCH", "/api/v1/rooms/{room}/members/{user}"): Operation(
        tag="people", body=moderation.MemberChange, example='{"muted_until": "forever"}'
    ),
    ("DELETE", "/api/v1/rooms/{room}/members/{user}"): Operation(
        tag="people",
        body=moderation.Removal,
        example='{"reason": "spam"}',
        is_body_needed=False,
    ),
    ("GET", "/api/v1/rooms/{room}/settings"): Operation(tag="rooms", answer=shapes.HowRoomIsUsed),
    ("PATCH", "/api/v1/rooms/{room}/settings"): Operation(
        tag="rooms",
        answer=shapes.HowRoomIsUsed,
        body=moderation.Settings,
        example='{"slow_mode_s": 30}',
    ),
    ("GET", "/api/v1/rooms/{room}/invites"): Operation(tag="people", answer=shapes.RoomInvitations),
    ("POST", "/api/v1/rooms/{room}/invites"): Operation(
        tag="people",
        answer=shapes.MadeRoomInvitation,
        status=201,
        body=moderation.NewInvitation,
        example='{"role": "member", "uses_max": 5}',
    ),
    ("DELETE", "/api/v1/rooms/{room}/invites/{invite}"): Operation(tag="people"),
    ("GET", "/api/v1/rooms/{room}/audit"): Operation(
        tag="people", answer=shapes.AuditLog, query=("before", "limit")
    ),
    ("POST", "/api/v1/invitation"): Operation(
        tag="people",
        answer=shapes.WhereInvitationLeads,
        body=moderation.Acceptance,
        example='{"token": "…"}',
    ),
    ("POST", "/api/v1/join"): Operation(
        tag="people",
        answer=shapes.Joined,
        body=moderation.Acceptance,
        example='{"token": "…"}',
    ),
}

TAGS: Final[Mapping[str, str]] = {
    "talk": "What is said in a room: read, followed, searched, added to.",
    "rooms": "Which rooms there are, and how they are used.",
    "people": "Who is in a room, who may what, and who decided it.",
    "accounts": "How people and programs are known, where the server knows them.",
    "state": "How the server does.",
    "page": "What a browser opens.",
}
