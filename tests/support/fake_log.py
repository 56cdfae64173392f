"""The rooms' logs as the services see them, held up and broken by hand."""

from collections.abc import Collection, Mapping, Sequence
from typing import TypeVar

from roomserver.core.errors import (
    MessageNotFound,
    RoomBusy,
    RoomError,
    RoomNotFound,
    StorageUnavailable,
)
from roomserver.core.model import Draft, Entry, EntryId, Head, Kind, Receipt, Room, RoomId, Seq
from tests.support.builders import NOON_MS
from tests.support.fakes import Gate

T = TypeVar("T")


class FakeLog:
    """A :class:`~roomserver.ports.log.Log` in memory, that can be held up and made to fail."""

    def __init__(self, *rooms: Room) -> None:
        self.batches: list[list[str]] = []
        """The contents of the drafts of each call of :meth:`append`."""

        self.reads: list[str] = []
        """What was asked for, in words such as ``head`` and ``after 5``."""

        self.writing, self.answering, self.reading = Gate(), Gate(), Gate()
        """Where a commit waits before it is made, and after it; where a read waits."""

        self.failure: Exception | None = None
        self.poison: str | None = None
        """A content that makes the whole batch fail in a way that nobody foresaw."""

        self.behind: dict[RoomId, Head] = {}
        """What a reader says that has not heard of the last commits."""

        self.loses_answers = False
        """Whether the drafts are stored, and then the connection breaks."""

        self.busy: set[RoomId] = set()
        """Rooms that another transaction holds."""

        self._rooms: dict[RoomId, list[Entry]] = {room.id: [] for room in rooms}
        self._epochs = {room.id: room.epoch for room in rooms}

    async def append(
        self, drafts: Sequence[Draft], *, is_patient: bool = True
    ) -> Sequence[Receipt | RoomError]:
        self.batches.append([draft.content for draft in drafts])
        await self.writing.passed()
        if self.failure is not None:
            raise self.failure
        if self.poison in self.batches[-1]:
            raise ZeroDivisionError
        outcomes = [self._appended(draft) for draft in drafts]
        await self.answering.passed()
        if self.loses_answers:
            raise StorageUnavailable
        return outcomes

    async def head(self, room_id: RoomId) -> Head:
        return await self._answer("head", self._head(room_id))

    async def heads(self, room_ids: Sequence[RoomId]) -> Mapping[RoomId, Head]:
        heads = {room_id: self._head(room_id) for room_id in room_ids if room_id in self._rooms}
        return await self._answer("heads", heads | self.behind)

    async def moved(self, told: Mapping[RoomId, Head]) -> Mapping[RoomId, Head]:
        heads = {room_id: self._head(room_id) for room_id in told} | self.behind
        moved = {room_id: head for room_id, head in heads.items() if head != told.get(room_id)}
        return await self._answer("moved", moved)

    async def begin_epoch(self, room_id: RoomId, *, after: Head) -> Head:
        head = self._head(room_id)
        if room_id in self._rooms and head.epoch == after.epoch and head.seq < after.seq:
            self._epochs[room_id] += "+"
        return await self._answer("head", self._head(room_id))

    def restore(self, room_id: RoomId, *, head: int) -> None:
        """Go back to what was stored when the log ended at *head*."""
        del self._rooms[room_id][head:]

    def undo(self, room_id: RoomId) -> None:
        """Go back to what was stored before there was this room."""
        del self._rooms[room_id], self._epochs[room_id]

    def _head(self, room_id: RoomId) -> Head:
        return Head(Seq(len(self._rooms.get(room_id, []))), self._epochs.get(room_id, ""))

    async def after(self, room_id: RoomId, seq: Seq, *, limit: int) -> Sequence[Entry]:
        return await self._answer(f"after {seq}", self._rooms.get(room_id, [])[seq:][:limit])

    async def before(self, room_id: RoomId, seq: Seq, *, limit: int) -> Sequence[Entry]:
        entries = self._rooms.get(room_id, [])[: max(0, seq - 1)]
        return await self._answer(f"before {seq}", entries[-limit:])

    async def place_of(self, room_id: RoomId, message_id: EntryId) -> Seq | None:
        entries = self._rooms.get(room_id, [])
        return await self._answer(
            f"place of {message_id}",
            next((entry.seq for entry in entries if entry.id == message_id), None),
        )

    async def first_at(self, room_id: RoomId, at_ms: int) -> Seq:
        entries = self._rooms.get(room_id, [])
        later = (entry.seq for entry in entries if entry.created_at_ms >= at_ms)
        return await self._answer(f"first at {at_ms}", next(later, Seq(len(entries) + 1)))

    async def about(
        self, room_id: RoomId, message_ids: Collection[EntryId], *, behind: Seq, limit: int
    ) -> Sequence[Entry]:
        entries = self._rooms.get(room_id, [])[behind:]
        changes = [entry for entry in entries if entry.target_id in message_ids]
        return await self._answer(f"about {len(message_ids)}", changes[-limit:])

    def store(self, *drafts: Draft) -> None:
        """Store *drafts* as if it had been done long ago: nobody is told."""
        for draft in drafts:
            self._appended(draft)

    def contents(self, room: Room) -> list[str]:
        return [entry.content for entry in self._rooms[room.id]]

    async def _answer(self, question: str, answer: T) -> T:
        # The answer is as old as the question, however long it is under way: as in a database.
        self.reads.append(question)
        await self.reading.passed()
        if self.failure is not None:
            raise self.failure
        return answer

    def _appended(self, draft: Draft) -> Receipt | RoomError:
        if draft.room_id not in self._rooms:
            return RoomNotFound()
        if draft.room_id in self.busy:
            return RoomBusy()
        entries = self._rooms[draft.room_id]
        if earlier := next((entry for entry in entries if _is_retry(draft, entry)), None):
            return Receipt(earlier, is_new=False)
        if draft.kind is not Kind.MESSAGE and draft.target_id not in [e.id for e in entries]:
            return MessageNotFound()
        entry = Entry(
            id=EntryId(1_000 * draft.room_id + len(entries) + 1),
            room_id=draft.room_id,
            seq=Seq(len(entries) + 1),
            author=draft.author,
            content=draft.content,
            created_at_ms=NOON_MS,
            client_id=draft.client_id,
            kind=draft.kind,
            target_id=draft.target_id,
            reply_to=draft.reply_to,
        )
        entries.append(entry)
        return Receipt(entry, is_new=True)


def _is_retry(draft: Draft, entry: Entry) -> bool:
    return draft.client_id is not None and (
        (draft.author.user_id, draft.client_id) == (entry.author.user_id, entry.client_id)
    )
