"""Links that let people into a room: good for a while, and for so many people."""

import hashlib
import secrets
from collections.abc import Sequence
from typing import Final

from roomserver.core.deeds import Invitation
from roomserver.core.errors import Forbidden, InvalidEvent, NotFound
from roomserver.core.model import Caller, CallerKind, Role, RoomId, User
from roomserver.core.people import Person
from roomserver.core.policy import Action, outranks
from roomserver.ports.clock import Clock
from roomserver.ports.rights import Invitations
from roomserver.service.journal import Audience
from roomserver.service.member_news import MemberNews
from roomserver.service.rights import Rights

LASTS_S_MAX: Final = 30 * 24 * 3_600
USES_MAX: Final = 1_000
SECRET_BYTES: Final = 24

_ROLES: Final = (Role.MEMBER, Role.GUEST)


class RoomInvitations:
    """Every method may raise :exc:`StorageUnavailable`."""

    def __init__(
        self, *, store: Invitations, rights: Rights, audience: Audience, clock: Clock
    ) -> None:
        self._store = store
        self._rights = rights
        self._clock = clock
        self._news = MemberNews(rights=rights, audience=audience, clock=clock)

    async def make(
        self, caller: Caller, room_id: RoomId, *, role: Role, lasts_s: int, uses_max: int
    ) -> tuple[Invitation, str]:
        """
        Make a link; return it with its secret, which nobody can read again.

        Raises:
            Forbidden: If *caller* may not invite here.
            InvalidEvent: If nobody can be invited as that, for so long, or so often.

        """
        await self._rights.check(room_id, caller, Action.INVITE)
        if role not in _ROLES:
            raise InvalidEvent("role must be member or guest.", field="role")
        if not 1 <= lasts_s <= LASTS_S_MAX:
            raise InvalidEvent(f"lasts_s must be from 1 to {LASTS_S_MAX}.", field="lasts_s")
        if not 1 <= uses_max <= USES_MAX:
            raise InvalidEvent(f"uses_max must be from 1 to {USES_MAX}.", field="uses_max")
        now_ms = self._clock.now_ms()
        secret = secrets.token_urlsafe(SECRET_BYTES)
        invitation = Invitation(
            id=0,
            room_id=room_id,
            role=role.value,
            maker=caller.user,
            created_at_ms=now_ms,
            expires_at_ms=now_ms + lasts_s * 1_000,
            uses=0,
            uses_max=uses_max,
        )
        return await self._store.add(invitation, _hash(secret)), secret

    async def listing(self, caller: Caller, room_id: RoomId) -> Sequence[Invitation]:
        """
        Return the links that are still good.

        Raises:
            Forbidden: If *caller* may not invite here.

        """
        await self._rights.check(room_id, caller, Action.INVITE)
        return await self._store.listing(room_id, self._clock.now_ms())

    async def take_back(self, caller: Caller, room_id: RoomId, invitation_id: int) -> None:
        """
        Make a link useless.

        Raises:
            Forbidden: If *caller* may not invite here.
            NotFound: If there is no such link.

        """
        await self._rights.check(room_id, caller, Action.INVITE)
        if not await self._store.take_back(room_id, invitation_id, caller.user):
            raise NotFound

    async def find(self, secret: str) -> Invitation:
        """
        Return the link with this secret.

        Raises:
            NotFound: If it is none, or not good any more.

        """
        invitation = await self._store.find(_hash(secret), self._clock.now_ms())
        if invitation is None:
            raise NotFound
        return invitation

    async def use_as_guest(self, guest: Person, secret: str) -> Invitation:
        """
        Let somebody into the link's room who is known from then on, and not otherwise.

        Raises:
            NotFound: If it is none, or not good any more.

        """
        return await self._let_in(guest.user, secret, guest=guest)

    async def use(self, caller: Caller, secret: str) -> Invitation:
        """
        Let *caller* into the link's room. Whoever is more there than it gives stays that.

        Raises:
            NotFound: If it is none, or not good any more.
            Forbidden: If *caller* is kept to other rooms, or is somebody's program.

        """
        if caller.kind is not CallerKind.PERSON or caller.rooms is not None:
            raise Forbidden("Only a person who may go anywhere can accept an invitation.")
        found = await self.find(secret)
        standing = await self._rights.standing(found.room_id, caller)
        if outranks(standing.role, Role(found.role)):
            return found.as_(standing.role.value)
        return await self._let_in(caller.user, secret)

    async def _let_in(self, user: User, secret: str, guest: Person | None = None) -> Invitation:
        now_ms = self._clock.now_ms()
        used = await self._store.use(_hash(secret), user, now_ms, guest=guest)
        if used is None:
            raise NotFound
        await self._rights.refresh(used.room_id)
        await self._news.tell(used.room_id, user)
        return used


def _hash(secret: str) -> str:
    # The secret is random and long: nothing slower is needed to keep it.
    return hashlib.sha256(secret.encode(errors="replace")).hexdigest()
