import asyncio
from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any

import pytest

from roomserver.adapters.lookout import LOOKS, Lookout
from tests.support.loops import JumpingLoop

LATE_S = 2.0
LOOK_S = LATE_S / LOOKS

Test = Callable[[], Coroutine[Any, Any, None]]


def in_no_time(test: Test) -> Callable[[], None]:
    """Let *test* run on a loop whose time jumps."""

    @wraps(test)
    def run() -> None:
        with asyncio.Runner(loop_factory=JumpingLoop) as runner:
            runner.run(test())

    return run


def now_s() -> float:
    return asyncio.get_running_loop().time()


async def waited_s(lookout: Lookout, *, from_s: float = 0.0) -> float:
    """Return how long it took until an answer that never comes was given up."""
    await asyncio.sleep(from_s)
    began_s = now_s()
    answer = asyncio.get_running_loop().create_future()
    lookout.begin(answer)
    with pytest.raises(TimeoutError):
        await answer
    lookout.end(answer)
    return now_s() - began_s


@in_no_time
async def test_an_answer_that_does_not_come_is_given_up_in_time() -> None:
    assert LATE_S <= await waited_s(Lookout(answer_s_max=LATE_S)) <= LATE_S + 1.01 * LOOK_S


@in_no_time
async def test_each_answer_has_all_of_its_time_whenever_it_was_asked_for() -> None:
    lookout = Lookout(answer_s_max=LATE_S)
    offsets = [tenth * LOOK_S / 10 for tenth in range(25)]

    waits_s = await asyncio.gather(*(waited_s(lookout, from_s=from_s) for from_s in offsets))

    assert all(0.99 * LATE_S <= wait_s <= LATE_S + 1.01 * LOOK_S for wait_s in waits_s)


@in_no_time
async def test_an_answer_that_is_there_is_left_alone() -> None:
    lookout = Lookout(answer_s_max=LATE_S)
    answer: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    lookout.begin(answer)
    answer.set_result("here")

    await asyncio.sleep(2 * LATE_S)

    assert await answer == "here"
    lookout.end(answer)


@in_no_time
async def test_an_answer_that_nobody_waits_for_any_more_is_left_alone() -> None:
    lookout = Lookout(answer_s_max=LATE_S)
    answer: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    lookout.begin(answer)
    lookout.end(answer)

    await asyncio.sleep(2 * LATE_S)

    assert not answer.done()


@in_no_time
async def test_time_in_which_we_did_not_look_does_not_count() -> None:
    loop = asyncio.get_running_loop()
    assert isinstance(loop, JumpingLoop)
    lookout = Lookout(answer_s_max=LATE_S)
    answer: asyncio.Future[str] = loop.create_future()
    lookout.begin(answer)

    for _turn in range(LOOKS // 2):
        loop.now_s += LATE_S  # A turn of the loop that took so long.
        await asyncio.sleep(0)

    assert not answer.done()
