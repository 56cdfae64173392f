"""The last messages of each room, kept near so that most readers never reach the database."""

from collections.abc import Sequence
from typing import Protocol

from roomserver.core.model import Record, RoomId
from roomserver.core.window import Window


class Recent(Protocol):
    """
    A cache that may forget anything at any time, and is never trusted about the end of a log.

    Every implementation passes ``tests/contracts/test_recent.py``.
    """

    def remember(self, room_id: RoomId, records: Sequence[Record]) -> None:
        """
        Keep *records*, contiguous and oldest first, as part of the room's last.

        Call it only with what has been committed. It never waits and never fails:
        what can't be kept is forgotten.
        """
        ...

    def forget(self, room_id: RoomId) -> None:
        """Forget the room: what is remembered of it is no longer what the log says."""
        ...

    async def window(self, room_id: RoomId) -> Window:
        """
        Return what is remembered, whole between its first and its last number.

        Whoever asks compares its last number with the head of the log. A cache that
        doesn't answer within a moment has an empty window.
        """
        ...
