"""
An event loop whose time stands still while anybody has something to do, then jumps.

So nothing in a test takes time, and how busy the machine is changes nothing: a limit of
five seconds is over as soon as all that is left to do is to wait for it. If nothing can
ever happen again, the test fails at once instead of hanging.
"""

import asyncio
import selectors
from typing import Final

_MOMENT_S: Final = 1e-6

_HORIZON_S: Final = 10_000.0
"""How far time jumps: whatever is repeated every few seconds would have it jump for ever."""


class JumpingLoop(asyncio.SelectorEventLoop):
    """A loop with a time of its own, in seconds since it was made."""

    def __init__(self) -> None:
        self.now_s = 0.0
        super().__init__(_JumpingSelector(self))

    def time(self) -> float:
        return self.now_s


async def all_quiet() -> None:
    """Return as soon as everybody else waits for something that doesn't come by itself."""
    # Time jumps only when nobody has anything to do, so this outlasts whatever is under way.
    await asyncio.sleep(_MOMENT_S)


class _JumpingSelector(selectors.SelectSelector):
    def __init__(self, loop: JumpingLoop) -> None:
        super().__init__()
        self._loop = loop

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if not ready and (timeout is None or self._loop.now_s > _HORIZON_S):
            raise AssertionError("everybody waits, and nothing will ever happen")
        if not ready and timeout is not None:
            self._loop.now_s += timeout
        return ready
