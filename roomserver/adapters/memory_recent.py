"""The last messages of the rooms, in this process's memory."""

from collections import OrderedDict
from collections.abc import Sequence
from typing import Final

from roomserver.core.model import Record, RoomId
from roomserver.core.window import Window

ROOMS_MAX: Final = 1_000
"""Rooms that are remembered: those used last. 200 messages of 300 bytes each make 60 MB of them."""


class MemoryRecent:
    """A :class:`~roomserver.ports.recent.Recent` for one instance."""

    def __init__(self, *, messages_max: int, rooms_max: int = ROOMS_MAX) -> None:
        self._messages_max = messages_max
        self._rooms_max = rooms_max
        self._windows: OrderedDict[RoomId, Window] = OrderedDict()

    def remember(self, room_id: RoomId, records: Sequence[Record]) -> None:
        window = self._windows.get(room_id)
        if window is None:
            window = self._windows[room_id] = Window(records_max=self._messages_max)
            if len(self._windows) > self._rooms_max:
                self._windows.popitem(last=False)
        else:
            self._windows.move_to_end(room_id)
        window.extend(records)

    def forget(self, room_id: RoomId) -> None:
        self._windows.pop(room_id, None)

    async def window(self, room_id: RoomId) -> Window:
        return self._windows.get(room_id) or Window(records_max=1)
