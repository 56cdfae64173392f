import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.frames import Frame, Opcode
from websockets.protocol import CLOSED, Protocol, Side

from roomserver.core.frame import Bundle, Parcel, close_frame, text_frame
from roomserver.core.model import Seq
from tests.support.builders import ANA, EVA, JUAN


def read_by_a_stranger(written: bytes) -> list[Frame]:
    """Read what a server wrote as a client does that knows nothing of our code."""
    reader = Protocol(Side.CLIENT, max_size=None)
    reader.receive_data(written)
    if reader.parser_exc is not None:
        raise reader.parser_exc
    return [event for event in reader.events_received() if isinstance(event, Frame)]


def an_entry(seq: int) -> Parcel:
    return Parcel(b"entry %d" % seq, seq=Seq(seq))


# The lengths at which the header changes its form (RFC 6455 section 5.2).
@pytest.mark.parametrize("size", [0, 1, 125, 126, 127, 65_535, 65_536, 1_000_000])
def test_a_stranger_reads_a_text_frame_of_any_length(size: int) -> None:
    payload = b"x" * size

    [frame] = read_by_a_stranger(text_frame(payload))

    assert frame.opcode is Opcode.TEXT
    assert frame.fin
    assert frame.data == payload


@given(st.lists(st.text()))
def test_a_stranger_reads_frames_that_were_joined_one_by_one(texts: list[str]) -> None:
    payloads = [text.encode() for text in texts]

    frames = read_by_a_stranger(Bundle.of(*payloads).frames)

    assert [frame.data for frame in frames] == payloads


@pytest.mark.parametrize("code", [1000, 1001, 1012, 4401, 4408, 4429])
def test_a_stranger_reads_why_it_was_closed(code: int) -> None:
    reader = Protocol(Side.CLIENT)

    reader.receive_data(close_frame(code, "too slow: reconnect with since"))
    reader.receive_eof()

    assert reader.state is CLOSED
    assert reader.close_code == code
    assert reader.close_reason == "too slow: reconnect with since"


@given(st.text(max_size=200))
def test_a_reason_that_is_too_long_is_cut_between_characters(reason: str) -> None:
    [frame] = read_by_a_stranger(close_frame(1000, reason))

    told = bytes(frame.data[2:]).decode()

    assert reason.startswith(told)
    assert len(frame.data) <= 125
    assert told == reason or len(told.encode()) > 123 - 4


def test_a_bundle_frames_its_parcels_once_however_many_members_get_them() -> None:
    bundle = Bundle.of(b"one", b"two")

    first, second = bundle.frames, bundle.frames

    assert first is second


def test_a_bundle_knows_who_must_not_get_the_whole_of_it() -> None:
    bundle = Bundle(
        [an_entry(1), Parcel(b"ana types", not_for=ANA.user_id), Parcel(b"x", not_for=EVA.user_id)]
    )

    excluded = bundle.excluded

    assert excluded == {ANA.user_id, EVA.user_id}


def test_a_person_gets_everything_but_what_is_about_them() -> None:
    bundle = Bundle(
        [
            an_entry(1),
            Parcel(b"ana types", not_for=ANA.user_id),
            Parcel(b"juan types", not_for=JUAN.user_id),
        ]
    )

    for_ana = bundle.for_user(ANA.user_id)

    assert list(for_ana.payloads) == [b"entry 1", b"juan types"]


def test_only_entries_must_not_be_lost() -> None:
    bundle = Bundle([Parcel(b"ana types"), an_entry(1), Parcel(b"juan joined"), an_entry(2)])

    kept = bundle.entries_only

    assert list(kept.payloads) == [b"entry 1", b"entry 2"]


def test_what_a_reader_has_already_is_left_out_but_signals_stay() -> None:
    bundle = Bundle([an_entry(4), an_entry(5), Parcel(b"ana types"), an_entry(6)])

    rest = bundle.after(Seq(5))

    assert list(rest.payloads) == [b"ana types", b"entry 6"]
