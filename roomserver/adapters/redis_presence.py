"""Who is connected, over all instances, in Redis: see ``redis_presence.lua`` beside this."""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from importlib.resources import files
from typing import Final

from redis.asyncio import Redis
from redis.exceptions import RedisError

from roomserver.core.model import RoomId, User, UserId
from roomserver.ports.presence import Change

KEEP_S: Final = 8.0
"""How long somebody counts as here without being renewed: a crash is noticed this much later."""

PAUSE_S: Final = 1.0
"""For how long a Redis that didn't answer isn't asked."""

_KEEP_MS: Final = str(int(KEEP_S * 1000))
_INSTANCES: Final = "roomserver:instances"


class RedisPresence:
    """A :class:`~roomserver.ports.presence.Presence` that instances share."""

    def __init__(self, client: Redis, *, instance: str) -> None:
        script = files("roomserver.adapters").joinpath("redis_presence.lua").read_text("utf-8")
        self._script = client.register_script(script)
        self._instance = instance
        self._here: dict[RoomId, dict[UserId, User]] = defaultdict(dict)
        self._ask_again_s = 0.0

    async def arrive(self, room_id: RoomId, user: User) -> bool:
        was_here = user.user_id in self._here[room_id]
        self._here[room_id][user.user_id] = user
        new = await self._run("arrive", room_id, [user])
        return bool(new) if new is not None else not was_here

    async def depart(self, room_id: RoomId, user: User) -> bool:
        people = self._here[room_id]
        was_here = people.pop(user.user_id, None) is not None
        if not people:
            del self._here[room_id]
        gone = await self._run("depart", room_id, [user])
        return bool(gone) if gone is not None else was_here

    async def present(self, room_id: RoomId) -> Sequence[User]:
        present = await self._run("present", room_id, [])
        if present is None:
            return list(self._here.get(room_id, {}).values())
        # Somebody who has just come may not be there yet: Redis may have just come back.
        everyone = {user.user_id: user for user in present}
        return list((everyone | self._here.get(room_id, {})).values())

    async def look_after(self, room_ids: Sequence[RoomId]) -> Sequence[Change]:
        changes: list[Change] = []
        for room_id in room_ids:
            people = list(self._here.get(room_id, {}).values())
            new = await self._run("renew", room_id, people) if people else []
            gone = await self._run("sweep", room_id, [])
            if new is None or gone is None:
                break  # Redis doesn't answer: nobody is made to wait for it once a room.
            changes += [Change(room_id, user, is_here=True) for user in new]
            changes += [Change(room_id, user, is_here=False) for user in gone]
        return changes

    async def _run(
        self, action: str, room_id: RoomId, people: Sequence[User]
    ) -> Sequence[User] | None:
        """Run the script; None if Redis doesn't answer, or didn't a moment ago."""
        loop = asyncio.get_running_loop()
        if loop.time() < self._ask_again_s:
            return None
        facts = [str(part) for user in people for part in (user.user_id, user.username)]
        try:
            answer = await self._script(
                keys=[_people(room_id), _names(room_id), _INSTANCES],
                args=[action, self._instance, _KEEP_MS, *facts],
            )
        except (RedisError, OSError):
            # Nobody who comes meanwhile is made to wait for it too.
            self._ask_again_s = loop.time() + PAUSE_S
            return None
        texts = [each.decode() if isinstance(each, bytes) else str(each) for each in answer]
        return [
            User(UserId(int(user_id)), username)
            for user_id, username in zip(texts[::2], texts[1::2], strict=True)
        ]


def _people(room_id: RoomId) -> str:
    return f"roomserver:people:{room_id}"


def _names(room_id: RoomId) -> str:
    return f"roomserver:names:{room_id}"
