import msgspec

from roomserver.core import wire
from roomserver.core.model import Entry, EntryId, Kind, Quoted, Record, Seq
from roomserver.core.taken_back import without_deleted
from tests.support.builders import ANA, NOON_MS, ROOM


def a_record(
    seq: int,
    content: str = "",
    *,
    kind: Kind = Kind.MESSAGE,
    of: int | None = None,
    is_deleted: bool = False,
) -> Record:
    """Return entry number *seq*, which is about entry number *of* if it is a change."""
    return wire.record_of(
        Entry(
            id=EntryId(seq),
            room_id=ROOM.id,
            seq=Seq(seq),
            author=ANA,
            content=content,
            created_at_ms=NOON_MS,
            client_id=f"c{seq}",
            kind=kind,
            target_id=None if of is None else EntryId(of),
            is_deleted=is_deleted,
        )
    )


def test_a_deleted_text_is_not_told_where_it_was_quoted() -> None:
    reply = Entry(
        id=EntryId(2),
        room_id=ROOM.id,
        seq=Seq(2),
        author=ANA,
        content="oh",
        created_at_ms=NOON_MS,
        reply_to=EntryId(1),
        quoted=Quoted(ANA, "a secret"),
    )
    deletion = a_record(3, kind=Kind.DELETION, of=1)

    told = without_deleted([wire.record_of(reply), deletion])

    forgotten = msgspec.structs.replace(reply, quoted=Quoted(ANA, ""))
    assert told == [wire.record_of(forgotten), deletion]


def test_a_copy_from_before_a_deletion_becomes_what_the_log_says_after_it() -> None:
    others = [
        a_record(3, "kept"),
        a_record(4, "kept differently", kind=Kind.EDIT, of=3),
        a_record(5, "👍", kind=Kind.REACTION, of=1),
        a_record(6, kind=Kind.DELETION, of=1),
        a_record(7, "next"),
    ]

    copy = [a_record(1, "secret"), a_record(2, "secret too", kind=Kind.EDIT, of=1), *others]

    assert without_deleted(copy) == [
        a_record(1, is_deleted=True),
        a_record(2, kind=Kind.EDIT, of=1, is_deleted=True),
        *others,
    ]


def test_a_copy_without_deletions_is_left_as_it_is() -> None:
    copy = [a_record(1, "hola"), a_record(2, "hola!", kind=Kind.EDIT, of=1)]

    assert without_deleted(copy) is copy


def test_what_lies_before_the_copy_may_be_deleted_in_it() -> None:
    copy = [a_record(8, "hola"), a_record(9, kind=Kind.DELETION, of=1)]

    assert without_deleted(copy) == copy
