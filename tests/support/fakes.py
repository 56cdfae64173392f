"""Stand-ins that behave: a clock that is moved by hand."""

import heapq
from collections.abc import Callable
from itertools import count


class FakeTimer:
    def __init__(self, callback: Callable[[], None]) -> None:
        self.callback = callback
        self.is_cancelled = False

    def cancel(self) -> None:
        self.is_cancelled = True


class FakeClock:
    """A :class:`~roomserver.ports.clock.Clock` on which no time passes by itself."""

    def __init__(self, *, now_ms: int = 1_790_000_000_000) -> None:
        self._now_ms = now_ms
        self._passed_s = 0.0
        self._order = count()
        self._timers: list[tuple[float, int, FakeTimer]] = []

    def now_ms(self) -> int:
        return self._now_ms + round(self._passed_s * 1000)

    def monotonic_s(self) -> float:
        return self._passed_s

    def call_later(self, delay_s: float, callback: Callable[[], None]) -> FakeTimer:
        timer = FakeTimer(callback)
        heapq.heappush(self._timers, (self._passed_s + delay_s, next(self._order), timer))
        return timer

    def advance(self, seconds: float) -> None:
        """Let *seconds* pass; what was to happen meanwhile happens in its order, at its time."""
        until_s = self._passed_s + seconds
        while self._timers and self._timers[0][0] <= until_s:
            due_s, _, timer = heapq.heappop(self._timers)
            self._passed_s = due_s
            if not timer.is_cancelled:
                timer.callback()
        self._passed_s = until_s
