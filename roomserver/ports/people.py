"""The people whom this server knows, and what lets them in."""

from collections.abc import Collection, Sequence
from typing import NamedTuple, Protocol

from roomserver.core.model import User, UserId
from roomserver.core.people import EntryLink, LinkKind, Person, PersonKind, Session, SessionKind


class Known(NamedTuple):
    """A person, and what is kept of their password: nothing if they have none."""

    person: Person
    password_hash: str | None


class People(Protocol):
    """
    Accounts, guests, programs, and the people whom another application vouches for.

    Every implementation passes ``tests/contracts/test_people.py``. Each method raises
    :exc:`StorageUnavailable` if the database didn't answer.
    """

    async def add(
        self,
        person: Person,
        *,
        password_hash: str | None = None,
        link_hash: str | None = None,
        link_kind: LinkKind | None = None,
        now_ms: int = 0,
    ) -> bool:
        """
        Add *person*, in one transaction with using up the link that invites them.

        False if the link is none, is used up, or its time is over: then nobody is added.

        Raises:
            InvalidEvent: If their name is taken, or looks like one that is.

        """
        ...

    async def find(self, user_id: UserId) -> Known | None: ...

    async def find_by_name(self, username: str) -> Known | None:
        """Return the account or program with a name that looks like this one."""
        ...

    async def number_of(self, subject: str, username: str, now_ms: int) -> UserId:
        """Return the number of somebody else's person, given when it is first asked for."""
        ...

    async def listing(self, *kinds: PersonKind, maker_id: UserId | None = None) -> Sequence[Person]:
        """Return the people of these kinds by name; only somebody's programs, if asked so."""
        ...

    async def has_owner(self) -> bool: ...

    async def set_password(
        self,
        user_id: UserId,
        password_hash: str,
        *,
        keep: str | None = None,
        link_hash: str | None = None,
        now_ms: int = 0,
    ) -> bool:
        """
        Change the password and end every browser's session but *keep*, in one transaction.

        With using up the link that allows it, if there is one: False if it is none for that,
        is used up, or its time is over, and then nothing changes.
        """
        ...

    async def set_disabled(self, user_id: UserId, *, is_disabled: bool) -> None:
        """Let nobody in as that person or a program of theirs, or let them in again."""
        ...

    async def upgrade(self, user: User, password_hash: str) -> bool:
        """
        Make a guest an account with that name; say whether they were a guest.

        Raises:
            InvalidEvent: If the name is taken, or looks like one that is.

        """
        ...


class Sessions(Protocol):
    """
    What lets somebody in without a password. Secrets are known by their hashes.

    Every implementation passes ``tests/contracts/test_people.py``. Each method raises
    :exc:`StorageUnavailable` if the database didn't answer.
    """

    async def open(self, session: Session, user_id: UserId, secret_hash: str) -> None: ...

    async def find(self, secret_hash: str, now_ms: int) -> tuple[Person, Session] | None:
        """Return whom that secret lets in now: nobody who is disabled, nothing that expired."""
        ...

    async def touch(self, session_id: str, now_ms: int) -> None:
        """Note that it let somebody in."""
        ...

    async def listing(self, user_ids: Collection[UserId], kind: SessionKind) -> Sequence[Session]:
        """Return what lets these people in, newest first."""
        ...

    async def end(
        self,
        user_ids: Collection[UserId],
        *,
        kind: SessionKind | None = None,
        session_id: str | None = None,
    ) -> int:
        """End all of these people's, or those of a kind, or one; return how many were there."""
        ...


class EntryLinks(Protocol):
    """
    Links by which somebody becomes a person of this server, or gets a new password.

    Every implementation passes ``tests/contracts/test_people.py``. Each method raises
    :exc:`StorageUnavailable` if the database didn't answer.
    """

    async def make(self, link: EntryLink, secret_hash: str) -> None:
        """Keep *link*. One to set the server up, or for a password, replaces those before."""
        ...

    async def find(self, secret_hash: str, now_ms: int) -> EntryLink | None:
        """Return the link with that secret, if it is good now."""
        ...
