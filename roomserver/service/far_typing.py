"""
Typing on other instances, which ends here even if nobody says so.

The instance of whoever types tells the end. That may be lost on the way, or the instance
may crash: then it ends here, a second after it should have been heard.
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import Final

from roomserver.core import events, wire
from roomserver.core.frame import Parcel
from roomserver.core.heard import read_event
from roomserver.core.model import RoomId, UserId

TYPING_S_MAX: Final = 6.0
"""How long somebody is typing after last saying so. A page says so every 3 s."""

GRACE_S: Final = 1.0
"""How long the end may take from one instance to another."""

_ENVELOPE: Final = b'{"type":"%b"' % events.IsTyping.type.encode()


class FarTyping:
    """Who types on other instances, as far as this one has heard."""

    def __init__(self, tell: Callable[[RoomId, Sequence[Parcel]], None]) -> None:
        self._tell = tell
        self._ends: dict[tuple[RoomId, int], asyncio.TimerHandle] = {}

    def hear(self, room_id: RoomId, parcels: Sequence[Parcel]) -> None:
        """Note what another instance told a room, before the room hears it."""
        for parcel in parcels:
            if parcel.seq is None and parcel.payload.startswith(_ENVELOPE):
                event = read_event(parcel.payload)
                if isinstance(event, events.IsTyping):
                    self._note(room_id, event)

    def close(self) -> None:
        for end in self._ends.values():
            end.cancel()
        self._ends.clear()

    def _note(self, room_id: RoomId, event: events.IsTyping) -> None:
        whose = room_id, event.user_id
        if (end := self._ends.pop(whose, None)) is not None:
            end.cancel()
        if event.is_typing:
            loop = asyncio.get_running_loop()
            self._ends[whose] = loop.call_later(TYPING_S_MAX + GRACE_S, self._end, room_id, event)

    def _end(self, room_id: RoomId, event: events.IsTyping) -> None:
        del self._ends[room_id, event.user_id]
        ended = events.IsTyping(user_id=event.user_id, username=event.username, is_typing=False)
        self._tell(room_id, [Parcel(wire.encode(ended), not_for=UserId(event.user_id))])
