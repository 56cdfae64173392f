import pytest
from hypothesis import given
from hypothesis import strategies as st

from roomserver.core.throttle import Tally, Throttle

START_S = 1_000.0


def test_a_burst_passes_and_the_next_one_waits() -> None:
    throttle = Throttle[str](per_second=2.0, burst=3)

    waits_s = [throttle.wait_s("ana", START_S) for _ in range(4)]

    assert waits_s == [0.0, 0.0, 0.0, 0.5]


def test_being_refused_takes_nothing() -> None:
    throttle = Throttle[str](per_second=2.0, burst=1)
    throttle.wait_s("ana", START_S)

    waits_s = [throttle.wait_s("ana", START_S) for _ in range(100)]

    assert set(waits_s) == {0.5}
    assert throttle.wait_s("ana", START_S + 0.5) == 0.0


def test_one_does_not_pay_for_another() -> None:
    throttle = Throttle[str](per_second=1.0, burst=1)
    throttle.wait_s("ana", START_S)

    assert throttle.wait_s("juan", START_S) == 0.0
    assert throttle.wait_s("ana", START_S) > 0.0


def test_a_long_silence_saves_no_more_than_a_burst() -> None:
    throttle = Throttle[str](per_second=10.0, burst=3)
    throttle.wait_s("ana", START_S)

    waits_s = [throttle.wait_s("ana", START_S + 1e6) for _ in range(4)]

    assert [wait_s > 0 for wait_s in waits_s] == [False, False, False, True]


@given(
    per_second=st.floats(0.1, 1_000.0),
    burst=st.integers(1, 50),
    pauses_s=st.lists(st.floats(0.0, 2.0), max_size=200),
)
def test_in_any_stretch_of_time_no_more_passes_than_the_burst_and_the_rate(
    per_second: float, burst: int, pauses_s: list[float]
) -> None:
    throttle = Throttle[str](per_second=per_second, burst=burst)
    now_s, passed = START_S, 0

    for pause_s in pauses_s:
        now_s += pause_s
        passed += throttle.wait_s("ana", now_s) == 0.0

    assert passed <= burst + per_second * (now_s - START_S) + 1e-6


@given(per_second=st.floats(0.1, 1_000.0), burst=st.integers(1, 50))
def test_whoever_waits_as_long_as_it_was_told_may_go_on(per_second: float, burst: int) -> None:
    throttle = Throttle[str](per_second=per_second, burst=burst)
    for _ in range(burst):
        throttle.wait_s("ana", START_S)

    wait_s = throttle.wait_s("ana", START_S)

    # A microsecond more, for the rounding of floating-point sums.
    assert throttle.wait_s("ana", START_S + wait_s + 1e-6) == 0.0


def test_those_who_come_once_are_forgotten() -> None:
    throttle = Throttle[int](per_second=1.0, burst=5)

    for visitor in range(100_000):
        throttle.wait_s(visitor, START_S + visitor / 100)

    assert len(throttle) < 2_000


def test_forgetting_gives_nobody_more_than_is_theirs() -> None:
    throttle = Throttle[int](per_second=0.001, burst=1)
    throttle.wait_s(-1, START_S)

    for visitor in range(10_000):
        throttle.wait_s(visitor, START_S)

    assert throttle.wait_s(-1, START_S) > 0.0


@pytest.mark.parametrize(("last_s", "is_full"), [(59.9, True), (60.0, False), (61.0, False)])
def test_a_tally_is_full_when_enough_happened_within_a_minute(
    last_s: float, *, is_full: bool
) -> None:
    tally = Tally(per_minute_max=3)
    tally.is_full(START_S)
    tally.is_full(START_S + 1)

    assert tally.is_full(START_S + last_s) == is_full


def test_a_tally_forgets_what_is_older_than_a_minute() -> None:
    tally = Tally(per_minute_max=3)

    counts = [tally.is_full(START_S + 40 * times) for times in range(100)]

    assert not any(counts)


def test_a_full_tally_stays_full_while_it_goes_on() -> None:
    tally = Tally(per_minute_max=3)

    counts = [tally.is_full(START_S) for _ in range(5)]

    assert counts == [False, False, True, True, True]
