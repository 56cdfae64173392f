"""
What somebody may do in a room, at this moment: asked once, remembered, kept true.

What was decided lies in the database, and each change raises a revision there. Every
instance asks once a second which rooms have changed, forgets what it knew of them, and
looks anew at everybody who is in one: whoever may not stay is shown out. An instance
that could not ask for a while believes nothing that it remembers.
"""

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from enum import Enum
from functools import partial
from typing import Final

from roomserver.core.errors import (
    Banned,
    RemovedFromRoom,
    RoomError,
    RoomFull,
    RoomNotFound,
    StorageUnavailable,
)
from roomserver.core.model import Caller, Grant, Role, RoomId, RoomState, User, UserId
from roomserver.core.policy import (
    ANYBODY,
    EVERYTHING_OPEN,
    Action,
    Standing,
    outranks,
    role_of,
    standing_of,
)
from roomserver.ports.clock import Clock
from roomserver.ports.rights import RightsStore, RoomRights
from roomserver.service.shared import SharedAnswers
from roomserver.service.tasks import Loop, in_background

LOOK_EVERY_S: Final = 1.0

BELIEVED_S_MAX: Final = 2.5
"""How long what is remembered counts after the last look: a lost right is lost within 3 s."""

ROOMS_MAX: Final = 2_000
GRANTS_MAX: Final = 200
"""Rooms, and people of each, that are remembered. Of a fuller room everybody is asked for."""

OnChange = Callable[[RoomId, RoomState | None, RoomState], Awaitable[None]]
"""Called when something was decided about a room: what it was like, if that is known, and is."""

Present = Callable[[RoomId], Awaitable[Sequence[User]]]


class Visibility(Enum):
    """How somebody who may know of a room sees it."""

    PUBLIC = "public"
    PRIVATE = "private"


class Stay:
    """Somebody in a room, and what they may do there now."""

    __slots__ = ("address", "caller", "is_in", "lost", "room_id", "standing")

    def __init__(self, room_id: RoomId, caller: Caller, standing: Standing = ANYBODY) -> None:
        self.room_id = room_id
        self.caller = caller
        self.standing = standing
        self.address = ""
        """Where they come from, if what comes from there is counted."""

        self.is_in = False
        """Whether they count among those who fill the room."""

        self.lost: Callable[[RoomError], None] | None = None
        """Called once, when they may not stay."""

    def check(self, action: Action, now_ms: int) -> None:
        """
        Let them do it, or say why not.

        Raises:
            Forbidden: If it isn't theirs, or not now.
            RoomNotFound: If they may not know that the room exists.

        """
        if action in self.standing.may:
            return
        objection = self.standing.objection(action, now_ms)
        if objection is not None:
            raise objection


class Rights:
    """Every method may raise :exc:`StorageUnavailable`."""

    def __init__(self, *, store: RightsStore, clock: Clock, present: Present) -> None:
        self._store = store
        self._clock = clock
        self.present = present
        """Who is in a room on any instance."""

        self.on_change: OnChange | None = None
        self._shared = SharedAnswers()
        self._rooms: OrderedDict[RoomId, RoomRights] = OrderedDict()
        self._private: Collection[RoomId] | None = None
        self._stays: dict[RoomId, set[Stay]] = {}
        self._revision = 0
        self._looked_s = clock.monotonic_s()
        self._changes = 0
        """How often something was forgotten: an answer from before that isn't remembered."""

        self._turn = asyncio.Lock()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Sequence[Loop]]:
        """
        Look once a second what has changed, until the block ends.

        Raises:
            StorageUnavailable: If the database can't say where to begin.

        """
        self._revision = await self._store.revision()
        try:
            async with in_background(rights=self._keep_looking()) as loops:
                yield loops
        finally:
            await self._shared.close()

    async def standing(self, room_id: RoomId, caller: Caller) -> Standing:
        """
        Return what *caller* is in the room.

        Raises:
            RoomNotFound: If there is no such room.

        """
        rights = await self._rights_of(room_id)
        grants = await self._grants(room_id, rights, [caller.user.user_id])
        return standing_of(caller, room_id, rights.state, grants.get(caller.user.user_id))

    async def check(self, room_id: RoomId, caller: Caller, action: Action) -> Standing:
        """
        Return what *caller* is in the room, if *action* is theirs.

        Raises:
            Forbidden: If it isn't.
            RoomNotFound: If there is no such room, or they may not know that there is.

        """
        standing = await self.standing(room_id, caller)
        objection = standing.objection(action, self._clock.now_ms())
        if objection is not None:
            raise objection
        return standing

    async def role_of(self, room_id: RoomId, user: User) -> Role:
        """Return what somebody is in the room who isn't there to say more of themselves."""
        rights = await self._rights_of(room_id)
        grants = await self._grants(room_id, rights, [user.user_id])
        is_owner = await self._store.is_server_owner(user.user_id)
        caller = Caller(user=user, is_owner=is_owner)
        return role_of(caller, room_id, rights.state, grants.get(user.user_id))

    async def stay(self, room_id: RoomId, caller: Caller) -> Stay:
        """
        Let *caller* in; their stay follows every change until they :meth:`leave`.

        Raises:
            Forbidden: If they may not enter.
            RoomNotFound: If there is no such room, or they may not know that there is.
            RoomFull: If as many people as it may hold are there.

        """
        stay = Stay(room_id, caller)
        # First known, then asked about: no change falls in between.
        self._stays.setdefault(room_id, set()).add(stay)
        try:
            await self._let_in(stay)
        except BaseException:
            self.leave(stay)
            raise
        return stay

    def leave(self, stay: Stay) -> None:
        """Follow no more what becomes of *stay*, and tell it nothing more. Twice is harmless."""
        stay.lost = None
        stays = self._stays.get(stay.room_id, set())
        stays.discard(stay)
        if not stays:
            self._stays.pop(stay.room_id, None)

    @asynccontextmanager
    async def staying(self, room_id: RoomId, caller: Caller) -> AsyncIterator[Stay]:
        """Let *caller* in (:meth:`stay`) until the block ends."""
        stay = await self.stay(room_id, caller)
        try:
            yield stay
        finally:
            self.leave(stay)

    async def sees(self, caller: Caller) -> Callable[[RoomId], Visibility | None]:
        """Return what tells how *caller* sees a room: None if they may not know of it."""
        if self._private is None or not self._is_believed:
            changes = self._changes
            private = frozenset(await self._store.private_rooms(None))
            if changes == self._changes:
                self._private = private
        else:
            private = frozenset(self._private)
        grants: Mapping[RoomId, Grant | None] = {}
        if private:
            grants = await self._store.private_rooms(caller.user.user_id)
        now_ms = self._clock.now_ms()

        def sees(room_id: RoomId) -> Visibility | None:
            is_private = room_id in private or room_id in grants
            state = RoomState(is_private=True) if is_private else EVERYTHING_OPEN
            standing = standing_of(caller, room_id, state, grants.get(room_id))
            if standing.objection(Action.SEE, now_ms) is not None:
                return None
            return Visibility.PRIVATE if is_private else Visibility.PUBLIC

        return sees

    async def refresh(self, room_id: RoomId) -> None:
        """Look anew at a room whose rights have changed, and at everybody in it."""
        self._changes += 1
        self._private = None
        before = self._rooms.pop(room_id, None)
        if stays := list(self._stays.get(room_id, ())):
            await self._look_again_at(room_id, stays)
        if self.on_change is None:
            return
        with suppress(RoomNotFound):
            now = await self._rights_of(room_id)
            await self.on_change(room_id, None if before is None else before.state, now.state)

    async def look_at(self, stay: Stay) -> None:
        """Look anew at one person, of whom more or something else is known now."""
        await self._look_again_at(stay.room_id, [stay])

    async def look(self) -> None:
        """Look what has changed, anywhere."""
        async with self._turn:
            began_s = self._clock.monotonic_s()
            changed = await self._store.changed(self._revision)
            for room_id in changed:
                await self.refresh(room_id)
            # Only now: what could not be looked at is looked for again.
            self._revision = max(self._revision, *changed.values(), 0)
            self._looked_s = began_s

    @property
    def _is_believed(self) -> bool:
        return self._clock.monotonic_s() - self._looked_s < BELIEVED_S_MAX

    async def _keep_looking(self) -> None:
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            with suppress(StorageUnavailable):
                await self.look()

    async def _let_in(self, stay: Stay) -> None:
        changes = None
        while changes != self._changes:
            changes = self._changes
            stay.standing = await self.standing(stay.room_id, stay.caller)
        stay.check(Action.ENTER, self._clock.now_ms())
        people_max = stay.standing.state.people_max
        if people_max and not outranks(stay.standing.role, Role.MEMBER):
            await self._take_a_seat(stay, people_max)
        stay.is_in = True

    async def _take_a_seat(self, stay: Stay, people_max: int) -> None:
        there = {user.user_id for user in await self.present(stay.room_id)}
        # Those on the way in have no presence yet. From here to the end nothing waits.
        stays = self._stays[stay.room_id]
        there |= {each.caller.user.user_id for each in stays if each.is_in}
        if stay.caller.user.user_id not in there and len(there) >= people_max:
            raise RoomFull(people_max)

    async def _look_again_at(self, room_id: RoomId, stays: Sequence[Stay]) -> None:
        try:
            rights = await self._rights_of(room_id)
        except RoomNotFound as error:
            for stay in stays:
                self._show_out(stay, error)
            return
        user_ids = {stay.caller.user.user_id for stay in stays}
        grants = await self._grants(room_id, rights, user_ids)
        for stay in stays:
            grant = grants.get(stay.caller.user.user_id)
            stay.standing = standing_of(stay.caller, room_id, rights.state, grant)
            objection = stay.standing.objection(Action.ENTER, self._clock.now_ms())
            if objection is not None:
                is_told = isinstance(objection, Banned)
                self._show_out(stay, objection if is_told else RemovedFromRoom())

    def _show_out(self, stay: Stay, error: RoomError) -> None:
        lost, stay.lost = stay.lost, None
        if lost is not None:
            lost(error)

    async def _rights_of(self, room_id: RoomId) -> RoomRights:
        known = self._rooms.get(room_id)
        if known is not None and self._is_believed:
            return known
        return await self._shared.ask(room_id, partial(self._read, room_id))

    async def _read(self, room_id: RoomId) -> RoomRights:
        changes = self._changes
        rights = await self._store.of_room(room_id, grants_max=GRANTS_MAX)
        if rights is None:
            raise RoomNotFound
        if changes == self._changes:
            self._rooms[room_id] = rights
            self._rooms.move_to_end(room_id)
            if len(self._rooms) > ROOMS_MAX:
                self._rooms.popitem(last=False)
        return rights

    async def _grants(
        self, room_id: RoomId, rights: RoomRights, user_ids: Collection[UserId]
    ) -> Mapping[UserId, Grant]:
        if rights.is_whole:
            return rights.grants
        found = await self._store.grants(room_id, user_ids)
        return {grant.user.user_id: grant for grant in found}
