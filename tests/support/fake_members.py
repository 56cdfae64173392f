"""What is kept of the rooms' members, as the services see it."""

from collections.abc import Collection, Mapping, Sequence

from roomserver.core.model import Membership, RoomId, Seq, UserId
from roomserver.ports.members import Reading, ReadMark, Sighting
from tests.support.fakes import Gate


class FakeMembers:
    """A :class:`~roomserver.ports.members.Members` that remembers what it was told."""

    def __init__(self) -> None:
        self.sightings: list[Sighting] = []
        self.readings: list[list[Reading]] = []
        """The readings of each call of :meth:`note_readings`, those without any left out."""

        self.marks: dict[tuple[RoomId, UserId], Seq] = {}
        self.questions = 0
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

    async def unread(self, user_id: UserId, *, count_max: int) -> Mapping[RoomId, int]:
        await self._answer()
        return {}

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
