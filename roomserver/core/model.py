"""The nouns: a room and its log, a person, a draft that is not stored, an entry that is."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Final, NamedTuple, NewType

from msgspec import Struct

RoomId = NewType("RoomId", int)

UserId = NewType("UserId", int)

EntryId = NewType("EntryId", int)
"""A message's own number, unique over all rooms. It says nothing about order: ``Seq`` does."""

Seq = NewType("Seq", int)
"""A position in one room's log: 1, 2, 3, … without gaps, never reused. 0 is before the first."""

INTEGER_MAX: Final = 2**53 - 1
"""JavaScript's largest exact integer: no number on the wire goes beyond it."""


class Place(Struct, frozen=True):
    """A position in a room's log."""

    room_id: RoomId
    seq: Seq


class Head(NamedTuple):
    """The end of a room's log: its last number, and the *epoch* that its numbers belong to."""

    seq: Seq
    epoch: str


class User(Struct, frozen=True):
    """A person as a room sees them."""

    user_id: UserId
    username: str


class CallerKind(StrEnum):
    """What somebody is to the server, whatever they are in a room."""

    PERSON = "person"
    GUEST = "guest"
    PROGRAM = "program"


class Role(StrEnum):
    """What somebody is in a room, the highest first."""

    OWNER = "owner"
    MODERATOR = "moderator"
    MEMBER = "member"
    GUEST = "guest"
    NOBODY = "nobody"


FOREVER_MS: Final = 253_402_300_799_000
"""The last moment that a time on the wire can name: the end of the year 9999."""


class Caller(Struct, frozen=True, kw_only=True):
    """Who asks, and what their session or token lets them do at most."""

    user: User
    kind: CallerKind = CallerKind.PERSON
    is_owner: bool = False
    """Whether the server is theirs."""

    rooms: frozenset[RoomId] | None = None
    """The only rooms that they may use; None: no restriction."""

    rights: frozenset[str] | None = None
    """The most that they may do in a room (``read``, ``write``, …); None: what their role gives."""

    is_proven: bool = True
    """Whether it is certain who they are: where anybody may take any name, nobody's word is."""

    expires_at_ms: int | None = None
    session_id: str | None = None
    """What a revocation names. It opens nothing: it is not the secret itself."""


class Room(Struct, frozen=True, kw_only=True):
    """A room. *epoch* names the incarnation of its log that sequence numbers belong to."""

    id: RoomId
    slug: str
    name: str
    epoch: str
    description: str = ""
    is_archived: bool = False


class RoomState(Struct, frozen=True, kw_only=True):
    """What a room is like, as far as it matters for what people may do in it."""

    is_private: bool = False
    is_announce_only: bool = False
    is_archived: bool = False
    slow_mode_s: int = 0
    """Seconds between two messages of one person. Owners and moderators need not wait."""

    people_max: int = 0
    """How many people may be in it at once; 0: any number."""

    @property
    def letters(self) -> str:
        """The state as the policy's table writes it."""
        visibility = "p" if self.is_private else "o"
        return f"{visibility}{'n' * self.is_announce_only}{'a' * self.is_archived}"


class Grant(Struct, frozen=True, kw_only=True):
    """What has been decided about one person in one room."""

    user: User
    role: Role | None = None
    """None: what everybody is there."""

    muted_until_ms: int = 0
    banned_until_ms: int = 0


class Quoted(Struct, frozen=True):
    """The message that a reply answers, as it was when that was written."""

    author: User
    content: str
    """Its beginning; empty if it has been deleted since."""


QUOTED_CHARS_MAX: Final = 160
"""So much of a message stands above the replies to it."""


class Kind(StrEnum):
    """What an entry of the log is: a message, or a change to one."""

    MESSAGE = "message"
    EDIT = "edit"
    DELETION = "deletion"
    REACTION = "reaction"
    REACTION_END = "reaction_end"


class Draft(Struct, frozen=True, kw_only=True):
    """An entry that has been accepted but not stored."""

    room_id: RoomId
    author: User
    content: str = ""
    """A message's or an edit's text, a reaction's emoji, nothing for a deletion."""

    client_id: str | None = None
    kind: Kind = Kind.MESSAGE
    target_id: EntryId | None = None
    """The message that a change is about. Every change has one, and no message."""

    reply_to: EntryId | None = None
    """The message that a message answers."""

    is_moderators: bool = False
    """Whether its author may take other people's messages back."""


class Entry(Struct, frozen=True, kw_only=True):
    """A message, or a change to one, with its place in the log."""

    id: EntryId
    room_id: RoomId
    seq: Seq
    author: User
    content: str
    created_at_ms: int
    client_id: str | None = None
    kind: Kind = Kind.MESSAGE
    target_id: EntryId | None = None
    is_deleted: bool = False
    """Whether a later entry took the message back: then its text is gone."""

    reply_to: EntryId | None = None
    quoted: Quoted | None = None
    mentions: Sequence[UserId] = ()
    """Whom a text names, of those who had been in the room by then."""


class Target(Struct, frozen=True, kw_only=True):
    """The message that a change or a reply is about, as far as it matters for that."""

    room_id: RoomId
    author_id: UserId
    is_deleted: bool
    author_name: str = ""
    content: str = ""
    """What it says now, its edits included, if somebody answers it."""

    seq: Seq = Seq(0)
    mentions: Sequence[UserId] = ()


class Membership(Struct, frozen=True, kw_only=True):
    """Somebody who is, or has been, in a room."""

    user: User
    is_online: bool
    last_seen_at_ms: int
    read_up_to: Seq
    read_at_ms: int | None = None


class RoomCount(Struct, frozen=True):
    """Who is connected to a room: how many connections, and which people."""

    connections: int
    user_ids: frozenset[int]

    def __add__(self, other: "RoomCount") -> "RoomCount":
        return RoomCount(self.connections + other.connections, self.user_ids | other.user_ids)


class Receipt(Struct, frozen=True):
    """What became of a draft. A retry gets the first one's entry, and *is_new* is false."""

    entry: Entry
    is_new: bool


class Record(Struct, frozen=True):
    """An entry as the wire has it: encoded once, for everybody who will ever read it."""

    seq: Seq
    json: bytes
    type: str = "message"
    """The event that it is sent as."""


class Page(Struct, frozen=True):
    """Part of a room's log, oldest first. *has_more* looks in the direction that was asked for."""

    records: Sequence[Record]
    has_more: bool
