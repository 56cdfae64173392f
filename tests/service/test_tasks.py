import asyncio
import logging
from collections.abc import Callable, Coroutine

import pytest

from roomserver.service.tasks import Supervisor, ended, finished, in_background, started
from tests.support.loops import all_quiet


async def fails() -> None:
    raise ZeroDivisionError


async def goes_on() -> None:
    await asyncio.Event().wait()


async def ends() -> None:
    """Do nothing more."""


async def test_a_task_that_swallows_a_cancellation_is_ended_all_the_same() -> None:
    swallowed = 0

    async def deaf() -> None:
        nonlocal swallowed
        while True:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                swallowed += 1
                if swallowed == 3:
                    raise

    task = asyncio.create_task(deaf())
    await asyncio.sleep(0)

    await ended(task)

    assert (task.cancelled(), swallowed) == (True, 3)


async def test_the_failure_of_a_task_that_is_ended_is_nobodys() -> None:
    task = asyncio.create_task(fails())
    await asyncio.sleep(0)

    await ended(task)

    assert task.done()


@pytest.mark.parametrize("loop", [fails, ends])
async def test_a_loop_that_ends_by_itself_raises_the_alarm_and_the_log_says_why(
    loop: Callable[[], Coroutine[None, None, None]], caplog: pytest.LogCaptureFixture
) -> None:
    supervisor = Supervisor()

    async with in_background(lost_loop=loop(), other=goes_on()) as loops:
        supervisor.watch(loops)
        await supervisor.alarm()

    assert supervisor.is_alarmed
    [record] = caplog.records
    assert (record.levelno, record.__dict__["task"]) == (logging.CRITICAL, "lost loop")
    assert bool(record.exc_info and record.exc_info[0]) is (loop is fails)


async def test_loops_that_are_told_to_end_are_no_reason_for_alarm(
    caplog: pytest.LogCaptureFixture,
) -> None:
    supervisor = Supervisor()

    async with in_background(one=goes_on(), two=goes_on()) as loops:
        supervisor.watch(loops)
        await all_quiet()

    assert not supervisor.is_alarmed
    assert all(loop.cancelled() for loop in loops)
    assert not caplog.records


async def test_work_that_fails_is_logged_though_nobody_waits_for_it(
    caplog: pytest.LogCaptureFixture,
) -> None:
    started(fails(), name="an errand")
    await all_quiet()

    [record] = caplog.records
    assert (record.levelno, record.__dict__["task"]) == (logging.ERROR, "an errand")
    assert record.exc_info


async def test_closing_comes_to_its_end_however_often_it_is_cancelled() -> None:
    steps = []

    async def close() -> None:
        for step in range(3):
            await asyncio.sleep(1)
            steps.append(step)

    async def lives() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await finished(close())

    task = asyncio.create_task(lives())
    await all_quiet()
    await ended(task)

    assert steps == [0, 1, 2]
    assert task.cancelled()


async def test_what_closing_fails_of_reaches_whoever_closes() -> None:
    with pytest.raises(ZeroDivisionError):
        await finished(fails())
