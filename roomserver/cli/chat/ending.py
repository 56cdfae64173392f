"""What the end of a connection means: whether to come back, and when."""

from collections.abc import Callable, Mapping
from typing import Final

from roomserver.core.errors import (
    CLOSE_FORBIDDEN,
    CLOSE_INTERNAL,
    CLOSE_NOT_FOUND,
    CLOSE_RESTART,
    CLOSE_TOO_MANY,
    CLOSE_TOO_SLOW,
    CLOSE_TRY_LATER,
    CLOSE_UNAUTHORIZED,
    CLOSE_UNSUPPORTED,
)

BACKOFF_BASE_S: Final = 0.5
BACKOFF_CAP_S: Final = 30.0

_CROWDED_PAUSE_S: Final = 5.0
_HTTP_RETRY: Final = frozenset({408, 425, 429})

_FINAL: Final[Mapping[int, str]] = {
    CLOSE_UNSUPPORTED: "The server did not understand this client.",
    1007: "The server did not understand this client.",
    1009: "The server found a message too large.",
    CLOSE_UNAUTHORIZED: "The server does not know who you are.",
    CLOSE_FORBIDDEN: "You may not be in this room.",
    CLOSE_NOT_FOUND: "There is no such room.",
}
_PASSING: Final[Mapping[int, str]] = {
    CLOSE_RESTART: "The server restarts.",
    CLOSE_INTERNAL: "Something went wrong in the server.",
    CLOSE_TRY_LATER: "The server can't let anyone in right now.",
    CLOSE_TOO_SLOW: "This connection was too slow for the room.",
    CLOSE_TOO_MANY: "There are too many connections or attempts.",
}


class Ended(Exception):
    """
    A connection is over, or was never made. The text says so to a person.

    *is_final*: there is no use in coming back. *pause_s*: what to wait besides the backoff.
    """

    def __init__(self, sentence: str, *, is_final: bool = False, pause_s: float = 0.0) -> None:
        super().__init__(sentence)
        self.is_final = is_final
        self.pause_s = pause_s

    def because(self, sentence: str) -> "Ended":
        """Return the same with the server's own words."""
        return Ended(sentence, is_final=self.is_final, pause_s=self.pause_s)


def after_close(code: int | None) -> Ended:
    """Say what a close *code* means; None is a connection that broke."""
    if (final := _FINAL.get(code or 0)) is not None:
        return Ended(final, is_final=True)
    pause_s = _CROWDED_PAUSE_S if code == CLOSE_TOO_MANY else 0.0
    return Ended(_PASSING.get(code or 0, "The connection was lost."), pause_s=pause_s)


def after_refusal(status: int, sentence: str | None) -> Ended:
    """Say what the HTTP *status* of a failed handshake means; *sentence* is the server's own."""
    is_passing = status in _HTTP_RETRY or status >= 500
    said = sentence or f"There is no room here: the server answered with HTTP status {status}."
    return Ended(said, is_final=not is_passing, pause_s=_CROWDED_PAUSE_S if status == 429 else 0.0)


def backoff_s(attempt: int, random: Callable[[], float]) -> float:
    """
    Return how long to wait before the next attempt, the first one being 0.

    With full jitter, so that those who lost the same server don't come back at one moment:
    https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
    """
    return random() * min(BACKOFF_CAP_S, BACKOFF_BASE_S * 2.0 ** min(attempt, 16))
