"""What the server may send: the ``data`` of each envelope."""

from collections.abc import Sequence
from typing import ClassVar, Final

from msgspec import Raw, Struct, field

from roomserver.core.model import User


class Event(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the server sends: the ``data`` of an envelope. Fields that are None are left out."""

    type: ClassVar[str]


class ClientLimits(Struct, frozen=True, kw_only=True):
    """What a client should know before it sends."""

    message_chars_max: int
    message_bytes_max: int
    frame_bytes_max: int
    messages_per_second: float
    messages_burst: int
    history_messages_max: int


class RoomFace(Struct, frozen=True, kw_only=True):
    id: int
    slug: str
    name: str
    description: str = ""
    archived: bool = False


class Connected(Event, frozen=True, kw_only=True):
    type: ClassVar[str] = "connected"

    room_id: int
    active_users: Sequence[User]
    user: User
    room: RoomFace
    epoch: str
    last_seq: int
    history: Sequence[Raw]
    has_more: bool
    read_up_to: int
    limits: ClientLimits
    instance: str
    role: str = "member"
    may: Sequence[str] = ()
    """What the reader may do here, in words of :class:`~roomserver.core.policy.Action`."""

    muted_until: str | None = None
    announce_only: bool = False
    slow_mode_s: int = 0
    version: str = ""
    """Of the program: a page of another version asks to be loaded anew."""

    resync: bool | None = None


class Following(Event, frozen=True, kw_only=True):
    """Where the log stands that somebody begins to follow over HTTP."""

    type: ClassVar[str] = "following"

    room_id: int
    epoch: str
    last_seq: int
    resync: bool | None = None


class History(Event, frozen=True, kw_only=True):
    type: ClassVar[str] = "history"

    messages: Sequence[Raw]
    has_more: bool
    before: int | None = None
    after: int | None = None


class Quote(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The message that is answered: as it was when the answer was written."""

    user_id: int
    username: str
    content: str
    """Its beginning."""

    deleted: bool | None = None
    """True if it has been taken back since; then ``content`` is empty."""


class Message(Event, frozen=True, kw_only=True):
    type: ClassVar[str] = "message"

    id: int
    room_id: int
    seq: int
    user_id: int
    username: str
    content: str
    created_at: str
    client_id: str | None = None
    deleted: bool | None = None
    """True if it has been taken back since; then ``content`` is empty."""

    reply_to: int | None = None
    quote: Quote | None = None
    mentions: Sequence[int] | None = None


class ChangedMessage(Event, frozen=True, kw_only=True):
    """What the changes have in common. They say their type, since they also stand in histories."""

    kind: str = field(name="type")
    room_id: int
    seq: int
    message_id: int
    user_id: int
    username: str


class MessageEdited(ChangedMessage, frozen=True, kw_only=True):
    type: ClassVar[str] = "message_edited"

    content: str
    edited_at: str
    client_id: str | None = None
    mentions: Sequence[int] | None = None


class MessageDeleted(ChangedMessage, frozen=True, kw_only=True):
    type: ClassVar[str] = "message_deleted"

    deleted_at: str
    client_id: str | None = None


class Reaction(ChangedMessage, frozen=True, kw_only=True):
    type: ClassVar[str] = "reaction"

    emoji: str
    on: bool
    created_at: str
    client_id: str | None = None


class MessageSent(Event, frozen=True, kw_only=True):
    """It means: on disk."""

    type: ClassVar[str] = "message_sent"

    message_id: int
    timestamp: str
    seq: int
    client_id: str | None = None


class UserJoined(Event, frozen=True, kw_only=True):
    type: ClassVar[str] = "user_joined"

    user_id: int
    username: str


class UserLeft(Event, frozen=True, kw_only=True):
    type: ClassVar[str] = "user_left"

    user_id: int
    username: str
    last_seen: str


class IsTyping(Event, frozen=True, kw_only=True):
    type: ClassVar[str] = "typing"

    user_id: int
    username: str
    is_typing: bool


class Read(Event, frozen=True, kw_only=True):
    """Somebody has read everything up to a message."""

    type: ClassVar[str] = "read"

    user_id: int
    username: str
    message_id: int
    seq: int
    read_at: str


class MemberUpdated(Event, frozen=True, kw_only=True):
    """What somebody is in the room has changed."""

    type: ClassVar[str] = "member_updated"

    user_id: int
    username: str
    role: str
    muted_until: str | None = None
    banned_until: str | None = None


class ActiveRoom(Struct, frozen=True, kw_only=True):
    """A room that somebody has been in, and what they haven't read of it."""

    room_id: int
    last_seq: int
    unread: int
    mentions: int


class RoomActivity(Event, frozen=True, kw_only=True):
    """What has happened in the rooms of a person that a connection is not in."""

    type: ClassVar[str] = "room_activity"

    rooms: Sequence[ActiveRoom]


class RoomUpdated(Event, frozen=True, kw_only=True):
    """A room is new, or what it is called, is about or how it is used has changed."""

    type: ClassVar[str] = "room_updated"

    room_id: int
    slug: str
    name: str
    description: str
    archived: bool
    private: bool
    announce_only: bool
    slow_mode_s: int
    people_max: int


class Degraded(Event, frozen=True, kw_only=True):
    type: ClassVar[str] = "degraded"

    component: str
    ok: bool
    message: str


class Draining(Event, frozen=True, kw_only=True):
    type: ClassVar[str] = "draining"

    reconnect_after_ms: int
    last_seq: int
    """How far the room has been told here: what is behind that comes after the return."""


class Renewed(Event, frozen=True, kw_only=True):
    """A newer token was taken."""

    type: ClassVar[str] = "token"

    expires_at: str | None = None


class Pong(Event, frozen=True, kw_only=True):
    type: ClassVar[str] = "pong"


class Error(Event, frozen=True, kw_only=True):
    type: ClassVar[str] = "error"

    message: str
    code: str
    retryable: bool
    client_id: str | None = None
    field: str | None = None
    retry_after_ms: int | None = None
    until: str | None = None


EVENTS: Final = (
    Connected,
    Following,
    History,
    Message,
    MessageEdited,
    MessageDeleted,
    Reaction,
    MessageSent,
    UserJoined,
    UserLeft,
    IsTyping,
    Read,
    MemberUpdated,
    RoomUpdated,
    RoomActivity,
    Degraded,
    Draining,
    Renewed,
    Pong,
    Error,
)
