"""Moments as the wire has them."""

import re
from datetime import UTC, datetime
from functools import lru_cache


def moment_ms(text: str) -> int:
    """
    Read a time or a date as a Unix time in milliseconds; in UTC unless it says otherwise.

    Raises:
        ValueError: If it is neither.

    """
    # A plus sign in an address means a blank: 2026-11-24T12:00:00 01:00 is one of ours.
    moment = datetime.fromisoformat(re.sub(r" (?=\d\d:\d\d$)", "+", text.strip()))
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return int(moment.timestamp() * 1000)


@lru_cache(maxsize=1_024)
def timestamp(at_ms: int) -> str:
    """Write a Unix time in milliseconds as RFC 3339 in UTC."""
    # A batch has one moment: its messages and their acknowledgements ask for it hundreds of times.
    at_s, ms = divmod(at_ms, 1000)
    return f"{_second(at_s)}.{ms:03d}Z"


@lru_cache(maxsize=1_024)
def _second(at_s: int) -> str:
    # Pages of history have many moments, and few seconds; writing those takes longest.
    return datetime.fromtimestamp(at_s, UTC).strftime("%Y-%m-%dT%H:%M:%S")
