"""The last messages that a reader has seen, so that a change can say what it is about."""

from typing import Final

from msgspec import Struct

from roomserver.core.text import without_controls

QUOTES_MAX: Final = 200
"""As many as a newcomer may be shown; changes are mostly to what was said just now."""

QUOTE_CHARS_MAX: Final = 40


class Quote(Struct, frozen=True):
    """A message in short."""

    at: str
    text: str
    author_id: int


class Quotes:
    """Messages in short by their ids, the oldest forgotten first."""

    def __init__(self) -> None:
        self._quotes: dict[int, Quote] = {}

    def keep(self, message_id: int, *, at: str, content: str, author_id: int) -> None:
        """Remember a message, or its new text."""
        earlier = self._quotes.pop(message_id, None)
        self._quotes[message_id] = Quote(earlier.at if earlier else at, short(content), author_id)
        if len(self._quotes) > QUOTES_MAX:
            del self._quotes[next(iter(self._quotes))]

    def last(self, author_id: int | None = None) -> int | None:
        """Return the id of the newest message, of this author or of anybody; None if unknown."""
        return max(
            (
                message_id
                for message_id, quote in self._quotes.items()
                if author_id in (None, quote.author_id)
            ),
            default=None,
        )

    def forget(self, message_id: int) -> str:
        """Forget a message, and return how to speak of it without repeating it."""
        quote = self._quotes.pop(message_id, None)
        return "an older message" if quote is None else f"the message of {quote.at}"

    def of(self, message_id: int) -> str:
        """Return how to speak of a message."""
        quote = self._quotes.get(message_id)
        return "an older message" if quote is None else f"“{quote.text}”"


def short(content: str) -> str:
    """Return the beginning of *content* on one line."""
    line = without_controls(content.strip()[: QUOTE_CHARS_MAX + 1])
    return f"{line[:QUOTE_CHARS_MAX]}…" if len(line) > QUOTE_CHARS_MAX else line
