import json
import re

import msgspec
import pytest

from roomserver.core.limits import Limits

NAMES = [field.name for field in msgspec.structs.fields(Limits)]


def test_the_bounds_that_we_start_with_are_within_their_own_bounds() -> None:
    started_with = msgspec.to_builtins(Limits())

    read_back = msgspec.convert(started_with, Limits)

    assert read_back == Limits()


@pytest.mark.parametrize("name", NAMES)
def test_a_bound_says_its_unit_in_its_name(name: str) -> None:
    assert re.fullmatch(
        r"\w+_(chars|bytes|messages|minute|address|user|instance)_max|\w+_(second|burst)", name
    )


@pytest.mark.parametrize("value", [0, -1, 2**60, "many", None, 0.5])
@pytest.mark.parametrize("name", [name for name in NAMES if not name.endswith("_second")])
def test_a_bound_that_nobody_could_live_with_is_refused(name: str, value: object) -> None:
    with pytest.raises(msgspec.ValidationError) as refused:
        msgspec.convert({name: value}, Limits)

    assert name in str(refused.value)


@pytest.mark.parametrize("value", [0, -1, 1e300, float("inf"), float("nan"), "fast"])
@pytest.mark.parametrize("name", ["messages_per_second", "events_per_second"])
def test_a_rate_that_is_none_is_refused(name: str, value: object) -> None:
    with pytest.raises(msgspec.ValidationError) as refused:
        msgspec.convert({name: value}, Limits)

    assert name in str(refused.value)


@pytest.mark.parametrize("letter", ["a", "\\", "\n", "ñ", "漢", "\U0001f680"])
def test_a_message_of_full_length_fits_into_a_frame_however_it_is_escaped(letter: str) -> None:
    limits = Limits()
    content = letter * limits.message_chars_max

    frame = json.dumps({"type": "message", "content": content, "client_id": "漢" * 64})

    assert len(content.encode()) <= limits.message_bytes_max
    assert len(frame) <= limits.frame_bytes_max


def test_signals_stop_long_before_a_reader_is_let_go() -> None:
    limits = Limits()

    assert limits.outbox_signals_bytes_max * 10 < limits.outbox_bytes_max
    assert limits.frame_bytes_max < limits.outbox_bytes_max
