"""
What a person types, as a command: at the terminal client and in the server's text mode.

A line is posted as it is, unless it begins with a slash; ``//`` posts a line that begins with one.
"""

from collections.abc import Callable, Mapping
from typing import Final

from msgspec import Struct

from roomserver.core import commands
from roomserver.core.text import without_controls

HISTORY_DEFAULT: Final = 20
"""Messages of ``/history``: what a terminal window shows without scrolling."""


class Who(Struct, frozen=True):
    """Asks who is here."""


class Me(Struct, frozen=True):
    """Asks who the reader is."""


class Stats(Struct, frozen=True):
    """Asks how many are connected, and where."""


class Help(Struct, frozen=True):
    """Asks what can be typed."""


class Quit(Struct, frozen=True):
    """Says goodbye."""


class EditLast(Struct, frozen=True):
    """Changes what the reader wrote last."""

    content: str


class DeleteLast(Struct, frozen=True):
    """Takes back what the reader wrote last."""


class ReactToLast(Struct, frozen=True):
    """Adds a reaction to the newest message, or takes it back."""

    emoji: str
    on: bool = True


Said = commands.Post | commands.Typing | commands.ReadHistory | commands.Ping
"""What goes to the server as it is."""

Aimed = EditLast | DeleteLast | ReactToLast
"""What is about a message that the reader need not name."""

Typed = Said | Aimed | Who | Me | Stats | Help | Quit


class NotUnderstood(Exception):
    """A line that looks like a command and is none: the sentence says what would be one."""


class Usage(Struct, frozen=True):
    """One command: how it is written, what it does, and what becomes of its argument."""

    form: str
    effect: str
    read: Callable[[str], Typed]


def read_line(line: str) -> Typed | None:
    """
    Read one typed line. None if there is nothing in it.

    Raises:
        NotUnderstood: If it begins with a slash and is none of our commands.

    """
    line = line.rstrip("\r\n")
    if not line.strip():
        return None
    if not line.startswith("/"):
        return commands.Post(content=line)
    if line.startswith("//"):
        return commands.Post(content=line[1:])
    name, _, argument = line[1:].partition(" ")
    usage = COMMANDS.get(name.strip().lower())
    if usage is None:
        raise NotUnderstood(_no_such_command(name.strip()))
    try:
        return usage.read(argument.strip())
    except ValueError:
        raise NotUnderstood(f"Write it like this: {usage.form} ({usage.effect}).") from None


def take_aim(
    aimed: Aimed, *, mine: int | None, newest: int | None
) -> commands.Edit | commands.Delete | commands.React:
    """
    Return the command that *aimed* means, when these are the last messages.

    Raises:
        NotUnderstood: If there is no such message.

    """
    match aimed:
        case ReactToLast():
            if newest is None:
                raise NotUnderstood("There is no message here yet to react to.")
            return commands.React(message_id=newest, emoji=aimed.emoji, on=aimed.on)
        case EditLast() | DeleteLast():
            if mine is None:
                raise NotUnderstood("You have written nothing here lately that could be changed.")
            if isinstance(aimed, DeleteLast):
                return commands.Delete(message_id=mine)
            return commands.Edit(message_id=mine, content=aimed.content)


def help_lines() -> list[str]:
    """Say what can be typed, a line for each command."""
    width = max(len(usage.form) for usage in COMMANDS.values())
    commands = [f"{usage.form:<{width}}  {usage.effect}" for usage in COMMANDS.values()]
    slash = f"{'//TEXT':<{width}}  send a line that begins with a slash"
    return ["What you type is sent to the room, except for these:", *commands, slash]


def _alone(typed: Typed) -> Callable[[str], Typed]:
    def read(argument: str) -> Typed:
        if argument:
            raise ValueError(argument)
        return typed

    return read


def _read_history(argument: str) -> commands.ReadHistory:
    if not argument:
        return commands.ReadHistory(limit=HISTORY_DEFAULT)
    if not (argument.isascii() and argument.isdecimal() and len(argument) <= 9):
        raise ValueError(argument)
    if (limit := int(argument)) < 1:
        raise ValueError(argument)
    return commands.ReadHistory(limit=limit)


def _read_typing(argument: str) -> commands.Typing:
    try:
        return commands.Typing(is_typing={"": True, "on": True, "off": False}[argument.lower()])
    except KeyError:
        raise ValueError(argument) from None


def _read_edit(argument: str) -> EditLast:
    if not argument:
        raise ValueError(argument)
    return EditLast(argument)


def _read_react(argument: str) -> ReactToLast:
    emoji, _, off = argument.partition(" ")
    if not emoji or off.strip().lower() not in ("", "off"):
        raise ValueError(argument)
    return ReactToLast(emoji, on=not off)


COMMANDS: Final[Mapping[str, Usage]] = {
    "edit": Usage("/edit TEXT", "say what you wrote last in other words", _read_edit),
    "delete": Usage("/delete", "take back what you wrote last", _alone(DeleteLast())),
    "react": Usage("/react EMOJI [off]", "react to the newest message", _read_react),
    "who": Usage("/who", "who is here", _alone(Who())),
    "me": Usage("/me", "who you are", _alone(Me())),
    "history": Usage("/history [N]", f"the last N messages ({HISTORY_DEFAULT})", _read_history),
    "typing": Usage("/typing [off]", "tell the others that you type", _read_typing),
    "ping": Usage("/ping", "ask the server for a sign of life", _alone(commands.Ping())),
    "stats": Usage("/stats", "how many are connected, and where", _alone(Stats())),
    "help": Usage("/help", "these lines", _alone(Help())),
    "quit": Usage("/quit", "leave", _alone(Quit())),
}


def _no_such_command(name: str) -> str:
    from difflib import get_close_matches  # by whoever mistypes, and nobody else

    shown = without_controls(name[:32])
    close = get_close_matches(name[:32].lower(), COMMANDS, n=1)
    hint = f"Did you mean /{close[0]}? " if close else ""
    return f"There is no /{shown}. {hint}/help lists the commands; //{shown} sends it as text."
