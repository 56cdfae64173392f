"""The room as this client knows it: what it hears becomes lines, each message once."""

from roomserver.cli.chat.people import People
from roomserver.cli.chat.reading import Reading
from roomserver.core import plain, wire
from roomserver.core.model import User
from roomserver.core.plain import Line, Narrator


class Room:
    """What has been heard of one room, over all connections."""

    def __init__(self, narrator: Narrator) -> None:
        self.name = ""
        self.me: User | None = None
        self.people = People()
        self.reading = Reading()
        self._narrator = narrator

    def hear(self, event: wire.Event) -> list[Line]:
        """Note an event, and return what is to be shown of it."""
        match event:
            case wire.Connected():
                return self._begin(event)
            case wire.Message():
                self.people.hear(event)
                return self._narrator.messages(self.reading.live(event))
            case wire.History() if event.after is not None:
                return self._narrator.messages(self.reading.page(event))
            case wire.IsTyping():
                self.people.hear(event)
                return []
            case wire.UserJoined() | wire.UserLeft():
                self.people.hear(event)
                return self._narrator.tell(event)
            case _:
                return self._narrator.tell(event)

    def _begin(self, connected: wire.Connected) -> list[Line]:
        is_first = self.me is None
        self.name, self.me = connected.room.name, connected.user
        self.people.begin(connected)
        messages = self._narrator.messages(self.reading.begin(connected))
        if is_first:
            end = plain.note("/help says what you can type.")
            return [plain.welcome(connected), *messages, plain.here(connected.active_users), end]
        if connected.resync:
            start = plain.warning("The room's log is not the one from before. This is how it is:")
        else:
            start = plain.note("Connected again")
        return [start, *messages]
