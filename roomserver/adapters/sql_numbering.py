"""Which place in its log each draft of a batch gets: a new one, or the one that it has already."""

from collections.abc import Iterable, Mapping

from roomserver.adapters.sql_changes import Changes
from roomserver.core.errors import RoomError, RoomNotFound
from roomserver.core.model import Draft, Entry, Place, Quoted, RoomId, Seq, UserId

Key = tuple[RoomId, UserId, str]
"""What an entry is known by, however often it is sent: its room, its author, its client_id."""


def key_of(draft: Draft) -> Key | None:
    if draft.client_id is None:
        return None
    return draft.room_id, draft.author.user_id, draft.client_id


class Numbering:
    """
    Gives drafts their places, in the order of the calls.

    *heads* are the ends of the logs of those rooms that exist, *known* is what is stored
    already of the drafts to come, *changes* what they change.
    """

    def __init__(
        self, heads: Mapping[RoomId, Seq], known: Iterable[Entry], changes: Changes
    ) -> None:
        self._heads = dict(heads)
        self._changes = changes
        self._taken = {
            (entry.room_id, entry.author.user_id, entry.client_id): Place(entry.room_id, entry.seq)
            for entry in known
            if entry.client_id is not None
        }
        self.new: dict[Place, Draft] = {}
        """What must be inserted, in order."""

        self.quoted: dict[Place, Quoted] = {}
        """What of that answers a message, and which."""

    def place(self, draft: Draft) -> tuple[Place, bool] | RoomError:
        """Return *draft*'s place and whether that is new, or why it gets none."""
        if draft.room_id not in self._heads:
            return RoomNotFound()
        key = key_of(draft)
        if key is not None and (place := self._taken.get(key)) is not None:
            return place, False
        if draft.target_id is not None:
            return self._place_of_change(draft, key)
        if draft.reply_to is not None:
            return self._place_of_reply(draft, key)
        return self._give(draft, key), True

    def raised(self) -> Iterable[tuple[Seq, RoomId]]:
        """Return where the logs end now, of the rooms that got something new."""
        rooms = {place.room_id for place in self.new}
        return [(self._heads[room_id], room_id) for room_id in rooms]

    def _place_of_change(self, draft: Draft, key: Key | None) -> tuple[Place, bool] | RoomError:
        settled = self._changes.settle(draft)
        if settled is not None:
            return settled if isinstance(settled, RoomError) else (settled, False)
        place = self._give(draft, key)
        self._changes.note(draft, place)
        return place, True

    def _place_of_reply(self, draft: Draft, key: Key | None) -> tuple[Place, bool] | RoomError:
        quoted = self._changes.quoted(draft)
        if isinstance(quoted, RoomError):
            return quoted
        place = self._give(draft, key)
        self.quoted[place] = quoted
        return place, True

    def _give(self, draft: Draft, key: Key | None) -> Place:
        place = Place(draft.room_id, Seq(self._heads[draft.room_id] + 1))
        self._heads[draft.room_id] = place.seq
        self.new[place] = draft
        if key is not None:
            self._taken[key] = place
        return place
