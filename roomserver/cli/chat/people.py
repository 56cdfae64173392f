"""Who is in the room, and who of them is typing."""

from collections.abc import Sequence

from roomserver.core import wire
from roomserver.core.model import User, UserId


class People:
    """The others and oneself, as the server tells it."""

    def __init__(self) -> None:
        self._here: dict[int, User] = {}
        self._typing: dict[int, str] = {}

    @property
    def here(self) -> Sequence[User]:
        return list(self._here.values())

    @property
    def typing(self) -> Sequence[str]:
        return list(self._typing.values())

    def begin(self, connected: wire.Connected) -> None:
        """Start afresh with those whom a new connection finds."""
        self._here = {user.user_id: user for user in connected.active_users}
        self._typing.clear()

    def hear(self, event: wire.UserJoined | wire.UserLeft | wire.IsTyping | wire.Message) -> None:
        """Note who came, went, types or has finished."""
        self._typing.pop(event.user_id, None)
        match event:
            case wire.UserJoined():
                self._here[event.user_id] = User(UserId(event.user_id), event.username)
            case wire.UserLeft():
                self._here.pop(event.user_id, None)
            case wire.IsTyping(is_typing=True):
                self._typing[event.user_id] = event.username
            case _:
                pass

    def lost(self) -> None:
        """Nobody is known to type while the connection is gone."""
        self._typing.clear()
