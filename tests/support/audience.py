"""Whom the rooms' news is told, remembered."""

import json
from collections.abc import Sequence
from typing import Any, NamedTuple

from roomserver.core.frame import Parcel
from roomserver.core.model import RoomId


class Told(NamedTuple):
    room_id: RoomId
    parcel: Parcel

    @property
    def type(self) -> str:
        return str(json.loads(self.parcel.payload)["type"])

    @property
    def content(self) -> dict[str, Any]:
        content: dict[str, Any] = json.loads(self.parcel.payload)["data"]
        return content


class Audience:
    """A :class:`~roomserver.service.journal.Audience` that remembers everything."""

    def __init__(self) -> None:
        self.told: list[Told] = []

    def tell(self, room_id: RoomId, parcels: Sequence[Parcel]) -> None:
        self.told += [Told(room_id, parcel) for parcel in parcels]

    def tell_soon(self, room_id: RoomId, parcel: Parcel) -> None:
        self.tell(room_id, [parcel])

    def flush(self) -> None:
        """Everything has been told already."""
