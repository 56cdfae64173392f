"""Carries out what a person types at the terminal client."""

from collections.abc import Awaitable, Callable, Mapping

from roomserver.cli.chat.audience import Audience
from roomserver.cli.chat.session import Session
from roomserver.core import commands, plain
from roomserver.core.plain import Line
from roomserver.core.typed import (
    DeleteLast,
    EditLast,
    Help,
    Me,
    NotUnderstood,
    Quit,
    ReactToLast,
    Said,
    Stats,
    Who,
    help_lines,
    read_line,
    take_aim,
)

Answered = commands.Ping | Who | Me | Stats | Help
ReadStats = Callable[[], Awaitable[Mapping[str, tuple[int, int]] | None]]


class Desk:
    """One person's commands, carried out in one session."""

    def __init__(self, session: Session, audience: Audience, read_stats: ReadStats) -> None:
        self._session = session
        self._audience = audience
        self._read_stats = read_stats

    async def carry_out(self, line: str) -> bool:
        """Do what *line* says, and show the answer. Return False if it says goodbye."""
        try:
            typed = self._read(line)
        except NotUnderstood as refusal:
            self._audience.show([plain.warning(str(refusal))])
            return True
        match typed:
            case Quit():
                return False
            case commands.Post():
                await self._session.post(typed.content)
            case (
                commands.Typing()
                | commands.ReadHistory()
                | commands.Edit()
                | commands.Delete()
                | commands.React()
            ):
                if not self._session.tell(typed):
                    self._audience.show([_not_now()])
            case commands.Ping() | Who() | Me() | Stats() | Help():
                self._audience.show(await self._answer(typed))
            case None:
                pass
        return True

    def _read(self, line: str) -> Answered | Said | commands.Change | Quit | None:
        typed = read_line(line)
        if not isinstance(typed, EditLast | DeleteLast | ReactToLast):
            return typed
        room = self._session.room
        return take_aim(typed, mine=room.last_message(room.me), newest=room.last_message())

    async def _answer(self, question: Answered) -> list[Line]:
        room = self._session.room
        match question:
            case commands.Ping():
                return [_pong(await self._session.ping())]
            case Who():
                return [plain.here(room.people.here) if self._session.is_open else _not_now()]
            case Me():
                return [_not_now() if room.me is None else plain.me(room.me, room.name)]
            case Stats():
                counts = await self._read_stats()
                return [_not_now()] if counts is None else plain.stats(counts)
            case Help():
                return [plain.note(text) for text in help_lines()]


def _pong(after_s: float | None) -> Line:
    return _not_now() if after_s is None else plain.note(f"pong after {after_s * 1000:.0f} ms")


def _not_now() -> Line:
    return plain.warning("The server does not answer at the moment. Try again in a while.")
