"""How we talk to Redis: briefly, once, and without it if it doesn't answer."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Final

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

ANSWER_S_MAX: Final = 0.5
"""The library's own defaults wait 4 s for a Redis that is down and 59 s for one that is silent."""

AT_ONCE_MAX: Final = 16
"""
How many may ask one thing at once; the others wait for their turn.

The library's pool has 100 connections, and one that is asked for more takes that for no
answer: a thousand clients that come back at once must not look like a Redis that is away.
"""

NO_ANSWER: Final = (RedisError, OSError, RuntimeError)
"""
What a Redis that doesn't answer surfaces as. uvloop raises RuntimeError for writing to a
connection that has just been closed, and the library lets that through.
"""


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
        with suppress(*NO_ANSWER):
            await client.aclose()
