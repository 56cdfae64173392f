"""Turns that are counted over all instances: slow mode, attempts to sign in."""

from typing import Protocol

from roomserver.core.turns import Pace


class Turns(Protocol):
    """
    Who may do something again, and when.

    Instances count together as long as they reach what they share, each by itself while they
    don't. Nothing here raises, and nobody waits for long. Every implementation passes
    ``tests/contracts/test_turns.py``.
    """

    async def take(self, key: str, pace: Pace, *, name: str | None = None) -> float:
        """
        Take a turn of *key*; return 0, or for how many seconds there is none.

        The turn that was taken last is free, taken again under the same *name*. *key* is made
        of ids and hashes, never of what somebody has typed.
        """
        ...
