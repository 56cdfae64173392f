"""
How far a room's log has been read: no entry twice, and none left out.

A number that jumps means that something before it was missed: what came too early is held
back, the log is asked for what lies between, and then everything goes on in order.
"""

from collections.abc import Iterable, Sequence

from msgspec import Raw

from roomserver.core import commands, events
from roomserver.core.heard import LogEntry, end_of, read_entries


class Reading:
    """A reader's place in one room's log. Every method returns the entries to show now."""

    def __init__(self) -> None:
        self._epoch: str | None = None
        self._seq = 0
        self._held: dict[int, LogEntry] = {}
        self._asked_up_to: int | None = None

    @property
    def resume(self) -> dict[str, str]:
        """Where to go on, for the address of the next connection."""
        return {} if self._epoch is None else {"since": str(self._seq), "epoch": self._epoch}

    @property
    def is_waiting(self) -> bool:
        """Whether a page that was asked for has not come yet."""
        return self._asked_up_to is not None

    def begin(self, connected: events.Connected) -> list[LogEntry]:
        """Go on where the last connection ended, or start afresh in another log."""
        self._held.clear()
        self._asked_up_to = None
        is_resume = self._epoch == connected.epoch and not connected.resync
        if not is_resume:
            self._epoch, self._seq = connected.epoch, 0
        entries = self._take_page(connected.history)
        if not (is_resume and connected.has_more):
            self._seq = max(self._seq, connected.last_seq)
        return entries

    def live(self, entry: LogEntry) -> list[LogEntry]:
        """Take an entry as it comes."""
        if entry.seq <= self._seq:
            return []
        if entry.seq > self._seq + 1 or self._held:
            self._held[entry.seq] = entry
            return []
        return self._take([entry])

    def page(self, history: events.History) -> list[LogEntry]:
        """Take a part of the log that was missed, and what had to wait for it."""
        up_to, self._asked_up_to = self._asked_up_to or 0, None
        entries = self._take_page(history.messages)
        for seq in sorted(self._held):
            is_next = seq <= self._seq + 1 or (seq <= up_to and not history.has_more)
            if not is_next:
                break
            entries += self._take([self._held.pop(seq)])
        return entries

    def ask(self) -> commands.ReadHistory | None:
        """Return what has to be asked for now, once."""
        if not self._held or self._asked_up_to is not None:
            return None
        self._asked_up_to = max(self._held)
        return commands.ReadHistory(after=self._seq, limit=200)

    def _take_page(self, page: Sequence[Raw]) -> list[LogEntry]:
        entries = self._take(read_entries(page))
        # What a newer server keeps in its log, and we can't show, has been read all the same.
        self._seq = max(self._seq, end_of(page))
        return entries

    def _take(self, entries: Iterable[LogEntry]) -> list[LogEntry]:
        new = []
        for entry in entries:
            if entry.seq > self._seq:
                self._seq = entry.seq
                new.append(entry)
        return new
