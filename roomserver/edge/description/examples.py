"""One of each event, for the description of the WebSocket. They are the structs of the code."""

from collections.abc import Mapping
from typing import Any, Final

from msgspec import Raw

from roomserver.core import commands, events, wire
from roomserver.core.commands import Command
from roomserver.core.events import Event
from roomserver.core.limits import Limits
from roomserver.core.model import Entry, EntryId, Record, RoomId, Seq, User, UserId

_ANA: Final = User(UserId(1), "Ana")
_AT_MS: Final = 1_795_521_600_000
_AT: Final = wire.timestamp(_AT_MS)
_EPOCH: Final = "568cb2e8670106b8"
_LIMITS: Final = Limits()

_RECORD: Final[Record] = wire.record_of(
    Entry(
        id=EntryId(17),
        room_id=RoomId(1),
        seq=Seq(5),
        author=_ANA,
        content="hola",
        created_at_ms=_AT_MS,
        client_id="a1",
    )
)
_CHANGE: Final[Mapping[str, Any]] = {
    "room_id": 1,
    "message_id": 17,
    "user_id": 1,
    "username": "Ana",
}

COMMAND_EXAMPLES: Final[Mapping[type[Command], Command]] = {
    type(command): command
    for command in (
        commands.Post("hola", client_id="a1", reply_to=16),
        commands.Edit(message_id=17, content="hola a todos"),
        commands.Delete(message_id=17),
        commands.React(message_id=17, emoji="👍"),
        commands.MarkRead(17),
        commands.Typing(is_typing=True),
        commands.ReadHistory(before=101, limit=50),
        commands.Renew("eyJhbGciOiJIUzI1NiJ9.…"),
        commands.Ping(),
    )
}

EVENT_EXAMPLES: Final[Mapping[type[Event], Event | Raw]] = {
    **{
        type(event): event
        for event in (
            events.Connected(
                room_id=1,
                active_users=[_ANA],
                user=_ANA,
                room=events.RoomFace(id=1, slug="general", name="General"),
                epoch=_EPOCH,
                last_seq=5,
                history=[Raw(_RECORD.json)],
                has_more=True,
                read_up_to=4,
                limits=events.ClientLimits(
                    message_chars_max=_LIMITS.message_chars_max,
                    message_bytes_max=_LIMITS.message_bytes_max,
                    frame_bytes_max=_LIMITS.frame_bytes_max,
                    messages_per_second=_LIMITS.messages_per_second,
                    messages_burst=_LIMITS.messages_burst,
                    history_messages_max=_LIMITS.history_messages_max,
                ),
                instance="a76c488b",
                may=["post", "react"],
            ),
            events.Following(room_id=1, epoch=_EPOCH, last_seq=5),
            events.History(messages=[Raw(_RECORD.json)], has_more=False, before=6),
            events.MessageEdited(
                **_CHANGE, kind="message_edited", seq=6, content="hola a todos", edited_at=_AT
            ),
            events.MessageDeleted(**_CHANGE, kind="message_deleted", seq=7, deleted_at=_AT),
            events.Reaction(**_CHANGE, kind="reaction", seq=8, emoji="👍", on=True, created_at=_AT),
            events.MessageSent(message_id=17, timestamp=_AT, seq=5, client_id="a1"),
            events.UserJoined(user_id=1, username="Ana"),
            events.UserLeft(user_id=1, username="Ana", last_seen=_AT),
            events.IsTyping(user_id=1, username="Ana", is_typing=True),
            events.Read(user_id=1, username="Ana", message_id=17, seq=5, read_at=_AT),
            events.MemberUpdated(user_id=1, username="Ana", role="moderator"),
            events.RoomUpdated(
                room_id=1,
                slug="general",
                name="General",
                description="",
                archived=False,
                private=False,
                announce_only=False,
                slow_mode_s=0,
                people_max=0,
            ),
            events.RoomActivity(
                rooms=[events.ActiveRoom(room_id=2, last_seq=40, unread=3, mentions=1)]
            ),
            events.Degraded(component="redis", ok=True, message="Redis is back."),
            events.Draining(reconnect_after_ms=908, last_seq=8),
            events.Renewed(expires_at=_AT),
            events.Pong(),
            events.Error(
                message="There is no such message in this room; it may have been deleted.",
                code="message_not_found",
                retryable=False,
            ),
        )
    },
    events.Message: Raw(_RECORD.json),
}
