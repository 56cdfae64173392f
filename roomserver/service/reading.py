"""
From a place in a room's log to its end, and live from there: no hole, no repeat.

The reader is in the hub before anything is read, so nothing falls in between: what comes
meanwhile is held back, and released behind the last entry that was sent.
"""

from collections.abc import Callable
from dataclasses import dataclass

from roomserver.core.errors import RoomNotFound
from roomserver.core.model import Page, RoomId, Seq
from roomserver.service.archive import Archive, Stretch
from roomserver.service.hub import Hub, Member


@dataclass(frozen=True, slots=True)
class Position:
    """Where a returning client stopped reading: a number, and the log that it belongs to."""

    seq: Seq
    epoch: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """What a reader begins with."""

    stretch: Stretch
    resync: bool
    """Whether the position was another log's: whatever the reader has is to be forgotten."""

    has_more: bool
    """Whether more has to be sent before the reader is at the end of the log."""

    @property
    def end(self) -> Seq:
        """Where the opening ends."""
        page = self.stretch.page
        return page.records[-1].seq if page.records else self.stretch.head


@dataclass(frozen=True, slots=True)
class Reading:
    """The two steps of it. Both may raise :exc:`StorageUnavailable`."""

    hub: Hub
    archive: Archive
    page_max: int

    async def opening(self, room_id: RoomId, since: Position | None, *, history: int) -> Opening:
        """
        Return what lies behind *since*, or else the last *history* entries.

        Raises:
            RoomNotFound: If the room is not there any more.

        """
        if since is not None:
            stretch = await self.archive.after(room_id, since.seq, limit=self.page_max)
            # The epoch is asked for with the head: it changes when the log has been restored.
            if stretch.epoch and since.seq <= stretch.head and since.epoch in (None, stretch.epoch):
                return Opening(stretch=stretch, resync=False, has_more=stretch.page.has_more)
        stretch = await self.archive.latest(room_id, limit=min(history, self.page_max))
        if not stretch.epoch:
            raise RoomNotFound
        return Opening(stretch=stretch, resync=since is not None, has_more=False)

    async def catch_up(
        self, member: Member, opened: Opening, show: Callable[[Page, Seq], None]
    ) -> None:
        """
        Have page after page behind *opened* shown until *member* is at the end, then go live.

        *show* is called with a page and the number that it follows.
        """
        sent, has_more = opened.end, opened.has_more
        while True:
            if not has_more and self.hub.go_live(member, after=sent):
                return
            await member.connection.drained()
            page = (await self.archive.after(member.room_id, sent, limit=self.page_max)).page
            has_more = page.has_more
            if page.records:
                show(page, sent)
                sent = page.records[-1].seq
