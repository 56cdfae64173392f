"""What has been decided about rooms and the people in them."""

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple, Protocol

from roomserver.core.deeds import Decision, Invitation, Noted
from roomserver.core.model import Grant, RoomId, RoomState, User, UserId
from roomserver.core.people import Person


class RoomRights(NamedTuple):
    """A room's state, and what was decided about people in it."""

    state: RoomState
    grants: Mapping[UserId, Grant]
    is_whole: bool
    """Whether *grants* has everybody about whom something was decided."""


class RightsStore(Protocol):
    """
    Rights and decisions, over all instances.

    Every change of a room's rights has a revision, in the order of the commits. Every
    implementation passes ``tests/contracts/test_rights.py``. Each method raises
    :exc:`StorageUnavailable` if the database didn't answer.
    """

    async def revision(self) -> int:
        """Return the newest revision, 0 if nothing has been decided yet."""
        ...

    async def changed(self, since: int) -> Mapping[RoomId, int]:
        """Return the rooms whose rights have changed behind *since*, each with its revision."""
        ...

    async def of_room(self, room_id: RoomId, *, grants_max: int) -> RoomRights | None:
        """Return a room's rights, with no grants if there are more than *grants_max*."""
        ...

    async def grants(self, room_id: RoomId, user_ids: Collection[UserId]) -> Sequence[Grant]:
        """Return what was decided about those people."""
        ...

    async def listing(self, room_id: RoomId) -> Sequence[Grant]:
        """Return everything that was decided about people in the room, by name."""
        ...

    async def private_rooms(self, user_id: UserId | None) -> Mapping[RoomId, Grant | None]:
        """Return all private rooms, each with what was decided about that person in it."""
        ...

    async def decide(self, decision: Decision) -> None:
        """
        Carry out *decision*: change, revoke, note in the audit log, in one transaction.

        Raises:
            Forbidden: If it would leave the room without an owner.

        """
        ...

    async def audit(self, room_id: RoomId, *, before: int | None, limit: int) -> Sequence[Noted]:
        """Return the last *limit* decisions about the room, newest first."""
        ...

    async def name_of(self, user_id: UserId) -> str | None:
        """Return the name under which that person was last seen in any room."""
        ...

    async def is_server_owner(self, user_id: UserId) -> bool:
        """Say whether that is the server's owner, who owns every room."""
        ...


class Invitations(Protocol):
    """
    Links into rooms.

    Every implementation passes ``tests/contracts/test_invitations.py``. Each method raises
    :exc:`StorageUnavailable` if the database didn't answer.
    """

    async def add(self, invitation: Invitation, secret_hash: str) -> Invitation:
        """Keep *invitation*, and note it in the audit log; return it with its number."""
        ...

    async def listing(self, room_id: RoomId, now_ms: int) -> Sequence[Invitation]:
        """Return those that are still good, newest first."""
        ...

    async def find(self, secret_hash: str, now_ms: int) -> Invitation | None:
        """Return the one with this secret if it is still good."""
        ...

    async def use(
        self, secret_hash: str, user: User, now_ms: int, *, guest: Person | None = None
    ) -> Invitation | None:
        """
        Let *user* in by it, in one transaction: a use less, the grant, a note in the audit log.

        Whoever isn't known yet is kept as *guest*, and only if they are let in.

        None if it is not good any more. Whoever is in the room already, with the same role
        or a higher one, takes no use away. A ban stands.
        """
        ...

    async def take_back(self, room_id: RoomId, invitation_id: int, actor: User) -> bool:
        """Make it useless from now on; say whether there was one."""
        ...
