"""
Turns: so many at once, then one every so often, for each key.

Like a token bucket of :mod:`roomserver.core.throttle`, but a key needs one number only, the
moment at which all of its turns will be there again (the generic cell rate algorithm,
https://en.wikipedia.org/wiki/Generic_cell_rate_algorithm), so that instances can share it.
"""

from typing import Final

from msgspec import Struct

_KEYS_BEFORE_SWEEP: Final = 1_024


class Pace(Struct, frozen=True):
    """A turn comes back after *every_s*; *at_once* of them are there at most."""

    every_s: float
    at_once: int = 1


class Ledger:
    """Remembers who has taken turns, for as long as it makes a difference."""

    def __init__(self) -> None:
        self._taken: dict[str, tuple[float, str | None]] = {}
        self._sweep_at = _KEYS_BEFORE_SWEEP

    def __len__(self) -> int:
        return len(self._taken)

    def take(self, key: str, pace: Pace, *, name: str | None, now_s: float) -> float:
        """
        Take a turn of *key*; return 0, or for how many seconds there is none.

        The turn that was taken last is free, taken again under the same *name*.
        """
        full_s, last = self._taken.get(key, (now_s, None))
        if name is not None and name == last:
            return 0.0
        wait_s = max(full_s, now_s) - (pace.at_once - 1) * pace.every_s - now_s
        if wait_s > 0:
            return wait_s
        self.note(key, pace, name=name, now_s=now_s)
        return 0.0

    def note(self, key: str, pace: Pace, *, name: str | None, now_s: float) -> None:
        """Note a turn that was taken elsewhere."""
        full_s, _last = self._taken.get(key, (now_s, None))
        self._taken[key] = (max(full_s, now_s) + pace.every_s, name)
        if len(self._taken) > self._sweep_at:
            self._sweep(now_s)

    def _sweep(self, now_s: float) -> None:
        # Only what makes no difference any more: nobody buys a turn by making us forget.
        for key in [key for key, (full_s, _) in self._taken.items() if full_s <= now_s]:
            del self._taken[key]
        self._sweep_at = max(_KEYS_BEFORE_SWEEP, 2 * len(self._taken))
