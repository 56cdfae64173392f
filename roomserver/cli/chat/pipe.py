"""Without a terminal: lines in, lines out, and an exit status that can be relied upon."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Sequence
from typing import Final

from roomserver.cli.chat.desk import Desk
from roomserver.cli.chat.session import Session
from roomserver.core.plain import Kind, Line

PATIENCE_S: Final = 30.0
"""How long one line may take to be acknowledged, a server's restart included."""


class PipeEnd:
    """An :class:`Audience` that writes lines: what is said to stdout, what is wrong to stderr."""

    def __init__(self) -> None:
        self.reader_gone = asyncio.Event()
        """Set when nobody reads what is said any more: ``roomserver chat | head -1``."""

    def show(self, lines: Sequence[Line]) -> None:
        try:
            for line in lines:
                stream = sys.stderr if line.kind is Kind.WARNING else sys.stdout
                stream.write(f"{line}\n")
            sys.stdout.flush()
        except BrokenPipeError:
            # What is still in the buffer, and would be complained of at exit, goes nowhere.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            self.reader_gone.set()

    def refresh(self) -> None:
        """Nothing to do: there is no toolbar."""


async def talk(
    session: Session,
    desk: Desk,
    lines: AsyncIterator[str],
    *,
    reader_gone: asyncio.Event,
    patience_s: float = PATIENCE_S,
) -> str | None:
    """Carry out *lines* to their end. Return a complaint if anything was not acknowledged."""
    async with asyncio.TaskGroup() as tasks:
        staying = tasks.create_task(session.run(), name="stays in the room")
        feeding = tasks.create_task(_feed(session, desk, lines, patience_s), name="feeds it")
        leaving = tasks.create_task(reader_gone.wait(), name="watches the reader")
        everything = [staying, feeding, leaving]
        done, _ = await asyncio.wait(everything, return_when=asyncio.FIRST_COMPLETED)
        for task in everything:
            task.cancel()
    if feeding in done:
        return feeding.result()
    return str(staying.result()) if staying in done else "Nobody reads what is said any more."


async def _feed(
    session: Session, desk: Desk, lines: AsyncIterator[str], patience_s: float
) -> str | None:
    try:
        async with asyncio.timeout(patience_s):
            await session.opened()
        async for line in lines:
            async with asyncio.timeout(patience_s):
                await session.opened()
                if not await desk.carry_out(line):
                    break
                await session.outbox.emptied()
        async with asyncio.timeout(patience_s):
            await _settled(session)
    except TimeoutError:
        return _unacknowledged(len(session.outbox), patience_s)
    return _refused(session.delivery.refusals)


async def _settled(session: Session) -> None:
    # The server answers in order: after this pong, what was asked before has been shown.
    while await session.ping() is None:
        await session.opened()


def _unacknowledged(unsent: int, patience_s: float) -> str:
    if not unsent:
        return f"The server did not answer within {patience_s:.0f} s."
    return f"The last message was not acknowledged within {patience_s:.0f} s: send it again."


def _refused(refusals: int) -> str | None:
    if not refusals:
        return None
    return "A message was refused." if refusals == 1 else f"{refusals:,} messages were refused."
