"""How far somebody has read a room's log, and the record of every step."""

import itertools
import time
from collections import deque
from collections.abc import Iterable
from typing import Final

from tests.torture.history import CaughtUp, Entered, Entry, History, Stretch
from tests.torture.wire import Connected

NUMBERS: Final = itertools.count(1)


RECENT_MAX: Final = 20


def name_of(user: int) -> str:
    return f"user-{user}"


class Reading:
    """One session: a place in one room's log, over any number of connections."""

    def __init__(self, *, room: int, user: int, book: History) -> None:
        self.session = next(NUMBERS)
        self.room = room
        self.user = user
        self.last: int | None = None
        """The last entry that it got; None before it was ever let in."""

        self.epoch = ""
        self.recent: deque[tuple[int, int]] = deque(maxlen=RECENT_MAX)
        """Number and id of some messages that it got."""

        self._book = book
        self._connection = 0
        self._stretch: tuple[int, int] | None = None
        self._goal: tuple[int, int] | None = None
        """The head that it was told, and when it had asked, until it is there."""

    def enter(self, connected: Connected, *, asked_at: int, connection: int, instance: int) -> None:
        """Go on over a new connection."""
        self._book.record(
            Entered(
                at=asked_at,
                session=self.session,
                connection=connection,
                instance=instance,
                room=self.room,
                since=self.last,
                head=connected.last_seq,
                user=self.user,
                read_up_to=connected.read_up_to,
                is_afresh=connected.resync,
            )
        )
        self.epoch = connected.epoch
        self._connection = connection
        if self.last is None or connected.resync:
            for entry in connected.history:
                self._saw(entry)
            self.last = connected.last_seq
        else:
            self._goal = (connected.last_seq, asked_at)
            self.take(connected.history)

    def take(self, entries: Iterable[Entry]) -> None:
        """Get the next entries of the log, or what is claimed to be that."""
        for entry in entries:
            self._saw(entry)
            if self._stretch is not None and entry.seq == self._stretch[1] + 1:
                self._stretch = (self._stretch[0], entry.seq)
            else:
                self._end_stretch()
                self._stretch = (entry.seq, entry.seq)
            self.last = entry.seq
            if entry.type == "message":
                self.recent.append((entry.seq, entry.id))
        self._look_at_goal()

    def leave(self) -> None:
        """Note what the connection, which has ended, has brought."""
        self._end_stretch()
        self._goal = None

    def _saw(self, entry: Entry) -> None:
        self._book.saw(f"session {self.session} of user {self.user}", self.room, entry)

    def _end_stretch(self) -> None:
        if self._stretch is None:
            return
        first, last = self._stretch
        self._stretch = None
        self._book.record(
            Stretch(
                session=self.session,
                connection=self._connection,
                room=self.room,
                first=first,
                last=last,
            )
        )

    def _look_at_goal(self) -> None:
        if self._goal is None or self.last is None or self.last < self._goal[0]:
            return
        took = time.monotonic_ns() - self._goal[1]
        self._goal = None
        self._book.record(CaughtUp(session=self.session, took=took))
