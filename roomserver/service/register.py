"""
The members' register: who was here when, and how far everybody has read.

What changes is gathered and written once a second, in one transaction for all rooms.
The room is told of a read mark when it has moved in the database, and only then.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Final

from roomserver.core import events, wire
from roomserver.core.errors import StorageUnavailable
from roomserver.core.frame import Parcel
from roomserver.core.model import EntryId, Membership, RoomId, Seq, User, UserId
from roomserver.ports.clock import Clock
from roomserver.ports.members import Members, Reading, ReadMark, Sighting, Unread
from roomserver.service.journal import Audience
from roomserver.service.shared import SharedAnswers
from roomserver.service.tasks import Loop, in_background

log = logging.getLogger(__name__)

WRITE_EVERY_S: Final = 1.0
UNREAD_COUNT_MAX: Final = 1_000


class Register:
    """Gathers, writes, tells."""

    def __init__(self, *, members: Members, audience: Audience, clock: Clock) -> None:
        self._members = members
        self._audience = audience
        self._clock = clock
        self._sightings: dict[tuple[RoomId, UserId], Sighting] = {}
        self._readings: dict[tuple[RoomId, UserId], Reading] = {}
        self._under_way: dict[tuple[RoomId, UserId], Reading] = {}
        """The readings that are being written at this moment."""

        # One write at a time, so that nothing older can come behind.
        self._turn = asyncio.Lock()
        self._wanted: set[tuple[RoomId, UserId]] = set()
        self._shared = SharedAnswers()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Sequence[Loop]]:
        """Write once a second until the block ends, and once more then."""
        try:
            async with in_background(register=self._run()) as loops:
                yield loops
        finally:
            await self._shared.close()
            await self.write()

    def saw(self, room_id: RoomId, user: User, *, is_online: bool) -> None:
        """Note that somebody came or left."""
        sighting = Sighting(room_id, user, is_online, self._clock.now_ms())
        self._sightings[room_id, user.user_id] = sighting

    def has_read(self, room_id: RoomId, user: User, message_id: EntryId) -> None:
        """Note that somebody has read everything up to a message. The furthest one counts."""
        self._keep(Reading(room_id, user, message_id, self._clock.now_ms()))

    async def settle(self, room_id: RoomId) -> None:
        """Write now who has come to the room, so that whoever names them is understood."""
        if any(place == room_id for place, _user_id in self._sightings):
            await self.write()

    async def read_up_to(self, room_id: RoomId, user_id: UserId) -> Seq:
        """
        Return how far somebody has read, on whatever device.

        Raises:
            StorageUnavailable: If the database didn't answer.

        """
        if (room_id, user_id) in self._unwritten():
            await self.write()
        self._wanted.add((room_id, user_id))
        marks = await self._shared.ask("marks", self._read_wanted)
        return marks.get((room_id, user_id), Seq(0))

    async def listing(self, room_id: RoomId) -> Sequence[Membership]:
        """
        Return everybody who has ever been in the room, whoever has just come or left included.

        Raises:
            StorageUnavailable: If the database didn't answer.

        """
        if any(place == room_id for place, _user_id in (*self._sightings, *self._readings)):
            await self.write()
        return await self._members.listing(room_id)

    async def unread(self, user_id: UserId) -> Mapping[RoomId, Unread]:
        """
        Count what somebody has not read, room by room, up to :data:`UNREAD_COUNT_MAX`.

        Raises:
            StorageUnavailable: If the database didn't answer.

        """
        if any(reader_id == user_id for _room_id, reader_id in self._unwritten()):
            await self.write()
        return await self._members.unread(user_id, count_max=UNREAD_COUNT_MAX)

    async def write(self) -> None:
        """Write what has been gathered. What can't be written now is kept for the next time."""
        async with self._turn:
            sightings, self._sightings = self._sightings, {}
            self._under_way, self._readings = self._readings, {}
            try:
                await self._members.note_sightings(list(sightings.values()))
                sightings = {}
                moved = await self._members.note_readings(list(self._under_way.values()))
                self._under_way = {}
            except StorageUnavailable:
                return
            except Exception:
                # Kept, it would stop all others' from being written, again and again.
                log.exception("what is known of some people could not be written")
                sightings, self._under_way = {}, {}
                return
            finally:
                # Whatever stopped it, cancellation included, nothing is lost.
                self._sightings = sightings | self._sightings
                under_way, self._under_way = self._under_way, {}
                for reading in under_way.values():
                    self._keep(reading)
        for mark in moved:
            self._tell(mark)

    def _keep(self, reading: Reading) -> None:
        whose = reading.room_id, reading.user.user_id
        before = self._readings.get(whose)
        if before is None or reading.message_id > before.message_id:
            self._readings[whose] = reading

    def _unwritten(self) -> Collection[tuple[RoomId, UserId]]:
        return self._readings.keys() | self._under_way.keys()

    async def _read_wanted(self) -> Mapping[tuple[RoomId, UserId], Seq]:
        # One question for all who come at once.
        wanted, self._wanted = self._wanted, set()
        return await self._members.read_marks(wanted)

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(WRITE_EVERY_S)
            await self.write()

    def _tell(self, mark: ReadMark) -> None:
        reading = mark.reading
        event = events.Read(
            user_id=reading.user.user_id,
            username=reading.user.username,
            message_id=mark.message_id,
            seq=mark.seq,
            read_at=wire.timestamp(reading.at_ms),
        )
        self._audience.tell(reading.room_id, [Parcel(wire.encode(event))])
