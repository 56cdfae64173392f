"""What the changes of a batch change: the messages, and what has been done to them before."""

from collections.abc import Iterable, Mapping

from msgspec.structs import replace

from roomserver.core.deeds import Decision
from roomserver.core.errors import MessageNotFound, RoomError
from roomserver.core.model import (
    QUOTED_CHARS_MAX,
    Draft,
    Entry,
    EntryId,
    Kind,
    Place,
    Quoted,
    Target,
    User,
    UserId,
)
from roomserver.core.policy import objection

_Said = tuple[EntryId, UserId, str]
"""Who said what about which message: a reaction's emoji, or nothing for a deletion."""


class Changes:
    """
    Knows which changes can be made, and which have been made already.

    *targets* are the messages that the batch is about; *earlier* is what the authors of
    the batch's changes did to them before, oldest first.
    """

    def __init__(self, targets: Mapping[EntryId, Target], earlier: Iterable[Entry]) -> None:
        self._targets = dict(targets)
        self._state: dict[_Said, tuple[Kind, Place]] = {}
        for entry in earlier:
            if entry.target_id is not None and entry.kind is not Kind.EDIT:
                said = _said(entry.kind, entry.target_id, entry.author.user_id, entry.content)
                self._state[said] = (entry.kind, Place(entry.room_id, entry.seq))
        self.deleted: dict[EntryId, Target] = {}
        """Messages that the batch takes back, as they were."""

        self.moderated: list[Decision] = []
        """What of that are other people's messages: it belongs into the audit log."""

    def settle(self, draft: Draft) -> Place | RoomError | None:
        """
        Say what is to become of *draft*, a change, before it gets a number of its own.

        That is where the same change has been made already, or why it can't be made, or
        None: it is new.
        """
        assert draft.target_id is not None, "a change is about a message"
        said = _said(draft.kind, draft.target_id, draft.author.user_id, draft.content)
        kind, place = self._state.get(said, (None, None))
        if kind is draft.kind and draft.kind is not Kind.EDIT:
            return place
        return objection(draft, self._targets.get(draft.target_id))

    def quoted(self, draft: Draft) -> Quoted | RoomError:
        """Return what *draft*, a reply, answers, as it is now, or why it can't be answered."""
        assert draft.reply_to is not None, "a reply answers a message"
        target = self._targets.get(draft.reply_to)
        if target is None or target.is_deleted or target.room_id != draft.room_id:
            return MessageNotFound()
        return Quoted(User(target.author_id, target.author_name), _beginning(target.content))

    def note(self, draft: Draft, place: Place) -> None:
        """Remember that *draft* is made, for what follows in the same batch."""
        assert draft.target_id is not None, "a change is about a message"
        if draft.kind is Kind.EDIT:
            edited = replace(self._targets[draft.target_id], content=draft.content)
            self._targets[draft.target_id] = edited
            return
        said = _said(draft.kind, draft.target_id, draft.author.user_id, draft.content)
        self._state[said] = (draft.kind, place)
        if draft.kind is Kind.DELETION:
            target = self._targets[draft.target_id]
            self._targets[draft.target_id] = replace(target, is_deleted=True)
            self.deleted[draft.target_id] = target
            if target.author_id != draft.author.user_id:
                self.moderated.append(_moderation(draft, target))


def _moderation(draft: Draft, target: Target) -> Decision:
    return Decision(
        room_id=draft.room_id,
        actor=draft.author,
        deed="delete_message",
        target=User(target.author_id, target.author_name),
        details={"message_id": draft.target_id},
    )


def _beginning(content: str) -> str:
    beginning = content.strip()
    return beginning if len(beginning) <= QUOTED_CHARS_MAX else f"{beginning[:QUOTED_CHARS_MAX]}…"


def _said(kind: Kind, target_id: EntryId, author_id: UserId, content: str) -> _Said:
    return target_id, author_id, "" if kind is Kind.DELETION else content
