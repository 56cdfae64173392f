"""
Counts what can't be seen from outside of a server: the tasks of its loop.

The number stands in the file that ``TORTURE_TASKS`` names, and is new every half second.
"""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

from tests.torture.failpoints import NoSuchPlace

EVERY_S: Final = 0.5


def install() -> None:
    """Let the server count its tasks for as long as it runs."""
    from roomserver.cli import serve

    original = vars(serve).get("running_app")
    if original is None:
        raise NoSuchPlace("serve has no running_app any more: find where that went")

    @asynccontextmanager
    async def running_app(*arguments: Any, **options: Any) -> AsyncIterator[Any]:
        counting = asyncio.create_task(_count(), name="counts tasks")
        try:
            async with original(*arguments, **options) as app:
                yield app
        finally:
            counting.cancel()

    vars(serve)["running_app"] = running_app


async def _count() -> None:
    path = Path(os.environ["TORTURE_TASKS"])
    while True:
        new = path.with_suffix(".new")
        new.write_text(str(len(asyncio.all_tasks())))
        new.replace(path)
        await asyncio.sleep(EVERY_S)
