"""
API tokens: what lets a program in, under a name of its own, into some rooms, with some rights.

A token is shown once, when it is made. It ends when it is taken back, when its time is
over, and when whoever made it is switched off.
"""

import secrets
from collections.abc import Collection, Sequence
from typing import Final, NamedTuple

from roomserver.core.errors import Forbidden, InvalidEvent, NotFound
from roomserver.core.model import Caller, CallerKind, RoomId, User, UserId
from roomserver.core.names import check_account_name, name_taken
from roomserver.core.people import Person, PersonKind, Session, SessionKind, hash_of, new_user_id
from roomserver.core.policy import RIGHTS, may_watch
from roomserver.ports.clock import Clock
from roomserver.ports.people import People, Sessions
from roomserver.service.revocation import Revocations

PREFIX: Final = "rs_"
"""Tells an API token from a signed one, and a leaked one from other text."""

SECRET_BYTES: Final = 32
TOKENS_MAX: Final = 50


class ProgramToken(NamedTuple):
    """A program and its token, whose secret nobody can read again."""

    person: Person
    token: Session


class Programs:
    """Every method may raise :exc:`StorageUnavailable`."""

    def __init__(
        self, *, people: People, sessions: Sessions, revocations: Revocations, clock: Clock
    ) -> None:
        self._people = people
        self._sessions = sessions
        self._revocations = revocations
        self._clock = clock

    async def make(
        self,
        caller: Caller,
        name: str,
        *,
        rooms: Collection[RoomId] | None,
        rights: Collection[str],
        lasts_s: int | None = None,
    ) -> tuple[ProgramToken, str]:
        """
        Make a program with a token; return it with its secret.

        Raises:
            Forbidden: If *caller* is no account, or has too many.
            InvalidEvent: If nobody can have that name, or there are no such rights.

        """
        if caller.kind is not CallerKind.PERSON or caller.rooms is not None:
            raise Forbidden("Only an account can make tokens.")
        if "metrics" in rights and not may_watch(caller):
            raise Forbidden("Only the server's owner can give the right metrics.")
        if len(await self.listing(caller.user.user_id)) >= TOKENS_MAX:
            raise Forbidden(f"You have {TOKENS_MAX} tokens already. Take one back first.")
        return await self.make_for(
            caller.user.user_id, name, rooms=rooms, rights=rights, lasts_s=lasts_s
        )

    async def make_for(
        self,
        maker_id: UserId | None,
        name: str,
        *,
        rooms: Collection[RoomId] | None,
        rights: Collection[str],
        lasts_s: int | None = None,
    ) -> tuple[ProgramToken, str]:
        """
        Make one for somebody else, or nobody: the operator's business.

        Raises:
            InvalidEvent: If nobody can have that name, or there are no such rights.

        """
        if not rights or not set(rights) <= set(RIGHTS):
            raise InvalidEvent(f"rights must be some of {', '.join(RIGHTS)}.", field="rights")
        now_ms = self._clock.now_ms()
        person = await self._program(check_account_name(name), maker_id, now_ms)
        token = Session(
            id=secrets.token_hex(8),
            kind=SessionKind.TOKEN,
            label=person.user.username,
            rooms=None if rooms is None else frozenset(rooms),
            rights=frozenset(rights),
            created_at_ms=now_ms,
            used_at_ms=now_ms,
            expires_at_ms=None if lasts_s is None else now_ms + lasts_s * 1_000,
        )
        secret = PREFIX + secrets.token_urlsafe(SECRET_BYTES)
        await self._sessions.open(token, person.user.user_id, hash_of(secret))
        return ProgramToken(person, token), secret

    async def listing(self, maker_id: UserId | None = None) -> Sequence[ProgramToken]:
        """Return the tokens of somebody's programs, or of all."""
        persons = {
            each.user.username: each
            for each in await self._people.listing(PersonKind.PROGRAM, maker_id=maker_id)
        }
        ids = [each.user.user_id for each in persons.values()]
        tokens = await self._sessions.listing(ids, SessionKind.TOKEN)
        return [ProgramToken(persons[token.label], token) for token in tokens]

    async def take_back(self, token_id: str, *, maker_id: UserId | None = None) -> None:
        """
        Let a token open nothing from now on.

        Raises:
            NotFound: If there is none, or it is not one of this maker's.

        """
        for person, token in await self.listing(maker_id):
            if token.id == token_id:
                await self._sessions.end([person.user.user_id], session_id=token_id)
                await self._revocations.look()
                return
        raise NotFound

    async def _program(self, name: str, maker_id: UserId | None, now_ms: int) -> Person:
        # A second token of the same program lets its maker change one for the other.
        known = await self._people.find_by_name(name)
        if known is not None:
            person = known.person
            is_theirs = person.kind is PersonKind.PROGRAM and person.maker_id == maker_id
            if is_theirs and person.user.username == name and not person.is_disabled:
                return person
            raise name_taken(name)
        person = Person(
            user=User(new_user_id(), name),
            kind=PersonKind.PROGRAM,
            maker_id=maker_id,
            created_at_ms=now_ms,
        )
        await self._people.add(person)
        return person
