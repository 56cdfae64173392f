"""
Events as lines for a person at a terminal.

    12:04 Juan: hola
    * Juan joined
    ! message_too_long: A message may have 4,000 characters, this one has 5,000. …

Whatever came from a person passes :func:`without_controls`, and the further lines of a
message are indented: nobody can move a reader's cursor, or write a line in another's name.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from enum import Enum
from typing import Final

from msgspec import Struct

from roomserver.core import wire
from roomserver.core.heard import read_messages
from roomserver.core.model import User
from roomserver.core.text import without_controls

LINES_MAX: Final = 40
"""Lines of one message that are shown, a screenful: four thousand line breaks are one, too."""

NAMES_MAX: Final = 40
"""Names of those who are here that are shown, before the rest is only counted."""

_INDENT: Final = " " * len("12:04")
_TAB_CHARS: Final = 4


class Kind(Enum):
    """What a line is: a screen may give each its own colour."""

    MESSAGE = "message"
    NOTE = "note"
    WARNING = "warning"


class Line(Struct, frozen=True):
    """One line, without its end. *head* tells who speaks, or that it is a note or a warning."""

    kind: Kind
    head: str
    text: str

    def __str__(self) -> str:
        return f"{self.head} {self.text}".rstrip()


def note(text: str) -> Line:
    return Line(Kind.NOTE, "*", without_controls(text))


def warning(text: str) -> Line:
    return Line(Kind.WARNING, "!", without_controls(text))


def welcome(connected: wire.Connected) -> Line:
    """Say where the reader is, and as whom."""
    return note(f"This is {connected.room.name}, and you are {connected.user.username}")


def here(users: Sequence[User]) -> Line:
    """Say who is here."""
    if not users:
        return note("Nobody is here.")
    names = [user.username for user in users[:NAMES_MAX]]
    more = f" and {len(users) - NAMES_MAX:,} more" if len(users) > NAMES_MAX else ""
    return note(f"Here: {', '.join(names)}{more}")


def me(user: User, room_name: str) -> Line:
    """Say who the reader is."""
    return note(f"You are {user.username} (user_id {user.user_id}) in {room_name}")


def stats(counts: Mapping[str, tuple[int, int]]) -> list[Line]:
    """Say how many connections and people are in each room."""
    connections = sum(connections for connections, _people in counts.values())
    total = note(f"{_counted(connections, 'connection')} in {_counted(len(counts), 'room')}")
    return [total, *(note(_room_stats(room_id, *counts[room_id])) for room_id in counts)]


class Narrator:
    """
    Tells one reader what happens, and remembers what it has told.

    *to_local* puts a time into the reader's time zone; *now* is when the reader comes:
    lines tell the day only when it is another one.
    """

    def __init__(self, *, to_local: Callable[[datetime], datetime], now: datetime) -> None:
        self._to_local = to_local
        self._day = to_local(now).date()
        self._zone = to_local(now).tzname() or "local time"
        self._typing: set[int] = set()

    def tell(self, event: wire.Event) -> list[Line]:
        """Tell an event in as many lines as it takes: none for a receipt or a stranger."""
        match event:
            case wire.Connected():
                return self._connected(event)
            case wire.History():
                return self._history(event)
            case wire.Message():
                return self.message(event)
            case wire.UserJoined() | wire.UserLeft() | wire.IsTyping():
                return self._presence(event)
            case _:
                return _about_the_server(event)

    def message(self, message: wire.Message) -> list[Line]:
        """Tell a message, after the day if it is another one than before."""
        self._typing.discard(message.user_id)
        at = self._time_of(message)
        lines = [] if at is None or at.date() == self._day else [note(f"On {at:%Y-%m-%d}:")]
        if at is not None:
            self._day = at.date()
        head = f"{at:%H:%M}" if at is not None else "--:--"
        first, *rest = [
            without_controls(line.expandtabs(_TAB_CHARS))
            for line in message.content.splitlines() or [""]
        ]
        lines.append(Line(Kind.MESSAGE, f"{head} {without_controls(message.username)}:", first))
        lines += [Line(Kind.MESSAGE, _INDENT, line) for line in rest[: LINES_MAX - 1]]
        if len(rest) >= LINES_MAX:
            cut = len(rest) - LINES_MAX + 1
            lines.append(Line(Kind.NOTE, _INDENT, f"[and {_counted(cut, 'line')} more]"))
        return lines

    def messages(self, messages: Iterable[wire.Message]) -> list[Line]:
        return [line for message in messages for line in self.message(message)]

    def _connected(self, event: wire.Connected) -> list[Line]:
        return [
            welcome(event),
            *self.messages(read_messages(event.history)),
            here(event.active_users),
            note(f"Times are {self._zone}. /help says what you can type."),
        ]

    def _history(self, event: wire.History) -> list[Line]:
        messages = read_messages(event.messages)
        lines = self.messages(messages)
        if event.after is not None:
            return lines  # the rest of what was missed: it goes on where `connected` ended
        if not messages:
            return [note("Nothing has been written here yet")]
        end = "There are older ones" if event.has_more else "That is all there is"
        return [note(f"The last {_counted(len(messages), 'message')}:"), *lines, note(end)]

    def _presence(self, event: wire.UserJoined | wire.UserLeft | wire.IsTyping) -> list[Line]:
        was_typing = event.user_id in self._typing
        self._typing.discard(event.user_id)
        match event:
            case wire.UserJoined():
                return [note(f"{event.username} joined")]
            case wire.UserLeft():
                return [note(f"{event.username} left")]
            case wire.IsTyping(is_typing=True):
                self._typing.add(event.user_id)
                return [] if was_typing else [note(f"{event.username} is typing")]
            case _:
                return []

    def _time_of(self, message: wire.Message) -> datetime | None:
        try:
            return self._to_local(datetime.fromisoformat(message.created_at))
        except (ValueError, OverflowError):
            return None


def _about_the_server(event: wire.Event) -> list[Line]:
    match event:
        case wire.Degraded():
            return [note(event.message) if event.ok else warning(event.message)]
        case wire.Draining():
            return [note("The server restarts. It will be back in a moment.")]
        case wire.Pong():
            return [note("pong")]
        case wire.Error():
            return [warning(f"{event.code}: {event.message}")]
        case _:
            return []


def _room_stats(room_id: str, connections: int, people: int) -> str:
    whose = "1 person" if people == 1 else f"{people:,} people"
    return f"room {room_id}: {_counted(connections, 'connection')}, {whose}"


def _counted(number: int, what: str) -> str:
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"
