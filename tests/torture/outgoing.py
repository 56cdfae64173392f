"""What a client wants to say, and what it knows of what became of it."""

from dataclasses import dataclass
from enum import Enum


class Outcome(Enum):
    OK = "ok"
    FAIL = "fail"
    INFO = "info"


@dataclass(slots=True, kw_only=True)
class Post:
    """An entry that a client wants in a room's log, however often it has to be sent."""

    room: int
    user: int
    client_id: str | None
    type: str = "message"
    content: str | None = None
    message_id: int = 0
    """The message that is changed; of a message its own id, as soon as that is known."""

    emoji: str | None = None
    on: bool | None = None
    attempts: int = 0

    @property
    def facts(self) -> dict[str, str | int | bool | None]:
        """What has to be sent, besides the type."""
        given = {"client_id": self.client_id, "content": self.content, "emoji": self.emoji}
        about = {} if self.type == "message" else {"message_id": self.message_id, "on": self.on}
        return {name: fact for name, fact in (given | about).items() if fact is not None}
