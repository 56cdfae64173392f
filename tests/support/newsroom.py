"""A journal over fakes: who posts, what is stored, and who hears of it in which order."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from roomserver.core.errors import RoomError
from roomserver.core.frame import Parcel
from roomserver.core.limits import Limits
from roomserver.core.model import Draft, Receipt, Record, RoomId
from roomserver.service.condition import Condition
from roomserver.service.hub import Hub
from roomserver.service.journal import Journal
from tests.support.builders import OTHER_ROOM, ROOM
from tests.support.fake_log import FakeLog
from tests.support.fakes import FakeRecent
from tests.support.loops import all_quiet


class Newsroom:
    """Everything around one journal. What is heard goes to one list, in its order."""

    def __init__(self, *, messages_max: int = 10_000) -> None:
        self.happened: list[str] = []
        self.log = FakeLog(ROOM, OTHER_ROOM)
        self.recent = _Recent(self.happened)
        self.told: list[tuple[RoomId, int | None]] = []
        """The room and the number of each parcel that was told."""

        self.condition = Condition(Hub(Limits()))
        self.journal = Journal(
            store=self.log,
            recent=self.recent,
            audience=self,
            condition=self.condition,
            messages_max=messages_max,
        )

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        async with self.journal.running():
            yield

    def post(self, *drafts: Draft) -> None:
        """Post *drafts*, each by an author of its own who notes what becomes of it."""
        for draft in drafts:
            self.journal.post(draft, _Author(self.happened))

    async def post_while_committing(self, *drafts: Draft) -> None:
        """Post *drafts* one by one, each when the one before has been taken up by the journal."""
        for draft in drafts:
            self.post(draft)
            await all_quiet()

    def tell(self, room_id: RoomId, parcels: Sequence[Parcel]) -> None:
        self.told += [(room_id, parcel.seq) for parcel in parcels]
        self.happened += [f"told {parcel.seq}" for parcel in parcels]

    def tell_soon(self, room_id: RoomId, parcel: Parcel) -> None:
        self.tell(room_id, [parcel])

    def flush(self) -> None:
        """Everything has been told already."""

    @property
    def answers(self) -> list[str]:
        """What the authors heard."""
        return [event for event in self.happened if event.startswith(("stored", "refused"))]


class SilentBug:
    """An author with a bug in it."""

    def stored(self, draft: Draft, receipt: Receipt) -> None:
        raise ZeroDivisionError

    def refused(self, draft: Draft, error: RoomError) -> None:
        raise ZeroDivisionError


class AnswersBack:
    """An author whose next draft is on its way as soon as they hear of the one before."""

    def __init__(self, newsroom: Newsroom, draft: Draft) -> None:
        self._newsroom = newsroom
        self._draft = draft

    def stored(self, draft: Draft, receipt: Receipt) -> None:
        # It is read when the loop looks at the network again.
        asyncio.get_running_loop().call_soon(self._newsroom.post, self._draft)

    def refused(self, draft: Draft, error: RoomError) -> None:
        raise AssertionError(f"{draft.content} is refused: {error}")


def elapsed_s() -> float:
    """Return the time on the loop's own clock."""
    return asyncio.get_running_loop().time()


class _Author:
    def __init__(self, happened: list[str]) -> None:
        self._happened = happened

    def stored(self, draft: Draft, receipt: Receipt) -> None:
        self._happened.append(f"stored {receipt.entry.content} as {receipt.entry.seq}")

    def refused(self, draft: Draft, error: RoomError) -> None:
        self._happened.append(f"refused {draft.content}: {error.code}")


class _Recent(FakeRecent):
    def __init__(self, happened: list[str]) -> None:
        super().__init__()
        self._happened = happened

    def remember(self, room_id: RoomId, records: Sequence[Record]) -> None:
        super().remember(room_id, records)
        self._happened += [f"cached {record.seq}" for record in records]
