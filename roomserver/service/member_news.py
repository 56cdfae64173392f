"""Telling a room what somebody in it is now."""

from roomserver.core import events, wire
from roomserver.core.frame import Parcel
from roomserver.core.model import Caller, RoomId, User
from roomserver.ports.clock import Clock
from roomserver.service.journal import Audience
from roomserver.service.rights import Rights


class MemberNews:
    """What ``member_updated`` says, and to whom."""

    def __init__(self, *, rights: Rights, audience: Audience, clock: Clock) -> None:
        self._rights = rights
        self._audience = audience
        self._clock = clock

    async def tell(self, room_id: RoomId, target: User) -> None:
        """
        Tell everybody in the room what *target* is there now.

        Raises:
            StorageUnavailable: If the database didn't answer.

        """
        standing = await self._rights.standing(room_id, Caller(user=target))
        now_ms = self._clock.now_ms()
        muted, banned = standing.muted_until_ms, standing.banned_until_ms
        updated = events.MemberUpdated(
            user_id=target.user_id,
            username=target.username,
            role=standing.role.value,
            muted_until=wire.timestamp(muted) if muted > now_ms else None,
            banned_until=wire.timestamp(banned) if banned > now_ms else None,
        )
        self._audience.tell(room_id, [Parcel(wire.encode(updated))])
