import asyncio

from roomserver.service.tasks import ended


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
    async def fails() -> None:
        raise ZeroDivisionError

    task = asyncio.create_task(fails())
    await asyncio.sleep(0)

    await ended(task)

    assert task.done()
