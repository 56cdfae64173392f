"""Finding messages by their words."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from roomserver.core.model import Entry, RoomId, Seq
from roomserver.core.searching import Query


class Found(NamedTuple):
    """A message as the index knows it."""

    message: Entry
    """As it was sent."""

    content: str
    """What it said when it was indexed, its edits included."""

    is_edited: bool


class Progress(NamedTuple):
    """How far a room's log is indexed, and where it ends."""

    position: Seq
    head: Seq


class SearchIndex(Protocol):
    """
    An index over the rooms' logs, which is behind them until it is moved on.

    It is moved on by whoever wants it to be, on whatever instance: each entry is indexed
    once. Every implementation passes ``tests/contracts/test_search.py``. Each method
    raises :exc:`StorageUnavailable` if the database didn't answer.
    """

    async def advance(self, room_id: RoomId, *, limit: int) -> Progress:
        """
        Index the next *limit* entries; return how far that is, and where the log ended before.

        Of an edited message the newest text is indexed, of a deleted one nothing is kept.
        """
        ...

    async def behind(self, *, limit: int) -> Sequence[RoomId]:
        """Return rooms whose logs are not indexed to their ends."""
        ...

    async def find(
        self, room_id: RoomId, query: Query, *, before: Seq | None, limit: int
    ) -> Sequence[Found]:
        """
        Return the last *limit* messages in front of *before* that say it, newest first.

        What was changed after the index was moved on is not seen: whoever asks looks again
        at what each message says now.
        """
        ...
