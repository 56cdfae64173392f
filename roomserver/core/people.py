"""Whom a server of accounts knows, and what lets them in."""

import secrets
from enum import StrEnum
from hashlib import sha256
from typing import Final

from msgspec import Struct

from roomserver.core.model import INTEGER_MAX, Caller, CallerKind, RoomId, User, UserId


class PersonKind(StrEnum):
    """How somebody came to be known."""

    ACCOUNT = "account"
    GUEST = "guest"
    PROGRAM = "program"
    SUBJECT = "subject"
    """Somebody whom another application vouches for."""


class Person(Struct, frozen=True, kw_only=True):
    """Somebody whom this server knows."""

    user: User
    kind: PersonKind
    is_owner: bool = False
    is_disabled: bool = False
    room_id: RoomId | None = None
    """The only room that a guest may use."""

    maker_id: UserId | None = None
    """Whose program it is."""

    created_at_ms: int = 0


class SessionKind(StrEnum):
    BROWSER = "browser"
    TOKEN = "token"  # noqa: S105 - a kind, and no secret


class Session(Struct, frozen=True, kw_only=True):
    """What lets somebody in without a password: a browser's cookie, or a program's token."""

    id: str
    """It opens nothing: the secret is kept as a hash only."""

    kind: SessionKind
    label: str = ""
    """What it is called in a list: a browser, or the name of a token."""

    rooms: frozenset[RoomId] | None = None
    rights: frozenset[str] | None = None
    created_at_ms: int
    used_at_ms: int
    """When it last let somebody in, to the hour."""

    expires_at_ms: int | None = None


class LinkKind(StrEnum):
    """What a link makes of whoever opens it."""

    SET_UP = "set_up"
    """The server's owner."""

    SIGN_UP = "sign_up"
    RESET = "reset"
    """Somebody with a new password."""


class EntryLink(Struct, frozen=True, kw_only=True):
    """A link that lets somebody in whom nothing else does. Its secret is kept as a hash."""

    kind: LinkKind
    maker_id: UserId | None = None
    user_id: UserId | None = None
    """Who gets a new password by it."""

    created_at_ms: int
    expires_at_ms: int
    uses_left: int = 1


class Claims(Struct, frozen=True, kw_only=True):
    """What a token that can be trusted says."""

    subject: str
    username: str
    rooms: tuple[int | str, ...] | None = None
    """Numbers or slugs; None: no restriction."""

    rights: frozenset[str] | None = None
    expires_at_ms: int


NUMBERS_GIVEN_FROM: Final = 2**32
"""Numbers that this server gives to people begin here: those below are open mode's."""


def new_user_id() -> UserId:
    """
    Return a number for somebody new.

    By chance, so that nobody inherits what was said under their number before, and nobody
    learns how many people there are.
    """
    return UserId(NUMBERS_GIVEN_FROM + secrets.randbelow(INTEGER_MAX - NUMBERS_GIVEN_FROM))


_KINDS: Final = {
    PersonKind.ACCOUNT: CallerKind.PERSON,
    PersonKind.SUBJECT: CallerKind.PERSON,
    PersonKind.GUEST: CallerKind.GUEST,
    PersonKind.PROGRAM: CallerKind.PROGRAM,
}


def caller_from(person: Person, session: Session) -> Caller:
    """Say what *person* may do at most with *session*."""
    rooms = session.rooms
    if person.room_id is not None:
        rooms = frozenset({person.room_id})
    return Caller(
        user=person.user,
        kind=_KINDS[person.kind],
        is_owner=person.is_owner and session.kind is SessionKind.BROWSER,
        rooms=rooms,
        rights=session.rights,
        expires_at_ms=session.expires_at_ms,
        session_id=session.id,
    )


def hash_of(secret: str) -> str:
    """
    Return what is kept of a secret of ours.

    Secrets are long and random, so nothing slower is needed; passwords are another matter.
    """
    return sha256(secret.encode("utf-8", "replace")).hexdigest()
