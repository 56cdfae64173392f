"""
The wire protocol: JSON text frames, both ways.

client → server, flat
    {"type": "message", "content": str, "client_id"?: str}     → message_sent, and message to all
    {"type": "typing", "is_typing": bool}                      → typing, to the others
    {"type": "history", "before"|"after"?: int, "limit"?: int} → history
    {"type": "ping"}                                           → pong

server → client, in an envelope: {"type": str, "data": {…}}
    connected      the first one: who is here, the last messages, where the log stands
    history        a page of the log
    message        an entry of the log; message_sent tells its author that it is on disk
    user_joined · user_left · typing     signals: lost ones are not sent again
    degraded · draining                  about the server itself
    pong · error

Unknown fields are ignored both ways. ``docs/protocol.md`` is this page for people.
"""

import json
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, ClassVar, Final

import msgspec
from msgspec import Meta, Raw, Struct

from roomserver.core.errors import InvalidEvent, InvalidJson, RoomError, UnknownType
from roomserver.core.model import INTEGER_MAX, Entry, Record, Room, User
from roomserver.core.text import CLIENT_ID_CHARS_MAX

SeqField = Annotated[int, Meta(ge=0, le=INTEGER_MAX)]


class Command(Struct, frozen=True, tag_field="type"):
    """What a client may send."""


class Post(Command, tag="message", frozen=True):
    content: str = ""
    client_id: str | None = None


class Typing(Command, tag="typing", frozen=True):
    is_typing: bool


class ReadHistory(Command, tag="history", frozen=True):
    before: SeqField | None = None
    after: SeqField | None = None
    limit: Annotated[int, Meta(ge=1, le=INTEGER_MAX)] = 50


class Ping(Command, tag="ping", frozen=True):
    pass


AnyCommand = Post | Typing | ReadHistory | Ping


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
    limits: ClientLimits
    instance: str
    resync: bool | None = None


class History(Event, frozen=True, kw_only=True):
    type: ClassVar[str] = "history"

    messages: Sequence[Raw]
    has_more: bool
    before: int | None = None
    after: int | None = None


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


class Degraded(Event, frozen=True, kw_only=True):
    type: ClassVar[str] = "degraded"

    component: str
    ok: bool
    message: str


class Draining(Event, frozen=True, kw_only=True):
    type: ClassVar[str] = "draining"

    reconnect_after_ms: int


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


EVENTS: Final = (
    Connected,
    History,
    Message,
    MessageSent,
    UserJoined,
    UserLeft,
    IsTyping,
    Degraded,
    Draining,
    Pong,
    Error,
)

_decoder: Final[msgspec.json.Decoder[AnyCommand]] = msgspec.json.Decoder(AnyCommand)
_encoder: Final = msgspec.json.Encoder()
_AT_PATH: Final = re.compile(r" - at `\$\.?(?P<path>[^`]*)`$")


class Refused(Exception):
    """A frame that is no command: *error* says why, *client_id* is echoed if there was one."""

    def __init__(self, error: RoomError, client_id: str | None = None) -> None:
        super().__init__(str(error))
        self.error = error
        self.client_id = client_id


def decode(frame: str | bytes) -> AnyCommand:
    """
    Read one client frame.

    Raises:
        Refused: If *frame* isn't JSON, isn't an object, names no known ``type``,
            or has a field that is missing or of the wrong type.

    """
    try:
        return _decoder.decode(frame)
    except msgspec.ValidationError as error:
        raise _invalid(frame, str(error)) from None
    except (msgspec.DecodeError, UnicodeError) as error:
        raise _not_json(frame, str(error)) from None
    except RecursionError:
        raise Refused(InvalidJson("The frame is nested too deeply.")) from None


def encode(event: Event) -> bytes:
    """Put *event* into its envelope."""
    return b'{"type":"%b","data":%b}' % (event.type.encode(), _encoder.encode(event))


def encode_message(record: Record) -> bytes:
    """Put a record, which is encoded already, into the envelope of a ``message``."""
    return b'{"type":"message","data":%b}' % record.json


def encode_error(error: RoomError, client_id: str | None = None) -> bytes:
    """Put a refusal into the envelope of an ``error``, over WebSocket and HTTP alike."""
    event = Error(
        message=str(error),
        code=error.code,
        retryable=error.retryable,
        client_id=client_id,
        **error.details(),  # type: ignore[arg-type]  # a subset of the fields above, by name
    )
    return encode(event)


def record_of(entry: Entry) -> Record:
    """Encode *entry* once, for everybody who will ever read it."""
    message = Message(
        id=entry.id,
        room_id=entry.room_id,
        seq=entry.seq,
        user_id=entry.author.user_id,
        username=entry.author.username,
        content=entry.content,
        created_at=timestamp(entry.created_at_ms),
        client_id=entry.client_id,
    )
    return Record(entry.seq, _encoder.encode(message))


def raw(records: Sequence[Record]) -> Sequence[Raw]:
    """Put *records*, which are encoded already, into a larger event."""
    return [Raw(record.json) for record in records]


def face_of(room: Room) -> RoomFace:
    return RoomFace(id=room.id, slug=room.slug, name=room.name)


def timestamp(at_ms: int) -> str:
    """Write a Unix time in milliseconds as RFC 3339 in UTC."""
    at = datetime.fromtimestamp(at_ms / 1000, UTC)
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _invalid(frame: str | bytes, reason: str) -> Refused:
    try:
        document = msgspec.json.decode(frame)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        # The decoder stops at the first thing that is wrong: behind it, this isn't even JSON.
        return _not_json(frame, str(error))
    client_id = document.get("client_id") if isinstance(document, dict) else None
    if not isinstance(client_id, str) or len(client_id) > CLIENT_ID_CHARS_MAX:
        client_id = None
    return Refused(_explained(reason), client_id)


def _explained(reason: str) -> RoomError:
    at = _AT_PATH.search(reason)
    path = at["path"] if at else ""
    sentence = _AT_PATH.sub("", reason)
    if missing := re.search(r"missing required field `(?P<name>\w+)`", reason):
        return InvalidEvent(f"{missing['name']} is missing.", field=missing["name"])
    if path == "type" and sentence.startswith("Invalid value"):
        known = ", ".join(sorted(_types_of_commands()))
        return UnknownType(f"There is no such type of event. Known are: {known}.", field="type")
    if not path:
        return InvalidEvent(f'{sentence}. Send an object: {{"type": "message", "content": "…"}}')
    return InvalidEvent(f"{path}: {sentence}.", field=path)


def _types_of_commands() -> list[str]:
    return [str(kind.__struct_config__.tag) for kind in Command.__subclasses__()]


def _not_json(frame: str | bytes, reason: str) -> Refused:
    if _is_json_but_for_surrogates(frame):
        sentence = "A text holds half of a surrogate pair. Send whole characters."
        return Refused(InvalidEvent(sentence, field="content"))
    example = '{"type": "message", "content": "…"}'
    return Refused(InvalidJson(f"The frame is not JSON ({reason}). Send, for example: {example}"))


def _is_json_but_for_surrogates(frame: str | bytes) -> bool:
    # Python's own parser lets half a pair pass, which UTF-8 can't carry; msgspec doesn't say why.
    try:
        json.loads(frame)
    except (ValueError, RecursionError):
        return False
    return True
