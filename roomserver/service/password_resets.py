"""A new password for somebody who has lost theirs, by a link from the server's owner."""

import secrets
from typing import Final

from roomserver.core.errors import Forbidden, NotFound
from roomserver.core.model import Caller, UserId
from roomserver.core.names import check_password
from roomserver.core.people import EntryLink, LinkKind, PersonKind, hash_of
from roomserver.ports.clock import Clock
from roomserver.service.account_stores import AccountStores, check_owner
from roomserver.service.browser_sessions import BrowserSessions, SignedIn

SECRET_BYTES: Final = 32
LASTS_MS: Final = 24 * 3_600 * 1_000


class PasswordResets:
    """Every method may raise :exc:`StorageUnavailable`, and :exc:`RateLimited` if it hashes."""

    def __init__(self, stores: AccountStores, *, sessions: BrowserSessions, clock: Clock) -> None:
        self._stores = stores
        self._sessions = sessions
        self._clock = clock

    async def make_link(self, caller: Caller, user_id: UserId) -> str:
        """
        Return the secret of a link for a day; it takes the place of one made before.

        Raises:
            Forbidden: If *caller* is not the server's owner.
            NotFound: If there is no such account.

        """
        check_owner(caller)
        known = await self._stores.people.find(user_id)
        if known is None or known.person.kind is not PersonKind.ACCOUNT:
            raise NotFound
        now_ms = self._clock.now_ms()
        secret = secrets.token_urlsafe(SECRET_BYTES)
        link = EntryLink(
            kind=LinkKind.RESET,
            maker_id=caller.user.user_id,
            user_id=user_id,
            created_at_ms=now_ms,
            expires_at_ms=now_ms + LASTS_MS,
        )
        await self._stores.links.make(link, hash_of(secret))
        return secret

    async def reset(self, secret: str, password: str, *, label: str) -> SignedIn:
        """
        Give whoever the link is for this password, and open a session.

        Every browser of theirs is signed out.

        Raises:
            Forbidden: If the link is not good any more.
            InvalidEvent: If nobody can have that password.

        """
        link_hash, now_ms = hash_of(secret), self._clock.now_ms()
        link = await self._stores.links.find(link_hash, now_ms)
        if link is None or link.kind is not LinkKind.RESET or link.user_id is None:
            raise _is_over()
        known = await self._stores.people.find(link.user_id)
        if known is None or known.person.is_disabled:
            raise _is_over()
        normal = check_password(password, username=known.person.user.username)
        hashed = await self._stores.passwords.hash(normal)
        changed = await self._stores.people.set_password(
            link.user_id, hashed, link_hash=link_hash, now_ms=now_ms
        )
        if not changed:
            raise _is_over()
        await self._stores.revocations.look()
        return await self._sessions.open(known.person, label)


def _is_over() -> Forbidden:
    return Forbidden("This link is not good any more. Ask for a new one.")
