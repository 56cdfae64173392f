"""Background tasks: begun together, watched over, and ended for certain."""

import asyncio
import logging
from collections.abc import AsyncIterator, Coroutine, Iterable, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final, TypeVar

log = logging.getLogger(__name__)

T = TypeVar("T")

AGAIN_S: Final = 0.2

Loop = asyncio.Task[Any]
"""A task that goes on until it is told to end."""


class Supervisor:
    """
    Notices when a loop ends that should have gone on.

    It has met a bug, and what it did for everybody nobody does any more: messages that are
    never stored, people who never leave. An instance in that state is worse than none. So it
    is logged, and whoever waits for :meth:`alarm` stops the instance for another to take over.
    """

    def __init__(self) -> None:
        self._alarm = asyncio.Event()

    @property
    def is_alarmed(self) -> bool:
        return self._alarm.is_set()

    def watch(self, loops: Iterable[Loop]) -> None:
        """Raise the alarm as soon as one of *loops* ends, unless it was cancelled."""
        for loop in loops:
            loop.add_done_callback(self._has_ended)

    async def alarm(self) -> None:
        """Wait until a loop has ended that should have gone on."""
        await self._alarm.wait()

    def _has_ended(self, loop: Loop) -> None:
        if loop.cancelled():
            return
        log.critical(
            "a background task has ended: the instance stops",
            exc_info=loop.exception(),
            extra={"task": loop.get_name()},
        )
        self._alarm.set()


@asynccontextmanager
async def in_background(**loops: Coroutine[Any, Any, None]) -> AsyncIterator[Sequence[Loop]]:
    """Run *loops*, each under its name, until the block ends; yield them for a supervisor."""
    tasks = [asyncio.create_task(loop, name=name.replace("_", " ")) for name, loop in loops.items()]
    try:
        yield tasks
    finally:
        await ended(*tasks)


def started(work: Coroutine[Any, Any, None], *, name: str) -> asyncio.Task[None]:
    """Begin a piece of *work* that nobody waits for. If it fails, that is a bug, and is logged."""
    task = asyncio.create_task(work, name=name)
    task.add_done_callback(_log_failure)
    return task


async def ended(*tasks: asyncio.Task[Any]) -> None:
    """
    Cancel *tasks* until they are done.

    On Python 3.11 ``asyncio.wait_for`` swallows a cancellation that comes just as what it
    waits for is done, and the Redis client uses it for every write: once is not enough.
    """
    while pending := [task for task in tasks if not task.done()]:
        for task in pending:
            task.cancel()
        await asyncio.wait(pending, timeout=AGAIN_S)
    for task in tasks:
        if not task.cancelled():
            task.exception()  # Looked at, so that the loop doesn't complain of it.


async def finished(work: Coroutine[Any, Any, T]) -> T:
    """
    Do brief *work* to its end, however often we are cancelled meanwhile; then be cancelled.

    For closing what is open: cut off, it would stay open until it is collected as garbage.
    """
    task = asyncio.create_task(work)
    cancelled = None
    while not task.done():
        try:
            await asyncio.wait([task])
        except asyncio.CancelledError as error:
            cancelled = error
    if cancelled is not None:
        task.exception()
        raise cancelled
    return task.result()


def _log_failure(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        log.error("a background task failed", exc_info=error, extra={"task": task.get_name()})
