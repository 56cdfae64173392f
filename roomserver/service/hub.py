"""
The members on this instance, room by room.

What a room is told in one tick of the loop leaves together: framed once, joined once,
written to each member once. Nobody is waited for. A reader that falls behind first
hears no more signals, then is let go; it comes back with ``since`` and misses nothing.

Nearly every member takes nearly everything as it is. They are offered the frames, which
is one comparison and one write; only with the others is there something to be minded.
"""

import asyncio
import logging
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from roomserver.core.errors import CLOSE_INTERNAL, CLOSE_RESTART, CLOSE_TOO_SLOW, ShuttingDown
from roomserver.core.frame import Bundle, Parcel
from roomserver.core.limits import Limits
from roomserver.core.model import RoomCount, RoomId, Seq, User
from roomserver.ports.connection import Connection
from roomserver.service.meter import Meter

log = logging.getLogger(__name__)


SOON_S: Final = 0.5
"""How long news of who comes and goes waits for more of the kind in a rush."""

RUSH_NEWS: Final = 25
"""So much such news on this instance within that time is a rush: when a thousand come back at
once, each would otherwise be a write to everybody who is in their room."""

_NOTHING: Final = Seq(2**63)
_ANYTHING: Final = Seq(_NOTHING - 1)
"""Behind every number that a log can have, and in front of :data:`_NOTHING`."""


class Member:
    """One connection in one room. It holds back what arrives until its history has been sent."""

    __slots__ = (
        "_held",
        "_held_bytes",
        "connection",
        "is_live",
        "is_log_only",
        "live_after",
        "missed",
        "room_id",
        "takes_behind",
        "user",
    )

    def __init__(
        self, room_id: RoomId, user: User, connection: Connection, *, is_log_only: bool = False
    ) -> None:
        self.room_id = room_id
        self.user = user
        self.connection = connection
        self.is_log_only = is_log_only
        """Whether only entries are told, and no signals."""

        self.missed = False
        """Whether an entry had to be left out while it held back: the log must be read again."""

        self.live_after = Seq(0)
        """The last entry of its history: whoever reads the log may be ahead of the news."""

        self.is_live = False
        """Whether everything goes straight to the connection, and nothing is held back."""

        self.takes_behind = _NOTHING
        """Behind which entry they take everything as the room has it, signals included."""

        self._held: list[Parcel] = []
        self._held_bytes = 0

    def hold(self, parcels: Sequence[Parcel], *, bytes_max: int) -> None:
        """Keep *parcels* for later, or note that something was missed if they become too many."""
        assert not self.is_live, "a live member holds nothing back"
        self._held_bytes += sum(len(parcel.payload) for parcel in parcels)
        if self._held_bytes > bytes_max:
            self._held.clear()
            self.missed = True
        else:
            self._held.extend(parcels)

    def release(self, outgoing: Sequence[Parcel], *, after: Seq) -> Bundle:
        """Go live: return what was held back, and *outgoing*, as far as it lies behind *after*."""
        assert not self.is_live, "a live member holds nothing back"
        bundle = Bundle([*self._held, *outgoing]).after(after)
        if self.is_log_only:
            bundle = bundle.entries_only
        self._held = []
        self.is_live = True
        self.live_after = after
        if not self.is_log_only:
            self.takes_behind = after
        return (
            bundle
            if self.user.user_id not in bundle.excluded
            else bundle.for_user(self.user.user_id)
        )

    def hold_anew(self) -> None:
        """Begin to hold back again from here, after something was missed."""
        self._held = []
        self._held_bytes = 0
        self.missed = False


class Hub:
    """Who is connected to this instance, and the way to them."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self.meter = Meter()
        self._rooms: dict[RoomId, set[Member]] = {}
        self._counts: dict[RoomId, RoomCount] = {}
        """As they were counted last. The stats keep them for minutes: of most they are the same."""

        self._outgoing: dict[RoomId, list[Parcel]] = {}
        self._is_closed = False
        self._ahead: dict[Member, int] = {}
        """How much of this tick's outgoing parcels those who just came know already."""

        self._gathered: dict[RoomId, list[Parcel]] = {}
        """What waits for more of its kind, or for anything else that the room is told."""

        self._news_since_s = 0.0
        self._news = 0
        """How much was told of who comes and goes since then, to know a rush."""

        self._newcomers: dict[RoomId, dict[Member, int]] = {}
        """How much of that had been gathered when they came: they find it in their list."""

    def enter(
        self, room_id: RoomId, user: User, connection: Connection, *, is_log_only: bool = False
    ) -> Member:
        """
        Add a member, who holds back everything from now on until :meth:`go_live`.

        Enter first, then read the history: an entry that falls in between is in one
        of the two, or in both and told by its number.

        Raises:
            ShuttingDown: If the hub is closed. Whoever was let in a moment before the
                instance began to stop would not be told goodbye by anybody.

        """
        if self._is_closed:
            raise ShuttingDown
        member = Member(room_id, user, connection, is_log_only=is_log_only)
        self._rooms.setdefault(room_id, set()).add(member)
        self._counts.pop(room_id, None)
        if gathered := self._gathered.get(room_id):
            self._newcomers.setdefault(room_id, {})[member] = len(gathered)
        return member

    def close(self) -> None:
        """Let nobody enter any more."""
        self._is_closed = True

    def go_live(self, member: Member, *, after: Seq) -> bool:
        """
        Deliver what *member* held back behind *after*, and everything else as it comes.

        Returns False if too much came to be held: read the log on from *after* and try again.
        """
        if member.missed:
            member.hold_anew()
            return False
        outgoing = self._outgoing.get(member.room_id, ())
        held = member.release(outgoing[self._ahead.get(member, 0) :], after=after)
        if held.parcels:
            member.connection.deliver(held)
        if outgoing:
            self._ahead[member] = len(outgoing)
        return True

    def leave(self, member: Member) -> None:
        """Take *member* out. Leaving twice is harmless."""
        members = self._rooms.get(member.room_id)
        if members is None:
            return
        members.discard(member)
        self._counts.pop(member.room_id, None)
        if not members:
            del self._rooms[member.room_id]

    def tell(self, room_id: RoomId, parcels: Iterable[Parcel]) -> None:
        """Tell the room, at the end of this tick of the loop. Never waits."""
        if room_id not in self._rooms:
            return
        if self._gathered.get(room_id):
            self._let_go(room_id)
        self._put_out(room_id, parcels)

    def tell_soon(self, room_id: RoomId, parcel: Parcel) -> None:
        """
        Tell the room who has come or gone: at once, or in a rush with others of the kind.

        Then *parcel* goes with the next thing that the room is told, or after :data:`SOON_S`.
        Whoever comes meanwhile isn't told.
        """
        if room_id not in self._rooms:
            return
        is_rush = self._is_rush(asyncio.get_running_loop().time())
        if room_id not in self._gathered:
            if not is_rush:
                self._put_out(room_id, [parcel])
                return
            self._gathered[room_id] = []
            asyncio.get_running_loop().call_later(SOON_S, self._end_gathering, room_id)
        self._gathered[room_id].append(parcel)

    def flush(self) -> None:
        """Send now what has been told in this tick: what a member was just sent goes along."""
        outgoing, self._outgoing = self._outgoing, {}
        ahead, self._ahead = self._ahead, {}
        for room_id, parcels in outgoing.items():
            bundle = Bundle(parcels)
            # A copy: letting a slow reader go takes it out of the set.
            members = list(self._rooms.get(room_id, ()))
            if entries := sum(parcel.seq is not None for parcel in parcels):
                self.meter.delivered(room_id, entries=entries * len(members))
            if parcels and not ahead and not bundle.excluded:
                members = self._offer(members, bundle)
            for member in members:
                known = ahead.get(member, 0) if ahead else 0
                if not member.is_live:
                    member.hold(parcels[known:], bytes_max=self._limits.outbox_bytes_max)
                else:
                    self._serve(member, Bundle(parcels[known:]) if known else bundle)

    def tell_everyone(self, payload: bytes) -> None:
        """Tell all rooms about the server itself."""
        for room_id in self._rooms:
            self.tell(room_id, [Parcel(payload)])

    def send_away(self, room_id: RoomId) -> None:
        """Close every connection in the room: whoever comes back at once is welcome."""
        for member in list(self._rooms.get(room_id, ())):
            self.leave(member)
            member.connection.close(CLOSE_RESTART, "the log was restored: come back")

    def members(self) -> Iterator[Member]:
        """Yield everybody who is connected, safe against leaving on the way."""
        for members in list(self._rooms.values()):
            yield from list(members)

    def has_members(self, room_id: RoomId) -> bool:
        return room_id in self._rooms

    def counts(self) -> dict[RoomId, RoomCount]:
        """Return who is connected here, of each room that has somebody in it."""
        for room_id in self._rooms.keys() - self._counts.keys():
            members = self._rooms[room_id]
            self._counts[room_id] = RoomCount(len(members), _people_of(members))
        return dict(self._counts)

    def _is_rush(self, now_s: float) -> bool:
        if now_s - self._news_since_s > SOON_S:
            self._news_since_s, self._news = now_s, 0
        self._news += 1
        return self._news > RUSH_NEWS

    def _end_gathering(self, room_id: RoomId) -> None:
        self._let_go(room_id)
        del self._gathered[room_id]

    def _let_go(self, room_id: RoomId) -> None:
        parcels, self._gathered[room_id] = self._gathered[room_id], []
        newcomers = self._newcomers.pop(room_id, {})
        if room_id not in self._rooms or not parcels:
            return
        if room_id in self._outgoing:
            # What newcomers leave out must come first.
            self.flush()
        self._ahead |= newcomers
        self._put_out(room_id, parcels)

    def _put_out(self, room_id: RoomId, parcels: Iterable[Parcel]) -> None:
        if not self._outgoing:
            # The first parcel of this tick: everything else that is told meanwhile goes along.
            asyncio.get_running_loop().call_soon(self.flush)
        self._outgoing.setdefault(room_id, []).extend(parcels)

    def _offer(self, members: Iterable[Member], bundle: Bundle) -> list[Member]:
        """Write *bundle* to all those who take it as it is; return the others."""
        frames = bundle.frames
        first_seq = _ANYTHING if bundle.first_seq is None else bundle.first_seq
        others = []
        for member in members:
            try:
                if member.takes_behind < first_seq and member.connection.offer(frames):
                    continue
            except Exception as error:  # noqa: BLE001 - see _give_up
                self._give_up(member, error)
            else:
                others.append(member)
        return others

    def _serve(self, member: Member, bundle: Bundle) -> None:
        try:
            self._deliver(member, bundle)
        except Exception as error:  # noqa: BLE001 - see _give_up
            self._give_up(member, error)

    def _give_up(self, member: Member, error: Exception) -> None:
        # A bug in one connection must not keep the news from everybody behind it.
        log.error("a connection could not be written to", exc_info=error)
        self.leave(member)
        member.connection.close(CLOSE_INTERNAL, "internal")

    def _deliver(self, member: Member, bundle: Bundle) -> None:
        connection = member.connection
        if waiting_bytes := connection.waiting_bytes():
            if waiting_bytes > self._limits.outbox_bytes_max:
                self.leave(member)
                connection.close(CLOSE_TOO_SLOW, "too slow: reconnect with since")
                return
            if waiting_bytes > self._limits.outbox_signals_bytes_max:
                bundle = bundle.entries_only
        if bundle.first_seq is not None and bundle.first_seq <= member.live_after:
            bundle = bundle.after(member.live_after)
        if bundle.excluded and member.user.user_id in bundle.excluded:
            bundle = bundle.for_user(member.user.user_id)
        if member.is_log_only:
            bundle = bundle.entries_only
        if bundle.parcels:
            connection.deliver(bundle)


def _people_of(members: Iterable[Member]) -> frozenset[int]:
    # Whoever follows a room without saying who they are has the number 0, and is nobody.
    return frozenset(member.user.user_id for member in members if member.user.user_id)
