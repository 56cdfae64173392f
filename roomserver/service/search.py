"""
Finding what was said: an index that follows the logs, and is at the end when it is asked.

Indexing costs half as much as storing, so no author waits for it: it is done behind the
commits, some seconds later, and takes little of the database while much is said. A search
first moves the index of its room on to the end of the log. So a search that begins after
an acknowledgement finds what was acknowledged; and what each message says is read from
the log: what was deleted or changed a moment ago is not found by its old words.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from functools import partial
from typing import Final

from roomserver.core.errors import SearchBehind, StorageUnavailable
from roomserver.core.model import Entry, RoomId, Seq
from roomserver.core.searching import Excerpt, excerpt_of, marks_in, read_query
from roomserver.ports.search import Found, SearchIndex
from roomserver.service.shared import SharedAnswers
from roomserver.service.tasks import Loop, in_background

log = logging.getLogger(__name__)

STEP_ENTRIES: Final = 250
"""Entries that are indexed in one transaction: some ten milliseconds, in which nobody commits."""

FOLLOW_S: Final = 5.0
"""How long a room is left alone after something was said: one transaction, and one write to the
disk, for all of that. A search doesn't wait for it."""

RESTS: Final = 19.0
"""How much longer than a step the index rests while more is being said: a twentieth of the time."""

WAIT_S_MAX: Final = 5.0
"""How long a search may wait for the index."""

SEARCHES_MAX: Final = 4
"""Searches at once: history and everything else is read by the same connections."""

RESULTS_MAX: Final = 50
ROOMS_AT_START_MAX: Final = 100_000
"""Rooms that are looked after at the start; of any beyond, a search makes up for itself."""

PAUSE_AFTER_FAILURE_S: Final = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """A message that says what was looked for, as it is now."""

    message: Entry
    is_edited: bool
    excerpt: Excerpt


@dataclass(frozen=True, slots=True)
class Results:
    """Newest first. *has_more* says whether there are older ones."""

    results: Sequence[Result]
    has_more: bool


class Search:
    """Looks for words, and keeps the index close to the logs."""

    def __init__(self, index: SearchIndex) -> None:
        self._index = index
        self._shared = SharedAnswers()
        self._slots = asyncio.Semaphore(SEARCHES_MAX)
        self._behind: dict[RoomId, None] = {}
        """Rooms whose logs have grown, those that have waited longest first."""

        self._notes = 0
        self._wake = asyncio.Event()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Sequence[Loop]]:
        """Follow the logs until the block ends."""
        try:
            async with in_background(search_index=self._follow()) as loops:
                yield loops
        finally:
            await self._shared.close()

    def note(self, room_ids: Iterable[RoomId]) -> None:
        """Take note that something was stored in those rooms. Never waits."""
        self._notes += 1
        self._behind.update(dict.fromkeys(room_ids))
        self._wake.set()

    async def find(self, room_id: RoomId, text: str, *, before: Seq | None, limit: int) -> Results:
        """
        Return the last *limit* messages in front of *before* that say what was typed.

        Raises:
            InvalidEvent: If there is nothing to look for in *text*.
            SearchBehind: If the index could not be moved to the end of the log in time.
            StorageUnavailable: If the database didn't answer.

        """
        query = read_query(text)
        limit = min(limit, RESULTS_MAX)
        async with self._slots:
            await self._reach_the_end(room_id)
            results: list[Result] = []
            while len(results) <= limit:
                wanted = limit + 1 - len(results)
                found = await self._index.find(room_id, query, before=before, limit=wanted)
                for each in found:
                    marks = marks_in(each.content, query)
                    if marks is not None and not each.message.is_deleted:
                        results.append(_result(each, excerpt_of(each.content, marks)))
                if len(found) < wanted:
                    break
                before = found[-1].message.seq
        return Results(results[:limit], has_more=len(results) > limit)

    async def _reach_the_end(self, room_id: RoomId) -> None:
        try:
            async with asyncio.timeout(WAIT_S_MAX):
                # One at a time: others would only find that it has been done.
                await self._shared.ask(room_id, partial(self._index_all, room_id))
        except TimeoutError:
            raise SearchBehind from None

    async def _index_all(self, room_id: RoomId) -> None:
        end: Seq | None = None
        while True:
            position, head = await self._index.advance(room_id, limit=STEP_ENTRIES)
            # What is said meanwhile was said after the question.
            end = head if end is None else min(end, head)
            if position >= end:
                return

    async def _follow(self) -> None:
        await self._begin()
        while True:
            await self._wake.wait()
            await asyncio.sleep(FOLLOW_S)
            self._wake.clear()
            rooms, self._behind = self._behind, {}
            while rooms:
                room_id = next(iter(rooms))
                del rooms[room_id]
                if await self._follow_room(room_id):
                    # Behind all the others: a room with much to index holds up none of them.
                    rooms[room_id] = None

    async def _begin(self) -> None:
        # What was said while nobody indexed, by this server or by an older one without search.
        with suppress(StorageUnavailable):
            self.note(await self._index.behind(limit=ROOMS_AT_START_MAX))

    async def _follow_room(self, room_id: RoomId) -> bool:
        """Index a part of the room's log; say whether there was more of it."""
        loop = asyncio.get_running_loop()
        notes, began_s = self._notes, loop.time()
        try:
            position, head = await self._index.advance(room_id, limit=STEP_ENTRIES)
        except Exception as error:
            if not isinstance(error, StorageUnavailable):
                # A bug: the server goes on without this room's index, and says so.
                log.exception("a room could not be indexed", extra={"room": room_id})
            await asyncio.sleep(PAUSE_AFTER_FAILURE_S)
            self.note([room_id])
            return False
        if self._notes != notes:
            await asyncio.sleep(RESTS * (loop.time() - began_s))
        return position < head


def _result(found: Found, excerpt: Excerpt) -> Result:
    return Result(message=found.message, is_edited=found.is_edited, excerpt=excerpt)
