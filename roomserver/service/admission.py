"""Who may come in: how many at once, how often, and how much an address may send."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeVar

from roomserver.core.errors import RateLimited, ShuttingDown, TooManyConnections
from roomserver.core.limits import Limits
from roomserver.core.model import RoomId, UserId
from roomserver.core.throttle import Throttle
from roomserver.ports.clock import Clock

K = TypeVar("K")


class Admission:
    """Counts those who are in, and says no before a connection costs anything."""

    def __init__(self, limits: Limits, clock: Clock) -> None:
        self._limits = limits
        self._clock = clock
        self._connections = 0
        self._by_address: Counter[str] = Counter()
        self._by_user: Counter[UserId] = Counter()
        self._rooms: dict[UserId, Counter[RoomId]] = {}
        # Whoever is allowed so many connections may also open them all at once.
        self._joins_of_user: Throttle[UserId] = _a_minute(
            limits.user_joins_per_minute_max, limits.connections_per_user_max
        )
        self._joins_of_address: Throttle[str] = _a_minute(
            limits.address_joins_per_minute_max, limits.connections_per_address_max
        )
        self._is_closing = False

    def close(self) -> None:
        """Let nobody else in: the instance is about to stop."""
        self._is_closing = True

    @property
    def is_open(self) -> bool:
        return not self._is_closing

    @contextmanager
    def admitted(self, address: str, user_id: UserId) -> Iterator[None]:
        """
        Count a connection for as long as the block lasts.

        Raises:
            TooManyConnections: If the address, the person or this instance has as many as
                are allowed.
            RateLimited: If the address or the person has come in too often of late.
            ShuttingDown: If nobody is let in any more.

        """
        if self._is_closing:
            raise ShuttingDown
        self._check_number(address, user_id)
        self._check_pace(address, user_id)
        self._connections += 1
        self._by_address[address] += 1
        self._by_user[user_id] += 1
        try:
            yield
        finally:
            self._connections -= 1
            _discount(self._by_address, address)
            _discount(self._by_user, user_id)

    @contextmanager
    def in_room(self, user_id: UserId, room_id: RoomId) -> Iterator[None]:
        """
        Count a person into a room for as long as the block lasts.

        Raises:
            TooManyConnections: If they are in as many rooms as is allowed.

        """
        rooms = self._rooms.setdefault(user_id, Counter())
        rooms_max = self._limits.rooms_per_user_max
        if room_id not in rooms and len(rooms) >= rooms_max:
            raise TooManyConnections(rooms_max, "this person, each in another room")
        rooms[room_id] += 1
        try:
            yield
        finally:
            _discount(rooms, room_id)
            if not rooms:
                self._rooms.pop(user_id, None)

    def _check_number(self, address: str, user_id: UserId) -> None:
        limits = self._limits
        for there, at_most, whose in (
            (self._connections, limits.connections_per_instance_max, "everybody"),
            (self._by_address[address], limits.connections_per_address_max, "this address"),
            (self._by_user[user_id], limits.connections_per_user_max, "this person"),
        ):
            if there >= at_most:
                raise TooManyConnections(at_most, whose)

    def _check_pace(self, address: str, user_id: UserId) -> None:
        now_s = self._clock.monotonic_s()
        wait_s = max(
            self._joins_of_user.wait_s(user_id, now_s),
            self._joins_of_address.wait_s(address, now_s),
        )
        if wait_s > 0:
            raise RateLimited.for_s("connections", wait_s)


def _a_minute(joins: int, at_once: int) -> Throttle[K]:
    return Throttle(per_second=joins / 60, burst=max(joins, at_once))


def _discount(counts: Counter[K], key: K) -> None:
    counts[key] -= 1
    if counts[key] <= 0:
        del counts[key]
