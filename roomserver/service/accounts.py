"""
Signing up, in and out: everything about accounts that a person does for themselves.

Whoever guesses learns nothing: an unknown name, a wrong password and an account that is
switched off get the same answer after the same work.
"""

import secrets
from typing import Final, Literal

from roomserver.core.errors import Forbidden, NotFound, RateLimited, Unauthorized
from roomserver.core.model import Caller, CallerKind, RoomId, User, UserId
from roomserver.core.names import (
    PASSWORD_CHARS_MAX,
    check_account_name,
    check_password,
    name_taken,
    normal_password,
)
from roomserver.core.people import (
    EntryLink,
    LinkKind,
    Person,
    PersonKind,
    hash_of,
    new_user_id,
)
from roomserver.core.skeletons import skeleton_of
from roomserver.core.turns import Pace
from roomserver.ports.clock import Clock
from roomserver.service.account_stores import AccountStores, check_owner
from roomserver.service.browser_sessions import BrowserSessions, SignedIn
from roomserver.service.password_resets import PasswordResets

SECRET_BYTES: Final = 32
SET_UP_MS: Final = 30 * 60 * 1_000
INVITATION_S_MAX: Final = 30 * 24 * 3_600
INVITATION_USES_MAX: Final = 100

# A person mistypes a few times; a program that guesses gets ten a minute.
OF_ACCOUNT: Final = Pace(6.0, 10)
FROM_ADDRESS: Final = Pace(3.0, 30)

SignUp = Literal["open", "invitation", "closed"]

_WRONG: Final = "That name and password don't belong together."


class Accounts:
    """Every method may raise :exc:`StorageUnavailable`, and :exc:`RateLimited` if it hashes."""

    def __init__(
        self, stores: AccountStores, *, sessions: BrowserSessions, clock: Clock, sign_up: SignUp
    ) -> None:
        self.people = stores.people
        self.sign_up_mode = sign_up
        self.sessions = sessions
        self.resets = PasswordResets(stores, sessions=sessions, clock=clock)
        self._links = stores.links
        self._passwords = stores.passwords
        self._revocations = stores.revocations
        self._clock = clock
        self._turns = stores.turns

    async def sign_in(self, username: str, password: str, *, address: str, label: str) -> SignedIn:
        """
        Open a session.

        Raises:
            Unauthorized: If the name or the password is wrong, or the account is switched off.

        """
        await self._take("address", address, FROM_ADDRESS)
        await self._take("account", skeleton_of(username), OF_ACCOUNT)
        # What nobody can be called, PostgreSQL couldn't even be asked for.
        known = await self.people.find_by_name(username) if username.isprintable() else None
        right = await self._passwords.is_right(
            known.password_hash if known else None, normal_password(password[:PASSWORD_CHARS_MAX])
        )
        if known is None or not right or known.person.is_disabled:
            raise Unauthorized(_WRONG)
        return await self.sessions.open(known.person, label)

    async def sign_up(
        self, username: str, password: str, *, link: str | None, address: str, label: str
    ) -> SignedIn:
        """
        Make an account and open a session.

        Raises:
            InvalidEvent: If nobody can have that name or password.
            Forbidden: If nobody signs up here, or not without an invitation.

        """
        await self._take("address", address, FROM_ADDRESS)
        if self.sign_up_mode == "closed" or (self.sign_up_mode == "invitation" and not link):
            raise Forbidden(
                "Accounts are made by the operator here."
                if self.sign_up_mode == "closed"
                else "You need an invitation to make an account here."
            )
        person = self._new(check_account_name(username))
        return await self._become(person, password, link, LinkKind.SIGN_UP, label)

    async def set_up(
        self, username: str, password: str, *, link: str, address: str, label: str
    ) -> SignedIn:
        """
        Make the server's owner, by the link that was printed at its start.

        Raises:
            InvalidEvent: If nobody can have that name or password.
            Forbidden: If the link is not good any more, or there is an owner.

        """
        await self._take("address", address, FROM_ADDRESS)
        person = self._new(check_account_name(username), is_owner=True)
        return await self._become(person, password, link, LinkKind.SET_UP, label)

    async def set_up_link(self) -> str | None:
        """Return the secret by which somebody becomes the owner; None if there is one already."""
        if await self.people.has_owner():
            return None
        return await self._make_link(LinkKind.SET_UP, None, SET_UP_MS, 1)

    async def invite(self, caller: Caller, *, lasts_s: int, uses: int) -> str:
        """
        Return the secret of a link by which people sign up.

        Raises:
            Forbidden: If *caller* is not the server's owner.

        """
        check_owner(caller)
        return await self._make_link(
            LinkKind.SIGN_UP,
            caller.user.user_id,
            min(lasts_s, INVITATION_S_MAX) * 1_000,
            min(uses, INVITATION_USES_MAX),
        )

    async def link(self, secret: str) -> EntryLink:
        """
        Return the link with this secret.

        Raises:
            NotFound: If it is not good, or not any more.

        """
        link = await self._links.find(hash_of(secret), self._clock.now_ms())
        if link is None:
            raise NotFound
        return link

    async def new_guest(self, username: str, room_id: RoomId, *, address: str) -> Person:
        """
        Return somebody with nothing but a name, to be let into one room.

        Raises:
            InvalidEvent: If nobody can have that name, or it looks like an account's.

        """
        await self._take("address", address, FROM_ADDRESS)
        name = check_account_name(username)
        # Guests come and go, so their names are nobody's for good; they just can't be another's.
        if await self.people.find_by_name(name) is not None:
            raise name_taken(name)
        return Person(
            user=User(new_user_id(), name),
            kind=PersonKind.GUEST,
            room_id=room_id,
            created_at_ms=self._clock.now_ms(),
        )

    async def upgrade(self, caller: Caller, username: str, password: str) -> User:
        """
        Make a guest an account: the same person, with everything they have said.

        Return them as they are called now.

        Raises:
            Forbidden: If *caller* is no guest, or nobody signs up here.
            InvalidEvent: If nobody can have that name or password.

        """
        if caller.kind is not CallerKind.GUEST:
            raise Forbidden("Only a guest can do that.")
        if self.sign_up_mode == "closed":
            raise Forbidden("Accounts are made by the operator here.")
        name, normal = check_account_name(username), check_password(password, username=username)
        await self._take("guest", str(caller.user.user_id), OF_ACCOUNT)
        hashed = await self._passwords.hash(normal)
        user = User(caller.user.user_id, name)
        if not await self.people.upgrade(user, hashed):
            raise Forbidden("Only a guest can do that.")
        return user

    async def change_password(self, caller: Caller, old: str, new: str, *, address: str) -> None:
        """
        Change *caller*'s password; every other browser of theirs is signed out.

        Raises:
            Unauthorized: If the old one is wrong.
            Forbidden: If *caller* has none.
            InvalidEvent: If nobody can have the new one.

        """
        await self._take("address", address, FROM_ADDRESS)
        known = await self.people.find(caller.user.user_id)
        if caller.kind is not CallerKind.PERSON or known is None or known.password_hash is None:
            raise Forbidden("Only an account has a password.")
        await self._take("account", skeleton_of(known.person.user.username), OF_ACCOUNT)
        old = normal_password(old[:PASSWORD_CHARS_MAX])
        if not await self._passwords.is_right(known.password_hash, old):
            raise Unauthorized("The old password is wrong.", field="old_password")
        normal = check_password(new, username=known.person.user.username)
        hashed = await self._passwords.hash(normal)
        await self.people.set_password(caller.user.user_id, hashed, keep=caller.session_id)
        await self._revocations.look()

    async def set_disabled(self, caller: Caller, user_id: UserId, *, is_disabled: bool) -> None:
        """
        Switch an account off, and everything of it, or on again.

        Raises:
            Forbidden: If *caller* is not the server's owner, or means themselves.
            NotFound: If there is no such account.

        """
        check_owner(caller)
        if user_id == caller.user.user_id:
            raise Forbidden("You can't switch yourself off.")
        if await self.people.find(user_id) is None:
            raise NotFound
        await self.people.set_disabled(user_id, is_disabled=is_disabled)
        await self._revocations.look()

    async def _become(
        self, person: Person, password: str, link: str | None, kind: LinkKind, label: str
    ) -> SignedIn:
        normal = check_password(password, username=person.user.username)
        now_ms = self._clock.now_ms()
        link_hash = None if link is None else hash_of(link)
        if link_hash is not None:
            found = await self._links.find(link_hash, now_ms)
            if found is None or found.kind is not kind:
                raise _link_is_over()
        added = await self.people.add(
            person,
            password_hash=await self._passwords.hash(normal),
            link_hash=link_hash,
            link_kind=kind if link_hash is not None else None,
            now_ms=now_ms,
        )
        if not added:
            raise _link_is_over()
        return await self.sessions.open(person, label)

    def _new(self, username: str, *, is_owner: bool = False) -> Person:
        return Person(
            user=User(new_user_id(), username),
            kind=PersonKind.ACCOUNT,
            is_owner=is_owner,
            created_at_ms=self._clock.now_ms(),
        )

    async def _make_link(
        self, kind: LinkKind, maker_id: UserId | None, lasts_ms: int, uses: int
    ) -> str:
        now_ms = self._clock.now_ms()
        secret = secrets.token_urlsafe(SECRET_BYTES)
        link = EntryLink(
            kind=kind,
            maker_id=maker_id,
            created_at_ms=now_ms,
            expires_at_ms=now_ms + lasts_ms,
            uses_left=uses,
        )
        await self._links.make(link, hash_of(secret))
        return secret

    async def _take(self, what: str, whose: str, pace: Pace) -> None:
        wait_s = await self._turns.take(f"{what}:{hash_of(whose)}", pace)
        if wait_s > 0:
            raise RateLimited.for_s("attempts", wait_s)


def _link_is_over() -> Forbidden:
    return Forbidden("This link is not good any more. Ask for a new one.")
