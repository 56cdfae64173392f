"""
What happens in the rooms that somebody has been in and doesn't look at: ``room_activity``.

Nobody who posts pays for it. Once a second each instance asks the database which of its
people's rooms have grown, on whatever instance, and which read marks have moved; counts
what is new since it last counted; and tells each connection of its other rooms at once.
However much is said, a room costs one look a second, and each of its absent people as much
as there is new for them, up to a bound a second: whoever is beyond it is told a second later.
Whoever looks at a room on all their connections costs nothing there: they hear it anyhow.
"""

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Final

from roomserver.core import events, wire
from roomserver.core.errors import RoomError, StorageUnavailable
from roomserver.core.frame import Bundle
from roomserver.core.limits import Limits
from roomserver.core.model import Caller, RoomId, Seq, UserId
from roomserver.core.policy import Action
from roomserver.ports.clock import Clock
from roomserver.ports.log import Log
from roomserver.ports.members import Members, Span
from roomserver.service.hub import Member
from roomserver.service.register import UNREAD_COUNT_MAX
from roomserver.service.rights import Rights
from roomserver.service.tasks import Loop, in_background

TELL_EVERY_S: Final = 1.0

COUNTED_MAX: Final = 500
"""People's rooms that are counted in a second; whoever is beyond has their turn in the next."""

LOADED_MAX: Final = 500
"""People whose rooms are asked for in a second."""

LOADED_S_MAX: Final = 60.0
"""How long somebody's list of rooms counts: one that they entered elsewhere is found by then."""

MARKS_OVERLAP_MS: Final = 5_000
"""How long a read mark may be under way to the database after the moment that it names."""


class _Place:
    """One person in one room: how far they have read, and what was counted behind that."""

    __slots__ = ("counted", "mentions", "read", "unread")

    def __init__(self, read: Seq) -> None:
        self.read = self.counted = read
        self.unread = self.mentions = 0

    def move(self, read: Seq) -> bool:
        """Begin to count anew, if more has been read."""
        if read <= self.read:
            return False
        self.read = self.counted = read
        self.unread = self.mentions = 0
        return True


class _Person:
    """Somebody who is connected here, and the rooms in which they have been."""

    __slots__ = ("connections", "loaded_s", "places")

    def __init__(self) -> None:
        self.connections: dict[Member, Caller] = {}
        self.places: dict[RoomId, _Place] = {}
        self.loaded_s: float | None = None

    def looks_away_from(self, room_id: RoomId) -> bool:
        """Say whether there is a connection of theirs that has to be told of the room."""
        return any(member.room_id != room_id for member in self.connections)


_Pair = tuple[RoomId, UserId]


class Activity:
    """Looks once a second, and tells."""

    def __init__(
        self, *, log: Log, members: Members, rights: Rights, clock: Clock, limits: Limits
    ) -> None:
        self._log = log
        self._members = members
        self._rights = rights
        self._clock = clock
        self._limits = limits
        self._people: dict[UserId, _Person] = {}
        self._absent: dict[RoomId, set[UserId]] = {}
        """Of each room, who has been there and looks at something else."""

        self._heads: dict[RoomId, Seq] = {}
        self._due: OrderedDict[_Pair, None] = OrderedDict()
        """Whose counts have changed, those who have waited longest first."""

        self._marks_since_ms = clock.now_ms()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Sequence[Loop]]:
        """Look and tell until the block ends."""
        async with in_background(activity=self._run()) as loops:
            yield loops

    def enter(self, member: Member, caller: Caller) -> None:
        """Tell *member* of their other rooms from now on."""
        person = self._people.setdefault(caller.user.user_id, _Person())
        person.connections[member] = caller
        # Asked for anew: they may have been elsewhere meanwhile.
        person.loaded_s = None
        self._turn(caller.user.user_id, person, person.places)

    def leave(self, member: Member) -> None:
        """Tell *member* no more."""
        user_id = member.user.user_id
        person = self._people.get(user_id)
        if person is None:
            return
        person.connections.pop(member, None)
        if not person.connections:
            del self._people[user_id]
        self._turn(user_id, person, person.places)

    async def look(self) -> None:
        """
        Look once, and tell of what is new.

        Raises:
            StorageUnavailable: If the database didn't answer. Nothing is lost by that.

        """
        if not self._people:
            self._marks_since_ms = self._clock.now_ms()
            return
        await self._load()
        await self._look_at_marks()
        await self._look_at_heads()
        pairs = [self._due.popitem(last=False)[0] for _ in range(min(COUNTED_MAX, len(self._due)))]
        try:
            changed = await self._count(pairs)
        except StorageUnavailable:
            self._due.update(dict.fromkeys(pairs))
            raise
        await self._tell(changed)

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(TELL_EVERY_S)
            with suppress(StorageUnavailable):
                await self.look()

    async def _load(self) -> None:
        now_s = self._clock.monotonic_s()
        stale = [
            user_id
            for user_id, person in self._people.items()
            if person.loaded_s is None or now_s - person.loaded_s > LOADED_S_MAX
        ][:LOADED_MAX]
        if not stale:
            return
        marks = await self._members.marks_of(stale)
        for user_id in stale:
            if (person := self._people.get(user_id)) is not None:
                person.loaded_s = now_s
                self._place(user_id, person, marks.get(user_id, {}))

    def _place(self, user_id: UserId, person: _Person, marks: Mapping[RoomId, Seq]) -> None:
        for room_id, read in marks.items():
            place = person.places.get(room_id)
            if place is None:
                person.places[room_id] = _Place(read)
                self._turn(user_id, person, [room_id])
            elif place.move(read) and user_id in self._absent.get(room_id, ()):
                self._due[room_id, user_id] = None

    def _turn(self, user_id: UserId, person: _Person, room_ids: Iterable[RoomId]) -> None:
        """Note which of these rooms of theirs somebody looks away from now."""
        for room_id in room_ids:
            if not person.looks_away_from(room_id):
                self._turn_to(room_id, user_id)
            elif user_id not in self._absent.setdefault(room_id, set()):
                self._absent[room_id].add(user_id)
                if self._heads.get(room_id, Seq(0)) > person.places[room_id].counted:
                    # What was said since they asked what they haven't read is not known.
                    self._due[room_id, user_id] = None

    def _turn_to(self, room_id: RoomId, user_id: UserId) -> None:
        absent = self._absent.get(room_id, set())
        absent.discard(user_id)
        if not absent and self._absent.pop(room_id, None) is not None:
            self._heads.pop(room_id, None)

    async def _look_at_marks(self) -> None:
        began_ms = self._clock.now_ms()
        since_ms = self._marks_since_ms - MARKS_OVERLAP_MS
        for room_id, user_id, read in await self._members.moved_since(since_ms):
            if (person := self._people.get(user_id)) is not None:
                self._place(user_id, person, {room_id: read})
        self._marks_since_ms = began_ms

    async def _look_at_heads(self) -> None:
        if not self._absent:
            return
        heads = await self._log.heads(list(self._absent))
        for room_id, head in heads.items():
            before = self._heads.get(room_id)
            if before == head.seq or room_id not in self._absent:
                continue
            self._heads[room_id] = head.seq
            for user_id in self._absent[room_id]:
                place = self._place_of(room_id, user_id)
                if place is not None and (before is not None or head.seq > place.read):
                    self._due[room_id, user_id] = None

    async def _count(self, pairs: Iterable[_Pair]) -> Sequence[_Pair]:
        spans: dict[_Pair, Span] = {}
        for room_id, user_id in pairs:
            place = self._place_of(room_id, user_id)
            if place is None:
                continue
            head = max(self._heads.get(room_id, Seq(0)), place.counted)
            # What is counted up to the bound is not counted further, only mentions are.
            is_full = place.unread >= UNREAD_COUNT_MAX
            spans[room_id, user_id] = Span(
                room_id, user_id, place.counted, head, head if is_full else place.counted
            )
        if not spans:
            return []
        counts = await self._members.count(list(spans.values()), count_max=UNREAD_COUNT_MAX)
        for pair, span in spans.items():
            place = self._place_of(*pair)
            if place is None or place.counted != span.after or pair not in counts:
                continue
            place.counted = span.up_to
            place.unread = min(UNREAD_COUNT_MAX, place.unread + counts[pair].unread)
            place.mentions = min(UNREAD_COUNT_MAX, place.mentions + counts[pair].mentions)
        return list(spans)

    def _place_of(self, room_id: RoomId, user_id: UserId) -> _Place | None:
        person = self._people.get(user_id)
        return None if person is None else person.places.get(room_id)

    async def _tell(self, changed: Sequence[_Pair]) -> None:
        rooms: dict[UserId, list[RoomId]] = {}
        for room_id, user_id in changed:
            rooms.setdefault(user_id, []).append(room_id)
        for user_id, room_ids in rooms.items():
            person = self._people.get(user_id)
            for member, caller in list(person.connections.items()) if person else ():
                others = [room_id for room_id in room_ids if room_id != member.room_id]
                told = [
                    activity
                    for room_id in others
                    if await self._may_know(room_id, caller)
                    and (activity := self._activity(room_id, user_id)) is not None
                ]
                if told:
                    self._deliver(member, events.RoomActivity(rooms=told))

    async def _may_know(self, room_id: RoomId, caller: Caller) -> bool:
        try:
            await self._rights.check(room_id, caller, Action.READ)
        except StorageUnavailable:
            raise
        except RoomError:
            return False
        return True

    def _activity(self, room_id: RoomId, user_id: UserId) -> events.ActiveRoom | None:
        place = self._place_of(room_id, user_id)
        if place is None:
            return None
        return events.ActiveRoom(
            room_id=room_id,
            last_seq=place.counted,
            unread=place.unread,
            mentions=place.mentions,
        )

    def _deliver(self, member: Member, event: events.RoomActivity) -> None:
        connection = member.connection
        if member.is_live and connection.waiting_bytes() <= self._limits.outbox_signals_bytes_max:
            connection.deliver(Bundle.of(wire.encode(event)))
