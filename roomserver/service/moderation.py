"""
Deciding about a room and the people in it: roles, mutes, kicks, bans, how it is used.

Whoever decides must have the right to, and stand above whom they decide about. A decision,
what it revokes and its line in the audit log are one transaction; then this instance acts
at once, the others within two seconds, and the room is told.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from roomserver.core import wire
from roomserver.core.address import check_description, check_room_name
from roomserver.core.deeds import Decision, Fact, Facts, Noted, check_reason
from roomserver.core.errors import Banned, Forbidden, InvalidEvent, RemovedFromRoom, RoomError
from roomserver.core.model import (
    FOREVER_MS,
    Caller,
    Grant,
    Role,
    RoomId,
    RoomState,
    User,
    UserId,
)
from roomserver.core.policy import Action, outranks
from roomserver.core.revoked import Revoked
from roomserver.ports.clock import Clock
from roomserver.ports.rights import RightsStore
from roomserver.service.journal import Audience
from roomserver.service.member_news import MemberNews
from roomserver.service.revocation import Revocations
from roomserver.service.rights import Rights

SLOW_MODE_S_MAX: Final = 86_400
PEOPLE_MAX: Final = 1_000_000
AUDIT_PAGE_MAX: Final = 200

_SETTINGS: Final[Mapping[str, Action]] = {
    "is_private": Action.SET_VISIBILITY,
    "is_announce_only": Action.SET_PACE,
    "slow_mode_s": Action.SET_PACE,
    "people_max": Action.SET_CAPACITY,
}
_FACTS: Final[Mapping[str, Action]] = {
    "name": Action.RENAME,
    "description": Action.DESCRIBE,
    "is_archived": Action.ARCHIVE,
}
_CHECKS: Final = {"name": check_room_name, "description": check_description}
_ROLES: Final = (Role.OWNER, Role.MODERATOR, Role.MEMBER, Role.GUEST)


class Moderation:
    """Every method may raise :exc:`StorageUnavailable`."""

    def __init__(
        self,
        *,
        store: RightsStore,
        rights: Rights,
        revocations: Revocations,
        audience: Audience,
        clock: Clock,
    ) -> None:
        self._store = store
        self._rights = rights
        self._revocations = revocations
        self._news = MemberNews(rights=rights, audience=audience, clock=clock)

    async def make_owner(self, room_id: RoomId, maker: User, *, is_private: bool = False) -> None:
        """Give a room that has just been made to its maker, and nobody else if it is private."""
        decision = Decision(
            room_id=room_id,
            actor=maker,
            deed="make_room",
            target=maker,
            grant={"role": Role.OWNER.value},
            state={"is_private": True} if is_private else {},
        )
        await self._carry_out(decision)

    async def set_role(
        self,
        caller: Caller,
        room_id: RoomId,
        user_id: UserId,
        role: Role,
        *,
        reason: str = "",
    ) -> None:
        """
        Make somebody an owner, moderator, member or guest of the room.

        Raises:
            Forbidden: If *caller* isn't an owner, or nobody would be one afterwards.
            InvalidEvent: If nobody can be given that role.

        """
        await self._rights.check(room_id, caller, Action.SET_ROLE)
        if role not in _ROLES:
            raise InvalidEvent(f"role must be one of {', '.join(_ROLES)}.", field="role")
        target = await self._person(room_id, user_id)
        await self._decide_about(
            Decision(
                room_id=room_id,
                actor=caller.user,
                deed="set_role",
                target=target,
                grant={"role": role.value},
            ),
            reason=reason,
        )

    async def mute(
        self,
        caller: Caller,
        room_id: RoomId,
        user_id: UserId,
        until_ms: int,
        *,
        reason: str = "",
    ) -> None:
        """
        Let somebody only read until then; 0 lets them write again.

        Raises:
            Forbidden: If *caller* may not, or doesn't stand above them.

        """
        target = await self._somebody_below(caller, room_id, user_id, Action.MUTE)
        until_ms = min(until_ms, FOREVER_MS)
        await self._decide_about(
            Decision(
                room_id=room_id,
                actor=caller.user,
                deed="mute" if until_ms else "unmute",
                target=target,
                grant={"muted_until_ms": until_ms},
            ),
            reason=reason,
        )

    async def ban(
        self,
        caller: Caller,
        room_id: RoomId,
        user_id: UserId,
        until_ms: int,
        *,
        reason: str = "",
    ) -> None:
        """
        Keep somebody outside until then; 0 lets them in again.

        Raises:
            Forbidden: If *caller* may not, or doesn't stand above them.

        """
        target = await self._somebody_below(caller, room_id, user_id, Action.BAN)
        until_ms = min(until_ms, FOREVER_MS)
        await self._decide_about(
            Decision(
                room_id=room_id,
                actor=caller.user,
                deed="ban" if until_ms else "unban",
                target=target,
                grant={"banned_until_ms": until_ms},
            ),
            because=Banned(until_ms) if until_ms else None,
            reason=reason,
        )

    async def kick(
        self, caller: Caller, room_id: RoomId, user_id: UserId, *, reason: str = ""
    ) -> None:
        """
        Show somebody out. Where not everybody is welcome, they are no member any more.

        Raises:
            Forbidden: If *caller* may not, or doesn't stand above them.

        """
        target = await self._somebody_below(caller, room_id, user_id, Action.KICK)
        state = (await self._rights.standing(room_id, caller)).state
        await self._decide_about(
            Decision(
                room_id=room_id,
                actor=caller.user,
                deed="kick",
                target=target,
                grant=_outside(state),
            ),
            because=RemovedFromRoom(),
            reason=reason,
        )

    async def know_by_account(self, user: User, room_id: RoomId) -> None:
        """Make a member of a guest who has an account now; a mute and a ban stand."""
        if await self._rights.role_of(room_id, user) is Role.GUEST:
            decision = Decision(
                room_id=room_id,
                actor=user,
                deed="upgrade",
                target=user,
                grant={"role": Role.MEMBER.value},
            )
            await self._decide_about(decision)

    async def leave(self, caller: Caller, room_id: RoomId) -> None:
        """
        Give one's own role in the room back.

        Raises:
            Forbidden: If the room would be without an owner.

        """
        standing = await self._rights.check(room_id, caller, Action.SEE)
        await self._decide_about(
            Decision(
                room_id=room_id,
                actor=caller.user,
                deed="leave",
                target=caller.user,
                grant=_outside(standing.state),
            ),
            because=RemovedFromRoom(),
        )

    async def set_up(self, caller: Caller, room_id: RoomId, settings: Facts) -> None:
        """
        Change how the room is used: who sees it, who writes, how often, how many.

        Raises:
            Forbidden: If *caller* may not change one of *settings*.
            InvalidEvent: If one of them is out of range.

        """
        for name in settings:
            await self._rights.check(room_id, caller, _SETTINGS[name])
        _check_range(settings, "slow_mode_s", SLOW_MODE_S_MAX)
        _check_range(settings, "people_max", PEOPLE_MAX)
        await self._carry_out(
            Decision(
                room_id=room_id,
                actor=caller.user,
                deed="set_up",
                state=settings,
                details=settings,
            )
        )

    async def describe(self, caller: Caller, room_id: RoomId, facts: Facts) -> None:
        """
        Change what the room is called and is about, archive and restore it.

        Raises:
            Forbidden: If *caller* may not change one of *facts*.
            InvalidEvent: If no room can have that name or description.

        """
        for name in facts:
            await self._rights.check(room_id, caller, _FACTS[name])
        tidy = {name: _CHECKS[name](str(facts[name])) for name in facts if name in _CHECKS}
        changes: Facts = {**facts, **tidy}
        await self._carry_out(
            Decision(
                room_id=room_id,
                actor=caller.user,
                deed="describe_room",
                facts=changes,
                details=changes,
            )
        )

    async def note_made(self, room_id: RoomId, maker: User) -> None:
        """Note who has made a room that is nobody's, and let every instance know of it."""
        await self._carry_out(Decision(room_id=room_id, actor=maker, deed="make_room"))

    async def grants(self, room_id: RoomId) -> Sequence[Grant]:
        """Return everything that was decided about people in the room."""
        return await self._store.listing(room_id)

    async def audit(
        self, caller: Caller, room_id: RoomId, *, before: int | None, limit: int
    ) -> Sequence[Noted]:
        """
        Return who decided what, the newest first.

        Raises:
            Forbidden: If *caller* isn't an owner.

        """
        await self._rights.check(room_id, caller, Action.SEE_AUDIT)
        return await self._store.audit(room_id, before=before, limit=min(limit, AUDIT_PAGE_MAX))

    async def _somebody_below(
        self, caller: Caller, room_id: RoomId, user_id: UserId, action: Action
    ) -> User:
        standing = await self._rights.check(room_id, caller, action)
        target = await self._person(room_id, user_id)
        if not outranks(standing.role, await self._rights.role_of(room_id, target)):
            raise Forbidden(f"{target.username} stands as high in this room as you do, or higher.")
        return target

    async def _person(self, room_id: RoomId, user_id: UserId) -> User:
        for user in await self._rights.present(room_id):
            if user.user_id == user_id:
                return user
        # Somebody may have been given a role who was never here.
        for grant in await self._store.grants(room_id, [user_id]):
            return grant.user
        name = await self._store.name_of(user_id)
        return User(user_id, name if name is not None else f"#{user_id}")

    async def _decide_about(
        self, decision: Decision, *, because: RoomError | None = None, reason: str = ""
    ) -> None:
        target = decision.target
        assert target is not None, "this is about somebody"
        revoked = []
        if because is not None:
            whose = Revoked.because(because, user_id=target.user_id, room_id=decision.room_id)
            revoked.append(whose)
        details = {name: _shown(name, value) for name, value in decision.grant.items()}
        if tidy := check_reason(reason):
            details["reason"] = tidy
        await self._carry_out(decision.with_(details=details, revoked=revoked))
        await self._news.tell(decision.room_id, target)

    async def _carry_out(self, decision: Decision) -> None:
        await self._store.decide(decision)
        if decision.revoked:
            await self._revocations.look()
        await self._rights.refresh(decision.room_id)


def _outside(state: RoomState) -> Facts:
    """Say what is left of somebody who is out: in an open room, what everybody has."""
    return {"role": Role.NOBODY.value if state.is_private else None}


def _shown(name: str, value: Fact) -> Fact:
    if name.endswith("_until_ms") and isinstance(value, int):
        return wire.timestamp(value) if value else None
    return value


def _check_range(settings: Facts, name: str, at_most: int) -> None:
    value = settings.get(name, 0)
    if not isinstance(value, int) or not 0 <= value <= at_most:
        raise InvalidEvent(f"{name} must be a whole number from 0 to {at_most}.", field=name)
