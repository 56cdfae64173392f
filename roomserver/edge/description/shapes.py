"""What the answers look like. The tests hold what is really answered against them."""

from collections.abc import Mapping, Sequence
from typing import Literal

from msgspec import UNSET, Raw, Struct, UnsetType

from roomserver.core.deeds import Fact
from roomserver.core.events import Error, RoomFace
from roomserver.core.model import CallerKind, Role, User
from roomserver.service.identity import Mode


class Refusal(Struct, frozen=True):
    """Why not: the same as over the WebSocket."""

    type: Literal["error"]
    data: Error


class HowRoomIsUsed(Struct, frozen=True, kw_only=True):
    """A room's settings, and what the asker may do there."""

    private: bool
    announce_only: bool
    slow_mode_s: int
    people_max: int
    role: Role
    may: Sequence[str]


class ListedRoom(RoomFace, frozen=True, kw_only=True):
    last_seq: int
    connections: int
    users: int
    private: bool
    unread: int
    mentions: int


class ListOfRooms(Struct, frozen=True, kw_only=True):
    rooms: Sequence[ListedRoom]


class ShownRoom(RoomFace, frozen=True, kw_only=True):
    last_seq: int
    private: bool
    announce_only: bool
    slow_mode_s: int
    people_max: int
    role: Role
    may: Sequence[str]


class PageOfLog(Struct, frozen=True, kw_only=True):
    """Entries, oldest first. The last three come with a page from the middle of the log."""

    messages: Sequence[Raw]
    has_more: bool
    has_newer: bool | UnsetType = UNSET
    seq: int | UnsetType | None = UNSET
    changes: Sequence[Raw] | UnsetType = UNSET


class Acknowledgement(Struct, frozen=True, kw_only=True):
    """It means: on disk."""

    message_id: int
    timestamp: str
    seq: int
    client_id: str | UnsetType = UNSET


class Found(Struct, frozen=True, kw_only=True):
    id: int
    seq: int
    user_id: int
    username: str
    created_at: str
    edited: bool
    excerpt: str
    marks: Sequence[tuple[int, int]]


class SearchResults(Struct, frozen=True, kw_only=True):
    results: Sequence[Found]
    has_more: bool


class Member(Struct, frozen=True, kw_only=True):
    user_id: int
    username: str
    online: bool
    last_seen: str | None
    read_up_to: int
    read_at: str | None
    role: Role
    muted_until: str | UnsetType = UNSET
    banned_until: str | UnsetType = UNSET


class Members(Struct, frozen=True, kw_only=True):
    members: Sequence[Member]


class RoomInvitation(Struct, frozen=True, kw_only=True):
    id: int
    role: Role
    by: User | None
    created_at: str
    expires_at: str
    uses: int
    uses_max: int


class MadeRoomInvitation(RoomInvitation, frozen=True, kw_only=True):
    token: str


class RoomInvitations(Struct, frozen=True, kw_only=True):
    invites: Sequence[RoomInvitation]


class RoomName(Struct, frozen=True, kw_only=True):
    name: str
    slug: str


class WhereInvitationLeads(Struct, frozen=True, kw_only=True):
    room: RoomName
    role: Role
    yours: Role | None
    guests: bool


class Joined(Struct, frozen=True, kw_only=True):
    room: RoomFace
    role: Role


class NotedDeed(Struct, frozen=True, kw_only=True):
    id: int
    at: str
    by: User | None
    deed: str
    about: User | None
    details: Mapping[str, Fact]


class AuditLog(Struct, frozen=True, kw_only=True):
    audit: Sequence[NotedDeed]


class RoomLink(Struct, frozen=True, kw_only=True):
    url: str
    qr: str


class RoomCounts(Struct, frozen=True, kw_only=True):
    connections: int
    users: int


class ConnectionStats(Struct, frozen=True, kw_only=True):
    total_connections: int
    total_rooms: int
    rooms: Mapping[str, RoomCounts]


class Status(Struct, frozen=True, kw_only=True):
    status: Literal["ok", "not ready"]


class SessionShown(Struct, frozen=True, kw_only=True):
    """How people are known here, and who asks."""

    mode: Mode
    user: User | None
    sign_up: str | UnsetType = UNSET
    guests: bool | UnsetType = UNSET
    needs_owner: bool | UnsetType = UNSET
    kind: CallerKind | UnsetType = UNSET
    is_owner: bool | UnsetType = UNSET
    rooms: Sequence[int] | UnsetType | None = UNSET
    rights: Sequence[str] | UnsetType | None = UNSET
    expires_at: str | UnsetType | None = UNSET


class Welcome(Struct, frozen=True, kw_only=True):
    user_id: int
    username: str
    room: str | UnsetType = UNSET


class WayIn(Struct, frozen=True, kw_only=True):
    """What opens the server for somebody until it ends or is taken back."""

    id: str
    label: str
    created_at: str
    used_at: str
    expires_at: str | None


class SessionOfMine(WayIn, frozen=True, kw_only=True):
    is_this: bool


class SessionsOfMine(Struct, frozen=True, kw_only=True):
    sessions: Sequence[SessionOfMine]


class SignUpInvitation(Struct, frozen=True, kw_only=True):
    invitation: str
    path: str


class ResetLink(Struct, frozen=True, kw_only=True):
    link: str
    path: str


class TokenOfMine(WayIn, frozen=True, kw_only=True):
    user_id: int
    rooms: Sequence[int] | None
    rights: Sequence[str]


class MadeToken(TokenOfMine, frozen=True, kw_only=True):
    token: str


class TokensOfMine(Struct, frozen=True, kw_only=True):
    tokens: Sequence[TokenOfMine]


class Account(Struct, frozen=True, kw_only=True):
    user_id: int
    username: str
    is_owner: bool
    is_disabled: bool
    created_at: str


class Accounts(Struct, frozen=True, kw_only=True):
    users: Sequence[Account]
