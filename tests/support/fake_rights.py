"""What has been decided about rooms and people, in memory, held up and broken by hand."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from msgspec.structs import replace

from roomserver.core.deeds import Decision, Invitation, Noted
from roomserver.core.errors import StorageUnavailable
from roomserver.core.model import Grant, Role, Room, RoomId, RoomState, User, UserId
from roomserver.core.people import Person
from roomserver.ports.rights import RoomRights
from tests.support.builders import ANA, NOON_MS
from tests.support.fakes import Gate


class FakeRights:
    """A :class:`~roomserver.ports.rights.RightsStore` that decides whatever it is told."""

    def __init__(self, *rooms: Room) -> None:
        self.states = {room.id: RoomState() for room in rooms}
        self.granted: dict[tuple[RoomId, UserId], Grant] = {}
        self.revisions: dict[RoomId, int] = {}
        self.noted: list[Noted] = []
        self.revoked: list[Any] = []
        self.names: dict[UserId, str] = {}
        self.server_owners: set[UserId] = set()
        self.questions: list[str] = []
        """What was asked for, in words."""

        self.reading = Gate()
        self.is_away = False

    def set(self, room: Room, user: User | None = None, **of: Any) -> None:
        """Decide, as another instance would."""
        if user is None:
            self.states[room.id] = replace(self.states[room.id], **of)
        else:
            key = (room.id, user.user_id)
            self.granted[key] = replace(self.granted.get(key, Grant(user=user)), **of)
        self.revisions[room.id] = max(self.revisions.values(), default=0) + 1

    async def revision(self) -> int:
        return max(self.revisions.values(), default=0)

    async def changed(self, since: int) -> Mapping[RoomId, int]:
        await self._ask("changed")
        return {room: number for room, number in self.revisions.items() if number > since}

    async def of_room(self, room_id: RoomId, *, grants_max: int) -> RoomRights | None:
        state = self.states.get(room_id)
        grants = {user: grant for (room, user), grant in self.granted.items() if room == room_id}
        await self._ask(f"room {room_id}")
        if state is None:
            return None
        is_whole = len(grants) <= grants_max
        return RoomRights(state, grants if is_whole else {}, is_whole)

    async def grants(self, room_id: RoomId, user_ids: Collection[UserId]) -> Sequence[Grant]:
        await self._ask(f"grants {sorted(user_ids)}")
        found = [self.granted.get((room_id, user_id)) for user_id in user_ids]
        return [grant for grant in found if grant is not None]

    async def listing(self, room_id: RoomId) -> Sequence[Grant]:
        return [grant for (room, _user), grant in self.granted.items() if room == room_id]

    async def private_rooms(self, user_id: UserId | None) -> Mapping[RoomId, Grant | None]:
        await self._ask(f"private rooms of {user_id}")
        return {
            room_id: None if user_id is None else self.granted.get((room_id, user_id))
            for room_id, state in self.states.items()
            if state.is_private
        }

    async def decide(self, decision: Decision) -> None:
        await self._ask(decision.deed)
        room = Room(id=decision.room_id, slug="", name="", epoch="")
        state: dict[str, Any] = dict(decision.state)
        self.set(room, **state)
        if decision.target is not None:
            changes: dict[str, Any] = dict(decision.grant)
            if changes.get("role"):
                changes["role"] = Role(changes["role"])
            self.set(room, decision.target, **changes)
        self.revoked += decision.revoked
        number = len(self.noted) + 1
        noted = Noted(
            id=number,
            at_ms=NOON_MS,
            actor=decision.actor,
            deed=decision.deed,
            target=decision.target,
            details=decision.details,
        )
        self.noted.insert(0, noted)

    async def audit(self, room_id: RoomId, *, before: int | None, limit: int) -> Sequence[Noted]:
        return [each for each in self.noted if before is None or each.id < before][:limit]

    async def name_of(self, user_id: UserId) -> str | None:
        return self.names.get(user_id)

    async def is_server_owner(self, user_id: UserId) -> bool:
        return user_id in self.server_owners

    async def _ask(self, question: str) -> None:
        self.questions.append(question)
        await self.reading.passed()
        if self.is_away:
            raise StorageUnavailable


class FakeInvitations:
    """An :class:`~roomserver.ports.rights.Invitations` that counts no uses."""

    def __init__(self) -> None:
        self.kept: dict[str, Invitation] = {}

    async def add(self, invitation: Invitation, secret_hash: str) -> Invitation:
        self.kept[secret_hash] = replace(invitation, id=len(self.kept) + 1)
        return self.kept[secret_hash]

    async def listing(self, room_id: RoomId, now_ms: int) -> Sequence[Invitation]:
        return list(self.kept.values())

    async def find(self, secret_hash: str, now_ms: int) -> Invitation | None:
        return self.kept.get(secret_hash)

    async def use(
        self, secret_hash: str, user: User, now_ms: int, *, guest: Person | None = None
    ) -> Invitation | None:
        return self.kept.get(secret_hash)

    async def take_back(self, room_id: RoomId, invitation_id: int, actor: User = ANA) -> bool:
        return False
