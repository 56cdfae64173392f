"""
What happened, as the clients saw it: all that the checker knows.

Times are nanoseconds of this process's one monotonic clock. An event is recorded so that an
order in time proves an order of effects: a post before its frame is written, an answer after
its frame was read.
"""

import time
from collections import defaultdict
from typing import TextIO, TypeVar

import msgspec
from msgspec import Struct

E = TypeVar("E", bound="Event")


class Entry(Struct, frozen=True):
    """An entry of a room's log as somebody saw it: whoever sees (room, seq) must see the same."""

    seq: int
    type: str = "message"
    id: int = 0
    message_id: int = 0
    user_id: int = 0
    username: str = ""
    content: str | None = None
    emoji: str | None = None
    on: bool | None = None
    client_id: str | None = None
    created_at: str = ""
    edited_at: str = ""
    deleted_at: str = ""
    deleted: bool = False

    @property
    def is_redacted(self) -> bool:
        """Whether its text is gone, as it must be when the message has been deleted."""
        return self.type in ("message", "message_edited") and not self.content

    @property
    def about(self) -> int:
        """The id of the message that it is, or that it changes."""
        return self.id or self.message_id


class Event(Struct, frozen=True, kw_only=True, tag_field="event"):
    at: int = msgspec.field(default_factory=time.monotonic_ns)


class Sent(Event, frozen=True, tag=True, kw_only=True):
    """A post is about to be written to a socket. Each attempt has a number of its own."""

    attempt: int
    room: int
    user: int
    client_id: str | None
    type: str = "message"
    """What it is when it stands in the log."""

    content: str | None = None
    message_id: int = 0
    emoji: str | None = None
    on: bool | None = None
    instance: int
    connection: int
    is_bad: bool = False
    """Whether the server has to refuse it."""


class Acknowledged(Event, frozen=True, tag=True, kw_only=True):
    attempt: int
    seq: int


class Refused(Event, frozen=True, tag=True, kw_only=True):
    """The server said that it is not stored (Jepsen's ``fail``)."""

    attempt: int
    code: str


class Unknown(Event, frozen=True, tag=True, kw_only=True):
    """Nobody said whether it is stored (Jepsen's ``info``)."""

    attempt: int
    why: str


class Seen(Event, frozen=True, tag=True, kw_only=True):
    """Somebody saw an entry. Only the first who saw it so is recorded."""

    room: int
    entry: Entry
    by: str


class Entered(Event, frozen=True, tag=True, kw_only=True):
    """A session was let in. *at* is when it asked, *head* where the server said the log ends."""

    session: int
    connection: int
    instance: int
    room: int
    since: int | None
    head: int
    user: int = 0
    read_up_to: int = 0
    is_afresh: bool = False


class Stretch(Event, frozen=True, tag=True, kw_only=True):
    """A session got these entries one after the other, without a hole or a repeat."""

    session: int
    connection: int
    room: int
    first: int
    last: int


class Page(Event, frozen=True, tag=True, kw_only=True):
    """A page of history. *at* is when it was asked for."""

    room: int
    instance: int
    how: str
    """``latest``, ``after`` or ``before`` the *bound*."""

    bound: int
    limit: int
    seqs: list[int]
    has_more: bool
    redacted: list[int] = []
    """Which of them stand there without their text."""


class MarkSent(Event, frozen=True, tag=True, kw_only=True):
    room: int
    user: int
    seq: int


class MarkSeen(Event, frozen=True, tag=True, kw_only=True):
    """An observer heard how far somebody has read."""

    room: int
    user: int
    seq: int
    by: str


class Struck(Event, frozen=True, tag=True, kw_only=True):
    """A fault begins. *instances* are those whose answers may fail because of it."""

    fault: int
    kind: str
    target: str
    instances: list[int]


class Healed(Event, frozen=True, tag=True, kw_only=True):
    fault: int


class CaughtUp(Event, frozen=True, tag=True, kw_only=True):
    """A session reached the head that it was told when it entered; *took* counts from its knock."""

    session: int
    took: int


class Noted(Event, frozen=True, tag=True, kw_only=True):
    """Something that is a finding wherever it happens: a crash, an ``internal`` error."""

    finding: str
    text: str


class Stored(Event, frozen=True, tag=True, kw_only=True):
    """A row of the store, read by SQL when all was over."""

    room: int
    entry: Entry


class Counted(Event, frozen=True, tag=True, kw_only=True):
    """Where the store says that a room's log ends."""

    room: int
    head: int


class Ended(Event, frozen=True, tag=True, kw_only=True):
    """Where a session was, some time after all was healed, and where the log ended."""

    session: int
    room: int
    last: int
    head: int


class Listed(Event, frozen=True, tag=True, kw_only=True):
    """Who was said to be in a room when all was over, and who was. The same for who types."""

    room: int
    instance: int
    what: str
    listed: list[int]
    there: list[int]


class Measured(Event, frozen=True, tag=True, kw_only=True):
    """What something took before the clients came, and after they had gone."""

    what: str
    before: int
    after: int
    growth_max: int


AnyEvent = (
    Sent
    | Acknowledged
    | Refused
    | Unknown
    | Seen
    | Entered
    | Stretch
    | Page
    | MarkSent
    | MarkSeen
    | Struck
    | Healed
    | CaughtUp
    | Noted
    | Stored
    | Counted
    | Ended
    | Listed
    | Measured
)


class History:
    """All events by their kind, and in a file as they come."""

    def __init__(self, file: TextIO | None = None) -> None:
        self._file = file
        self._events: dict[type[Event], list[Event]] = defaultdict(list)
        self._seen: set[tuple[int, Entry]] = set()
        self._encoder = msgspec.json.Encoder()

    def record(self, *events: Event) -> None:
        for event in events:
            self._events[type(event)].append(event)
            if self._file is not None:
                self._file.write(self._encoder.encode(event).decode() + "\n")

    def saw(self, by: str, room: int, entry: Entry) -> None:
        """Record that *by* saw *entry*, unless somebody has seen exactly that before."""
        if (room, entry) not in self._seen:
            self._seen.add((room, entry))
            self.record(Seen(room=room, entry=entry, by=by))

    def of(self, kind: type[E]) -> list[E]:
        """Return the events of one kind in the order in which they were recorded."""
        return [event for event in self._events[kind] if isinstance(event, kind)]


def replayed(lines: TextIO) -> History:
    """Read a history's file again."""
    decoder: msgspec.json.Decoder[AnyEvent] = msgspec.json.Decoder(AnyEvent)
    history = History()
    for line in lines:
        history.record(decoder.decode(line))
    return history
