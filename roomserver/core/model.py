"""The nouns: a room and its log, a person, a draft that is not stored, an entry that is."""

from collections.abc import Sequence
from typing import Final, NewType

from msgspec import Struct

RoomId = NewType("RoomId", int)

UserId = NewType("UserId", int)

EntryId = NewType("EntryId", int)
"""A message's own number, unique over all rooms. It says nothing about order: ``Seq`` does."""

Seq = NewType("Seq", int)
"""A position in one room's log: 1, 2, 3, … without gaps, never reused. 0 is before the first."""

INTEGER_MAX: Final = 2**53 - 1
"""JavaScript's largest exact integer: no number on the wire goes beyond it."""


class User(Struct, frozen=True):
    """A person as a room sees them."""

    user_id: UserId
    username: str


class Room(Struct, frozen=True, kw_only=True):
    """A room. *epoch* names the incarnation of its log that sequence numbers belong to."""

    id: RoomId
    slug: str
    name: str
    epoch: str


class Draft(Struct, frozen=True, kw_only=True):
    """A message that has been accepted but not stored."""

    room_id: RoomId
    author: User
    content: str
    client_id: str | None = None


class Entry(Struct, frozen=True, kw_only=True):
    """A message with its place in the log."""

    id: EntryId
    room_id: RoomId
    seq: Seq
    author: User
    content: str
    created_at_ms: int
    client_id: str | None = None


class Receipt(Struct, frozen=True):
    """What became of a draft. A retry gets the first one's entry, and *is_new* is false."""

    entry: Entry
    is_new: bool


class Record(Struct, frozen=True):
    """An entry as the wire has it: encoded once, for everybody who will ever read it."""

    seq: Seq
    json: bytes


class Page(Struct, frozen=True):
    """Part of a room's log, oldest first. *has_more* looks in the direction that was asked for."""

    records: Sequence[Record]
    has_more: bool
