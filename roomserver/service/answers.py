"""
Authors who wait for an answer, and get exactly one, in time.

A commit may be slow and succeed all the same. Then whoever posted while it was under way
is stored with the next one; and whoever would have waited too long by then has been told
that it is unknown what becomes of it, wherever their draft was at that moment.
"""

import asyncio
import logging
from collections import deque
from typing import Final, Protocol

from roomserver.core.errors import RoomError, StorageUnavailable
from roomserver.core.model import Draft, Receipt

log = logging.getLogger(__name__)

ANSWER_S_MAX: Final = 1.8
"""When an author hears at the latest, counted from the post: within two seconds, never later."""


class Author(Protocol):
    """Who waits for a draft to be stored. Neither call may raise or wait."""

    def stored(self, draft: Draft, receipt: Receipt) -> None:
        """Hear that it is on disk. Comes before the author's own copy of the message."""
        ...

    def refused(self, draft: Draft, error: RoomError) -> None:
        """Hear why it is not, or may not be, stored."""
        ...


class Waiting:
    """A draft on its way, and the one who waits."""

    __slots__ = ("author", "draft", "due_s", "is_answered")

    def __init__(self, draft: Draft, author: Author, *, due_s: float) -> None:
        self.draft = draft
        self.author = author
        self.due_s = due_s
        self.is_answered = False

    def waited_s(self, now_s: float) -> float:
        """Return how long ago it was posted."""
        return now_s - (self.due_s - ANSWER_S_MAX)

    def answer(self, outcome: Receipt | RoomError) -> None:
        """Tell the author what became of the draft, unless something was said already."""
        if self.is_answered:
            return
        self.is_answered = True
        try:
            if isinstance(outcome, Receipt):
                self.author.stored(self.draft, outcome)
            else:
                self.author.refused(self.draft, outcome)
        except Exception:
            log.exception("an author could not be answered")


class WaitingRoom:
    """Everybody who waits, in the order in which they came."""

    def __init__(self) -> None:
        self._waiting: deque[Waiting] = deque()
        self._lapsing: asyncio.TimerHandle | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    def admit(self, draft: Draft, author: Author) -> Waiting:
        """Let *author* wait for :data:`ANSWER_S_MAX` at most."""
        if self._loop is None:
            # Looked for once: it is a system call.
            self._loop = asyncio.get_running_loop()
        waiting = Waiting(draft, author, due_s=self._loop.time() + ANSWER_S_MAX)
        self._waiting.append(waiting)
        if self._lapsing is None:
            self._wait_for(waiting)
        return waiting

    def tidy(self) -> None:
        """Forget those who have been answered."""
        while self._waiting and self._waiting[0].is_answered:
            self._waiting.popleft()

    def close(self) -> None:
        """Answer nobody any more."""
        if self._lapsing is not None:
            self._lapsing.cancel()
        self._waiting.clear()

    def _wait_for(self, first: Waiting) -> None:
        self._lapsing = asyncio.get_running_loop().call_at(first.due_s, self._lapse)

    def _lapse(self) -> None:
        now_s = asyncio.get_running_loop().time()
        self._lapsing = None
        while self._waiting:
            first = self._waiting[0]
            if not first.is_answered and first.due_s > now_s:
                self._wait_for(first)
                return
            self._waiting.popleft()
            first.answer(StorageUnavailable())
