import asyncio
import logging

import pytest

from roomserver.core.errors import StorageUnavailable
from roomserver.service.journal import BUSY_RETRY_S, COMMIT_S_MAX
from roomserver.service.tasks import Supervisor
from tests.support.builders import OTHER_ROOM, ROOM, a_draft
from tests.support.loops import all_quiet
from tests.support.newsroom import Newsroom, SilentBug, elapsed_s

ANSWER_S_MAX = 2.0
"""When an author must have heard, however the database is."""


async def test_a_failing_database_refuses_everyone_who_waits_and_the_next_batch_works() -> None:
    newsroom = Newsroom()
    newsroom.log.writing.shut()

    async with newsroom.running():
        await newsroom.post_while_committing(a_draft("a"), a_draft("b"), a_draft("c"))
        newsroom.log.failure = StorageUnavailable()
        newsroom.log.writing.open()
        await newsroom.journal.settled()
        newsroom.log.failure = None
        newsroom.post(a_draft("d"))

    assert newsroom.log.batches == [["a"], ["d"]]
    assert newsroom.answers == [
        "refused a: storage_unavailable",
        "refused b: storage_unavailable",
        "refused c: storage_unavailable",
        "stored d as 1",
    ]


async def test_everybody_is_told_that_the_database_fails_and_that_it_is_back() -> None:
    newsroom = Newsroom()
    newsroom.log.failure = StorageUnavailable()

    async with newsroom.running():
        await newsroom.post_while_committing(a_draft("a"))
        was_ok = newsroom.condition.is_ok("database")
        newsroom.log.failure = None
        await newsroom.post_while_committing(a_draft("b"))

    assert not was_ok
    assert newsroom.condition.is_ok("database")


async def test_a_commit_that_hangs_is_given_up_in_time() -> None:
    newsroom = Newsroom()
    newsroom.log.writing.shut()

    async with newsroom.running():
        began_s = elapsed_s()
        newsroom.post(a_draft("a"))
        await newsroom.journal.settled()
        took_s = elapsed_s() - began_s
        newsroom.log.writing.open()
        newsroom.post(a_draft("b"))

    assert took_s == pytest.approx(COMMIT_S_MAX)
    assert newsroom.answers == ["refused a: storage_unavailable", "stored b as 1"]


async def test_whoever_waits_behind_a_commit_that_hangs_does_not_wait_for_its_own_turn() -> None:
    newsroom = Newsroom()
    newsroom.log.writing.shut()

    async with newsroom.running():
        began_s = elapsed_s()
        await newsroom.post_while_committing(*(a_draft(content) for content in "abc"))
        await newsroom.journal.settled()
        took_s = elapsed_s() - began_s

    assert took_s < ANSWER_S_MAX
    assert len(newsroom.answers) == 3


async def test_whoever_waits_behind_a_commit_that_is_slow_and_succeeds_hears_in_time_too() -> None:
    newsroom = Newsroom()
    newsroom.log.writing.shut()

    class First(SilentBug):
        def stored(self, draft: object, receipt: object) -> None:
            newsroom.log.writing.shut()

    async with newsroom.running():
        newsroom.journal.post(a_draft("a"), First())
        await all_quiet()
        newsroom.post(a_draft("b"))
        await asyncio.sleep(1.0)
        newsroom.post(a_draft("c"))
        await asyncio.sleep(0.7)
        newsroom.log.writing.open()
        await asyncio.sleep(0.2)
        answers_in_time = list(newsroom.answers)
        newsroom.log.writing.open()

    assert answers_in_time == ["refused b: storage_unavailable"]
    assert newsroom.answers == [*answers_in_time, "stored c as 3"]
    assert newsroom.condition.is_ok("database")


async def test_what_nobody_waits_for_any_more_is_not_stored() -> None:
    newsroom = Newsroom()
    newsroom.log.busy = {ROOM.id}

    async with newsroom.running():
        newsroom.post(a_draft("a"))
        await asyncio.sleep(ANSWER_S_MAX + BUSY_RETRY_S)
        newsroom.log.busy = set()
        newsroom.post(a_draft("b"))

    assert newsroom.log.contents(ROOM) == ["b"]


async def test_a_poison_is_found_in_few_steps_and_whoever_is_beside_it_keeps_the_order() -> None:
    newsroom = Newsroom()
    newsroom.log.poison = "poison"
    contents = [str(number) for number in range(64)]

    async with newsroom.running():
        newsroom.post(*(a_draft(content) for content in [*contents, "poison"]))

    assert newsroom.log.contents(ROOM) == contents
    assert len(newsroom.log.batches) < 20


async def test_a_poison_beside_a_database_that_was_failing_takes_nobody_along() -> None:
    newsroom = Newsroom()
    newsroom.log.poison = "poison"
    newsroom.condition.report("database", ok=False, witness="somebody else")

    async with newsroom.running():
        newsroom.post(*(a_draft(content) for content in ["a", "poison", "b"]))

    assert newsroom.answers == ["stored a as 1", "refused poison: internal", "stored b as 2"]


async def test_a_room_that_is_held_while_a_poison_is_looked_for_keeps_its_order() -> None:
    newsroom = Newsroom()
    newsroom.log.poison = "poison"

    async with newsroom.running():
        newsroom.log.writing.shut()
        newsroom.post(*(a_draft(content) for content in ["a", "poison", "b"]))
        await all_quiet()
        await newsroom.log.writing.let_through()
        newsroom.log.busy = {ROOM.id}
        await all_quiet()
        await newsroom.log.writing.let_through()
        newsroom.log.busy = set()
        newsroom.log.writing.open()

    assert newsroom.answers == ["stored a as 1", "refused poison: internal", "stored b as 2"]


async def test_one_poisonous_draft_does_not_take_its_neighbours_along(
    caplog: pytest.LogCaptureFixture,
) -> None:
    newsroom = Newsroom()
    newsroom.log.poison = "poison"

    async with newsroom.running():
        newsroom.post(*(a_draft(content) for content in ["a", "poison", "b"]))

    assert newsroom.answers == ["stored a as 1", "refused poison: internal", "stored b as 2"]
    assert [record.levelno for record in caplog.records] == [logging.ERROR]


async def test_a_refusal_as_a_bug_names_where_the_log_has_it(
    caplog: pytest.LogCaptureFixture,
) -> None:
    newsroom = Newsroom()
    newsroom.log.poison = "poison"
    heard: list[str] = []

    class Author(SilentBug):
        def refused(self, draft: object, error: object) -> None:
            heard.append(str(error))

    async with newsroom.running():
        newsroom.journal.post(a_draft("poison"), Author())

    [record] = caplog.records
    assert record.__dict__["incident"] in heard[0]
    assert "poison" not in record.getMessage()


async def test_a_database_that_fails_while_a_poison_is_looked_for_keeps_nobody_waiting() -> None:
    newsroom = Newsroom()
    newsroom.log.poison = "poison"

    async with newsroom.running():
        began_s = elapsed_s()
        newsroom.post(*(a_draft(content) for content in ["a", "b", "poison", "c", "d"]))
        newsroom.log.answering.shut()
        await newsroom.journal.settled()
        took_s = elapsed_s() - began_s

    assert took_s < ANSWER_S_MAX
    assert len(newsroom.answers) == 5


async def test_an_author_with_a_bug_takes_nobody_else_along(
    caplog: pytest.LogCaptureFixture,
) -> None:
    newsroom = Newsroom()

    async with newsroom.running():
        newsroom.post(a_draft("a"))
        newsroom.journal.post(a_draft("b"), SilentBug())
        newsroom.post(a_draft("c"))
        await newsroom.journal.settled()
        newsroom.log.failure = StorageUnavailable()
        newsroom.journal.post(a_draft("d"), SilentBug())
        newsroom.post(a_draft("e"))
        await newsroom.journal.settled()

    assert newsroom.answers == [
        "stored a as 1",
        "stored c as 3",
        "refused e: storage_unavailable",
    ]
    assert newsroom.told == [(1, 1), (1, 2), (1, 3)]
    assert len([record for record in caplog.records if record.exc_info]) == 2


async def test_a_room_that_another_transaction_holds_is_slow_alone() -> None:
    newsroom = Newsroom()
    newsroom.log.busy = {ROOM.id}

    async with newsroom.running():
        began_s = elapsed_s()
        newsroom.post(a_draft("a"), a_draft("b", room=OTHER_ROOM))
        await all_quiet()
        at_once, took_s = list(newsroom.answers), elapsed_s() - began_s
        newsroom.log.busy = set()

    assert at_once == ["stored b as 1"]
    assert took_s < BUSY_RETRY_S
    assert newsroom.answers == ["stored b as 1", "stored a as 1"]


async def test_in_a_room_that_was_held_the_order_is_kept() -> None:
    newsroom = Newsroom()
    newsroom.log.busy = {ROOM.id}

    async with newsroom.running():
        await newsroom.post_while_committing(a_draft("a"), a_draft("b"))
        await asyncio.sleep(BUSY_RETRY_S / 2)
        await newsroom.post_while_committing(a_draft("x", room=OTHER_ROOM), a_draft("c"))
        newsroom.post(a_draft("y", room=OTHER_ROOM), a_draft("d"))
        await asyncio.sleep(BUSY_RETRY_S)
        newsroom.log.busy = set()
        newsroom.post(a_draft("e"))

    assert newsroom.log.contents(ROOM) == ["a", "b", "c", "d", "e"]
    assert newsroom.log.contents(OTHER_ROOM) == ["x", "y"]


async def test_nothing_overtakes_what_waits_for_a_room_that_was_held() -> None:
    newsroom = Newsroom()
    newsroom.log.busy = {ROOM.id}

    async with newsroom.running():
        await newsroom.post_while_committing(a_draft("a"))
        newsroom.log.busy = set()
        await newsroom.post_while_committing(a_draft("b"))

    assert newsroom.log.contents(ROOM) == ["a", "b"]


async def test_a_room_that_stays_held_is_refused_in_time() -> None:
    newsroom = Newsroom()
    newsroom.log.busy = {ROOM.id}

    async with newsroom.running():
        began_s = elapsed_s()
        newsroom.post(a_draft("a"))
        await newsroom.journal.settled()
        took_s = elapsed_s() - began_s

    assert took_s < ANSWER_S_MAX
    assert newsroom.answers == ["refused a: storage_unavailable"]


async def test_what_waits_for_a_held_room_hears_at_once_when_the_database_fails() -> None:
    newsroom = Newsroom()
    newsroom.log.busy = {ROOM.id}

    async with newsroom.running():
        await newsroom.post_while_committing(a_draft("a"))
        newsroom.log.failure = StorageUnavailable()
        await newsroom.post_while_committing(a_draft("b", room=OTHER_ROOM))
        answers = list(newsroom.answers)

    assert sorted(answers) == ["refused a: storage_unavailable", "refused b: storage_unavailable"]


async def test_a_journal_that_has_nothing_to_do_does_nothing() -> None:
    newsroom = Newsroom()
    newsroom.log.busy = {ROOM.id}

    async with newsroom.running():
        newsroom.post(a_draft("a"))
        await newsroom.journal.settled()
        batches = len(newsroom.log.batches)
        await asyncio.sleep(3_600)

    assert len(newsroom.log.batches) == batches


async def test_a_journal_that_has_broken_holds_up_nobody_who_wants_to_stop(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    newsroom = Newsroom()
    supervisor = Supervisor()

    def breaks() -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(newsroom.journal, "_take", breaks)
    async with asyncio.timeout(60), newsroom.journal.running() as loops:
        supervisor.watch(loops)
        newsroom.post(a_draft("a"))
        await supervisor.alarm()

    assert [record.exc_info is not None for record in caplog.records] == [True]
