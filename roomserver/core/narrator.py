"""Events, told to one person in lines (see :mod:`roomserver.core.plain`)."""

from collections.abc import Callable, Iterable
from datetime import datetime

from roomserver.core import events
from roomserver.core.chronicle import Chronicle
from roomserver.core.heard import LogEntry, read_entries
from roomserver.core.model import User
from roomserver.core.plain import Line, counted, here, note, warning, welcome


class Narrator:
    """
    Tells one reader what happens, and remembers what it has told.

    *to_local* puts a time into the reader's time zone; *now* is when the reader comes:
    lines tell the day only when it is another one.
    """

    def __init__(self, *, to_local: Callable[[datetime], datetime], now: datetime) -> None:
        self._chronicle = Chronicle(to_local=to_local, now=now)
        self._zone = to_local(now).tzname() or "local time"
        self._typing: set[int] = set()
        self._names: dict[int, str] = {}

    def tell(self, event: events.Event) -> list[Line]:
        """Tell an event in as many lines as it takes: none for a receipt or a stranger."""
        match event:
            case events.Connected():
                return self._connected(event)
            case events.History():
                return self._history(event)
            case (
                events.Message()
                | events.MessageEdited()
                | events.MessageDeleted()
                | events.Reaction()
            ):
                return self.entries([event])
            case events.UserJoined() | events.UserLeft() | events.IsTyping():
                return self._presence(event)
            case _:
                return _about_the_server(event)

    def entries(self, entries: Iterable[LogEntry]) -> list[Line]:
        """Tell a part of the log. Whoever wrote something has done with typing."""
        told = list(entries)
        self._typing.difference_update(entry.user_id for entry in told)
        return self._chronicle.tell(told)

    def last_message(self, author_id: int | None = None) -> int | None:
        """Return the id of the newest message, of this author or of anybody; None if unknown."""
        return self._chronicle.last_message(author_id)

    def meet(self, people: Iterable[User]) -> None:
        """Know who is here from the start: of them it is no news."""
        self._names = {user.user_id: user.username for user in people}

    def _connected(self, event: events.Connected) -> list[Line]:
        self.meet(event.active_users)
        return [
            welcome(event),
            *self.entries(read_entries(event.history)),
            here(event.active_users),
            note(f"Times are {self._zone}. /help says what you can type."),
        ]

    def _history(self, event: events.History) -> list[Line]:
        entries = read_entries(event.messages)
        lines = self.entries(entries)
        if event.after is not None:
            return lines  # the rest of what was missed: it goes on where `connected` ended
        if not entries:
            return [note("Nothing has been written here yet")]
        messages = sum(isinstance(entry, events.Message) for entry in entries)
        end = "There are older ones" if event.has_more else "That is all there is"
        return [note(f"The last {counted(messages, 'message')}:"), *lines, note(end)]

    def _presence(self, event: events.UserJoined | events.UserLeft | events.IsTyping) -> list[Line]:
        was_typing = event.user_id in self._typing
        self._typing.discard(event.user_id)
        match event:
            case events.UserJoined():
                return self._joined(event)
            case events.UserLeft():
                self._names.pop(event.user_id, None)
                return [note(f"{event.username} left")]
            case events.IsTyping(is_typing=True):
                self._typing.add(event.user_id)
                return [] if was_typing else [note(f"{event.username} is typing")]
            case _:
                return []

    def _joined(self, event: events.UserJoined) -> list[Line]:
        before = self._names.get(event.user_id)
        self._names[event.user_id] = event.username
        if before is None:
            return [note(f"{event.username} joined")]
        # Whoever is here is told of again under another name; or after a Redis was away.
        return [] if before == event.username else [note(f"{before} is now {event.username}")]


def _about_the_server(event: events.Event) -> list[Line]:
    match event:
        case events.Degraded():
            return [note(event.message) if event.ok else warning(event.message)]
        case events.Draining():
            return [note("The server restarts. It will be back in a moment.")]
        case events.Pong():
            return [note("pong")]
        case events.Error():
            return [warning(f"{event.code}: {event.message}")]
        case _:
            return []
