"""Slow mode: so many seconds between two messages of one person in one room."""

from collections import OrderedDict
from typing import Final

from roomserver.core.model import RoomId, UserId

PEOPLE_MAX: Final = 10_000
"""People whose last message is remembered; of more, those are forgotten who wrote longest ago."""


class Pace:
    """Remembers when people last wrote in rooms with slow mode."""

    def __init__(self) -> None:
        self._last: OrderedDict[tuple[RoomId, UserId], tuple[float, str | None]] = OrderedDict()

    def wait_s(
        self,
        who: tuple[RoomId, UserId],
        client_id: str | None,
        *,
        every_s: float,
        now_s: float,
    ) -> float:
        """
        Note a message; return 0, or how many seconds it comes too early.

        The last message sent again comes never too early: it adds nothing.
        """
        then_s, sent = self._last.get(who, (now_s - every_s, None))
        if client_id is not None and client_id == sent:
            return 0.0
        if now_s < then_s + every_s:
            return then_s + every_s - now_s
        self._last[who] = (now_s, client_id)
        self._last.move_to_end(who)
        if len(self._last) > PEOPLE_MAX:
            self._last.popitem(last=False)
        return 0.0
