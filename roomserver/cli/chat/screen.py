"""The terminal: messages scroll by above the line that is being typed, a status line is below."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Final

from prompt_toolkit import PromptSession
from prompt_toolkit.application import get_app_or_none
from prompt_toolkit.buffer import Buffer
from prompt_toolkit.completion import WordCompleter
from prompt_toolkit.formatted_text import FormattedText
from prompt_toolkit.shortcuts import print_formatted_text
from prompt_toolkit.styles import Style

from roomserver.core.plain import Kind, Line
from roomserver.core.typed import COMMANDS

BATCH_S: Final = 0.05
"""Lines wait so long for others to be printed with: each print draws the input line anew."""

REFRESH_S: Final = 1.0

STYLE: Final = Style.from_dict(
    {
        "message-head": "bold",
        "note": "ansibrightblack",
        "warning": "ansired",
        "bottom-toolbar": "noreverse ansiwhite bg:ansiblue",
    }
)


class Screen:
    """An :class:`Audience` before a terminal."""

    def __init__(self) -> None:
        self._lines: list[Line] = []

    def show(self, lines: Sequence[Line]) -> None:
        if lines and not self._lines:
            asyncio.get_running_loop().call_later(BATCH_S, self.flush)
        self._lines += lines

    def refresh(self) -> None:
        if app := get_app_or_none():
            app.invalidate()

    def flush(self) -> None:
        """Print what has been shown, now."""
        if self._lines:
            text = FormattedText([part for line in self._lines for part in _fragments(line)])
            self._lines.clear()
            print_formatted_text(text, style=STYLE, end="")


class InputLine:
    """
    Where lines are typed, until Ctrl-D, Ctrl-C or :meth:`close`.

    *status* is asked for the status line, *on_line* gets each line, *on_change* what is
    being typed.
    """

    def __init__(
        self,
        *,
        status: Callable[[], str],
        on_line: Callable[[str], None],
        on_change: Callable[[str], None],
    ) -> None:
        self._prompt: PromptSession[str] = PromptSession(
            "> ",
            bottom_toolbar=lambda: f" {status()} ",
            completer=WordCompleter([f"/{name}" for name in COMMANDS], sentence=True),
            complete_while_typing=False,
            erase_when_done=True,
            refresh_interval=REFRESH_S,  # What is below the line ends by itself, too.
            style=STYLE,
        )

        def accept(buffer: Buffer) -> bool:
            # The prompt itself goes on: ending it for every line would make the screen flicker.
            on_line(buffer.text)
            return False

        self._prompt.default_buffer.accept_handler = accept
        self._prompt.default_buffer.on_text_changed += lambda buffer: on_change(buffer.text)

    async def run(self) -> None:
        try:
            await self._prompt.prompt_async()
        except (EOFError, KeyboardInterrupt):
            return

    def close(self) -> None:
        """Make :meth:`run` return."""
        if self._prompt.app.is_running:
            self._prompt.app.exit(result="")


def _fragments(line: Line) -> list[tuple[str, str]]:
    if line.kind is Kind.MESSAGE:
        return [("class:message-head", line.head), ("", f" {line.text}\n")]
    return [(f"class:{line.kind.value}", f"{line}\n")]
