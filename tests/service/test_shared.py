import asyncio

import pytest

from roomserver.core.errors import StorageUnavailable
from roomserver.service.shared import SharedAnswers
from tests.support.fakes import Gate
from tests.support.loops import all_quiet


class Source:
    """Something that is asked, and answers how often it had been asked when it began."""

    def __init__(self) -> None:
        self.gate = Gate()
        self.begun = 0
        self.at_once_max = 0

    async def answer(self) -> int:
        self.begun += 1
        begun = self.begun
        self.at_once_max = max(self.at_once_max, self.gate.waiting + 1)
        await self.gate.passed()
        return begun

    async def fail(self) -> int:
        self.begun += 1
        await self.gate.passed()
        raise ZeroDivisionError


async def test_those_who_ask_at_once_share_one_answer() -> None:
    source, shared = Source(), SharedAnswers()

    answers = await asyncio.gather(*(shared.ask("key", source.answer) for _ in range(1_000)))

    assert set(answers) == {1}


async def test_an_asker_never_gets_an_answer_that_was_begun_before_it_asked() -> None:
    source, shared = Source(), SharedAnswers()
    source.gate.shut()
    early = asyncio.create_task(shared.ask("key", source.answer))
    await all_quiet()

    late = asyncio.create_task(shared.ask("key", source.answer))
    source.gate.open()

    assert (await early, await late) == (1, 2)


async def test_at_most_one_question_per_key_is_under_way_however_many_ask_meanwhile() -> None:
    source, shared = Source(), SharedAnswers()
    source.gate.shut()
    waves = []
    for _ in range(10):
        waves += [asyncio.create_task(shared.ask("key", source.answer)) for _ in range(10)]
        await all_quiet()

    source.gate.open()
    answers = await asyncio.gather(*waves)

    assert source.at_once_max == 1
    assert answers == [1] * 10 + [2] * 90


async def test_questions_of_different_keys_do_not_wait_for_each_other() -> None:
    slow, quick, shared = Source(), Source(), SharedAnswers()
    slow.gate.shut()
    waiting = asyncio.create_task(shared.ask("slow", slow.answer))
    await all_quiet()

    answer = await shared.ask("quick", quick.answer)

    assert answer == 1
    assert not waiting.done()
    slow.gate.open()
    await waiting


async def test_an_asker_who_gives_up_leaves_the_others_their_answer() -> None:
    source, shared = Source(), SharedAnswers()
    source.gate.shut()
    patient = asyncio.create_task(shared.ask("key", source.answer))
    impatient = asyncio.create_task(shared.ask("key", source.answer))
    await all_quiet()

    impatient.cancel()
    await all_quiet()
    source.gate.open()

    assert await patient == 1
    assert impatient.cancelled()


async def test_an_answer_that_nobody_waits_for_any_more_does_not_hold_up_the_next() -> None:
    source, shared = Source(), SharedAnswers()
    source.gate.shut()
    gone = asyncio.create_task(shared.ask("key", source.answer))
    await all_quiet()
    gone.cancel()

    source.gate.open()

    assert await shared.ask("key", source.answer) == 2


async def test_a_failure_reaches_everyone_who_shares_it_and_nobody_after() -> None:
    source, shared = Source(), SharedAnswers()

    failures = await asyncio.gather(
        *(shared.ask("key", source.fail) for _ in range(3)), return_exceptions=True
    )
    later = await shared.ask("key", source.answer)

    assert [type(failure) for failure in failures] == [ZeroDivisionError] * 3
    assert later == 2


async def test_a_failure_that_nobody_waits_for_is_not_complained_about() -> None:
    complaints: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _loop, what: complaints.append(what))
    source, shared = Source(), SharedAnswers()
    source.gate.shut()
    gone = asyncio.create_task(shared.ask("key", source.fail))
    await all_quiet()

    gone.cancel()
    source.gate.open()
    await all_quiet()

    assert source.begun == 1
    assert complaints == []


async def test_closing_ends_what_is_under_way_and_tells_its_askers() -> None:
    source, shared = Source(), SharedAnswers()
    source.gate.shut()
    asking = [asyncio.create_task(shared.ask("key", source.answer)) for _ in range(2)]
    await all_quiet()

    await shared.close()

    for asker in asking:
        with pytest.raises(asyncio.CancelledError):
            await asker
    assert source.gate.waiting == 0


async def test_nothing_is_kept_about_questions_that_are_over() -> None:
    source, shared = Source(), SharedAnswers()

    for key in range(100):
        await shared.ask(key, source.answer)
    await all_quiet()

    assert not shared._waiting
    assert not shared._under_way
    assert not shared._turns


async def test_different_questions_of_one_line_are_asked_one_after_the_other() -> None:
    source, shared = Source(), SharedAnswers()
    source.gate.shut()
    asking = [asyncio.create_task(shared.ask(key, source.answer, line="room")) for key in range(10)]
    await all_quiet()

    source.gate.open()
    answers = await asyncio.gather(*asking)

    assert answers == list(range(1, 11))
    assert source.at_once_max == 1


async def test_nobody_in_a_line_waits_for_one_silence_after_the_other() -> None:
    source, shared = Source(), SharedAnswers()

    async def unanswered() -> int:
        await source.answer()
        raise StorageUnavailable

    source.gate.shut()
    asking = [asyncio.create_task(shared.ask(key, unanswered, line="room")) for key in range(10)]
    await all_quiet()

    source.gate.open()
    failures = await asyncio.gather(*asking, return_exceptions=True)

    assert [type(failure) for failure in failures] == [StorageUnavailable] * 10
    assert source.begun == 1
    assert await shared.ask("later", source.answer, line="room") == 2


async def test_whoever_stands_too_long_in_a_line_is_told_so() -> None:
    source, shared = Source(), SharedAnswers()
    source.gate.shut()
    first = asyncio.create_task(shared.ask("first", source.answer, line="room"))
    await all_quiet()

    with pytest.raises(StorageUnavailable):
        await shared.ask("second", source.answer, line="room")
    source.gate.open()

    assert await first == 1
    assert await shared.ask("second", source.answer, line="room") == 2
