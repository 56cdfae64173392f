"""
Who is in which room: per person, however many tabs they have.

A clean goodbye is told at once. A broken connection may be a tunnel or a lift: the
room is told only if the person isn't back within a few seconds. Typing ends by itself.
"""

from collections.abc import Sequence
from typing import Final

from roomserver.core import wire
from roomserver.core.frame import Parcel
from roomserver.core.model import RoomId, User, UserId
from roomserver.ports.clock import Clock, Timer
from roomserver.service.hub import Hub

RETURN_S_MAX: Final = 5.0
"""How long a broken connection may take to come back before the room is told."""

TYPING_S_MAX: Final = 6.0
"""How long somebody is typing after last saying so. A page says so every 3 s."""


class _Attendee:
    __slots__ = ("connections", "leaving", "typing", "user")

    def __init__(self, user: User) -> None:
        self.user = user
        self.connections = 0
        self.leaving: Timer | None = None
        self.typing: Timer | None = None


class Attendance:
    """Counts each person's connections and tells the others about the first and the last."""

    def __init__(self, hub: Hub, clock: Clock) -> None:
        self._hub = hub
        self._clock = clock
        self._rooms: dict[RoomId, dict[UserId, _Attendee]] = {}

    def arrive(self, room_id: RoomId, user: User) -> None:
        """Count a connection. The others hear of it if the person wasn't here."""
        people = self._rooms.setdefault(room_id, {})
        attendee = people.get(user.user_id)
        if attendee is None:
            attendee = people[user.user_id] = _Attendee(user)
            joined = wire.UserJoined(user_id=user.user_id, username=user.username)
            self._tell_others(room_id, user, joined)
        attendee.connections += 1
        attendee.user = user
        if attendee.leaving is not None:
            attendee.leaving.cancel()
            attendee.leaving = None

    def depart(self, room_id: RoomId, user: User, *, is_clean: bool) -> None:
        """Count a connection less. The others hear of the last one, at once if *is_clean*."""
        attendee = self._rooms.get(room_id, {}).get(user.user_id)
        if attendee is None:
            return  # closed: everybody has been let go already
        attendee.connections -= 1
        if attendee.connections > 0:
            return
        if is_clean:
            self._left(room_id, attendee)
        else:
            attendee.leaving = self._clock.call_later(
                RETURN_S_MAX, lambda: self._left(room_id, attendee)
            )

    def present(self, room_id: RoomId) -> Sequence[User]:
        """Return who is in the room, in the order in which they came."""
        return [attendee.user for attendee in self._rooms.get(room_id, {}).values()]

    def set_typing(self, room_id: RoomId, user: User, *, is_typing: bool) -> None:
        """Tell the others that somebody types or has stopped. Said again, it only lasts longer."""
        attendee = self._rooms.get(room_id, {}).get(user.user_id)
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
                for timer in (attendee.leaving, attendee.typing):
                    if timer is not None:
                        timer.cancel()
        self._rooms.clear()

    def _left(self, room_id: RoomId, attendee: _Attendee) -> None:
        user = attendee.user
        if attendee.typing is not None:
            self.set_typing(room_id, user, is_typing=False)
        people = self._rooms[room_id]
        del people[user.user_id]
        if not people:
            del self._rooms[room_id]
        left = wire.UserLeft(
            user_id=user.user_id,
            username=user.username,
            last_seen=wire.timestamp(self._clock.now_ms()),
        )
        self._tell_others(room_id, user, left)

    def _tell_typing(self, room_id: RoomId, user: User, *, is_typing: bool) -> None:
        typing = wire.IsTyping(user_id=user.user_id, username=user.username, is_typing=is_typing)
        self._tell_others(room_id, user, typing)

    def _tell_others(self, room_id: RoomId, user: User, event: wire.Event) -> None:
        self._hub.tell(room_id, [Parcel(wire.encode(event), not_for=user.user_id)])
