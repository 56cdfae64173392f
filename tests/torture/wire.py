"""What the harness reads of the wire protocol, written down a second time on purpose."""

from typing import Final

from msgspec import Raw, Struct

from tests.torture.history import Entry

DEFINITE: Final = frozenset(
    {
        "invalid_json",
        "invalid_event",
        "unknown_type",
        "empty_message",
        "message_too_long",
        "message_not_found",
        "rate_limited",
        "forbidden",
    }
)
"""Codes that say: it is not stored."""

OPEN: Final = frozenset({"storage_unavailable", "shutting_down", "too_many_mistakes"})
"""Codes that leave it open."""

ENTRY_TYPES: Final = frozenset({"message", "message_edited", "message_deleted", "reaction"})
"""Events that are entries of a room's log, with a ``seq`` of their own."""


class Person(Struct, frozen=True):
    user_id: int


class Frame(Struct, frozen=True):
    type: str
    data: Raw = Raw(b"{}")


class Connected(Struct, frozen=True):
    last_seq: int
    epoch: str
    active_users: list[Person]
    history: list[Entry]
    has_more: bool
    read_up_to: int = 0
    resync: bool = False


class PageAnswer(Struct, frozen=True):
    messages: list[Entry]
    has_more: bool
    before: int | None = None
    after: int | None = None


class Receipt(Struct, frozen=True):
    """A ``message_sent``, or the event of a change, which is its author's receipt as well."""

    seq: int
    message_id: int
    user_id: int | None = None
    client_id: str | None = None


class Error(Struct, frozen=True):
    code: str
    message: str
    client_id: str | None = None


class IsTyping(Struct, frozen=True):
    user_id: int
    is_typing: bool = False


class Read(Struct, frozen=True):
    user_id: int
    seq: int


COMMANDS: Final = {
    "message": "message",
    "message_edited": "edit",
    "message_deleted": "delete",
    "reaction": "react",
}
"""What a client sends to get an entry of each type."""
