"""
Group commit: whatever waits becomes one transaction.

While one batch is being committed the next one forms, and if something waits, the loop reads
once what has arrived before that is taken. There is no timer: an idle server answers at once,
and a busy one shares each commit among hundreds of messages.

The order of effects is the promise. First the commit; then the cache; then
``message_sent`` to each author; then the message to everyone, its author included.
"""

import asyncio
import logging
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Final, Protocol
from uuid import uuid4

from roomserver.core import wire
from roomserver.core.errors import Internal, RoomBusy, RoomError, StorageUnavailable
from roomserver.core.frame import Parcel
from roomserver.core.model import Draft, Kind, Receipt, Record, RoomId, Seq
from roomserver.ports.log import Log
from roomserver.ports.recent import Recent
from roomserver.service.answers import Author, Waiting, WaitingRoom
from roomserver.service.condition import Condition
from roomserver.service.meter import Meter
from roomserver.service.tasks import Loop, ended, in_background

log = logging.getLogger(__name__)

BATCH_MESSAGES_MAX: Final = 1_000
"""One transaction's size. More gain nothing per message and delay those who wait behind them."""

BUSY_RETRY_S: Final = 0.1
"""How soon a room is tried again that another transaction holds."""

COMMIT_S_MAX: Final = 1.8
"""When a commit counts as failed."""


Stored = Callable[[Iterable[RoomId]], None]
"""Called with the rooms in which something has just been stored. May not wait."""


class Audience(Protocol):
    """Whom a room's entries are told."""

    def tell(self, room_id: RoomId, parcels: Sequence[Parcel]) -> None:
        """Tell everyone in the room. Never waits."""
        ...

    def tell_soon(self, room_id: RoomId, parcel: Parcel) -> None:
        """Tell everyone in the room what may wait a moment for more of its kind. Never waits."""
        ...

    def flush(self) -> None:
        """Let everything that has been told leave now, and not at the end of the tick."""
        ...


class Journal:
    """The one way into the log."""

    def __init__(
        self,
        *,
        store: Log,
        recent: Recent,
        audience: Audience,
        condition: Condition,
        messages_max: int,
    ) -> None:
        self._store = store
        self._recent = recent
        self._audience = audience
        self._condition = condition
        self.stored: Stored = _nobody_follows
        self._messages_max = messages_max
        self.meter = Meter()
        self._waiting: deque[Waiting] = deque()
        self._busy: dict[RoomId, list[Waiting]] = {}
        """What waits for rooms that another transaction holds. Such a room is slow alone."""

        self._busy_again_s = 0.0
        self._authors = WaitingRoom()
        self._wake = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Sequence[Loop]]:
        """Commit what is posted until the block ends, the last of it included."""
        async with in_background(journal=self._run()) as loops:
            try:
                yield loops
            finally:
                settling = asyncio.create_task(self.settled(), name="journal settles")
                # Nothing settles any more if the loop itself has met a bug.
                await asyncio.wait([settling, *loops], return_when=asyncio.FIRST_COMPLETED)
                await ended(settling)
                self._authors.close()

    def post(self, draft: Draft, author: Author) -> None:
        """
        Take *draft* into the batch that is forming; *author* hears what became of it.

        Never waits. Drafts of one author are stored in the order in which they were posted.

        Raises:
            StorageUnavailable: If too many wait already. This one is not stored.

        """
        if len(self._waiting) >= self._messages_max:
            raise StorageUnavailable
        if self._busy and len(self._busy.get(draft.room_id, ())) >= self._messages_max:
            raise StorageUnavailable
        if not self._waiting:
            self._idle.clear()
            self._wake.set()
        self._waiting.append(self._authors.admit(draft, author))

    @property
    def waiting(self) -> int:
        """How many drafts wait to be committed."""
        return len(self._waiting) + sum(map(len, self._busy.values()))

    async def settled(self) -> None:
        """Wait until every draft posted so far has been answered."""
        await self._idle.wait()

    async def _run(self) -> None:
        while True:
            await self._something_to_do()
            self._wake.clear()
            while batch := self._take():
                await self._commit(batch)
                self._authors.tidy()
                if self._waiting:
                    # What has arrived meanwhile is read first: it goes along with what waits.
                    await asyncio.sleep(0)
            if not self._has_busy():
                self._idle.set()

    async def _something_to_do(self) -> None:
        if not self._has_busy():
            await self._wake.wait()
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(BUSY_RETRY_S):
                await self._wake.wait()

    def _has_busy(self) -> bool:
        return any(self._busy.values())

    def _take(self) -> Sequence[Waiting]:
        batch: list[Waiting] = []
        if self._has_busy() and _now_s() >= self._busy_again_s:
            # In front of what came later for the same rooms, which goes behind it.
            for held in self._busy.values():
                batch += [waiting for waiting in held if not waiting.is_answered]
                held.clear()
        some_are_held = self._has_busy()
        while self._waiting and len(batch) < BATCH_MESSAGES_MAX:
            waiting = self._waiting.popleft()
            if waiting.is_answered or (some_are_held and self._is_behind_held(waiting)):
                continue
            batch.append(waiting)
        return batch

    def _is_behind_held(self, waiting: Waiting) -> bool:
        """Put *waiting* behind what is held of its room, if there is something."""
        if held := self._busy.get(waiting.draft.room_id):
            held.append(waiting)
        return bool(held)

    async def _commit(self, batch: Sequence[Waiting]) -> bool:
        """Store *batch* and answer its authors; return whether the database has answered."""
        try:
            outcomes = await self._append([waiting.draft for waiting in batch])
        except StorageUnavailable as error:
            self._give_up(batch, error)
            return False
        except Exception as error:  # noqa: BLE001 - see _commit_in_halves
            return await self._commit_in_halves(batch, error)
        self._condition.report("database", ok=True)
        self._announce(batch, outcomes)
        return True

    async def _append(self, drafts: Sequence[Draft]) -> Sequence[Receipt | RoomError]:
        is_patient = not any(draft.room_id in self._busy for draft in drafts)
        try:
            async with asyncio.timeout(COMMIT_S_MAX):
                return await self._store.append(drafts, is_patient=is_patient)
        except TimeoutError:
            raise StorageUnavailable from None

    async def _commit_in_halves(self, batch: Sequence[Waiting], error: Exception) -> bool:
        # A bug, or a draft that no check of ours foresaw. It must not take its neighbours along.
        if len(batch) == 1:
            self._refuse(batch, _as_incident(error))
            return True
        middle = len(batch) // 2
        if await self._commit(batch[:middle]):
            # Perhaps a room has been held meanwhile: what is behind that keeps its place.
            rest = [waiting for waiting in batch[middle:] if not self._is_behind_held(waiting)]
            return await self._commit(rest) if rest else True
        self._refuse(batch[middle:], StorageUnavailable())
        return False

    def _give_up(self, batch: Sequence[Waiting], error: StorageUnavailable) -> None:
        # Those behind this batch have waited as long: they are told now, not after their turn.
        held = [waiting for room in self._busy.values() for waiting in room]
        behind = list(self._waiting)
        self._waiting.clear()
        self._busy.clear()
        self._condition.report("database", ok=False)
        self._refuse([*batch, *held, *behind], error)

    def _refuse(self, batch: Sequence[Waiting], error: RoomError) -> None:
        for waiting in batch:
            waiting.answer(error)

    def _announce(self, batch: Sequence[Waiting], outcomes: Sequence[Receipt | RoomError]) -> None:
        stretches = _by_room(outcomes)
        self.stored(stretches)
        for room_id, stretch in stretches.items():
            self._remember(room_id, stretch)
        now_s = _now_s()
        waits_s: list[float] = []
        for waiting, outcome in zip(batch, outcomes, strict=True):
            if isinstance(outcome, Receipt):
                if self._busy:
                    self._busy.pop(waiting.draft.room_id, None)
                waits_s.append(waiting.waited_s(now_s))
            elif isinstance(outcome, RoomBusy):
                self._hold(waiting)
                continue
            waiting.answer(outcome)
        self.meter.acknowledged(waits_s)
        # Earlier entries too: when the answer to the commit was lost, nobody was told of them.
        # Whoever has heard them is not told again.
        for room_id, stretch in stretches.items():
            self._audience.tell(room_id, [wire.parcel_of(record) for record in stretch.in_order()])
        # In the tick of the acknowledgements: then an author gets both in one write.
        self._audience.flush()

    def _remember(self, room_id: RoomId, stretch: "_Stretch") -> None:
        if stretch.has_deletion:
            self._recent.forget(room_id)
        if stretch.new:
            self._recent.remember(room_id, stretch.new)
            self.meter.stored(room_id, entries=len(stretch.new))

    def _hold(self, waiting: Waiting) -> None:
        self._busy_again_s = _now_s() + BUSY_RETRY_S
        self._busy.setdefault(waiting.draft.room_id, []).append(waiting)


class _Stretch:
    """What one batch has of one room, encoded."""

    __slots__ = ("_records", "has_deletion", "new")

    def __init__(self) -> None:
        self._records: dict[Seq, Record] = {}
        self.new: list[Record] = []
        """What was not stored before, in the order of its numbers."""

        self.has_deletion = False

    def add(self, receipt: Receipt) -> None:
        entry = receipt.entry
        record = self._records[entry.seq] = wire.record_of(entry)
        if receipt.is_new:
            self.new.append(record)
            self.has_deletion |= entry.kind is Kind.DELETION

    def in_order(self) -> Sequence[Record]:
        """Return all of it, by its numbers. What was sent twice is there once."""
        return [self._records[seq] for seq in sorted(self._records)]


def _by_room(outcomes: Sequence[Receipt | RoomError]) -> Mapping[RoomId, _Stretch]:
    stretches: dict[RoomId, _Stretch] = defaultdict(_Stretch)
    for outcome in outcomes:
        if isinstance(outcome, Receipt):
            stretches[outcome.entry.room_id].add(outcome)
    return stretches


def _as_incident(error: Exception) -> Internal:
    incident = uuid4().hex[:8]
    log.error("a draft could not be stored", exc_info=error, extra={"incident": incident})
    return Internal(incident)


def _now_s() -> float:
    return asyncio.get_running_loop().time()


def _nobody_follows(_room_ids: Iterable[RoomId]) -> None:
    pass
