"""Places in a log: of a message, of a moment; and what was done to messages further on."""

from collections.abc import Collection
from typing import Any, Final

from sqlalchemy import BigInteger, Select, bindparam, case, select, text

from roomserver.adapters.sql_schema import entries, rooms
from roomserver.core.model import EntryId, RoomId, Seq

# By halving: along a log the times don't go back, so no index is needed that every message
# would have to pay for. Twenty steps find a moment among a million, in one question.
FIRST_AT: Final = text(
    "WITH RECURSIVE step(low, high) AS ("
    " SELECT CAST(0 AS BIGINT), last_seq + 1 FROM rooms WHERE id = :room_id"
    " UNION ALL"
    " SELECT CASE WHEN entries.created_at_ms < :at_ms THEN entries.seq ELSE step.low END,"
    " CASE WHEN entries.created_at_ms < :at_ms THEN step.high ELSE entries.seq END"
    " FROM step JOIN entries ON entries.room_id = :room_id"
    " AND entries.seq = (step.low + step.high) / 2"
    " WHERE step.high - step.low > 1)"
    " SELECT high FROM step WHERE high - low = 1"
)
"""The number of the first entry that is not older than a moment, or of the one to come."""


# Put together once: for every page that somebody asks for it would take as long as to answer.
_SEQ: Final = bindparam("seq", type_=BigInteger)
_LIMIT: Final = bindparam("limit", type_=BigInteger)
_OF_ROOM: Final = select(entries).where(entries.c.room_id == bindparam("room_id"))

# Numbers have no gaps, so where a page ends is known: a plan can't read, and sort, all beyond.
AFTER: Final = (
    _OF_ROOM.where(entries.c.seq > _SEQ, entries.c.seq <= _SEQ + _LIMIT)
    .order_by(entries.c.seq)
    .limit(_LIMIT)
)
"""The entries of a room behind a number."""

# That number, or the one to come if the log ends before it; nothing in no room.
_END: Final = (
    select(case((rooms.c.last_seq < _SEQ, rooms.c.last_seq + 1), else_=_SEQ))
    .where(rooms.c.id == bindparam("room_id"))
    .scalar_subquery()
)

BEFORE: Final = (
    _OF_ROOM.where(entries.c.seq < _END, entries.c.seq >= _END - _LIMIT)
    .order_by(entries.c.seq.desc())
    .limit(_LIMIT)
)
"""The last entries of a room in front of a number, the newest first."""


def place_of(room_id: RoomId, message_id: EntryId) -> Select[Any]:
    return select(entries.c.seq).where(
        entries.c.id == message_id, entries.c.room_id == room_id, entries.c.kind == "message"
    )


def about(
    room_id: RoomId, message_ids: Collection[EntryId], behind: Seq, limit: int
) -> Select[Any]:
    """Ask for the last *limit* changes of a room's messages that lie behind a place."""
    # As sums these two have no index: a plan can't read all that was said since for the few.
    seq, in_room = entries.c.seq + 0, entries.c.room_id + 0
    changes = select(entries).where(
        entries.c.target_id.in_(message_ids), in_room == room_id, seq > behind
    )
    return changes.order_by(seq.desc()).limit(limit)
