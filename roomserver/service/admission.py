"""Who may come in: how many at once, how often, and how much an address may send."""

from collections import Counter
from typing import Self, TypeVar

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

    def admit(self, address: str, user_id: UserId) -> "Ticket":
        """
        Count a connection until its ticket is given back.

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
        return Ticket(self, address, user_id)

    def sit(self, ticket: "Ticket", room_id: RoomId) -> None:
        """
        Count a person into a room until their ticket is given back.

        Raises:
            TooManyConnections: If they are in as many rooms as is allowed.

        """
        rooms = self._rooms.setdefault(ticket.user_id, Counter())
        rooms_max = self._limits.rooms_per_user_max
        if room_id not in rooms and len(rooms) >= rooms_max:
            raise TooManyConnections(rooms_max, "this person, each in another room")
        rooms[room_id] += 1
        ticket.room_id = room_id

    def take_back(self, ticket: "Ticket") -> None:
        """Count no more what *ticket* was given for."""
        self._connections -= 1
        _discount(self._by_address, ticket.address)
        _discount(self._by_user, ticket.user_id)
        if ticket.room_id is None:
            return
        rooms = self._rooms[ticket.user_id]
        _discount(rooms, ticket.room_id)
        if not rooms:
            del self._rooms[ticket.user_id]

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


class Ticket:
    """One connection that was let in, and the room that it is for. As a block it ends with it."""

    __slots__ = ("_admission", "_is_valid", "address", "room_id", "user_id")

    def __init__(self, admission: Admission, address: str, user_id: UserId) -> None:
        self._admission = admission
        self._is_valid = True
        self.address = address
        self.user_id = user_id
        self.room_id: RoomId | None = None

    def sit(self, room_id: RoomId) -> None:
        """
        Take the person into a room.

        Raises:
            TooManyConnections: If they are in as many rooms as is allowed.

        """
        self._admission.sit(self, room_id)

    def give_back(self) -> None:
        """Leave. Twice is harmless."""
        if self._is_valid:
            self._is_valid = False
            self._admission.take_back(self)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.give_back()


def _a_minute(joins: int, at_once: int) -> Throttle[K]:
    return Throttle(per_second=joins / 60, burst=max(joins, at_once))


def _discount(counts: Counter[K], key: K) -> None:
    counts[key] -= 1
    if counts[key] <= 0:
        del counts[key]
