"""The bus of instances in one process; of a single one, with nobody else on it."""

import asyncio
from collections.abc import Sequence

from roomserver.core.frame import Parcel
from roomserver.core.model import RoomId
from roomserver.ports.bus import Heard, Resumed


class MemoryStreet:
    """What the buses of several instances are stops of."""

    def __init__(self) -> None:
        self.stops: list[MemoryBus] = []


class MemoryBus:
    """
    A :class:`~roomserver.ports.bus.Bus` that needs no network.

    Without a *street* nothing arrives. If there may be other instances all the same
    (*is_alone* is false), they share the database only, and are heard through that.
    """

    def __init__(self, street: MemoryStreet | None = None, *, is_alone: bool = True) -> None:
        self.is_alone = is_alone
        self.is_connected = is_alone or street is not None
        self._street = street or MemoryStreet()
        self._street.stops.append(self)
        self._followed: set[RoomId] = set()
        self._heard: Heard | None = None
        self._resumed: Resumed | None = None

    def listen(self, *, heard: Heard, resumed: Resumed) -> None:
        self._heard = heard
        self._resumed = resumed

    def publish(self, room_id: RoomId, parcels: Sequence[Parcel]) -> None:
        for stop in self._street.stops:
            if stop is not self and parcels:
                asyncio.get_running_loop().call_soon(
                    stop._arrive,  # noqa: SLF001 - its own kind
                    room_id,
                    list(parcels),
                )

    def follow(self, room_id: RoomId) -> None:
        self._followed.add(room_id)
        if self._resumed is not None:
            asyncio.get_running_loop().call_soon(self._resumed, [room_id])

    def unfollow(self, room_id: RoomId) -> None:
        self._followed.discard(room_id)

    def _arrive(self, room_id: RoomId, parcels: Sequence[Parcel]) -> None:
        if self._heard is not None and room_id in self._followed:
            self._heard(room_id, parcels)
