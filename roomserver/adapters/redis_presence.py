"""Who is connected, over all instances, in Redis: see ``redis_presence.lua`` beside this."""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from importlib.resources import files
from typing import Final

from redis.asyncio import Redis

from roomserver.adapters.redis_client import NO_ANSWER
from roomserver.adapters.redis_together import RedisTogether
from roomserver.core.model import RoomId, User, UserId
from roomserver.ports.presence import Change

KEEP_S: Final = 6.5
"""How long somebody counts as here without being renewed: a crash is noticed this much later."""

PAUSE_S: Final = 1.0
"""For how long a Redis that didn't answer isn't asked."""

SETTLING_ROUNDS: Final = 2
"""
How often an instance only looks after its own, once Redis is back, before it misses others.

By then all of them have had their turn. More would keep a crash from being noticed in time.
"""

_KEEP_MS: Final = str(int(KEEP_S * 1000))
_INSTANCES: Final = "roomserver:instances"
_ROOMS: Final = "roomserver:rooms"


class RedisPresence:
    """
    A :class:`~roomserver.ports.presence.Presence` that instances share.

    While Redis is away, and for a while after that, it doesn't know who is here. So at
    first each instance only notes its own people again, and nobody is missed. Then comes
    what the other instances can't have heard meanwhile: who came and who left. And where
    somebody was told less than everybody, everybody is told of once more.
    """

    def __init__(self, client: Redis, *, instance: str, pause_s: float = PAUSE_S) -> None:
        script = files("roomserver.adapters").joinpath("redis_presence.lua").read_text("utf-8")
        self._script = client.register_script(script)
        self._instance = instance
        self._here: dict[RoomId, dict[UserId, User]] = defaultdict(dict)
        self._pause_s = pause_s
        self._ask_again_s = 0.0
        self._together = RedisTogether(client)
        self._turn = 0
        self._failures = 0
        self._settling = 0
        """For how many more rounds nobody is missed."""

        self._unsaid: dict[tuple[RoomId, UserId], User] = {}
        """Who came or left while Redis was away."""

        self._late: dict[RoomId, dict[UserId, User]] = defaultdict(dict)
        """Of whom the rooms are told, here or not, when nobody is missed any more."""

        self._listed_alone: set[RoomId] = set()
        """The rooms of which somebody was told only who is here on this instance."""

    async def arrive(self, room_id: RoomId, user: User) -> bool:
        was_here = user.user_id in self._here[room_id]
        self._here[room_id][user.user_id] = user
        new = await self._run("arrive", room_id, [user])
        if new is None and not was_here:
            self._unsaid[room_id, user.user_id] = user
        return bool(new) if new is not None else not was_here

    async def depart(self, room_id: RoomId, user: User) -> bool:
        people = self._here[room_id]
        was_here = people.pop(user.user_id, None) is not None
        if not people:
            del self._here[room_id]
        gone = await self._run("depart", room_id, [user])
        if gone is None and was_here:
            self._unsaid[room_id, user.user_id] = user
        return bool(gone) if gone is not None else was_here

    async def present(self, room_id: RoomId) -> Sequence[User]:
        present = await self._run("present", room_id, [])
        if present is None:
            self._listed_alone.add(room_id)
            return list(self._here.get(room_id, {}).values())
        # Somebody who has just come may not be there yet: Redis may have just come back.
        everyone = {user.user_id: user for user in present}
        return list((everyone | self._here.get(room_id, {})).values())

    async def look_after(self, room_ids: Sequence[RoomId]) -> Sequence[Change]:
        self._ask_again_s = 0.0  # A round always asks, or it would not be one.
        failures = self._failures
        news = [*await self._say_again(), *await self._renew(room_ids)]
        if self._settling == 0:
            others = [*await self._tell_late(), *await self._sweep(room_ids)]
            return [*(change for change in news if self._is_so(change)), *others]
        if self._failures == failures:
            self._settling -= 1
        for change in news:
            self._late[change.room_id][change.user.user_id] = change.user
        return []

    def _is_so(self, change: Change) -> bool:
        """Say whether *change*, of one of our own, has not been overtaken by another one."""
        return change.is_here == (change.user.user_id in self._here.get(change.room_id, {}))

    async def _say_again(self) -> Sequence[Change]:
        news: list[Change] = []
        for (room_id, user_id), user in list(self._unsaid.items()):
            is_here = user_id in self._here.get(room_id, {})
            told = await self._run("arrive" if is_here else "depart", room_id, [user])
            if told is None:
                break
            self._unsaid.pop((room_id, user_id), None)
            news += [Change(room_id, user, is_here=is_here) for _ in told]
        return news

    async def _renew(self, room_ids: Sequence[RoomId]) -> Sequence[Change]:
        news: list[Change] = []
        for room_id in room_ids:
            if people := list(self._here.get(room_id, {}).values()):
                new = await self._run("renew", room_id, people)
                if new is None:
                    break  # Nobody is made to wait for it once a room.
                news += [Change(room_id, user, is_here=True) for user in new]
        return news

    async def _tell_late(self) -> Sequence[Change]:
        news: list[Change] = []
        for room_id in {*self._late, *self._listed_alone}:
            present = await self._run("present", room_id, [])
            if present is None:
                break
            everyone = {user.user_id: user for user in present}
            late = self._late.pop(room_id, {})
            if room_id in self._listed_alone:
                self._listed_alone.discard(room_id)
                here = self._here.get(room_id, {})
                late |= {user_id: everyone[user_id] for user_id in everyone.keys() - here}
            news += [
                Change(room_id, everyone.get(user_id, user), is_here=user_id in everyone)
                for user_id, user in late.items()
            ]
        return news

    async def _sweep(self, room_ids: Sequence[RoomId]) -> Sequence[Change]:
        news: list[Change] = []
        # In a room where nobody is left to miss them, they are missed all the same.
        lapsed = await self._ask("lapsed", RoomId(0), []) or ()
        for room_id in sorted({*room_ids, *(RoomId(int(text)) for text in lapsed)}):
            gone = await self._run("sweep", room_id, [])
            if gone is None:
                break
            news += [Change(room_id, user, is_here=False) for user in gone]
        return news

    async def _run(
        self, action: str, room_id: RoomId, people: Sequence[User]
    ) -> Sequence[User] | None:
        """Ask about people; None if Redis doesn't answer, or didn't a moment ago."""
        texts = await self._ask(action, room_id, people)
        if texts is None:
            return None
        return [
            User(UserId(int(user_id)), username)
            for user_id, username in zip(texts[::2], texts[1::2], strict=True)
        ]

    async def _ask(
        self, action: str, room_id: RoomId, people: Sequence[User]
    ) -> Sequence[str] | None:
        if asyncio.get_running_loop().time() < self._ask_again_s:
            return None
        # Counted before it waits: what is asked for later must not be taken for earlier.
        self._turn += 1
        facts = [str(part) for user in people for part in (user.user_id, user.username)]
        keys = [
            _key("people", room_id),
            _key("names", room_id),
            _key("gone", room_id),
            _INSTANCES,
            _key("left", room_id),
            _ROOMS,
        ]
        question = (action, self._instance, _KEEP_MS, self._turn, room_id, *facts)
        try:
            answer = await self._together.run(self._script, keys=keys, args=question)
        except NO_ANSWER:
            # Nobody who comes meanwhile is made to wait for it too.
            self._ask_again_s = asyncio.get_running_loop().time() + self._pause_s
            self._settling = SETTLING_ROUNDS
            self._failures += 1
            return None
        return [each.decode() if isinstance(each, bytes) else str(each) for each in answer]


def _key(what: str, room_id: RoomId) -> str:
    return f"roomserver:{what}:{room_id}"
