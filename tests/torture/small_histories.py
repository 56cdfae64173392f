"""Histories made by hand, for the tests of the checker."""

import msgspec

from tests.torture.checker import check
from tests.torture.history import (
    Acknowledged,
    Counted,
    Entered,
    Entry,
    Event,
    History,
    Page,
    Sent,
    Stored,
    Stretch,
)

ROOM = 1
ANA = 101
HOLA = Entry(
    seq=1,
    id=11,
    user_id=ANA,
    username="user-101",
    content="a hola",
    client_id="a",
    created_at="2026-11-24T12:00:00.000Z",
)
ADIOS = msgspec.structs.replace(HOLA, seq=2, id=12, content="b adiós", client_id="b")


def sent(entry: Entry, *, at: int, attempt: int, **other: object) -> Sent:
    facts = {
        "room": ROOM,
        "user": entry.user_id,
        "client_id": entry.client_id,
        "type": entry.type,
        "content": entry.content,
        "message_id": entry.message_id,
        "instance": 1,
        "connection": 1,
    }
    return msgspec.convert({"at": at, "attempt": attempt} | facts | other, Sent)


def stored(*entries: Entry) -> list[Event]:
    rows = [Stored(room=ROOM, entry=entry) for entry in entries]
    return [*rows, Counted(room=ROOM, head=max((entry.seq for entry in entries), default=0))]


def said(*entries: Entry) -> list[Event]:
    """Each is sent, acknowledged and stored, one after the other, ten moments apart."""
    events: list[Event] = []
    for number, entry in enumerate(entries, 1):
        events.append(sent(entry, at=number * 10, attempt=number))
        events.append(Acknowledged(at=number * 10 + 5, attempt=number, seq=entry.seq))
    return [*events, *stored(*entries)]


def kinds_of(*events: Event) -> list[str]:
    history = History()
    history.record(*events)
    return sorted({finding.kind for finding in check(history)})


def a_page(*seqs: int, how: str = "latest", bound: int = 0, limit: int = 50, at: int = 99) -> Page:
    return Page(
        at=at,
        room=ROOM,
        instance=1,
        how=how,
        bound=bound,
        limit=limit,
        seqs=list(seqs),
        has_more=False,
    )


def an_entrance(
    *, since: int | None = None, head: int, at: int = 99, connection: int = 1
) -> Entered:
    return Entered(
        at=at,
        session=1,
        connection=connection,
        instance=1,
        room=ROOM,
        since=since,
        head=head,
        user=ANA,
    )


def a_stretch(first: int, last: int, *, connection: int = 1) -> Stretch:
    return Stretch(session=1, connection=connection, room=ROOM, first=first, last=last)
