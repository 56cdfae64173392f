"""
Token buckets: so many at once, so many a second, for each key. The time is passed in.

https://en.wikipedia.org/wiki/Token_bucket
"""

from collections import deque
from collections.abc import Hashable
from typing import Final, Generic, TypeVar

K = TypeVar("K", bound=Hashable)

_KEYS_BEFORE_SWEEP: Final = 1_024
_MINUTE_S: Final = 60.0


class Throttle(Generic[K]):
    """Counts what each key takes. Full buckets are forgotten, so memory follows recent use only."""

    def __init__(self, *, per_second: float, burst: int) -> None:
        self._per_second = per_second
        self._burst = float(burst)
        self._buckets: dict[K, tuple[float, float]] = {}
        self._sweep_at = _KEYS_BEFORE_SWEEP

    def __len__(self) -> int:
        return len(self._buckets)

    def left_s(self, key: K, now_s: float) -> float:
        """Return for how many seconds *key* will have no token, and take none."""
        return max(0.0, 1.0 - self._tokens(key, now_s)) / self._per_second

    def wait_s(self, key: K, now_s: float) -> float:
        """Take one token of *key*; return 0, or for how many seconds there will be none."""
        tokens = self._tokens(key, now_s)
        if tokens < 1.0:
            return (1.0 - tokens) / self._per_second
        self._buckets[key] = (tokens - 1.0, now_s)
        if len(self._buckets) > self._sweep_at:
            self._sweep(now_s)
        return 0.0

    def _tokens(self, key: K, now_s: float) -> float:
        bucket = self._buckets.get(key)
        if bucket is None:
            return self._burst
        tokens, then_s = bucket
        tokens += (now_s - then_s) * self._per_second
        # Asked twice for every message, of which min() would take a third.
        return tokens if tokens < self._burst else self._burst  # noqa: FURB136

    def _sweep(self, now_s: float) -> None:
        full = [key for key in self._buckets if self._tokens(key, now_s) >= self._burst]
        for key in full:
            del self._buckets[key]
        # Doubling keeps the cost of sweeping constant per token taken.
        self._sweep_at = max(_KEYS_BEFORE_SWEEP, 2 * len(self._buckets))


class Tally:
    """Tells when something has happened too often in the last minute."""

    __slots__ = ("_per_minute_max", "_times_s")

    def __init__(self, *, per_minute_max: int) -> None:
        self._per_minute_max = per_minute_max
        self._times_s: deque[float] | None = None
        """Made when something first happens: most connections never do anything of the kind."""

    def is_full(self, now_s: float) -> bool:
        """Count one more; say whether there have been *per_minute_max* within a minute."""
        if self._times_s is None:
            self._times_s = deque(maxlen=self._per_minute_max)
        self._times_s.append(now_s)
        return len(self._times_s) == self._per_minute_max and now_s - self._times_s[0] < _MINUTE_S
