"""Somebody who follows a room's log from outside: its entries, and nothing that passes."""

from roomserver.core import events, wire
from roomserver.core.errors import RoomError
from roomserver.core.frame import Bundle
from roomserver.core.model import Page, Room, Seq
from roomserver.ports.connection import Connection
from roomserver.service.hub import Member
from roomserver.service.reading import Opening, Position
from roomserver.service.rights import Stay
from roomserver.service.visit import VisitServices


class Follower:
    """
    From :meth:`begin` to :meth:`end`; both are called once.

    A follower is nobody's presence: they are not in the room for the others, and have read
    nothing of it.
    """

    def __init__(
        self, room: Room, stay: Stay, *, connection: Connection, services: VisitServices
    ) -> None:
        self._room = room
        self._user = stay.caller.user
        self._connection = connection
        self._to = services
        self._member: Member | None = None
        stay.lost = self.refuse

    async def begin(self, *, since: Position | None, history: int) -> Opening:
        """
        Begin to listen; return where the log stands. Nothing has been sent yet.

        Raises:
            StorageUnavailable: If the log can't be read now.
            ShuttingDown: If the instance has just begun to stop.
            RoomNotFound: If the room is not there any more.

        """
        self._member = self._to.hub.enter(
            self._room.id, self._user, self._connection, is_log_only=True
        )
        await self._to.relay.follow(self._room.id)
        return await self._to.reading.opening(self._room.id, since, history=history)

    async def tell(self, opened: Opening) -> None:
        """
        Send ``following``, what lies behind it, and from then on every entry.

        Raises:
            StorageUnavailable: If the log can't be read on.

        """
        assert self._member is not None, "it has begun"
        stretch = opened.stretch
        following = events.Following(
            room_id=self._room.id,
            epoch=stretch.epoch,
            last_seq=stretch.head,
            resync=opened.resync or None,
        )
        self._connection.deliver(Bundle.of(wire.encode(following)))
        self._show(stretch.page, opened.end)
        await self._to.reading.catch_up(self._member, opened, self._show)

    def refuse(self, error: RoomError) -> None:
        """Say why it ends here."""
        self._to.refusals.note(error)
        self._connection.deliver(Bundle.of(wire.encode_error(error)))
        self._connection.close(error.close_code, error.code)

    def end(self) -> None:
        """Listen no more."""
        if self._member is not None:
            self._to.hub.leave(self._member)

    def _show(self, page: Page, _after: Seq) -> None:
        if page.records:
            self._connection.deliver(Bundle([wire.parcel_of(record) for record in page.records]))
