"""Who may do what in a room: questions with a yes or a reason why not."""

from roomserver.core.errors import Forbidden, MessageNotFound, RoomError
from roomserver.core.model import Draft, Kind, Target


def objection(draft: Draft, target: Target | None) -> RoomError | None:
    """
    Say why *draft*, a change, can't be made to *target*, the message with its number.

    Everybody may react; a message's text is its author's.
    """
    if target is None or target.is_deleted or target.room_id != draft.room_id:
        return MessageNotFound()
    is_authors = draft.kind in (Kind.EDIT, Kind.DELETION)
    if is_authors and target.author_id != draft.author.user_id:
        return Forbidden("Only its author may change or delete a message.")
    return None
