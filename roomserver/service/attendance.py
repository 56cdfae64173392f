"""
Who is in which room: per person, however many tabs and instances they are on.

A clean goodbye is told at once. A broken connection may be a tunnel or a lift: the
room is told only if the person isn't back within a few seconds. Typing ends by itself.
An instance that stops for a restart says nothing of its people, who will be back; those
of one that crashed are told by whoever notices first.
"""

import asyncio
from collections.abc import AsyncIterator, Coroutine, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import Final

from roomserver.core import events, wire
from roomserver.core.frame import Parcel
from roomserver.core.model import RoomId, User, UserId
from roomserver.ports.clock import Clock, Timer
from roomserver.ports.presence import Presence
from roomserver.service.far_typing import TYPING_S_MAX
from roomserver.service.journal import Audience
from roomserver.service.register import Register
from roomserver.service.shared import SharedAnswers
from roomserver.service.tasks import Loop, ended, in_background, started

RETURN_S_MAX: Final = 5.0
"""How long a broken connection may take to come back before the room is told."""

LOOK_AFTER_EVERY_S: Final = 2.0
"""How often presence is renewed: three times before it would lapse."""


class _Attendee:
    """One person in one room, as far as this instance knows."""

    __slots__ = ("connections", "is_noted", "leaving", "turn", "typing", "user")

    def __init__(self, user: User) -> None:
        self.user = user
        self.connections = 0
        self.is_noted = False
        """Whether the other instances know that they are here."""

        # Coming and going are told to the other instances in the order in which they happened.
        self.turn = asyncio.Lock()
        self.leaving: Timer | None = None
        self.typing: Timer | None = None

    def stop_timers(self) -> None:
        for timer in (self.leaving, self.typing):
            if timer is not None:
                timer.cancel()
        self.leaving = self.typing = None


class Attendance:
    """Counts each person's connections and tells the others about the first and the last."""

    def __init__(
        self, *, presence: Presence, audience: Audience, register: Register, clock: Clock
    ) -> None:
        self._presence = presence
        self._audience = audience
        self._register = register
        self._clock = clock
        self._shared = SharedAnswers()
        self._rooms: dict[RoomId, dict[UserId, _Attendee]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Sequence[Loop]]:
        """Keep this instance's people noted, and tell of other instances' lost ones."""
        try:
            async with in_background(attendance=self._look_after_all()) as loops:
                yield loops
        finally:
            self.close()
            await ended(*self._tasks)
            await self._shared.close()

    async def arrive(self, room_id: RoomId, user: User) -> None:
        """Count a connection. The others hear of it if the person wasn't here, on any instance."""
        people = self._rooms.setdefault(room_id, {})
        attendee = people.setdefault(user.user_id, _Attendee(user))
        attendee.connections += 1
        is_renamed = attendee.user.username != user.username
        attendee.user = user
        if attendee.leaving is not None:
            attendee.leaving.cancel()
            attendee.leaving = None
        async with attendee.turn:
            if attendee.is_noted and not is_renamed:
                return
            attendee.is_noted = True
            self._register.saw(room_id, user, is_online=True)
            # Told again under another name, so that whoever lists the people lists that.
            if await self._presence.arrive(room_id, user) or is_renamed:
                self._tell_joined(room_id, user)

    def depart(self, room_id: RoomId, user: User, *, is_clean: bool) -> None:
        """Count a connection less. The others hear of the last one, at once if *is_clean*."""
        attendee = self._find(room_id, user)
        if attendee is None:
            return  # closed: everybody has been let go already
        attendee.connections -= 1
        if attendee.connections > 0:
            return
        if is_clean:
            self._start(self._leave(room_id, attendee))
        else:
            attendee.leaving = self._clock.call_later(
                RETURN_S_MAX, lambda: self._start(self._leave(room_id, attendee))
            )

    async def present(self, room_id: RoomId) -> Sequence[User]:
        """Return who is in the room, on any instance."""
        # One question for all who come at once: each is told of everybody.
        return await self._shared.ask(room_id, partial(self._presence.present, room_id))

    def set_typing(self, room_id: RoomId, user: User, *, is_typing: bool) -> None:
        """Tell the others that somebody types or has stopped. Said again, it only lasts longer."""
        attendee = self._find(room_id, user)
        if attendee is None:
            return
        was_typing = attendee.typing is not None
        if attendee.typing is not None:
            attendee.typing.cancel()
            attendee.typing = None
        if is_typing:
            attendee.typing = self._clock.call_later(
                TYPING_S_MAX, lambda: self.set_typing(room_id, user, is_typing=False)
            )
        if is_typing or was_typing:
            self._tell_typing(room_id, user, is_typing=is_typing)

    def close(self) -> None:
        """Stop all timers, telling nobody: whoever is here will be back after a restart."""
        for people in self._rooms.values():
            for attendee in people.values():
                attendee.stop_timers()
        self._rooms.clear()

    def _find(self, room_id: RoomId, user: User) -> _Attendee | None:
        return self._rooms.get(room_id, {}).get(user.user_id)

    def _start(self, work: Coroutine[None, None, None]) -> None:
        task = started(work, name="attendance")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _leave(self, room_id: RoomId, attendee: _Attendee) -> None:
        async with attendee.turn:
            if attendee.connections > 0 or not attendee.is_noted:
                return  # back again, or gone already
            user = attendee.user
            self.set_typing(room_id, user, is_typing=False)
            attendee.is_noted = False
            self._register.saw(room_id, user, is_online=False)
            if await self._presence.depart(room_id, user):
                self._tell_left(room_id, user)
            else:
                self._register.saw(room_id, user, is_online=True)
            if attendee.connections == 0:
                self._drop(room_id, attendee)

    def _drop(self, room_id: RoomId, attendee: _Attendee) -> None:
        people = self._rooms.get(room_id, {})
        if people.get(attendee.user.user_id) is attendee:
            del people[attendee.user.user_id]
        if not people:
            self._rooms.pop(room_id, None)

    async def _look_after_all(self) -> None:
        while True:
            await asyncio.sleep(LOOK_AFTER_EVERY_S)
            for change in await self._presence.look_after(list(self._rooms)):
                self._register.saw(change.room_id, change.user, is_online=change.is_here)
                if change.is_here:
                    self._tell_joined(change.room_id, change.user)
                else:
                    self._tell_left(change.room_id, change.user)

    def _tell_joined(self, room_id: RoomId, user: User) -> None:
        joined = events.UserJoined(user_id=user.user_id, username=user.username)
        self._tell_soon(room_id, user, joined)

    def _tell_left(self, room_id: RoomId, user: User) -> None:
        left = events.UserLeft(
            user_id=user.user_id,
            username=user.username,
            last_seen=wire.timestamp(self._clock.now_ms()),
        )
        self._tell_soon(room_id, user, left)

    def _tell_typing(self, room_id: RoomId, user: User, *, is_typing: bool) -> None:
        typing = events.IsTyping(user_id=user.user_id, username=user.username, is_typing=is_typing)
        self._tell_others(room_id, user, typing)

    def _tell_soon(self, room_id: RoomId, user: User, event: events.Event) -> None:
        self._audience.tell_soon(room_id, Parcel(wire.encode(event), not_for=user.user_id))

    def _tell_others(self, room_id: RoomId, user: User, event: events.Event) -> None:
        self._audience.tell(room_id, [Parcel(wire.encode(event), not_for=user.user_id)])
