"""Every check can fail: a small history with one thing wrong has exactly that finding."""

import msgspec
import pytest

from tests.torture.history import (
    Acknowledged,
    CaughtUp,
    Ended,
    Event,
    Listed,
    MarkSeen,
    Measured,
    Noted,
    Refused,
    Seen,
    Unknown,
)
from tests.torture.small_histories import (
    ADIOS,
    ANA,
    HOLA,
    ROOM,
    a_page,
    a_stretch,
    an_entrance,
    kinds_of,
    said,
    sent,
    stored,
)
from tests.torture.timeline import NS


def test_a_history_in_which_all_went_well_has_no_findings() -> None:
    again = sent(HOLA, at=30, attempt=3, content="a said differently")
    assert not kinds_of(
        *said(HOLA, ADIOS),
        again,
        Acknowledged(at=35, attempt=3, seq=1),
        Seen(room=ROOM, entry=HOLA, by="a reader"),
        an_entrance(head=0, at=1),
        a_stretch(1, 1),
        an_entrance(since=1, head=2, connection=2),
        a_stretch(2, 2, connection=2),
        CaughtUp(session=1, took=5),
        a_page(1, 2),
        a_page(2, how="after", bound=1),
        a_page(1, how="before", bound=2),
        MarkSeen(room=ROOM, user=ANA, seq=2, by="a reader"),
        Ended(session=1, room=ROOM, last=2, head=2),
        Listed(room=ROOM, instance=1, what="present", listed=[ANA], there=[ANA]),
        Measured(what="descriptors of instance 1", before=10, after=20, growth_max=24),
    )


@pytest.mark.parametrize(
    ("kind", "events"),
    [
        pytest.param(
            "LOST",
            [*said(HOLA), sent(ADIOS, at=20, attempt=2), Acknowledged(at=25, attempt=2, seq=2)],
            id="acknowledged and not in the store",
        ),
        pytest.param(
            "phantom",
            [*said(HOLA), *stored(HOLA, ADIOS)[1:]],
            id="stored and never sent",
        ),
        pytest.param(
            "phantom",
            [*said(HOLA), sent(ADIOS, at=20, attempt=2), Seen(room=ROOM, entry=ADIOS, by="Ben")],
            id="seen and not in the store",
        ),
        pytest.param(
            "corrupt",
            [
                sent(HOLA, at=1, attempt=1, content="a something else"),
                Acknowledged(at=2, attempt=1, seq=1),
                *stored(HOLA),
            ],
            id="stored with other words",
        ),
        pytest.param(
            "corrupt",
            [sent(HOLA, at=1, attempt=1, room=2), *stored(HOLA)],
            id="stored in another room",
        ),
        pytest.param(
            "refused but stored",
            [
                sent(HOLA, at=1, attempt=1),
                Refused(at=2, attempt=1, code="message_too_long"),
                *stored(HOLA),
            ],
            id="refused for good and stored",
        ),
        pytest.param(
            "refused but stored",
            [
                sent(HOLA, at=1, attempt=1, is_bad=True),
                Acknowledged(at=2, attempt=1, seq=1),
                *stored(HOLA),
            ],
            id="should have been refused",
        ),
        pytest.param(
            "duplicate",
            [
                *said(HOLA),
                *stored(HOLA, msgspec.structs.replace(HOLA, seq=2, id=12))[1:],
            ],
            id="stored twice",
        ),
        pytest.param(
            "gap",
            [*said(HOLA), *stored(HOLA, msgspec.structs.replace(ADIOS, seq=3))[1:]],
            id="a number is missing",
        ),
        pytest.param("gap", [*said(HOLA), a_page(1, 3, at=1)], id="a page with a hole"),
        pytest.param(
            "order",
            said(msgspec.structs.replace(HOLA, seq=2), msgspec.structs.replace(ADIOS, seq=1)),
            id="acknowledged before the other was sent, and stored behind it",
        ),
        pytest.param(
            "order",
            [
                sent(ADIOS, at=1, attempt=1),
                sent(HOLA, at=2, attempt=2),
                Acknowledged(at=3, attempt=2, seq=1),
                Acknowledged(at=4, attempt=1, seq=2),
                *stored(HOLA, ADIOS),
            ],
            id="pipelined and overtaken",
        ),
        pytest.param(
            "disagree",
            [
                *said(HOLA),
                Seen(room=ROOM, entry=msgspec.structs.replace(HOLA, id=99), by="a reader"),
            ],
            id="seen with another id",
        ),
        pytest.param(
            "session gap",
            [an_entrance(head=3), a_stretch(5, 9)],
            id="an entry is missing behind the head",
        ),
        pytest.param(
            "session gap",
            [
                an_entrance(head=0),
                a_stretch(1, 5),
                an_entrance(since=5, head=7, connection=2),
                a_stretch(5, 7, connection=2),
            ],
            id="an entry comes again after a reconnect",
        ),
        pytest.param(
            "not converged", [Ended(session=1, room=ROOM, last=6, head=7)], id="not at the head"
        ),
        pytest.param("stale read", [*said(HOLA), a_page()], id="an empty page"),
        pytest.param(
            "stale read",
            [*said(HOLA, ADIOS), a_page(how="after", bound=1)],
            id="nothing after the first",
        ),
        pytest.param(
            "stale read",
            [*said(HOLA, ADIOS), a_page(2, how="before", bound=3)],
            id="a page that is too short",
        ),
        pytest.param(
            "stale read", [*said(HOLA, ADIOS), an_entrance(head=1)], id="let in before the head"
        ),
        pytest.param(
            "cursor",
            [*said(HOLA), MarkSeen(room=ROOM, user=ANA, seq=2, by="a reader")],
            id="read behind the head",
        ),
        pytest.param(
            "cursor",
            [
                *said(HOLA),
                MarkSeen(at=50, room=ROOM, user=ANA, seq=1, by="a reader"),
                an_entrance(head=1),
            ],
            id="forgotten how far it was read",
        ),
        pytest.param(
            "ghost",
            [Listed(room=ROOM, instance=1, what="present", listed=[ANA, 102], there=[ANA])],
            id="somebody who is gone is listed",
        ),
        pytest.param(
            "ghost",
            [Listed(room=ROOM, instance=1, what="present", listed=[], there=[ANA])],
            id="somebody who is there is not listed",
        ),
        pytest.param(
            "stalled",
            [sent(HOLA, at=0, attempt=1), Unknown(at=8 * NS, attempt=1, why="timeout")],
            id="never answered",
        ),
        pytest.param(
            "stalled",
            [sent(HOLA, at=0, attempt=1), sent(ADIOS, at=11 * NS, attempt=2)],
            id="nothing acknowledged for long",
        ),
        pytest.param(
            "leak",
            [Measured(what="descriptors of instance 1", before=10, after=99, growth_max=24)],
            id="too many descriptors",
        ),
        pytest.param("crash", [Noted(finding="crash", text="instance 1 ended")], id="a crash"),
    ],
)
def test_what_went_wrong_is_found(kind: str, events: list[Event]) -> None:
    assert kind in kinds_of(*events)
