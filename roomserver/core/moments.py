"""Moments as the wire has them."""

from datetime import UTC, datetime


def timestamp(at_ms: int) -> str:
    """Write a Unix time in milliseconds as RFC 3339 in UTC."""
    at = datetime.fromtimestamp(at_ms / 1000, UTC)
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
