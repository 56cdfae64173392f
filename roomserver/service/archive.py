"""
What was said before: from the cache when it is whole, else from the store.

The cache is served only if its last number is the head of the log, which the store is
asked for each time. So a read that starts after an acknowledgement always includes it,
whatever the cache has missed. Nor is it trusted about what was deleted.
"""

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from roomserver.core import wire
from roomserver.core.errors import MessageNotFound
from roomserver.core.model import Entry, EntryId, Head, Kind, Page, Record, RoomId, Seq
from roomserver.core.taken_back import without_deleted
from roomserver.core.window import Window
from roomserver.ports.log import Log
from roomserver.ports.recent import Recent
from roomserver.service.heads import Heads
from roomserver.service.shared import SharedAnswers

CHANGES_MAX: Final = 1_000
"""Changes that are told with a page from the middle of a log, the newest of them."""

PAGE_BYTES_MAX: Final = 512 * 1024
"""A page of the longest messages is shorter: many who don't read theirs must not fill memory."""

KNOWN_EPOCHS_MAX: Final = 10_000
"""Rooms of which is known what the cache was filled from."""


WINDOWS_MAX: Final = 128
"""Rooms whose last messages are kept ready for whoever comes in, until something is said there."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """A page, and where the log ended, and in which epoch, when it was read."""

    page: Page
    head: Seq
    epoch: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """Part of a log that need not reach its end. Its page's ``has_more`` looks back."""

    page: Page
    seq: Seq | None
    """The place that was looked for; None if it is behind the end."""

    has_newer: bool
    changes: Sequence[Record]
    """What lies behind the page and is about its messages."""


class Archive:
    """Pages of the rooms' logs, encoded for the wire."""

    def __init__(self, log: Log, recent: Recent, *, recent_messages_max: int) -> None:
        self._log = log
        self._recent = recent
        self._recent_messages_max = recent_messages_max
        self._shared = SharedAnswers()
        self._heads = Heads(log)
        self._windows: OrderedDict[RoomId, tuple[Head, Window]] = OrderedDict()
        """What the cache had, and the head that it reached: while that is the same, so is this."""

        self._epochs: OrderedDict[RoomId, str] = OrderedDict()

    async def close(self) -> None:
        await self._heads.close()
        await self._shared.close()

    async def latest(self, room_id: RoomId, *, limit: int) -> Stretch:
        """
        Return the last *limit* entries; ``has_more`` says whether there are older ones.

        Raises:
            StorageUnavailable: If the database didn't answer.

        """
        head = await self.head(room_id)
        if limit == 0 or head.seq == 0:
            return Stretch(Page([], has_more=head.seq > 0), head.seq, head.epoch)
        records = (await self._window(room_id, head)).last(limit)
        if records is None:
            count = max(limit, self._recent_messages_max)
            records = await self._read_last(room_id, head.seq, count)
        page = _end_of(records[-limit:])
        has_more = bool(page) and page[0].seq > 1
        return Stretch(Page(page, has_more=has_more), _newest(head.seq, records), head.epoch)

    async def after(self, room_id: RoomId, seq: Seq, *, limit: int) -> Stretch:
        """
        Return the first *limit* entries behind *seq*; ``has_more`` says whether newer ones follow.

        Raises:
            StorageUnavailable: If the database didn't answer.

        """
        head = await self.head(room_id)
        if seq >= head.seq:
            return Stretch(Page([], has_more=False), head.seq, head.epoch)
        records = (await self._window(room_id, head)).after(seq)
        if records is None:
            records = await self._after(room_id, seq, limit)
        page = _beginning_of(records[:limit])
        newest = _newest(head.seq, records)
        has_more = bool(page) and page[-1].seq < newest
        return Stretch(Page(page, has_more=has_more), newest, head.epoch)

    async def before(self, room_id: RoomId, seq: Seq, *, limit: int) -> Page:
        """
        Return the last *limit* entries before *seq*; ``has_more`` says whether older ones exist.

        Raises:
            StorageUnavailable: If the database didn't answer.

        """
        records = _end_of(await self._before(room_id, seq, limit))
        return Page(records, has_more=bool(records) and records[0].seq > 1)

    async def around(self, room_id: RoomId, message_id: EntryId, *, limit: int) -> Surroundings:
        """
        Return *limit* entries with the message in their middle, if there are so many.

        Raises:
            MessageNotFound: If there is no such message in the room. A deleted one is there.
            StorageUnavailable: If the database didn't answer.

        """
        seq = await self._log.place_of(room_id, message_id)
        if seq is None:
            raise MessageNotFound
        return await self._surroundings(room_id, seq, limit)

    async def at(self, room_id: RoomId, at_ms: int, *, limit: int) -> Surroundings:
        """
        Return *limit* entries around the first one at that moment or later.

        Raises:
            StorageUnavailable: If the database didn't answer.

        """
        seq = await self._shared.ask(
            (room_id, "at", at_ms), partial(self._log.first_at, room_id, at_ms)
        )
        return await self._surroundings(room_id, seq, limit)

    async def head(self, room_id: RoomId) -> Head:
        """
        Return where the room's log ends now.

        Raises:
            StorageUnavailable: If the database didn't answer.

        """
        return await self._heads.of(room_id)

    async def _surroundings(self, room_id: RoomId, seq: Seq, limit: int) -> Surroundings:
        from_here = limit - limit // 2
        later = await self._log.after(room_id, Seq(seq - 1), limit=from_here + 1)
        here = _beginning_of(_records(later[:from_here]), PAGE_BYTES_MAX // 2)
        earlier = await self._log.before(room_id, seq, limit=limit - len(here))
        page = [*_end_of(_records(earlier), PAGE_BYTES_MAX // 2), *here]
        has_newer = len(later) > len(here)
        changes: Sequence[Record] = ()
        if has_newer:
            shown = {record.seq for record in page}
            message_ids = {
                entry.id
                for entry in (*earlier, *later)
                if entry.kind is Kind.MESSAGE and entry.seq in shown
            }
            found = await self._log.about(
                room_id, message_ids, behind=page[-1].seq, limit=CHANGES_MAX
            )
            changes = _end_of(_records(found))
        return Surroundings(
            page=Page(page, has_more=bool(page) and page[0].seq > 1),
            seq=here[0].seq if here else None,
            has_newer=has_newer,
            changes=changes,
        )

    async def _window(self, room_id: RoomId, head: Head) -> Window:
        """
        Return what the cache has up to *head*, which is nothing unless it reaches it.

        What lies behind is heard by itself, or is from a log that has been restored since.
        """
        if self._is_restored(room_id, head.epoch):
            self._recent.forget(room_id)
            return Window(records_max=1)
        reached, known_window = self._windows.get(room_id, (None, None))
        if reached == head and known_window is not None:
            return known_window
        window = await self._shared.ask((room_id, "window"), partial(self._recent.window, room_id))
        if window.last_seq < head.seq:
            return Window(records_max=1)
        records = window.after(Seq(window.first_seq - 1)) or ()
        told = without_deleted(records)
        known = [record for record in told if record.seq <= head.seq]
        window = Window(known, records_max=max(1, len(known)))
        self._windows[room_id] = head, window
        self._windows.move_to_end(room_id)
        if len(self._windows) > WINDOWS_MAX:
            self._windows.popitem(last=False)
        return window

    def _is_restored(self, room_id: RoomId, epoch: str) -> bool:
        """Say whether the room was in another epoch when it was last asked for here."""
        before = self._epochs.get(room_id, epoch)
        self._epochs[room_id] = epoch
        self._epochs.move_to_end(room_id)
        if len(self._epochs) > KNOWN_EPOCHS_MAX:
            self._epochs.popitem(last=False)
        return before != epoch

    async def _read_last(self, room_id: RoomId, head: Seq, count: int) -> Sequence[Record]:
        records = await self._before(room_id, Seq(head + 1), count)
        self._recent.remember(room_id, records)
        return records

    async def _after(self, room_id: RoomId, seq: Seq, limit: int) -> Sequence[Record]:
        # A thousand who come back have missed a thousand different stretches of the same few
        # blocks: so a block is read, for all of them, in which anybody's page must lie.
        begin = Seq(seq - seq % limit)
        count = limit if begin == seq else 2 * limit
        read = partial(self._log.after, room_id, begin, limit=count)
        block = await self._ask(room_id, ("after", begin, count), read)
        return block[seq - begin :]

    async def _before(self, room_id: RoomId, seq: Seq, limit: int) -> Sequence[Record]:
        read = partial(self._log.before, room_id, seq, limit=limit)
        return await self._ask(room_id, ("before", seq, limit), read)

    async def _ask(
        self, room_id: RoomId, what: Hashable, read: Callable[[], Awaitable[Sequence[Entry]]]
    ) -> Sequence[Record]:
        async def encoded() -> Sequence[Record]:
            return _records(await read())

        return await self._shared.ask((room_id, what), encoded, line=(room_id, "pages"))


def _newest(head: Seq, records: Sequence[Record]) -> Seq:
    # The log may have grown between the two questions.
    return max(head, records[-1].seq) if records else head


def _records(entries: Sequence[Entry]) -> Sequence[Record]:
    return [wire.record_of(entry) for entry in entries]


def _beginning_of(records: Sequence[Record], bytes_max: int = PAGE_BYTES_MAX) -> Sequence[Record]:
    """Return as many of the first *records* as fit, one at least."""
    return records[: _fitting(records, bytes_max)]


def _end_of(records: Sequence[Record], bytes_max: int = PAGE_BYTES_MAX) -> Sequence[Record]:
    """Return as many of the last *records* as fit, one at least."""
    return records[len(records) - _fitting(reversed(records), bytes_max) :]


def _fitting(records: Iterable[Record], bytes_max: int) -> int:
    count = 0
    for record in records:
        bytes_max -= len(record.json)
        if bytes_max < 0 and count:
            break
        count += 1
    return count
