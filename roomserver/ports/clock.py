"""The time, passed in: tests move it by hand and never sleep."""

from collections.abc import Callable
from typing import Protocol


class Timer(Protocol):
    def cancel(self) -> None:
        """Make sure that it doesn't go off. Cancelling twice, or too late, is harmless."""
        ...


class Clock(Protocol):
    def now_ms(self) -> int:
        """Return the wall time as milliseconds since the Unix epoch. It may jump."""
        ...

    def monotonic_s(self) -> float:
        """Return seconds since some moment. It never goes back."""
        ...

    def call_later(self, delay_s: float, callback: Callable[[], None]) -> Timer:
        """Call *callback* once, *delay_s* seconds from now, on the event loop."""
        ...
