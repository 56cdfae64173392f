"""A room's log, told to one person entry by entry (see :mod:`roomserver.core.plain`)."""

from collections.abc import Callable, Iterable
from datetime import datetime

from roomserver.core import events
from roomserver.core.heard import LogEntry
from roomserver.core.plain import Line, note, said
from roomserver.core.quotes import Quotes, short

UNKNOWN_TIME = "--:--"


class Chronicle:
    """
    Tells entries with their time, and the day when it is another one than before.

    *to_local* puts a time into the reader's time zone; *now* is when the reader comes.
    """

    def __init__(self, *, to_local: Callable[[datetime], datetime], now: datetime) -> None:
        self._to_local = to_local
        self._day = to_local(now).date()
        self._quotes = Quotes()

    def tell(self, entries: Iterable[LogEntry]) -> list[Line]:
        return [line for entry in entries for line in self._tell(entry)]

    def last_message(self, author_id: int | None = None) -> int | None:
        """Return the id of the newest message, of this author or of anybody; None if unknown."""
        return self._quotes.last(author_id)

    def _tell(self, entry: LogEntry) -> list[Line]:
        match entry:
            case events.Message():
                return self._message(entry)
            case events.MessageEdited():
                time, day = self._time(entry.edited_at)
                self._quotes.keep(
                    entry.message_id, at=time, content=entry.content, author_id=entry.user_id
                )
                return [*day, *said(f"{time} {entry.username} (edited)", entry.content)]
            case events.MessageDeleted():
                return [note(f"{entry.username} deleted {self._quotes.forget(entry.message_id)}")]
            case events.Reaction():
                does = "reacted with" if entry.on else "took back"
                to = "to" if entry.on else "from"
                quote = self._quotes.of(entry.message_id)
                return [note(f"{entry.username} {does} {entry.emoji} {to} {quote}")]

    def _message(self, message: events.Message) -> list[Line]:
        time, day = self._time(message.created_at)
        head = f"{time} {message.username}"
        if message.deleted:
            return [*day, *said(head, "(deleted)")]
        self._quotes.keep(message.id, at=time, content=message.content, author_id=message.user_id)
        if message.quote is not None:
            head = f"{head} (to {message.quote.username}, {_shown(message.quote)})"
        return [*day, *said(head, message.content)]

    def _time(self, timestamp: str) -> tuple[str, list[Line]]:
        """Return the reader's time, and the line that tells the day if it is another one."""
        try:
            at = self._to_local(datetime.fromisoformat(timestamp))
        except (ValueError, OverflowError):
            return UNKNOWN_TIME, []
        day = [] if at.date() == self._day else [note(f"On {at:%Y-%m-%d}:")]
        self._day = at.date()
        return f"{at:%H:%M}", day


def _shown(quote: events.Quote) -> str:
    return "deleted" if quote.deleted else f"“{short(quote.content)}”"
