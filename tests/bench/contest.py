"""Alternating runs: a machine that is busy for a while is then busy for everybody."""

import asyncio
import os
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AbstractContextManager, asynccontextmanager
from dataclasses import dataclass, field
from statistics import median

from tests.bench.generator import Figures, LoadFailed, try_load
from tests.bench.peers import Peer
from tests.bench.targets import Target

SETTLED_S = 0.5
"""What the disk may still have to do without a word about it."""

Opened = Callable[[], AbstractAsyncContextManager[Target]]


@dataclass(slots=True)
class Results:
    """Every run of everybody, in the order in which they were made."""

    runs: dict[str, list[Figures]] = field(default_factory=dict)
    failures: dict[str, str] = field(default_factory=dict)

    def add(self, name: str, figures: Figures) -> None:
        self.runs.setdefault(name, []).append(figures)
        if not figures.is_whole:
            faults = {fault: count for fault, count in figures.faults.items() if count}
            self.failures[name] = f"not every delivery arrived: {faults}"

    def values(self, name: str, of: Callable[[Figures], float]) -> list[float]:
        """Return a figure of the runs in which everything arrived. Others don't count."""
        return [of(figures) for figures in self.runs.get(name, []) if figures.is_whole]


@dataclass(frozen=True, slots=True)
class Spread:
    """The median of some runs, and how far apart they were."""

    values: tuple[float, ...]

    @property
    def median(self) -> float:
        return median(self.values) if self.values else 0.0

    @property
    def range(self) -> str:
        if not self.values:
            return "–"
        return f"{tidy(min(self.values))} … {tidy(max(self.values))}"


def tidy(value: float) -> str:
    """Write *value* with three digits that count."""
    if value >= 1000:
        return f"{float(f'{value:.3g}'):,.0f}"
    return f"{value:.3g}"


def opened(peer: Peer) -> Opened:
    """Let a peer be opened like the product."""
    return lambda: _opened(peer.running())


@asynccontextmanager
async def _opened(running: AbstractContextManager[Target]):  # type: ignore[no-untyped-def]
    with running as target:
        yield target


async def alternate(
    what: str,
    contenders: Mapping[str, Opened],
    loads: Mapping[str, Sequence[str]],
    *,
    rounds: int,
    late_s: float,
) -> Results:
    """
    Put each of *loads* on each of *contenders* in turn, *rounds* times, each on a fresh server.

    The name of a result is the contender's, and the load's behind it if there are several.
    Everybody has one round; another one is begun only if it is likely to end before *late_s*.
    """
    results = Results()
    began_s = time.monotonic()
    for turn in range(rounds):
        now_s = time.monotonic()
        if turn and now_s + (now_s - began_s) / turn > late_s:
            say(f"{what}: there is no time for round {turn + 1}")
            break
        for name, contender in contenders.items():
            for load, options in loads.items():
                label = f"{name} {load}".strip()
                say(f"{what}: round {turn + 1} of {rounds}: {label}")
                await settled()
                try:
                    async with contender() as target:
                        results.add(label, try_load([*target.options, *options]))
                except (LoadFailed, AssertionError) as error:
                    results.failures[label] = str(error)
    return results


async def settled() -> None:
    """
    Return when what earlier runs have written, or thrown away, is done with.

    A file system puts it off, be it the pages of a database or the room of one that was removed,
    and then it is a commit of the next run that waits for it.
    """
    began_s = time.monotonic()
    await asyncio.to_thread(os.sync)
    if (took_s := time.monotonic() - began_s) > SETTLED_S:
        say(f"the disk had {took_s:.1f} s of earlier work to do")


def say(sentence: str) -> None:
    """Tell whoever watches what goes on. The report itself goes elsewhere."""
    sys.stderr.write(f"  {sentence}\n")
