"""Ending background tasks for certain."""

import asyncio
from typing import Any, Final

AGAIN_S: Final = 0.2


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
    await asyncio.gather(*tasks, return_exceptions=True)
