"""
Everything that is done to the servers and to the lines between them.

Each fault hurts, waits a while and heals, whatever happens in between.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from random import Random
from typing import Final

from tests.torture import exhaustion, pests, store_faults
from tests.torture.pace import Pace
from tests.torture.proxy import Mode, Proxy
from tests.torture.town import Instance, Town

Strike = Callable[[Random], Awaitable[None]]

FAIL_POINTS: Final = (
    "before_commit kill",
    "before_announcing kill",
    "amid_acknowledging kill",
    "before_telling kill",
    "before_commit dwell",
    "before_announcing dwell",
    "before_live dwell",
    "publishing garble",
    "clock 7200",
    "clock -7200",
)
"""What ``failpoints.py`` knows."""

HARMLESS: Final = ("publishing", "clock")
"""What must not keep anybody waiting."""

ONE_SHOT: Final = (Mode.RESET, Mode.CUT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Something to do to *target*. *instances* are those whose answers may suffer."""

    kind: str
    target: str
    instances: Sequence[int]
    strike: Strike

    @property
    def group(self) -> str:
        return self.kind.partition(":")[0]


def faults_of(town: Town, pace: Pace) -> list[Fault]:
    """Return everything that can be done to *town*."""
    faults = [fault for instance in town.instances for fault in _of_instance(instance, town, pace)]
    everyone = [instance.number for instance in town.instances]
    faults += [_fault(k, k, [], partial(f, town, pace)) for k, f in pests.KINDS.items()]
    if town.postgres is None:
        lock = partial(store_faults.sqlite_locked, town, pace)
        return [*faults, _fault("database: locked", "sqlite", everyone, lock)]
    in_turn = partial(_restarted_in_turn, town.instances)
    faults.append(_fault("instances: restarted in turn", "instances in turn", everyone, in_turn))
    database = {
        "database: one backend killed": store_faults.backend_killed,
        "database: backends terminated": store_faults.backends_terminated,
        "database: immediate stop": store_faults.database_stopped,
        "database: all killed": store_faults.database_killed,
        "database: hung": store_faults.database_hung,
        "database: a room locked": store_faults.room_locked,
        "database: all tables locked": exhaustion.tables_locked,
        "database: no connections left": exhaustion.connections_gone,
    }
    if exhaustion.PRLIMIT is not None:
        database["database: no space for a table"] = exhaustion.table_full
        database["database: no space for its log"] = exhaustion.log_full
    redis = {
        "redis: killed": store_faults.redis_killed,
        "redis: flushed": store_faults.redis_flushed,
        "redis: hung": store_faults.redis_hung,
        "redis: old dump restored": store_faults.redis_aged,
    }
    faults += [
        _fault(k, "postgresql", everyone, partial(f, town, pace)) for k, f in database.items()
    ]
    return [*faults, *(_fault(k, "redis", [], partial(f, town, pace)) for k, f in redis.items())]


def _fault(kind: str, target: str, instances: Sequence[int], strike: Strike) -> Fault:
    return Fault(kind=kind, target=target, instances=instances, strike=strike)


def _of_instance(instance: Instance, town: Town, pace: Pace) -> Iterator[Fault]:
    number = [instance.number]
    for kind, strike in (
        ("instance: killed", _killed),
        ("instance: stopped", _stopped),
        ("instance: restarted", _restarted),
    ):
        yield _fault(kind, instance.name, number, partial(strike, instance, pace))
    if exhaustion.PRLIMIT is not None:
        strike = partial(exhaustion.descriptors_gone, instance, pace)
        yield _fault("instance: no descriptors left", instance.name, number, strike)
        if town.postgres is None:
            strike = partial(exhaustion.sqlite_full, instance, pace)
            yield _fault("database: no space", instance.name, number, strike)
    for point in FAIL_POINTS:
        strike = partial(_fail_point, instance, pace, point)
        affected = [] if point.startswith(HARMLESS) else number
        yield _fault(f"fail-point: {point}", instance.name, affected, strike)
    for line, proxy in (
        ("clients", instance.clients),
        ("database", instance.database),
        ("redis", instance.redis),
    ):
        for mode in Mode if proxy is not None else ():
            if proxy is not None and mode is not Mode.PASS:
                target = f"{line} of {instance.name}"
                affected = [] if line == "redis" else number
                strike = partial(_line_broken, proxy, mode, pace)
                yield _fault(f"line to {line}: {mode}", target, affected, strike)


async def _killed(instance: Instance, pace: Pace, random: Random) -> None:
    try:
        await instance.kill()
        await asyncio.sleep(pace.down_s(random))
    finally:
        await instance.restart()


async def _stopped(instance: Instance, pace: Pace, random: Random) -> None:
    try:
        instance.server.pause()
        await asyncio.sleep(random.uniform(1.0, pace.stopped_s_max))
    finally:
        instance.server.resume()


async def _restarted(instance: Instance, _pace: Pace, _random: Random) -> None:
    try:
        await instance.terminate()
    finally:
        await instance.restart()


async def _restarted_in_turn(instances: Sequence[Instance], random: Random) -> None:
    """Bring out a new version, as it were, while everybody talks."""
    for instance in instances:
        async with instance.lock:
            await _restarted(instance, Pace(), random)


async def _fail_point(instance: Instance, pace: Pace, point: str, random: Random) -> None:
    try:
        instance.armed.write_text(point)
        seconds = pace.broken_s(random)
        for _moment in range(int(seconds / 0.1)):
            await asyncio.sleep(0.1)
            if not instance.server.program.is_running:
                await asyncio.sleep(pace.down_s(random))
                break
    finally:
        instance.armed.unlink(missing_ok=True)
        if not instance.server.program.is_running:
            await instance.kill()
            await instance.restart()


async def _line_broken(proxy: Proxy, mode: Mode, pace: Pace, random: Random) -> None:
    try:
        await proxy.break_down(
            mode, delay_s=random.uniform(0.02, 0.4), bytes_left=random.randint(1, 5_000)
        )
        await asyncio.sleep(0.5 if mode in ONE_SHOT else pace.broken_s(random))
    finally:
        await proxy.heal()
