"""
The wire protocol: JSON text frames, both ways.

client → server, flat
    {"type": "message", "content": str, "client_id"?: str, "reply_to"?: int}
                                                               → message_sent, and message to all
    {"type": "edit", "message_id": int, "content": str}        → message_edited, to all
    {"type": "delete", "message_id": int}                      → message_deleted, to all
    {"type": "react", "message_id": int, "emoji": str, "on": bool} → reaction, to all
    {"type": "read", "message_id": int}                        → read, to all, at most once a second
    {"type": "typing", "is_typing": bool}                      → typing, to the others
    {"type": "history", "before"|"after"?: int, "limit"?: int} → history
    {"type": "token", "token": str}                            → token: the stay goes on with it
    {"type": "ping"}                                           → pong

server → client, in an envelope: {"type": str, "data": {…}}
    connected      the first one: who is here, the last messages, where the log stands
    following      the first one to whoever follows the log over HTTP
    history        a page of the log
    message · message_edited · message_deleted · reaction     the entries of the log
    message_sent   tells the author of a message that it is on disk
    member_updated · room_updated        somebody's role, a room and how it is used
    user_joined · user_left · typing · read     signals: lost ones are not sent again
    room_activity  what happens in a person's other rooms, at most once a second
    degraded · draining                  about the server itself
    token · pong · error

Unknown fields are ignored both ways. ``docs/protocol.md`` is this page for people.
"""

from collections.abc import Sequence
from functools import cache
from typing import Any, Final

import msgspec
from msgspec import Raw, Struct

from roomserver.core import moments
from roomserver.core.errors import RoomError
from roomserver.core.events import (
    Error,
    Event,
    Message,
    MessageDeleted,
    MessageEdited,
    MessageSent,
    Quote,
    Reaction,
    RoomFace,
)
from roomserver.core.frame import Parcel
from roomserver.core.model import Entry, Kind, Quoted, Record, Room, Seq

timestamp: Final = moments.timestamp


def encode(event: Event) -> bytes:
    """Put *event* into its envelope."""
    return _encoder.encode(_Envelope(event.type, event))


def encode_record(record: Record) -> bytes:
    """Put a record, which is encoded already, into its envelope."""
    return _beginning_of(record.type) + record.json + b"}"


def parcel_of(record: Record) -> Parcel:
    """Make a record ready for its room."""
    return Parcel(encode_record(record), record.seq)


def receipt_of(entry: Entry, client_id: str | None) -> MessageSent:
    """
    Return what tells an author that *entry* is stored, under the id that they gave it.

    Of a change it names the message that was changed: a change is no message.
    """
    return MessageSent(
        message_id=entry.id if entry.target_id is None else entry.target_id,
        timestamp=timestamp(entry.created_at_ms),
        seq=entry.seq,
        client_id=client_id,
    )


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
    event = _event_of(entry)
    return Record(entry.seq, _encoder.encode(event), event.type)


def stored_record(seq: Seq, data: bytes) -> Record:
    """Read back from a cache what :func:`record_of` encoded."""
    return Record(seq, data, _typed.decode(data).type)


def raw(records: Sequence[Record]) -> Sequence[Raw]:
    """Put *records*, which are encoded already, into a larger event."""
    return [Raw(record.json) for record in records]


def face_of(room: Room) -> RoomFace:
    return RoomFace(
        id=room.id,
        slug=room.slug,
        name=room.name,
        description=room.description,
        archived=room.is_archived,
    )


class _Envelope(Struct):
    type: str
    data: Event


class _Typed(Struct):
    type: str = "message"


_encoder: Final = msgspec.json.Encoder()
_typed: Final = msgspec.json.Decoder(_Typed)


@cache
def _beginning_of(kind: str) -> bytes:
    return b'{"type":"%b","data":' % kind.encode()


def _event_of(entry: Entry) -> Event:
    at = timestamp(entry.created_at_ms)
    match entry.kind:
        case Kind.MESSAGE:
            return _message_of(entry, at)
        case Kind.EDIT:
            return MessageEdited(
                **_change(entry, MessageEdited.type),
                content=entry.content,
                edited_at=at,
                mentions=entry.mentions or None,
            )
        case Kind.DELETION:
            return MessageDeleted(**_change(entry, MessageDeleted.type), deleted_at=at)
        case Kind.REACTION | Kind.REACTION_END:
            is_on = entry.kind is Kind.REACTION
            return Reaction(
                **_change(entry, Reaction.type), emoji=entry.content, on=is_on, created_at=at
            )


def _message_of(entry: Entry, at: str) -> Message:
    author = entry.author
    return Message(
        id=entry.id,
        room_id=entry.room_id,
        seq=entry.seq,
        user_id=author.user_id,
        username=author.username,
        content=entry.content,
        created_at=at,
        client_id=entry.client_id,
        deleted=entry.is_deleted or None,
        reply_to=entry.reply_to,
        quote=None if entry.quoted is None else _quote(entry.quoted),
        mentions=entry.mentions or None,
    )


def _quote(quoted: Quoted) -> Quote:
    return Quote(
        user_id=quoted.author.user_id,
        username=quoted.author.username,
        content=quoted.content,
        deleted=not quoted.content or None,
    )


def _change(entry: Entry, kind: str) -> Any:
    return {
        "kind": kind,
        "room_id": entry.room_id,
        "seq": entry.seq,
        "message_id": entry.target_id,
        "user_id": entry.author.user_id,
        "username": entry.author.username,
        "client_id": entry.client_id,
    }
