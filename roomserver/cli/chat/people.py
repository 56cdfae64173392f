"""Who is in the room, and who of them is typing."""

from collections.abc import Callable, Sequence
from typing import Final

from roomserver.core import events
from roomserver.core.heard import LogEntry
from roomserver.core.model import User, UserId

Presence = events.UserJoined | events.UserLeft | events.IsTyping


TYPING_S_MAX: Final = 7.0
"""How long somebody types of whom nothing more is heard: the end of it may be lost."""


class People:
    """The others and oneself, as the server tells it."""

    def __init__(self, now_s: Callable[[], float]) -> None:
        self._now_s = now_s
        self._here: dict[int, User] = {}
        self._typing: dict[int, tuple[str, float]] = {}

    @property
    def here(self) -> Sequence[User]:
        return list(self._here.values())

    @property
    def typing(self) -> Sequence[str]:
        now_s = self._now_s()
        return [name for name, until_s in self._typing.values() if until_s > now_s]

    def begin(self, connected: events.Connected) -> None:
        """Start afresh with those whom a new connection finds."""
        self._here = {user.user_id: user for user in connected.active_users}
        self._typing.clear()

    def hear(self, event: LogEntry | Presence) -> None:
        """Note who came, went, types or has finished."""
        self._typing.pop(event.user_id, None)
        match event:
            case events.UserJoined():
                self._here[event.user_id] = User(UserId(event.user_id), event.username)
            case events.UserLeft():
                self._here.pop(event.user_id, None)
            case events.IsTyping(is_typing=True):
                self._typing[event.user_id] = (event.username, self._now_s() + TYPING_S_MAX)
            case _:
                pass

    def lost(self) -> None:
        """Nobody is known to type while the connection is gone."""
        self._typing.clear()
