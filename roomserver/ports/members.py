"""What is kept of each person in each room: when they were here, and how far they have read."""

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple, Protocol

from roomserver.core.model import EntryId, Membership, RoomId, Seq, User, UserId


class Sighting(NamedTuple):
    """Somebody came to a room or left it."""

    room_id: RoomId
    user: User
    is_online: bool
    at_ms: int


class Reading(NamedTuple):
    """Somebody has read everything up to a message."""

    room_id: RoomId
    user: User
    message_id: EntryId
    at_ms: int


class ReadMark(NamedTuple):
    """How far somebody has read now."""

    reading: Reading
    seq: Seq
    message_id: EntryId
    """The message at that place."""


class Unread(NamedTuple):
    """Messages of others that somebody has not read, and how many of them name them."""

    unread: int
    mentions: int


class Span(NamedTuple):
    """Part of a room's log in which is to be counted what is new to somebody."""

    room_id: RoomId
    user_id: UserId
    after: Seq
    up_to: Seq
    unread_after: Seq
    """Where to begin with what is not only mentions."""


class Members(Protocol):
    """
    The rooms' members, over all instances.

    Every implementation passes ``tests/contracts/test_members.py``. Each method raises
    :exc:`StorageUnavailable` if the database didn't answer.
    """

    async def note_sightings(self, sightings: Sequence[Sighting]) -> None:
        """Keep the newest of each person and room."""
        ...

    async def note_readings(self, readings: Sequence[Reading]) -> Sequence[ReadMark]:
        """
        Move read marks forward; return those that have moved.

        A mark never goes back and never passes the end of the log: a message that lies
        behind it, or in another room, counts as the last one before it.
        """
        ...

    async def read_marks(
        self, wanted: Collection[tuple[RoomId, UserId]]
    ) -> Mapping[tuple[RoomId, UserId], Seq]:
        """Return how far those people have read, in one question; who hasn't is left out."""
        ...

    async def listing(self, room_id: RoomId) -> Sequence[Membership]:
        """Return everybody who has ever been in the room, by name."""
        ...

    async def unread(self, user_id: UserId, *, count_max: int) -> Mapping[RoomId, Unread]:
        """
        Count, for each room in which somebody has been, the messages of others behind their mark.

        Nobody counts beyond *count_max*.
        """
        ...

    async def marks_of(self, user_ids: Collection[UserId]) -> Mapping[UserId, Mapping[RoomId, Seq]]:
        """Return in which rooms those people have been, and how far they have read there."""
        ...

    async def moved_since(self, at_ms: int) -> Sequence[tuple[RoomId, UserId, Seq]]:
        """Return the read marks that have moved since then; of very many, the newest."""
        ...

    async def count(
        self, spans: Sequence[Span], *, count_max: int
    ) -> Mapping[tuple[RoomId, UserId], Unread]:
        """Count in those parts of logs, up to *count_max*."""
        ...

    async def all_offline(self) -> None:
        """Note that nobody is here: this instance is the only one, and has just started."""
        ...
