"""
One connection's stay in one room: a command comes in, an answer goes out.

The history is read after the hub knows the member, so nothing falls in between:
what arrives meanwhile is held back, and released behind the last entry that was sent.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final

from roomserver.core import commands, events, wire
from roomserver.core.errors import Forbidden, RateLimited, RoomError, TooManyMistakes
from roomserver.core.frame import Bundle
from roomserver.core.limits import Limits
from roomserver.core.model import (
    Caller,
    Draft,
    EntryId,
    Page,
    Receipt,
    Room,
    Seq,
    User,
)
from roomserver.core.policy import Action
from roomserver.core.throttle import Tally, Throttle
from roomserver.ports.connection import Connection
from roomserver.service.activity import Activity
from roomserver.service.archive import Archive
from roomserver.service.attendance import Attendance
from roomserver.service.hub import Hub, Member
from roomserver.service.reading import Opening, Position, Reading
from roomserver.service.refusals import Refusals
from roomserver.service.relay import Relay
from roomserver.service.rights import Stay
from roomserver.service.writer import Writer, WriterServices

HISTORY_DEFAULT: Final = 50
"""Messages that a newcomer is shown."""

Renew = Callable[[str], Awaitable[Caller]]


@dataclass(slots=True)
class Totals:
    """What a visit came to, for the log."""

    messages: int = 0
    refusals: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitServices(WriterServices):
    """What a visit needs from the rest of the server."""

    hub: Hub
    activity: Activity
    archive: Archive
    attendance: Attendance
    relay: Relay
    refusals: Refusals
    instance: str
    version: str

    @property
    def reading(self) -> Reading:
        return Reading(self.hub, self.archive, self.limits.history_messages_max)


def address_throttle(limits: Limits) -> Throttle[str]:
    """Count what one address sends, messages and all else, against so many people's share."""
    senders = limits.senders_per_address_max
    return Throttle(
        per_second=senders * (limits.messages_per_second + limits.events_per_second),
        burst=senders * (limits.messages_burst + limits.events_burst),
    )


class Visit:
    """From :meth:`begin` to :meth:`end`; both are called once."""

    __slots__ = (
        "_connection",
        "_member",
        "_mistakes",
        "_stay",
        "_to",
        "_too_fast",
        "_writer",
        "caller",
        "renew",
        "room",
        "totals",
        "user",
    )

    def __init__(
        self, room: Room, stay: Stay, *, connection: Connection, services: VisitServices
    ) -> None:
        self.room = room
        self.caller = caller = stay.caller
        self.user = caller.user
        self.totals = Totals()
        self._connection = connection
        self.renew: Renew | None = None
        """How to take a newer token: it returns who they are by it."""

        self._stay = stay
        stay.lost = self._shown_out
        self._to = services
        self._writer = Writer(room.id, stay, services)
        self._member: Member | None = None
        self._mistakes = Tally(per_minute_max=services.limits.mistakes_per_minute_max)
        self._too_fast = Tally(per_minute_max=services.limits.rate_refusals_per_minute_max)

    async def begin(self, *, since: Position | None, history: int) -> None:
        """
        Enter the room, send ``connected``, the history, and from then on everything.

        Raises:
            StorageUnavailable: If the log can't be read now. The visit has not begun.
            ShuttingDown: If the instance has just begun to stop.
            RoomNotFound: If the room is not there any more.

        """
        member = self._to.hub.enter(self.room.id, self.user, self._connection)
        try:
            await self._to.relay.follow(self.room.id)
            opened = await self._opening(since, history)
            read_up_to = await self._to.register.read_up_to(self.room.id, self.user.user_id)
        except BaseException:
            self._to.hub.leave(member)
            raise
        self._member = member
        self._to.activity.enter(member, self.caller)
        await self._to.attendance.arrive(self.room.id, self.user)
        present = await self._to.attendance.present(self.room.id)
        self._send(self._connected(opened, present=present, read_up_to=read_up_to))
        await self._to.reading.catch_up(member, opened, self._show)

    async def receive(self, frame: str | bytes) -> None:
        """Carry out one frame. A refusal is answered; it changes nothing."""
        rest = self.hear(frame)
        if rest is not None:
            await rest

    def hear(self, frame: str | bytes) -> Awaitable[None] | None:
        """
        Carry out one frame as far as that needs no waiting; return what is left to wait for.

        A message is posted on the spot: a task for each would cost more than all its checks.
        """
        if self._connection.waiting_bytes() > self._to.limits.outbox_signals_bytes_max:
            return self._hear_later(frame)
        return self._hear(frame)

    def end(self, *, is_clean: bool) -> None:
        """Leave the room. What was posted before is still stored."""
        self.renew = None
        if self._member is None:
            return
        self._to.hub.leave(self._member)
        self._to.activity.leave(self._member)
        self._to.attendance.depart(self.room.id, self.user, is_clean=is_clean)

    def refuse(self, error: RoomError, client_id: str | None = None) -> None:
        """Answer with *error*, and say goodbye to a client that makes too many mistakes."""
        self.totals.refusals += 1
        self._to.refusals.note(error)
        self._connection.deliver(Bundle.of(wire.encode_error(error, client_id)))
        if self._is_one_too_many(error):
            farewell = TooManyMistakes()
            self._connection.deliver(Bundle.of(wire.encode_error(farewell)))
            self._connection.close(farewell.close_code, farewell.code)

    def stored(self, draft: Draft, receipt: Receipt) -> None:
        """Tell the author that it is on disk (the journal's :class:`Author`)."""
        entry = receipt.entry
        if entry.target_id is None:
            self.totals.messages += 1
        elif receipt.is_new or draft.client_id is None:
            return  # A change's own event is its receipt.
        # What was changed so before is no news: its event, told again, would come out of turn.
        self._connection.answer(wire.encode(wire.receipt_of(entry, draft.client_id)))

    def refused(self, draft: Draft, error: RoomError) -> None:
        """Tell the author why it is not stored (the journal's :class:`Author`)."""
        self.refuse(error, draft.client_id)

    def _shown_out(self, error: RoomError) -> None:
        self._connection.deliver(Bundle.of(wire.encode_error(error)))
        self._connection.close(error.close_code, error.code)

    async def _opening(self, since: Position | None, history: int) -> Opening:
        return await self._to.reading.opening(self.room.id, since, history=history)

    def _connected(
        self, opened: Opening, *, present: Sequence[User], read_up_to: Seq
    ) -> events.Connected:
        stretch = opened.stretch
        limits = self._to.limits
        standing = self._stay.standing
        is_muted = standing.muted_until_ms > self._to.clock.now_ms()
        # A mute that has run out is still in the way of what needs no further question.
        is_over = standing.muted_until_ms and not is_muted
        may = standing.otherwise if is_over else standing.may
        return events.Connected(
            room_id=self.room.id,
            active_users=present,
            user=self.user,
            room=wire.face_of(self.room),
            epoch=stretch.epoch,
            last_seq=stretch.head,
            history=wire.raw(stretch.page.records),
            has_more=stretch.page.has_more,
            read_up_to=read_up_to,
            limits=events.ClientLimits(
                message_chars_max=limits.message_chars_max,
                message_bytes_max=limits.message_bytes_max,
                frame_bytes_max=limits.frame_bytes_max,
                messages_per_second=limits.messages_per_second,
                messages_burst=limits.messages_burst,
                history_messages_max=limits.history_messages_max,
            ),
            instance=self._to.instance,
            version=self._to.version,
            role=standing.role.value,
            may=sorted(action.word for action in may),
            muted_until=wire.timestamp(standing.muted_until_ms) if is_muted else None,
            announce_only=standing.state.is_announce_only,
            slow_mode_s=standing.state.slow_mode_s,
            resync=opened.resync or None,
        )

    def _show(self, page: Page, after: Seq) -> None:
        messages = wire.raw(page.records)
        self._send(events.History(messages=messages, has_more=page.has_more, after=after))

    async def _hear_later(self, frame: str | bytes) -> None:
        # Whoever doesn't read the answers isn't asked for more questions.
        await self._connection.drained()
        rest = self._hear(frame)
        if rest is not None:
            await rest

    def _hear(self, frame: str | bytes) -> Awaitable[None] | None:
        try:
            command = commands.decode(frame)
        except commands.Refused as refused:
            self.refuse(refused.error, refused.client_id)
            return None
        try:
            rest = self._carry_out(command)
        except RoomError as error:
            self.refuse(error, getattr(command, "client_id", None))
            return None
        return None if rest is None else self._finish(command, rest)

    async def _finish(self, command: commands.AnyCommand, rest: Awaitable[None]) -> None:
        try:
            await rest
        except RoomError as error:
            self.refuse(error, getattr(command, "client_id", None))

    def _carry_out(self, command: commands.AnyCommand) -> Awaitable[None] | None:
        match command:
            case commands.Post():
                return self._writer.start_post(command, self)
            case commands.Edit() | commands.Delete() | commands.React():
                self._writer.change(command, self)
            case commands.MarkRead():
                self._writer.check(Action.MARK_READ)
                self._take_event()
                self._to.register.has_read(self.room.id, self.user, EntryId(command.message_id))
            case commands.Typing():
                self._writer.check(Action.TYPE)
                self._take_event()
                self._to.attendance.set_typing(self.room.id, self.user, is_typing=command.is_typing)
            case commands.ReadHistory():
                self._writer.check(Action.READ)
                self._take_event()
                return self._read_history(command)
            case commands.Renew():
                self._take_event()
                return self._renew(command.token)
            case commands.Ping():
                self._take_event()
                self._send(events.Pong())
        return None

    async def _renew(self, token: str) -> None:
        if self.renew is None:
            raise Forbidden("Nobody shows tokens here.")
        self.caller = caller = await self.renew(token)
        expires_at_ms = caller.expires_at_ms
        expires_at = None if expires_at_ms is None else wire.timestamp(expires_at_ms)
        self._send(events.Renewed(expires_at=expires_at))

    async def _read_history(self, command: commands.ReadHistory) -> None:
        limit = min(command.limit, self._to.limits.history_messages_max)
        if command.after is not None:
            after = Seq(command.after)
            page = (await self._to.archive.after(self.room.id, after, limit=limit)).page
        elif command.before is not None:
            page = await self._to.archive.before(self.room.id, Seq(command.before), limit=limit)
        else:
            page = (await self._to.archive.latest(self.room.id, limit=limit)).page
        self._send(
            events.History(
                messages=wire.raw(page.records),
                has_more=page.has_more,
                before=command.before if command.after is None else None,
                after=command.after,
            )
        )

    def _take_event(self) -> None:
        self._writer.take(self._to.events, "events")

    def _send(self, event: events.Event) -> None:
        self._deliver(wire.encode(event))

    def _deliver(self, payload: bytes) -> None:
        self._connection.deliver(Bundle.of(payload))

    def _is_one_too_many(self, error: RoomError) -> bool:
        now_s = self._to.clock.monotonic_s()
        if isinstance(error, RateLimited):
            return self._too_fast.is_full(now_s)
        return error.is_mistake and self._mistakes.is_full(now_s)
