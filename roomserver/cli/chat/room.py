"""The room as this client knows it: what it hears becomes lines, each entry of the log once."""

from collections.abc import Callable

from roomserver.cli.chat.people import People
from roomserver.cli.chat.reading import Reading
from roomserver.core import events, plain
from roomserver.core.model import User
from roomserver.core.narrator import Narrator
from roomserver.core.plain import Line


class Room:
    """What has been heard of one room, over all connections."""

    def __init__(self, narrator: Narrator, *, now_s: Callable[[], float]) -> None:
        self.name = ""
        self.me: User | None = None
        self.people = People(now_s)
        self.reading = Reading()
        self._narrator = narrator

    def hear(self, event: events.Event) -> list[Line]:
        """Note an event, and return what is to be shown of it."""
        match event:
            case events.Connected():
                return self._begin(event)
            case (
                events.Message()
                | events.MessageEdited()
                | events.MessageDeleted()
                | events.Reaction()
            ):
                self.people.hear(event)
                return self._narrator.entries(self.reading.live(event))
            case events.History() if event.after is not None:
                return self._narrator.entries(self.reading.page(event))
            case events.IsTyping():
                self.people.hear(event)
                return []
            case events.UserJoined() | events.UserLeft():
                before = self.people.here
                self.people.hear(event)
                # Whoever is here may be told of again, after an instance or Redis was away.
                return self._narrator.tell(event) if self.people.here != before else []
            case _:
                return self._narrator.tell(event)

    def last_message(self, author: User | None = None) -> int | None:
        """Return the id of the newest message, of this author or of anybody; None if unknown."""
        return self._narrator.last_message(None if author is None else author.user_id)

    def _begin(self, connected: events.Connected) -> list[Line]:
        is_first = self.me is None
        self.name, self.me = connected.room.name, connected.user
        self.people.begin(connected)
        self._narrator.meet(connected.active_users)
        entries = self._narrator.entries(self.reading.begin(connected))
        if is_first:
            end = plain.note("/help says what you can type.")
            return [plain.welcome(connected), *entries, plain.here(connected.active_users), end]
        if connected.resync:
            start = plain.warning("The room's log is not the one from before. This is how it is:")
        else:
            start = plain.note("Connected again")
        return [start, *entries]
