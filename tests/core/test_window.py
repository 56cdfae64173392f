from collections.abc import Sequence

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from roomserver.core.model import Record, Seq
from roomserver.core.window import Window
from tests.support.builders import a_record, records

RECORDS_MAX = 8


def seqs(found: Sequence[Record] | None) -> list[int] | None:
    return None if found is None else [record.seq for record in found]


def a_window(first: int, last: int, *, records_max: int = RECORDS_MAX) -> Window:
    return Window(records(first, last), records_max=records_max)


def test_an_empty_window_is_sure_of_nothing() -> None:
    window = Window(records_max=RECORDS_MAX)

    assert window.after(Seq(0)) is None
    assert window.last(1) is None
    assert (window.first_seq, window.last_seq) == (1, 0)


@pytest.mark.parametrize(
    ("after", "found"), [(4, [5, 6, 7]), (5, [6, 7]), (7, []), (9, []), (3, None), (0, None)]
)
def test_a_window_answers_what_lies_behind_a_number_only_if_all_of_it_is_here(
    after: int, found: list[int] | None
) -> None:
    window = a_window(5, 7)

    answer = window.after(Seq(after))

    assert seqs(answer) == found


@pytest.mark.parametrize(("count", "found"), [(0, []), (1, [7]), (3, [5, 6, 7]), (4, None)])
def test_a_window_answers_the_last_ones_only_if_all_of_them_are_here(
    count: int, found: list[int] | None
) -> None:
    window = a_window(5, 7)

    answer = window.last(count)

    assert seqs(answer) == found


@pytest.mark.parametrize("count", [3, 4, 1_000])
def test_a_window_from_the_first_number_on_is_the_whole_room(count: int) -> None:
    window = a_window(1, 3)

    answer = window.last(count)

    assert seqs(answer) == [1, 2, 3]


def test_everything_before_a_hole_is_forgotten() -> None:
    window = a_window(1, 3)

    window.extend(records(5, 6))

    assert window.first_seq == 5
    assert seqs(window.after(Seq(4))) == [5, 6]
    assert window.after(Seq(3)) is None


def test_a_double_changes_nothing() -> None:
    window = a_window(1, 3)

    window.extend([Record(Seq(2), b"something else"), a_record(3), a_record(4)])

    assert window.after(Seq(0)) == records(1, 4)


def test_older_records_are_put_in_front() -> None:
    window = a_window(4, 6)

    window.extend(records(1, 4))

    assert seqs(window.after(Seq(0))) == [1, 2, 3, 4, 5, 6]


def test_older_records_that_do_not_reach_the_window_are_forgotten() -> None:
    window = a_window(6, 7)

    window.extend(records(1, 4))

    assert seqs(window.last(2)) == [6, 7]
    assert window.first_seq == 6


def test_a_full_window_forgets_the_oldest() -> None:
    window = a_window(1, 100, records_max=3)

    assert len(window) == 3
    assert seqs(window.last(3)) == [98, 99, 100]


class AnyOrder(RuleBasedStateMachine):
    """Whatever is remembered of a room, in whatever order and with whatever holes."""

    def __init__(self) -> None:
        super().__init__()
        self.window = Window(records_max=RECORDS_MAX)
        self.newest = 0

    @rule(arrived=st.sets(st.integers(1, 30), max_size=12))
    def extend(self, arrived: set[int]) -> None:
        self.window.extend([a_record(seq) for seq in sorted(arrived)])
        self.newest = max(self.newest, *arrived, 0)

    @precondition(lambda self: self.newest > 0)
    @rule(count=st.integers(1, 5))
    def grow(self, count: int) -> None:
        self.window.extend(records(self.newest + 1, self.newest + count))
        self.newest += count

    @rule(after=st.integers(0, 40))
    def ask_after(self, after: int) -> None:
        answer = self.window.after(Seq(after))

        if answer is not None:
            assert answer == records(after + 1, self.newest)

    @rule(count=st.integers(0, 12))
    def ask_last(self, count: int) -> None:
        answer = self.window.last(count)

        if answer is not None:
            assert answer == records(max(1, self.newest - count + 1), self.newest)

    @invariant()
    def it_never_goes_back(self) -> None:
        assert self.window.last_seq == self.newest

    @invariant()
    def it_has_no_hole(self) -> None:
        assert len(self.window) <= RECORDS_MAX
        assert len(self.window) == self.window.last_seq - self.window.first_seq + 1


TestAnyOrder = AnyOrder.TestCase
TestAnyOrder.settings = settings(max_examples=30, stateful_step_count=20)
