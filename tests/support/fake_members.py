"""What is kept of the rooms' members, as the services see it."""

from collections.abc import Collection, Mapping, Sequence

from roomserver.core.model import Membership, RoomId, Seq, UserId
from roomserver.ports.members import Reading, ReadMark, Sighting, Span, Unread
from tests.support.fakes import Gate


class FakeMembers:
    """A :class:`~roomserver.ports.members.Members` that remembers what it was told."""

    def __init__(self) -> None:
        self.sightings: list[Sighting] = []
        self.readings: list[list[Reading]] = []
        """The readings of each call of :meth:`note_readings`, those without any left out."""

        self.marks: dict[tuple[RoomId, UserId], Seq] = {}
        self.questions = 0
        self.counted: list[list[Span]] = []
        """What was counted by each call of :meth:`count`: every entry is new to everybody."""

        self.tells_moves = True
        self.mentions = 0
        """How many mentions there are in every part of a log."""

        self.failure: Exception | None = None
        self.writing = Gate()

    async def note_sightings(self, sightings: Sequence[Sighting]) -> None:
        await self._answer()
        self.sightings += sightings

    async def note_readings(self, readings: Sequence[Reading]) -> Sequence[ReadMark]:
        await self._answer()
        if readings:
            self.readings.append(list(readings))
        return [mark for reading in readings if (mark := self._moved(reading)) is not None]

    async def read_marks(
        self, wanted: Collection[tuple[RoomId, UserId]]
    ) -> Mapping[tuple[RoomId, UserId], Seq]:
        self.questions += 1
        # As old as the question, however long it is under way: as in a database.
        marks = {whose: self.marks[whose] for whose in wanted if whose in self.marks}
        await self._answer()
        return marks

    async def listing(self, room_id: RoomId) -> Sequence[Membership]:
        return []

    async def unread(self, user_id: UserId, *, count_max: int) -> Mapping[RoomId, Unread]:
        await self._answer()
        return {}

    async def marks_of(self, user_ids: Collection[UserId]) -> Mapping[UserId, Mapping[RoomId, Seq]]:
        await self._answer()
        return {
            user_id: {
                room_id: seq for (room_id, reader), seq in self.marks.items() if reader == user_id
            }
            for user_id in user_ids
        }

    async def moved_since(self, at_ms: int) -> Sequence[tuple[RoomId, UserId, Seq]]:
        await self._answer()
        return [(*whose, seq) for whose, seq in self.marks.items()] if self.tells_moves else []

    async def count(
        self, spans: Sequence[Span], *, count_max: int
    ) -> Mapping[tuple[RoomId, UserId], Unread]:
        await self._answer()
        self.counted.append(list(spans))
        return {
            (span.room_id, span.user_id): Unread(
                min(count_max, span.up_to - span.unread_after), self.mentions
            )
            for span in spans
        }

    async def all_offline(self) -> None:
        """Nobody is kept."""

    async def _answer(self) -> None:
        await self.writing.passed()
        if self.failure is not None:
            raise self.failure

    def _moved(self, reading: Reading) -> ReadMark | None:
        whose = reading.room_id, reading.user.user_id
        # The fake log's numbers: message 1007 is entry 7 of room 1.
        seq = Seq(reading.message_id % 1_000)
        if seq <= self.marks.get(whose, 0):
            return None
        self.marks[whose] = seq
        return ReadMark(reading, seq, reading.message_id)
