import asyncio

import pytest

from roomserver.core.errors import StorageUnavailable
from roomserver.core.model import Draft, EntryId, Kind, RoomId
from roomserver.service.journal import BATCH_MESSAGES_MAX
from tests.support.builders import ANA, OTHER_ROOM, ROOM, a_draft
from tests.support.loops import all_quiet
from tests.support.newsroom import AnswersBack, Newsroom


async def test_the_author_hears_after_the_commit_and_the_cache_and_before_the_room() -> None:
    newsroom = Newsroom()
    newsroom.log.answering.shut()

    async with newsroom.running():
        newsroom.post(a_draft("a"))
        await all_quiet()
        before_the_commit = list(newsroom.happened)
        newsroom.log.answering.open()

    assert before_the_commit == []
    assert newsroom.happened == ["cached 1", "stored a as 1", "told 1"]


async def test_an_idle_journal_stores_at_once() -> None:
    newsroom = Newsroom()

    async with newsroom.running():
        began_s = asyncio.get_running_loop().time()
        newsroom.post(a_draft("a"))
        await newsroom.journal.settled()
        took_s = asyncio.get_running_loop().time() - began_s

    assert newsroom.answers == ["stored a as 1"]
    assert took_s == 0.0


async def test_what_waits_while_a_commit_is_under_way_becomes_one_batch() -> None:
    newsroom = Newsroom()
    newsroom.log.writing.shut()

    async with newsroom.running():
        await newsroom.post_while_committing(*(a_draft(content) for content in "abcdef"))
        newsroom.log.writing.open()

    assert newsroom.log.batches == [["a"], ["b", "c", "d", "e", "f"]]


async def test_what_arrives_right_behind_an_answer_goes_along_with_what_waits() -> None:
    newsroom = Newsroom()
    newsroom.log.writing.shut()

    async with newsroom.running():
        newsroom.journal.post(a_draft("a"), AnswersBack(newsroom, a_draft("c")))
        await all_quiet()
        await newsroom.post_while_committing(a_draft("b"))
        newsroom.log.writing.open()

    assert newsroom.log.batches == [["a"], ["b", "c"]]


async def test_what_is_posted_in_one_tick_becomes_one_batch() -> None:
    newsroom = Newsroom()

    async with newsroom.running():
        newsroom.post(*(a_draft(content) for content in "abc"))

    assert newsroom.log.batches == [["a", "b", "c"]]


async def test_a_batch_has_a_largest_size() -> None:
    newsroom = Newsroom()

    async with newsroom.running():
        newsroom.post(*(a_draft(str(number)) for number in range(BATCH_MESSAGES_MAX + 1)))

    assert [len(batch) for batch in newsroom.log.batches] == [BATCH_MESSAGES_MAX, 1]


async def test_drafts_are_stored_and_answered_in_the_order_in_which_they_were_posted() -> None:
    newsroom = Newsroom()
    contents = [str(number) for number in range(50)]

    async with newsroom.running():
        for first in range(0, 50, 7):
            newsroom.post(*(a_draft(content) for content in contents[first : first + 7]))
            await all_quiet()

    assert newsroom.log.contents(ROOM) == contents
    assert newsroom.answers == [
        f"stored {content} as {seq}" for seq, content in enumerate(contents, start=1)
    ]


async def test_each_room_hears_of_its_own_entries_in_order() -> None:
    newsroom = Newsroom()

    async with newsroom.running():
        newsroom.post(
            a_draft("a"), a_draft("b", room=OTHER_ROOM), a_draft("c"), a_draft("d", room=OTHER_ROOM)
        )

    assert newsroom.told == [(1, 1), (1, 2), (2, 1), (2, 2)]


async def test_a_retry_gets_the_first_ones_receipt_whatever_it_says() -> None:
    newsroom = Newsroom()

    async with newsroom.running():
        await newsroom.post_while_committing(
            a_draft("a", client_id="x"), a_draft("b"), a_draft("other", client_id="x")
        )

    assert newsroom.answers == ["stored a as 1", "stored b as 2", "stored a as 1"]
    assert newsroom.log.contents(ROOM) == ["a", "b"]


async def test_a_retry_in_the_very_same_batch_adds_nothing_either() -> None:
    newsroom = Newsroom()

    async with newsroom.running():
        newsroom.post(a_draft("a", client_id="x"), a_draft("a", client_id="x"))

    assert newsroom.answers == ["stored a as 1", "stored a as 1"]
    assert newsroom.recent.remembered == [[1]]


async def test_an_entry_whose_answer_was_lost_is_told_when_its_author_tries_again() -> None:
    newsroom = Newsroom()
    newsroom.log.loses_answers = True

    async with newsroom.running():
        await newsroom.post_while_committing(a_draft("a", client_id="x"))
        newsroom.log.loses_answers = False
        await newsroom.post_while_committing(a_draft("a", client_id="x"))

    assert newsroom.happened == ["refused a: storage_unavailable", "stored a as 1", "told 1"]


async def test_a_refusal_by_the_log_concerns_that_draft_alone() -> None:
    newsroom = Newsroom()
    gone = Draft(room_id=RoomId(99), author=ANA, content="b")

    async with newsroom.running():
        newsroom.post(a_draft("a"), gone, a_draft("c"))

    assert newsroom.answers == ["stored a as 1", "refused b: room_not_found", "stored c as 2"]


async def test_a_room_in_which_something_was_deleted_is_forgotten_by_the_cache() -> None:
    newsroom = Newsroom()
    deletion = Draft(
        room_id=ROOM.id, author=ANA, kind=Kind.DELETION, target_id=EntryId(1_001), client_id="y"
    )

    async with newsroom.running():
        await newsroom.post_while_committing(a_draft("secret"), deletion)

    assert newsroom.recent.forgotten == [ROOM.id]
    assert newsroom.told == [(1, 1), (1, 2)]


async def test_settled_waits_for_everything_that_was_posted() -> None:
    newsroom = Newsroom()
    newsroom.log.writing.shut()

    async with newsroom.running():
        await newsroom.post_while_committing(a_draft("a"), a_draft("b"))
        settling = asyncio.create_task(newsroom.journal.settled())
        await all_quiet()
        was_settled = settling.done()
        newsroom.log.writing.open()
        await settling

    assert not was_settled
    assert newsroom.answers == ["stored a as 1", "stored b as 2"]


async def test_what_was_posted_before_the_end_is_stored_before_it_ends() -> None:
    newsroom = Newsroom()

    async with newsroom.running():
        newsroom.post(a_draft("a"))

    assert newsroom.answers == ["stored a as 1"]


async def test_above_so_many_that_wait_posting_is_refused_and_nothing_is_stored() -> None:
    newsroom = Newsroom(messages_max=3)
    newsroom.log.writing.shut()

    async with newsroom.running():
        await newsroom.post_while_committing(*(a_draft(content) for content in "abcd"))
        with pytest.raises(StorageUnavailable):
            newsroom.post(a_draft("e"))
        newsroom.log.writing.open()

    assert newsroom.log.contents(ROOM) == ["a", "b", "c", "d"]
