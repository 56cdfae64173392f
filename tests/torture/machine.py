"""
Is the machine too busy to be judged? A server that gets no processor can't answer in time.

When this process itself isn't woken in time, nobody's silence means anything: it is
recorded as a fault of all instances.
"""

import asyncio
import itertools
import time
from typing import Final

from tests.torture.history import Healed, Struck
from tests.torture.timeline import NS
from tests.torture.town import Town

LOOK_S: Final = 0.25
LATE_S: Final = 0.5

KIND: Final = "machine: too busy"

NUMBERS: Final = itertools.count(1_000_000)


async def watch_machine(town: Town) -> None:
    """Record every time at which this process had to wait for the processor."""
    everyone = [instance.number for instance in town.instances]
    while True:
        began = time.monotonic_ns()
        await asyncio.sleep(LOOK_S)
        if time.monotonic_ns() - began > (LOOK_S + LATE_S) * NS:
            fault = next(NUMBERS)
            struck = Struck(
                at=began, fault=fault, kind=KIND, target="instances", instances=everyone
            )
            town.history.record(struck, Healed(fault=fault))
