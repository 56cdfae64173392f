"""Time and chance, passed in: tests don't wait, and know what comes."""

import asyncio
import random
import time
import uuid
from collections.abc import Awaitable, Callable

from msgspec import Struct


class Outside(Struct, frozen=True, kw_only=True):
    sleep: Callable[[float], Awaitable[None]]
    now_s: Callable[[], float]
    """Seconds since some moment; they never go back."""

    random: Callable[[], float]
    new_client_id: Callable[[], str]


def real_outside() -> Outside:
    return Outside(
        sleep=asyncio.sleep,
        now_s=time.monotonic,
        random=random.SystemRandom().random,
        new_client_id=lambda: str(uuid.uuid4()),
    )
