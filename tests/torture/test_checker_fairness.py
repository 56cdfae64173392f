"""What may happen is not held against the server, and what may not is."""

import io

import msgspec

from tests.torture.history import (
    Acknowledged,
    Entry,
    Event,
    Healed,
    History,
    Seen,
    Stored,
    Struck,
    Unknown,
    replayed,
)
from tests.torture.small_histories import (
    ADIOS,
    ANA,
    HOLA,
    ROOM,
    a_page,
    an_entrance,
    kinds_of,
    said,
    sent,
    stored,
)
from tests.torture.timeline import NS


def test_a_retry_may_be_acknowledged_often_as_the_first_one() -> None:
    again = [sent(HOLA, at=20, attempt=2), Acknowledged(at=25, attempt=2, seq=1)]

    assert not kinds_of(*said(HOLA), *again)


def test_a_retry_that_gets_a_number_of_its_own_is_a_duplicate() -> None:
    again = [sent(HOLA, at=20, attempt=2), Acknowledged(at=25, attempt=2, seq=2)]

    assert "duplicate" in kinds_of(*said(HOLA), *again)


def test_what_was_unknown_may_be_stored_or_not() -> None:
    unknown = [sent(ADIOS, at=20, attempt=2), Unknown(at=25, attempt=2, why="closed")]

    assert not kinds_of(*said(HOLA), *unknown)
    assert not kinds_of(*said(HOLA)[:2], *unknown, *stored(HOLA, ADIOS))


def test_a_text_may_be_gone_only_if_the_message_was_deleted() -> None:
    bare = msgspec.structs.replace(HOLA, content="", deleted=True)
    deletion = Entry(
        seq=2,
        type="message_deleted",
        message_id=11,
        user_id=ANA,
        username="user-101",
        client_id="d",
        deleted_at="2026-11-24T12:00:01.000Z",
    )
    seen = Seen(room=ROOM, entry=HOLA, by="a reader")

    assert not kinds_of(*said(HOLA, deletion)[:4], *stored(bare, deletion), seen)
    assert "corrupt" in kinds_of(*said(HOLA)[:2], *stored(bare), seen)


def test_a_text_that_is_shown_after_its_deletion_is_stale() -> None:
    bare = msgspec.structs.replace(HOLA, content="", deleted=True)
    deletion = msgspec.structs.replace(
        ADIOS, type="message_deleted", id=0, message_id=11, content=None
    )
    events = [*said(HOLA, deletion)[:4], *stored(bare, deletion)]

    assert not kinds_of(*events, msgspec.structs.replace(a_page(1, 2), redacted=[1]))
    assert kinds_of(*events, a_page(1, 2)) == ["stale read"]


def test_a_hung_instance_is_excused_while_it_is_hurt_and_others_are_not() -> None:
    silence = [sent(HOLA, at=20 * NS, attempt=1), Unknown(at=28 * NS, attempt=1, why="timeout")]

    def hurt(instance: int) -> list[Event]:
        struck = Struck(
            at=19 * NS, fault=1, kind="instance: stopped", target="instance", instances=[instance]
        )
        return [struck, Healed(at=29 * NS, fault=1)]

    assert not kinds_of(*hurt(1), *silence)
    assert kinds_of(*hurt(2), *silence) == ["stalled"]


def test_a_history_can_be_read_again_from_its_file() -> None:
    file = io.StringIO()
    History(file).record(*said(HOLA), an_entrance(head=0))
    file.seek(0)

    assert [row.entry for row in replayed(file).of(Stored)] == [HOLA]
