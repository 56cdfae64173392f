"""The rooms' logs: the only place where a message gets its number."""

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from roomserver.core.errors import RoomError
from roomserver.core.model import Draft, Entry, EntryId, Head, Receipt, RoomId, Seq


class Log(Protocol):
    """
    What was said in each room, in order, for good.

    Every implementation passes ``tests/contracts/test_log.py``.
    """

    async def append(
        self, drafts: Sequence[Draft], *, is_patient: bool = True
    ) -> Sequence[Receipt | RoomError]:
        """
        Add *drafts* to the ends of their rooms' logs, in one transaction; answer in the same order.

        When it returns, the database has reported the commit with its durability
        settings on. Numbers follow the order of *drafts*, start at 1 and have no gaps:
        if N is visible to any reader, so are 1 … N. The times are the database's.

        A draft whose room, author and ``client_id`` are already in the log, or earlier in
        *drafts*, adds nothing and gets the first one's entry, whatever its content says.
        A change that has been made already (a reaction that is there, a deleted message
        deleted again) adds nothing either, and gets the first one's entry.

        A draft that can't be stored gets the reason, and the others are stored all the same:
        :exc:`RoomNotFound`; for a change :exc:`MessageNotFound` or :exc:`Forbidden`;
        :exc:`RoomBusy` if another transaction has held the room for a while, or, unless
        *is_patient*, holds it at this moment.

        Raises:
            StorageUnavailable: If the database didn't answer. The drafts may or may not
                be in the log: appending them again with their ``client_id`` is safe.

        """
        ...

    async def head(self, room_id: RoomId) -> Head:
        """
        Return where the log ends; an unknown room has no entries and no epoch.

        Raises:
            StorageUnavailable: If the database didn't answer.

        """
        ...

    async def heads(self, room_ids: Sequence[RoomId]) -> Mapping[RoomId, Head]:
        """
        Return where the logs of those rooms that exist end, in one question.

        Raises:
            StorageUnavailable: If the database didn't answer.

        """
        ...

    async def moved(self, told: Mapping[RoomId, Head]) -> Mapping[RoomId, Head]:
        """
        Return where those logs end that don't end where *told* says, in one question.

        It is for the one who asks about many rooms again and again, of which few have moved.
        Of a room that there isn't any more it says what :meth:`head` says.

        Raises:
            StorageUnavailable: If the database didn't answer.

        """
        ...

    async def begin_epoch(self, room_id: RoomId, *, after: Head) -> Head:
        """
        Give the log another epoch, if it is still in that of *after* and ends before it.

        Then numbers that readers have seen will be used again, for something else: the
        database was restored from a backup. Of any who ask, one makes the epoch. Return
        where the log ends.

        Raises:
            StorageUnavailable: If the database didn't answer.

        """
        ...

    async def after(self, room_id: RoomId, seq: Seq, *, limit: int) -> Sequence[Entry]:
        """
        Return the first *limit* entries behind *seq*, oldest first.

        Raises:
            StorageUnavailable: If the database didn't answer.

        """
        ...

    async def place_of(self, room_id: RoomId, message_id: EntryId) -> Seq | None:
        """
        Return where in the room's log a message stands, deleted or not; None if nowhere.

        Raises:
            StorageUnavailable: If the database didn't answer.

        """
        ...

    async def first_at(self, room_id: RoomId, at_ms: int) -> Seq:
        """
        Return the number of the first entry at that moment or later, or of the one to come.

        It takes as long in a room of a million as in one of a hundred.

        Raises:
            StorageUnavailable: If the database didn't answer.

        """
        ...

    async def about(
        self, room_id: RoomId, message_ids: Collection[EntryId], *, behind: Seq, limit: int
    ) -> Sequence[Entry]:
        """
        Return the last *limit* changes of those messages behind a place, oldest first.

        Raises:
            StorageUnavailable: If the database didn't answer.

        """
        ...

    async def before(self, room_id: RoomId, seq: Seq, *, limit: int) -> Sequence[Entry]:
        """
        Return the last *limit* entries in front of *seq*, oldest first.

        Raises:
            StorageUnavailable: If the database didn't answer.

        """
        ...
