"""One run, from the first server's start to the findings."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Final

from aiohttp import ClientSession, ClientTimeout, TCPConnector

from tests.torture.checker import check
from tests.torture.crew import Crew
from tests.torture.ending import Ending
from tests.torture.faults import Fault, faults_of
from tests.torture.history import Acknowledged, History
from tests.torture.machine import watch_machine
from tests.torture.nemesis import Nemesis, Tempo
from tests.torture.pace import Pace
from tests.torture.pages import Way, World
from tests.torture.posts import Finding
from tests.torture.sizes import record_growth, sizes_of
from tests.torture.town import Plan, Town, running_town

WARM_UP_S: Final = 2.0
"""Before the first fault, so that there is something to lose."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """What kind of run."""

    seed: int
    seconds: float
    plan: Plan = field(default_factory=Plan)
    sends_per_s: float = 350.0
    tempo: Tempo = field(default_factory=Tempo)
    pace: Pace = field(default_factory=Pace)
    only: Sequence[str] | None = None
    """Beginnings of the kinds of faults that are drawn; all of them if there are none."""

    def wanted(self, faults: Sequence[Fault]) -> list[Fault]:
        return [fault for fault in faults if self.only is None or _begins(fault, self.only)]


async def torture(setup: Setup, folder: Path) -> tuple[History, list[Finding]]:
    """Run it; leave the history and the servers' logs in *folder*, which must be there."""
    with (folder / "history.jsonl").open("w", encoding="utf-8") as file:
        history = History(file)
        async with running_town(setup.plan, folder, history) as town:
            await _live(setup, town)
    findings = check(history)
    if not history.of(Acknowledged):
        findings.append(Finding("stalled", "nothing was ever acknowledged"))
    return history, findings


async def _live(setup: Setup, town: Town) -> None:
    random = Random(setup.seed)
    ways = [Way(instance.number, instance.url) for instance in town.instances]
    before = await sizes_of(town)
    connector = TCPConnector(limit=0, force_close=True)
    async with ClientSession(connector=connector, timeout=ClientTimeout(total=None)) as http:
        world = World(http=http, ways=ways, book=town.history)
        crew = Crew(world, sends_per_s=setup.sends_per_s, random=random)
        nemesis = Nemesis(town, setup.wanted(faults_of(town, setup.pace)), random, setup.tempo)
        ending = Ending(town, world, crew, random)
        async with crew.present():
            await _rage(town, crew, nemesis, seconds=setup.seconds)
            await ending.everything()
            await ending.who_is_there()
        await record_growth(town, before)
    for instance in town.instances:
        await instance.retire()


async def _rage(town: Town, crew: Crew, nemesis: Nemesis, *, seconds: float) -> None:
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(crew.work(), name="crew")
        await asyncio.sleep(WARM_UP_S)
        watching = tasks.create_task(watch_machine(town), name="watches the machine")
        await nemesis.rage(seconds)
        crew.stop()
        watching.cancel()


def _begins(fault: Fault, beginnings: Sequence[str]) -> bool:
    return fault.kind.startswith(tuple(beginnings))
