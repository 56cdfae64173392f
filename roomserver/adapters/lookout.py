"""Answers that don't come: given up after a while, with one timer for all of them."""

import asyncio
from typing import Any, Final

LOOKS: Final = 20
"""How often we look for an answer before it is given up."""


class Lookout:
    """
    Gives up answers that take longer than *answer_s_max*.

    An answer needs a few turns of the loop before we have read it. When a thousand clients come
    back at once, a turn takes longer than any question: to give up after a time in which there
    was no turn would be to call a healthy database silent. So a look counts once, however late.
    """

    def __init__(self, *, answer_s_max: float) -> None:
        self._look_s = answer_s_max / LOOKS
        self._looks = 0
        self._last_look: dict[asyncio.Future[Any], int] = {}
        """At which of all looks each answer is given up."""

        self._looking: asyncio.TimerHandle | None = None

    def begin(self, answer: "asyncio.Future[Any]") -> None:
        """Give up *answer* when it is late: it fails with :exc:`TimeoutError`."""
        # The next look may come at once, and says nothing about this one.
        self._last_look[answer] = self._looks + 1 + LOOKS
        if self._looking is None:
            self._look_again()

    def end(self, answer: "asyncio.Future[Any]") -> None:
        """Look for *answer* no more."""
        del self._last_look[answer]

    def _look_again(self) -> None:
        self._looking = asyncio.get_running_loop().call_later(self._look_s, self._look)

    def _look(self) -> None:
        self._looks += 1
        self._looking = None
        for answer, last_look in self._last_look.items():
            if last_look <= self._looks and not answer.done():
                answer.set_exception(TimeoutError())
        if self._last_look:
            self._look_again()
