"""The sessions of browsers: opened by whoever has shown who they are, ended by them or for them."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from roomserver.core.errors import NotFound
from roomserver.core.model import Caller
from roomserver.core.people import Person, Session, SessionKind, hash_of
from roomserver.ports.clock import Clock
from roomserver.ports.people import Sessions
from roomserver.service.revocation import Revocations

SECRET_BYTES: Final = 32
DAY_MS: Final = 24 * 3_600_000
TOUCH_EVERY_MS: Final = 3_600_000
LABEL_CHARS_MAX: Final = 100


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Who somebody is now, and the secret by which they stay that."""

    person: Person
    session: Session
    secret: str


class BrowserSessions:
    """Every method may raise :exc:`StorageUnavailable`."""

    def __init__(
        self, *, sessions: Sessions, revocations: Revocations, clock: Clock, days: int
    ) -> None:
        self._sessions = sessions
        self._revocations = revocations
        self._clock = clock
        self._session_ms = days * DAY_MS

    async def open(self, person: Person, label: str) -> SignedIn:
        """Let *person* in, on a browser called *label*."""
        now_ms = self._clock.now_ms()
        session = Session(
            id=secrets.token_hex(8),
            kind=SessionKind.BROWSER,
            label=label[:LABEL_CHARS_MAX],
            created_at_ms=now_ms,
            used_at_ms=now_ms,
            expires_at_ms=now_ms + self._session_ms,
        )
        secret = secrets.token_urlsafe(SECRET_BYTES)
        await self._sessions.open(session, person.user.user_id, hash_of(secret))
        return SignedIn(person, session, secret)

    async def sign_out(self, caller: Caller, *, everywhere: bool = False) -> None:
        """End *caller*'s session, or all browsers' sessions of theirs."""
        which = None if everywhere else caller.session_id
        if everywhere or which is not None:
            await self._sessions.end(
                [caller.user.user_id], kind=SessionKind.BROWSER, session_id=which
            )
            await self._revocations.look()

    async def listing(self, caller: Caller) -> Sequence[Session]:
        """Return where *caller* is signed in."""
        return await self._sessions.listing([caller.user.user_id], SessionKind.BROWSER)

    async def end(self, caller: Caller, session_id: str) -> None:
        """
        Sign *caller* out somewhere else.

        Raises:
            NotFound: If they are not signed in there.

        """
        ended = session_id.isalnum() and await self._sessions.end(
            [caller.user.user_id], kind=SessionKind.BROWSER, session_id=session_id
        )
        if not ended:
            raise NotFound
        await self._revocations.look()

    async def whose(self, secret: str) -> tuple[Person, Session] | None:
        """Return whom this secret lets in now, if anybody."""
        now_ms = self._clock.now_ms()
        found = await self._sessions.find(hash_of(secret), now_ms)
        if found is not None and now_ms - found[1].used_at_ms >= TOUCH_EVERY_MS:
            await self._sessions.touch(found[1].id, now_ms)
        return found
