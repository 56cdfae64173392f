"""When the others have to be told that one is typing. The time is passed in."""

from typing import Final

from roomserver.core import commands

AGAIN_AFTER_S: Final = 3.0
"""The server forgets it after 6 s: told half as often, it holds through one lost time."""


class Composing:
    """One input line, as the others should know of it."""

    def __init__(self) -> None:
        self._told_at_s: float | None = None

    def changed(self, text: str, now_s: float) -> commands.Typing | None:
        """Return what to tell after the line has become *text*; None if they know already."""
        if not text.strip() or _is_command(text):
            return self.stopped()
        if self._told_at_s is not None and now_s - self._told_at_s < AGAIN_AFTER_S:
            return None
        self._told_at_s = now_s
        return commands.Typing(is_typing=True)

    def stopped(self) -> commands.Typing | None:
        """Return what to tell when nothing is typed any more."""
        if self._told_at_s is None:
            return None
        self._told_at_s = None
        return commands.Typing(is_typing=False)


def _is_command(text: str) -> bool:
    return text.startswith("/") and not text.startswith("//")
