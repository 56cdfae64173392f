"""
Counts what can't be seen from outside of a server.

The file that ``TORTURE_TASKS`` names has the number of the loop's tasks, new every half second;
``TORTURE_READS``, if that is set, how many questions for pages of one room's log there have been
at once at most.
"""

import asyncio
import os
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

from tests.torture.failpoints import NoSuchPlace, place

EVERY_S: Final = 0.5


def install() -> None:
    """Let the server count for as long as it runs."""
    if "TORTURE_READS" in os.environ:
        _count_reads(Path(os.environ["TORTURE_READS"]))
    from roomserver.cli import serving

    original = vars(serving).get("running_app")
    if original is None:
        raise NoSuchPlace("serving has no running_app any more: find where that went")

    @asynccontextmanager
    async def running_app(*arguments: Any, **options: Any) -> AsyncIterator[Any]:
        counting = asyncio.create_task(_count(), name="counts tasks")
        try:
            async with original(*arguments, **options) as app:
                yield app
        finally:
            counting.cancel()

    vars(serving)["running_app"] = running_app


def _count_reads(path: Path) -> None:
    from roomserver.adapters.sql_log import SqlLog

    under_way: Counter[int] = Counter()
    most = 0

    def note(now: int) -> None:
        nonlocal most
        if now > most:
            most = now
            path.write_text(str(most))

    def counted(name: str) -> None:
        original = place(SqlLog, name)

        async def read(self: SqlLog, room_id: int, *arguments: Any, **options: Any) -> Any:
            under_way[room_id] += 1
            note(under_way[room_id])
            try:
                return await original(self, room_id, *arguments, **options)
            finally:
                under_way[room_id] -= 1

        setattr(SqlLog, name, read)

    counted("after")
    counted("before")


async def _count() -> None:
    path = Path(os.environ["TORTURE_TASKS"])
    while True:
        new = path.with_suffix(".new")
        new.write_text(str(len(asyncio.all_tasks())))
        new.replace(path)
        await asyncio.sleep(EVERY_S)
