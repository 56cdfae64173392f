"""Moments as the wire has them."""

from datetime import UTC, datetime
from functools import lru_cache


def timestamp(at_ms: int) -> str:
    """Write a Unix time in milliseconds as RFC 3339 in UTC."""
    at_s, ms = divmod(at_ms, 1000)
    return f"{_second(at_s)}.{ms:03d}Z"


@lru_cache(maxsize=1_024)
def _second(at_s: int) -> str:
    # Thousands of messages are of the same second; writing it takes longer than all the rest.
    return datetime.fromtimestamp(at_s, UTC).strftime("%Y-%m-%dT%H:%M:%S")
