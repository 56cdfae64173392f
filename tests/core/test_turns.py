"""Turns, with the time passed in."""

from hypothesis import given
from hypothesis import strategies as st

from roomserver.core.turns import Ledger, Pace

SLOW = Pace(30.0)


def test_turns_come_back_one_by_one() -> None:
    ledger, pace = Ledger(), Pace(6.0, 3)
    taken = [ledger.take("a", pace, name=None, now_s=0) for _ in range(4)]

    assert taken == [0, 0, 0, 6]
    assert ledger.take("a", pace, name=None, now_s=6) == 0
    assert ledger.take("a", pace, name=None, now_s=6) == 6
    assert [ledger.take("a", pace, name=None, now_s=100) for _ in range(4)] == [0, 0, 0, 6]


def test_nobody_buys_a_turn_by_making_it_forget() -> None:
    ledger = Ledger()
    ledger.take("a", SLOW, name=None, now_s=0)
    for number in range(5_000):
        ledger.take(f"other {number}", SLOW, name=None, now_s=1)

    assert ledger.take("a", SLOW, name=None, now_s=2) == 28


def test_what_makes_no_difference_is_forgotten() -> None:
    ledger = Ledger()
    for number in range(10_000):
        ledger.take(str(number), SLOW, name=None, now_s=float(number))

    assert len(ledger) <= 1_025


@given(st.lists(st.floats(0, 5), max_size=60), st.integers(1, 5))
def test_never_more_than_the_pace_allows(pauses: list[float], at_once: int) -> None:
    ledger, now_s, taken = Ledger(), 0.0, []
    for pause_s in pauses:
        now_s += pause_s
        if ledger.take("a", Pace(2.0, at_once), name=None, now_s=now_s) == 0:
            taken.append(now_s)

    for index, first_s in enumerate(taken):
        within = [each for each in taken[index:] if each <= first_s + 10]
        assert len(within) <= at_once + 5
