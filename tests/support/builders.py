"""A cast for the tests: people, a room, and what is said in it."""

from typing import Final

from roomserver.core import wire
from roomserver.core.model import Draft, Entry, EntryId, Record, Room, RoomId, Seq, User, UserId

ANA: Final = User(UserId(1), "Ana")
JUAN: Final = User(UserId(2), "Juan")
EVA: Final = User(UserId(3), "Eva")

ROOM: Final = Room(id=RoomId(1), slug="general", name="General", epoch="e1")
OTHER_ROOM: Final = Room(id=RoomId(2), slug="books", name="Books", epoch="e2")

NOON_MS: Final = 1_795_521_600_000
"""2026-11-24T12:00:00Z."""


def a_draft(
    content: str = "hola",
    *,
    client_id: str | None = None,
    author: User = ANA,
    room: Room = ROOM,
    reply_to: EntryId | None = None,
) -> Draft:
    return Draft(
        room_id=room.id,
        author=author,
        content=content,
        client_id=client_id,
        reply_to=reply_to,
    )


def an_entry(seq: int = 1, content: str = "hola", *, client_id: str | None = None) -> Entry:
    return Entry(
        id=EntryId(1_000 + seq),
        room_id=ROOM.id,
        seq=Seq(seq),
        author=ANA,
        content=content,
        created_at_ms=NOON_MS,
        client_id=client_id,
    )


def a_record(seq: int) -> Record:
    return wire.record_of(an_entry(seq, f"number {seq}"))


def records(first: int, last: int) -> list[Record]:
    """Return the records from *first* to *last*, both included."""
    return [a_record(seq) for seq in range(first, last + 1)]
