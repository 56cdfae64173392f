"""Rooms that another transaction holds are slow alone."""

import pytest

from roomserver.core.errors import StorageUnavailable
from roomserver.core.model import Draft
from roomserver.service.journal import BATCH_MESSAGES_MAX, BUSY_RETRY_S
from tests.support.builders import OTHER_ROOM, ROOM, a_draft
from tests.support.loops import all_quiet
from tests.support.newsroom import Newsroom, elapsed_s


def drafts(first: int, last: int) -> list[Draft]:
    return [a_draft(str(number)) for number in range(first, last + 1)]


async def test_no_more_may_wait_for_a_held_room_than_for_the_database() -> None:
    newsroom = Newsroom(messages_max=5)
    newsroom.log.busy = {ROOM.id}

    async with newsroom.running():
        for draft in drafts(1, 5):
            await newsroom.post_while_committing(draft)
        with pytest.raises(StorageUnavailable):
            newsroom.post(a_draft("one too many"))
        await newsroom.post_while_committing(a_draft("elsewhere", room=OTHER_ROOM))
        newsroom.log.busy = set()

    assert newsroom.log.contents(ROOM) == ["1", "2", "3", "4", "5"]
    assert newsroom.answers[0] == "stored elsewhere as 1"


async def test_others_are_stored_at_once_however_long_a_room_is_held() -> None:
    newsroom = Newsroom()
    newsroom.log.busy = {ROOM.id}

    async with newsroom.running():
        newsroom.post(a_draft("held"))
        await all_quiet()
        took_s = 0.0
        for number in range(40):
            began_s = elapsed_s()
            newsroom.post(a_draft(str(number), room=OTHER_ROOM))
            await all_quiet()
            took_s = max(took_s, elapsed_s() - began_s)
            assert newsroom.answers[-1] == f"stored {number} as {number + 1}"

    assert took_s < BUSY_RETRY_S


async def test_a_room_that_was_given_up_works_again_when_it_is_free() -> None:
    newsroom = Newsroom()
    newsroom.log.busy = {ROOM.id}

    async with newsroom.running():
        newsroom.post(a_draft("a"))
        await newsroom.journal.settled()
        newsroom.log.busy = set()
        newsroom.post(a_draft("b"))

    assert newsroom.answers == ["refused a: storage_unavailable", "stored b as 1"]


async def test_more_than_a_batch_that_waits_for_a_room_keeps_its_order() -> None:
    newsroom = Newsroom()
    newsroom.log.busy = {ROOM.id}
    count = 2 * BATCH_MESSAGES_MAX + 10

    async with newsroom.running():
        newsroom.post(*drafts(1, count))
        await all_quiet()
        newsroom.log.busy = set()
        newsroom.post(*drafts(count + 1, count + 5))

    assert newsroom.log.contents(ROOM) == [str(number) for number in range(1, count + 6)]
