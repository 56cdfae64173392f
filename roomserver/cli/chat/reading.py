"""
How far a room's log has been read: no message twice, and none left out.

A number that jumps means that something before it was missed: what came too early is held
back, the log is asked for what lies between, and then everything goes on in order.
"""

from collections.abc import Iterable

from roomserver.core import wire
from roomserver.core.heard import read_messages


class Reading:
    """A reader's place in one room's log. Every method returns the messages to show now."""

    def __init__(self) -> None:
        self._epoch: str | None = None
        self._seq = 0
        self._held: dict[int, wire.Message] = {}
        self._asked_up_to: int | None = None

    @property
    def resume(self) -> dict[str, str]:
        """Where to go on, for the address of the next connection."""
        return {} if self._epoch is None else {"since": str(self._seq), "epoch": self._epoch}

    @property
    def is_waiting(self) -> bool:
        """Whether a page that was asked for has not come yet."""
        return self._asked_up_to is not None

    def begin(self, connected: wire.Connected) -> list[wire.Message]:
        """Go on where the last connection ended, or start afresh in another log."""
        self._held.clear()
        self._asked_up_to = None
        is_resume = self._epoch == connected.epoch and not connected.resync
        if not is_resume:
            self._epoch, self._seq = connected.epoch, 0
        messages = self._take(read_messages(connected.history))
        if not (is_resume and connected.has_more):
            self._seq = max(self._seq, connected.last_seq)
        return messages

    def live(self, message: wire.Message) -> list[wire.Message]:
        """Take a message as it comes."""
        if message.seq <= self._seq:
            return []
        if message.seq > self._seq + 1 or self._held:
            self._held[message.seq] = message
            return []
        return self._take([message])

    def page(self, history: wire.History) -> list[wire.Message]:
        """Take a part of the log that was missed, and what had to wait for it."""
        up_to, self._asked_up_to = self._asked_up_to or 0, None
        messages = self._take(read_messages(history.messages))
        for seq in sorted(self._held):
            is_next = seq <= self._seq + 1 or (seq <= up_to and not history.has_more)
            if not is_next:
                break
            messages += self._take([self._held.pop(seq)])
        return messages

    def ask(self) -> wire.ReadHistory | None:
        """Return what has to be asked for now, once."""
        if not self._held or self._asked_up_to is not None:
            return None
        self._asked_up_to = max(self._held)
        return wire.ReadHistory(after=self._seq, limit=200)

    def _take(self, messages: Iterable[wire.Message]) -> list[wire.Message]:
        new = []
        for message in messages:
            if message.seq > self._seq:
                self._seq = message.seq
                new.append(message)
        return new
