"""How we talk to Redis: briefly, once, and without it if it doesn't answer."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

ANSWER_S_MAX: Final = 0.5
"""The library's own defaults wait 4 s for a Redis that is down and 59 s for one that is silent."""


@asynccontextmanager
async def redis_client(url: str) -> AsyncIterator[Redis]:
    """Yield a client that gives up after :data:`ANSWER_S_MAX` and never tries anything twice."""
    client = Redis.from_url(
        url,
        socket_timeout=ANSWER_S_MAX,
        socket_connect_timeout=ANSWER_S_MAX,
        retry=Retry(NoBackoff(), 0),
        client_name="roomserver",
    )
    try:
        yield client
    finally:
        await client.aclose()
