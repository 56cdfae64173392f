"""
Draws faults, by a seed, and heals what it has hurt.

Time is cut into periods as in Jepsen: each has its own few kinds of faults, and a quarter
have none, so that both a storm and the calm after it are seen.
"""

import asyncio
import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Final

import asyncpg
from redis.exceptions import RedisError

from tests.torture.faults import Fault
from tests.torture.history import Healed, Struck
from tests.torture.town import Town

GROUPS_MAX: Final = 4
KINDS_OF_A_GROUP_MAX: Final = 2


@dataclass(frozen=True, slots=True)
class Tempo:
    """How often something happens."""

    period_s: float = 10.0
    between_s: tuple[float, float] = (3.0, 5.0)
    calm: float = 0.25
    """The part of the periods in which nothing happens."""


class Nemesis:
    """Hurts *town* with *faults*."""

    def __init__(self, town: Town, faults: Sequence[Fault], random: Random, tempo: Tempo) -> None:
        self._town = town
        self._faults = faults
        self._random = random
        self._tempo = tempo
        self._numbers = itertools.count(1)

    async def rage(self, seconds: float) -> None:
        """Draw faults for so many seconds, and return when all that was hurt is healed."""
        loop = asyncio.get_running_loop()
        end_s = loop.time() + seconds
        async with asyncio.TaskGroup() as striking:
            while (now_s := loop.time()) < end_s:
                period_end_s = min(end_s, now_s + self._tempo.period_s)
                kinds = self._kinds_of_a_period()
                while loop.time() < period_end_s:
                    if (fault := self._drawn(kinds)) is not None:
                        striking.create_task(self._strike(fault), name=fault.kind)
                    await asyncio.sleep(self._random.uniform(*self._tempo.between_s))

    def _kinds_of_a_period(self) -> list[str]:
        # Drawn in any case: a seed has to mean the same whatever happens to be busy.
        is_calm = self._random.random() < self._tempo.calm
        groups = self._sample(sorted({fault.group for fault in self._faults}), GROUPS_MAX)
        kinds = [
            kind
            for group in groups
            for kind in self._sample(
                sorted({fault.kind for fault in self._faults if fault.group == group}),
                KINDS_OF_A_GROUP_MAX,
            )
        ]
        return [] if is_calm else kinds

    def _sample(self, names: Sequence[str], count_max: int) -> list[str]:
        return self._random.sample(names, k=min(len(names), count_max))

    def _drawn(self, kinds: Sequence[str]) -> Fault | None:
        if not kinds:
            return None
        kind = self._random.choice(kinds)
        fault = self._random.choice([fault for fault in self._faults if fault.kind == kind])
        return None if self._town.lock_of(fault.target).locked() else fault

    async def _strike(self, fault: Fault) -> None:
        number = next(self._numbers)
        random = Random(self._random.random())
        book = self._town.history
        async with self._town.lock_of(fault.target):
            book.record(
                Struck(
                    fault=number,
                    kind=fault.kind,
                    target=fault.target,
                    instances=list(fault.instances),
                )
            )
            try:
                await fault.strike(random)
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, RedisError):
                pass  # It was not there to be hurt: it had not recovered yet.
            finally:
                book.record(Healed(fault=number))
