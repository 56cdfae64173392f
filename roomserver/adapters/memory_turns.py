"""Turns of an instance that is the only one, or can't reach the others."""

from roomserver.core.turns import Ledger, Pace
from roomserver.ports.clock import Clock


class MemoryTurns:
    """A :class:`~roomserver.ports.turns.Turns` in this process."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._ledger = Ledger()

    async def take(self, key: str, pace: Pace, *, name: str | None = None) -> float:
        return self._ledger.take(key, pace, name=name, now_s=self._clock.monotonic_s())

    def note(self, key: str, pace: Pace, *, name: str | None) -> None:
        """Note a turn that was taken elsewhere, for when nobody else can be asked."""
        self._ledger.note(key, pace, name=name, now_s=self._clock.monotonic_s())
