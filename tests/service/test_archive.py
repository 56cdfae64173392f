import asyncio
from collections.abc import Awaitable, Callable

import msgspec
import pytest

from roomserver.adapters.memory_recent import MemoryRecent
from roomserver.core import wire
from roomserver.core.errors import MessageNotFound, StorageUnavailable
from roomserver.core.model import EntryId, Kind, Page, RoomId, Seq
from roomserver.core.window import Window
from roomserver.service.archive import PAGE_BYTES_MAX, Archive, Stretch
from tests.support.builders import NOON_MS, ROOM, a_draft, an_entry, records
from tests.support.fake_log import FakeLog
from tests.support.fakes import FakeRecent
from tests.support.loops import all_quiet

ROOM_ID = ROOM.id


def a_log(entries: int) -> FakeLog:
    """A room in which so much has been said."""
    log = FakeLog(ROOM)
    log.store(*(a_draft(f"number {seq}") for seq in range(1, entries + 1)))
    return log


def an_archive(log: FakeLog, recent: FakeRecent | MemoryRecent | None = None) -> Archive:
    return Archive(log, recent or FakeRecent(), recent_messages_max=50)


def seqs(found: Stretch | Page) -> list[int]:
    page = found.page if isinstance(found, Stretch) else found
    return [record.seq for record in page.records]


@pytest.mark.parametrize(
    ("entries", "limit", "found", "has_more"),
    [
        (0, 3, [], False),
        (2, 3, [1, 2], False),
        (3, 3, [1, 2, 3], False),
        (4, 3, [2, 3, 4], True),
        (4, 0, [], True),
        (0, 0, [], False),
    ],
)
async def test_the_latest_page_ends_at_the_head_and_tells_whether_there_are_older_ones(
    entries: int, limit: int, found: list[int], *, has_more: bool
) -> None:
    archive = an_archive(a_log(entries))

    stretch = await archive.latest(ROOM_ID, limit=limit)

    assert seqs(stretch) == found
    assert stretch.page.has_more == has_more
    assert stretch.head == entries


@pytest.mark.parametrize(
    ("after", "found", "has_more"),
    [(0, [1, 2], True), (2, [3, 4], True), (3, [4, 5], False), (5, [], False), (9, [], False)],
)
async def test_a_page_behind_a_number_tells_whether_newer_ones_follow(
    after: int, found: list[int], *, has_more: bool
) -> None:
    archive = an_archive(a_log(5))

    stretch = await archive.after(ROOM_ID, Seq(after), limit=2)

    assert seqs(stretch) == found
    assert stretch.page.has_more == has_more
    assert stretch.head == 5


@pytest.mark.parametrize(
    ("before", "found", "has_more"),
    [(6, [4, 5], True), (99, [4, 5], True), (3, [1, 2], False), (2, [1], False), (1, [], False)],
)
async def test_a_page_before_a_number_tells_whether_older_ones_exist(
    before: int, found: list[int], *, has_more: bool
) -> None:
    archive = an_archive(a_log(5))

    page = await archive.before(ROOM_ID, Seq(before), limit=2)

    assert seqs(page) == found
    assert page.has_more == has_more


async def test_a_cache_that_reaches_the_head_spares_the_store() -> None:
    log = a_log(10)
    archive = an_archive(log, FakeRecent(*records(1, 10)))

    latest = await archive.latest(ROOM_ID, limit=3)
    behind = await archive.after(ROOM_ID, Seq(7), limit=50)

    assert seqs(latest) == seqs(behind) == [8, 9, 10]
    assert log.reads == ["heads", "heads"]


async def test_those_who_come_one_after_the_other_share_what_the_cache_has() -> None:
    log, recent = a_log(10), FakeRecent(*records(1, 10))
    archive = an_archive(log, recent)

    for _ in range(3):
        assert seqs(await archive.latest(ROOM_ID, limit=3)) == [8, 9, 10]

    assert recent.asked == 1
    assert log.reads == ["heads"] * 3


async def test_what_a_cache_has_beyond_the_end_of_the_log_is_not_served() -> None:
    # The log was restored from a backup, the cache was not.
    archive = an_archive(a_log(5), FakeRecent(*records(1, 8)))

    latest = await archive.latest(ROOM_ID, limit=3)
    after = await archive.after(ROOM_ID, Seq(2), limit=10)

    assert (seqs(latest), latest.head) == ([3, 4, 5], 5)
    assert (seqs(after), after.head, after.page.has_more) == ([3, 4, 5], 5, False)


async def test_a_cache_that_has_missed_the_newest_is_not_served() -> None:
    log = a_log(10)
    archive = an_archive(log, FakeRecent(*records(1, 9)))

    latest = await archive.latest(ROOM_ID, limit=3)
    behind = await archive.after(ROOM_ID, Seq(7), limit=50)

    assert seqs(latest) == seqs(behind) == [8, 9, 10]
    assert log.reads == ["heads", "before 11", "heads", "after 0"]


async def test_a_cache_with_a_hole_is_served_only_behind_the_hole() -> None:
    log = a_log(10)
    archive = an_archive(log, FakeRecent(*records(1, 5), *records(7, 10)))

    behind_it = await archive.after(ROOM_ID, Seq(6), limit=50)
    across_it = await archive.after(ROOM_ID, Seq(5), limit=50)
    latest = await archive.latest(ROOM_ID, limit=5)

    assert seqs(behind_it) == [7, 8, 9, 10]
    assert seqs(across_it) == seqs(latest) == [6, 7, 8, 9, 10]
    assert log.reads == ["heads", "heads", "after 0", "heads", "before 11"]


async def test_a_cache_that_holds_less_than_was_asked_for_is_not_served() -> None:
    log = a_log(10)
    archive = an_archive(log, FakeRecent(*records(9, 10)))

    latest = await archive.latest(ROOM_ID, limit=3)

    assert seqs(latest) == [8, 9, 10]


async def test_what_the_store_had_to_be_asked_for_is_remembered() -> None:
    log, recent = a_log(100), FakeRecent()
    archive = an_archive(log, recent)

    stretch = await archive.latest(ROOM_ID, limit=3)

    assert seqs(stretch) == [98, 99, 100]
    assert recent.remembered == [list(range(51, 101))]


async def test_a_hundred_who_ask_at_once_are_answered_by_one_read() -> None:
    log = a_log(100)
    archive = an_archive(log)

    stretches = await asyncio.gather(
        *(archive.after(ROOM_ID, Seq(90), limit=50) for _ in range(100))
    )

    assert {tuple(seqs(stretch)) for stretch in stretches} == {tuple(range(91, 101))}
    assert log.reads == ["heads", "after 50"]


async def test_those_who_have_missed_different_parts_of_a_block_are_answered_by_one_read() -> None:
    log = a_log(300)
    archive = an_archive(log)

    stretches = await asyncio.gather(
        *(archive.after(ROOM_ID, Seq(since), limit=50) for since in range(100, 150))
    )

    for since, stretch in zip(range(100, 150), stretches, strict=True):
        assert seqs(stretch) == list(range(since + 1, since + 51))
        assert stretch.page.has_more
    assert sorted(log.reads) == ["after 100", "after 100", "heads"]


async def test_a_read_that_starts_after_an_acknowledgement_includes_it() -> None:
    log, recent = a_log(3), MemoryRecent(messages_max=50)
    archive = an_archive(log, recent)
    log.reading.shut()
    early = asyncio.create_task(archive.latest(ROOM_ID, limit=50))
    await all_quiet()
    log.store(a_draft("acknowledged"))

    late = asyncio.create_task(archive.latest(ROOM_ID, limit=50))
    await all_quiet()
    log.reading.open()
    await early

    assert seqs(await late) == [1, 2, 3, 4]


class _SlowRecent(FakeRecent):
    """While it is asked, the log grows."""

    def __init__(self, log: FakeLog) -> None:
        super().__init__()
        self._log = log

    async def window(self, room_id: RoomId) -> Window:
        self._log.store(a_draft("number 4"), a_draft("number 5"))
        return await super().window(room_id)


async def test_the_head_is_never_behind_what_was_read() -> None:
    log = a_log(3)
    archive = an_archive(log, _SlowRecent(log))

    behind = await archive.after(ROOM_ID, Seq(1), limit=50)

    assert behind.head == 5
    assert seqs(behind) == [2, 3, 4, 5]


@pytest.mark.parametrize(
    "question",
    [
        lambda archive: archive.latest(ROOM_ID, limit=3),
        lambda archive: archive.after(ROOM_ID, Seq(1), limit=3),
        lambda archive: archive.before(ROOM_ID, Seq(3), limit=3),
    ],
    ids=["latest", "after", "before"],
)
async def test_a_store_that_does_not_answer_is_not_papered_over(
    question: Callable[[Archive], Awaitable[object]],
) -> None:
    log = a_log(3)
    archive = an_archive(log, FakeRecent(*records(1, 3)))
    log.failure = StorageUnavailable()

    with pytest.raises(StorageUnavailable):
        await question(archive)


@pytest.mark.parametrize(
    "question",
    [
        lambda archive: archive.latest(ROOM_ID, limit=2),
        lambda archive: archive.after(ROOM_ID, Seq(0), limit=2),
    ],
    ids=["latest", "after"],
)
async def test_a_cache_that_has_missed_a_deletion_does_not_tell_what_was_deleted(
    question: Callable[[Archive], Awaitable[Stretch]],
) -> None:
    # One instance read the first entry, another deleted it, and then the first one cached it.
    deletion = msgspec.structs.replace(
        an_entry(2, ""), kind=Kind.DELETION, target_id=an_entry(1).id
    )
    recent = FakeRecent(wire.record_of(an_entry(1, "secret")), wire.record_of(deletion))
    log = a_log(2)

    page = (await question(an_archive(log, recent))).page

    assert seqs(page) == [1, 2]
    assert b"secret" not in b"".join(record.json for record in page.records)
    assert log.reads == ["heads"]


async def test_closing_ends_a_read_that_is_under_way() -> None:
    log = a_log(3)
    archive = an_archive(log)
    log.reading.shut()
    asking = asyncio.create_task(archive.latest(ROOM_ID, limit=3))
    await all_quiet()

    await archive.close()

    with pytest.raises(asyncio.CancelledError):
        await asking
    assert log.reading.waiting == 0


async def test_what_is_remembered_of_a_log_that_was_restored_since_is_forgotten() -> None:
    log, recent = a_log(5), MemoryRecent(messages_max=50)
    archive = an_archive(log, recent)
    await archive.latest(ROOM_ID, limit=5)

    before = await log.head(ROOM_ID)
    log.restore(ROOM_ID, head=2)
    await log.begin_epoch(ROOM_ID, after=before)
    log.store(*(a_draft(f"another {seq}") for seq in range(3, 7)))
    stretch = await archive.latest(ROOM_ID, limit=5)

    assert stretch.epoch != before.epoch
    assert [b"another" in record.json for record in stretch.page.records] == [False] + [True] * 4


@pytest.mark.parametrize(
    ("middle", "found", "has_more", "has_newer"),
    [
        (5, [3, 4, 5, 6], True, True),
        (1, [1, 2], False, True),
        (2, [1, 2, 3], False, True),
        (8, [6, 7, 8, 9], True, False),
        (9, [6, 7, 8, 9], True, False),
    ],
)
async def test_a_message_stands_in_the_middle_of_what_surrounds_it(
    middle: int, found: list[int], *, has_more: bool, has_newer: bool
) -> None:
    archive = an_archive(a_log(9))

    around = await archive.around(ROOM_ID, EntryId(1_000 + middle), limit=4)

    assert (seqs(around.page), around.seq) == (found, middle)
    assert (around.page.has_more, around.has_newer) == (has_more, has_newer)


async def test_a_moment_after_the_end_is_answered_by_the_last_page() -> None:
    archive = an_archive(a_log(9))

    found = await archive.at(ROOM_ID, NOON_MS + 1, limit=4)

    assert (seqs(found.page), found.seq, found.has_newer) == ([6, 7, 8, 9], None, False)


async def test_what_surrounds_a_message_comes_with_what_was_done_to_it_later() -> None:
    log = a_log(9)
    edit = msgspec.structs.replace(a_draft("better"), kind=Kind.EDIT, target_id=EntryId(1_002))
    log.store(edit, msgspec.structs.replace(edit, target_id=EntryId(1_008)))
    archive = an_archive(log)

    around = await archive.around(ROOM_ID, EntryId(1_002), limit=4)
    at_the_end = await archive.around(ROOM_ID, EntryId(1_009), limit=10)

    assert [record.seq for record in around.changes] == [10]
    assert [record.seq for record in at_the_end.changes] == []


async def test_what_is_not_there_has_no_surroundings() -> None:
    with pytest.raises(MessageNotFound):
        await an_archive(a_log(9)).around(ROOM_ID, EntryId(1_010), limit=4)


def a_log_of_long_messages(entries: int) -> FakeLog:
    """A log of which a few entries fill a page."""
    log = FakeLog(ROOM)
    log.store(*(a_draft("x" * 100_000) for _ in range(entries)))
    return log


async def test_a_page_of_long_messages_is_shorter_and_says_that_there_are_more() -> None:
    archive = an_archive(a_log_of_long_messages(30))

    latest = await archive.latest(ROOM_ID, limit=20)
    before = await archive.before(ROOM_ID, Seq(20), limit=15)
    after = await archive.after(ROOM_ID, Seq(10), limit=15)

    assert (seqs(latest), latest.page.has_more) == ([26, 27, 28, 29, 30], True)
    assert (seqs(before), before.has_more) == ([15, 16, 17, 18, 19], True)
    assert (seqs(after), after.page.has_more) == ([11, 12, 13, 14, 15], True)
    for page in (latest.page, before, after.page):
        assert sum(len(record.json) for record in page.records) <= PAGE_BYTES_MAX


async def test_long_messages_are_read_page_by_page_without_a_hole() -> None:
    archive = an_archive(a_log_of_long_messages(30))
    read: list[int] = []
    has_more = True
    while has_more:
        page = (await archive.after(ROOM_ID, Seq(len(read)), limit=20)).page
        read, has_more = [*read, *(record.seq for record in page.records)], page.has_more

    assert read == list(range(1, 31))


async def test_one_message_is_a_page_however_long_it_is() -> None:
    log = FakeLog(ROOM)
    log.store(*(a_draft("x" * 2 * PAGE_BYTES_MAX) for _ in range(3)))

    assert seqs(await an_archive(log).latest(ROOM_ID, limit=20)) == [3]


async def test_the_surroundings_of_long_messages_are_smaller_on_both_sides() -> None:
    log = a_log_of_long_messages(30)
    archive = an_archive(log)
    message_id = (await log.after(ROOM_ID, Seq(14), limit=1))[0].id

    found = await archive.around(ROOM_ID, message_id, limit=20)

    assert [record.seq for record in found.page.records] == [13, 14, 15, 16]
    assert (found.seq, found.page.has_more, found.has_newer) == (15, True, True)
