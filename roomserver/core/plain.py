"""
Lines for a person at a terminal: messages, notes and warnings.

    12:04 Juan: hola
    * Juan joined
    ! message_too_long: A message may have 4,000 characters, this one has 5,000. …

Whatever came from a person passes :func:`without_controls`, and the further lines of a
message are indented: nobody can move a reader's cursor, or write a line in another's name.
"""

from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Final

from msgspec import Struct

from roomserver.core import events
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


def welcome(connected: events.Connected) -> Line:
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
    total = note(f"{counted(connections, 'connection')} in {counted(len(counts), 'room')}")
    return [total, *(note(_room_stats(room_id, *counts[room_id])) for room_id in counts)]


def said(head: str, text: str) -> list[Line]:
    """Lay out what somebody said, in one line or more. *head* tells when and who."""
    first, *rest = [
        without_controls(line.expandtabs(_TAB_CHARS)) for line in text.splitlines() or [""]
    ]
    lines = [Line(Kind.MESSAGE, without_controls(f"{head}:"), first)]
    lines += [Line(Kind.MESSAGE, _INDENT, line) for line in rest[: LINES_MAX - 1]]
    if len(rest) >= LINES_MAX:
        cut = len(rest) - LINES_MAX + 1
        lines.append(Line(Kind.NOTE, _INDENT, f"[and {counted(cut, 'line')} more]"))
    return lines


def counted(number: int, what: str) -> str:
    """Say how many of *what* there are: ``1 line``, ``3,960 lines``."""
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"


def _room_stats(room_id: str, connections: int, people: int) -> str:
    whose = "1 person" if people == 1 else f"{people:,} people"
    return f"room {room_id}: {counted(connections, 'connection')}, {whose}"
