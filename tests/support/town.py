"""Several instances on one PostgreSQL and one Redis."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from tests.support.servers import RoomServer, running_roomserver

Town = list[RoomServer]


@asynccontextmanager
async def running_town(
    count: int, *, database_url: str, redis_url: str, data_dir: Path
) -> AsyncIterator[Town]:
    """Run *count* instances, all started at once, until the block ends."""
    options = ("--database-url", database_url, "--redis-url", redis_url)
    async with AsyncExitStack() as stack:
        starting = [
            asyncio.to_thread(stack.enter_context, running_roomserver(*options, data_dir=data_dir))
            for _ in range(count)
        ]
        yield list(await asyncio.gather(*starting))
