"""
Places in the server where it can be made to die or to dwell, so that narrow windows are certain.

The file that ``TORTURE_ARMED`` names arms one of them for as long as it is there: ``before_commit
kill`` (once: the file goes with the process) or ``before_live dwell``.

    before_commit          everything is in the transaction, which is not committed
    before_announcing      committed, and nobody knows
    amid_acknowledging     some of the batch's authors know, the others don't
    before_telling         the authors know, the rooms don't
    before_live            the history has been read, what is live is still held back
    publishing             what Redis is to tell is dropped, told twice or told late
    clock                  the machine's clock is as many seconds off as is said behind it
"""

import asyncio
import functools
import os
import random
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any, Final

from sqlalchemy import event
from sqlalchemy.engine import Engine

DWELL_S: Final = (0.02, 0.6)
DWELL_CHANCE: Final = 0.3

DROPPED: Final = 0.1
DOUBLED: Final = 0.3
LATE: Final = 0.6
"""Of a publication's chances, from 0 to 1: where the first three fates end."""

LATE_S: Final = (0.001, 0.5)
RANDOM: Final = random.Random()


class NoSuchPlace(Exception):
    """The server's code has moved on, and a fail-point has to follow it."""


def install() -> None:
    """Put all fail-points into the server's code, before it runs."""
    from roomserver.adapters import sql_sqlite
    from roomserver.service.journal import Journal
    from roomserver.service.visit import Visit

    _before(sql_sqlite, "_commit", "before_commit")
    event.listen(Engine, "commit", lambda _connection: _pass("before_commit"))
    _before(Journal, "_announce", "before_announcing")
    _before(Visit, "stored", "amid_acknowledging")
    _before(_teller(), "tell", "before_telling")
    _after(Visit, "_opening", "before_live")
    _garble_publications()
    _shift_clock()


def place(owner: type[Any] | ModuleType, name: str) -> Callable[..., Any]:
    """
    Return a function of the server that is to be wrapped.

    Raises:
        NoSuchPlace: If it is not there any more.

    """
    function = getattr(owner, name, None)
    if function is None:
        raise NoSuchPlace(f"{owner.__name__} has no {name} any more: find where that went")
    found: Callable[..., Any] = function
    return found


def _teller() -> type[Any]:
    try:
        from roomserver.service.relay import Relay
    except ImportError:
        from roomserver.service.hub import Hub

        return Hub
    return Relay


def _before(owner: type[Any] | ModuleType, name: str, point: str) -> None:
    original = place(owner, name)

    @functools.wraps(original)
    def wrapped(*arguments: Any, **options: Any) -> Any:
        _pass(point)
        return original(*arguments, **options)

    setattr(owner, name, wrapped)


def _after(owner: type[Any], name: str, point: str) -> None:
    original = place(owner, name)

    @functools.wraps(original)
    async def wrapped(*arguments: Any, **options: Any) -> Any:
        outcome = await original(*arguments, **options)
        if _armed(point) == "dwell":
            await asyncio.sleep(RANDOM.uniform(*DWELL_S))
        return outcome

    setattr(owner, name, wrapped)


def _garble_publications() -> None:
    from roomserver.adapters.redis_bus import RedisBus

    original = place(RedisBus, "publish")

    @functools.wraps(original)
    def publish(*publication: Any) -> None:
        fate = RANDOM.random() if _armed("publishing") else 1.0
        if fate >= DROPPED:
            original(*publication)
        if DROPPED <= fate < DOUBLED:
            original(*publication)
        elif DOUBLED <= fate < LATE:
            # Again, and so late that others have overtaken it.
            delay_s = RANDOM.uniform(*LATE_S)
            asyncio.get_running_loop().call_later(delay_s, original, *publication)

    RedisBus.publish = publish  # type: ignore[assignment,method-assign]


def _shift_clock() -> None:
    from roomserver.adapters.system_clock import SystemClock

    original = place(SystemClock, "now_ms")

    @functools.wraps(original)
    def now_ms(self: SystemClock) -> int:
        right: int = original(self)
        return right + 1_000 * int(_armed("clock") or 0)

    SystemClock.now_ms = now_ms  # type: ignore[method-assign]


def _pass(point: str) -> None:
    match _armed(point):
        case "kill":
            Path(os.environ["TORTURE_ARMED"]).unlink(missing_ok=True)
            sys.stderr.write(f"fail-point {point}\n")
            sys.stderr.flush()
            os.kill(os.getpid(), signal.SIGKILL)
        case "dwell" if RANDOM.random() < DWELL_CHANCE:
            # The whole process, as one that the system doesn't let run.
            time.sleep(RANDOM.uniform(*DWELL_S))


def _armed(point: str) -> str:
    try:
        name, _, action = Path(os.environ["TORTURE_ARMED"]).read_text().partition(" ")
    except (OSError, KeyError):
        return ""
    return action if name == point else ""
