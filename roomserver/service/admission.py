"""How many connections an address and a person may have here at once."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeVar

from roomserver.core.errors import ShuttingDown, TooManyConnections
from roomserver.core.limits import Limits
from roomserver.core.model import UserId

K = TypeVar("K")


class Admission:
    """Counts those who are in, and says no before a connection costs anything."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._by_address: Counter[str] = Counter()
        self._by_user: Counter[UserId] = Counter()
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
            TooManyConnections: If the address or the person has as many as are allowed.
            ShuttingDown: If nobody is let in any more.

        """
        if self._is_closing:
            raise ShuttingDown
        if self._by_address[address] >= self._limits.connections_per_address_max:
            raise TooManyConnections(self._limits.connections_per_address_max, "this address")
        if self._by_user[user_id] >= self._limits.connections_per_user_max:
            raise TooManyConnections(self._limits.connections_per_user_max, "this person")
        self._by_address[address] += 1
        self._by_user[user_id] += 1
        try:
            yield
        finally:
            _discount(self._by_address, address)
            _discount(self._by_user, user_id)


def _discount(counts: Counter[K], key: K) -> None:
    counts[key] -= 1
    if counts[key] <= 0:
        del counts[key]
