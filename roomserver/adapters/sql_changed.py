"""Rows of the log, and the statements about what changes change."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Row, or_, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from roomserver.adapters.sql_schema import entries
from roomserver.core.model import (
    Draft,
    Entry,
    EntryId,
    Kind,
    RoomId,
    Seq,
    Target,
    User,
    UserId,
)


async def find_changed(
    tx: AsyncConnection, drafts: Sequence[Draft]
) -> tuple[Mapping[EntryId, Target], Sequence[Entry]]:
    """Return the messages that *drafts* change, and what their authors did to them before."""
    wanted = {(d.target_id, d.author.user_id) for d in drafts if d.target_id is not None}
    if not wanted:
        return {}, []
    messages = await tx.execute(
        select(entries).where(
            entries.c.id.in_({target_id for target_id, _author in wanted}),
            entries.c.kind == Kind.MESSAGE.value,
        )
    )
    targets = {
        EntryId(row.id): Target(
            room_id=RoomId(row.room_id),
            author_id=UserId(row.author_id),
            is_deleted=bool(row.is_deleted),
            author_name=row.author_name,
        )
        for row in messages
    }
    about = tuple_(entries.c.target_id, entries.c.author_id)
    # No edit has been made before: each is new, and there may be any number of them.
    earlier = await tx.execute(
        select(entries)
        .where(about.in_(sorted(wanted)), entries.c.kind != Kind.EDIT.value)
        .order_by(entries.c.seq)
    )
    return targets, [entry_of(row) for row in earlier]


async def take_back(tx: AsyncConnection, message_ids: Sequence[EntryId]) -> None:
    """Take the texts of deleted messages out of the log: theirs, and those of their edits."""
    if not message_ids:
        return
    is_edit_of = (entries.c.target_id.in_(message_ids)) & (entries.c.kind == Kind.EDIT.value)
    await tx.execute(
        update(entries)
        .where(or_(entries.c.id.in_(message_ids), is_edit_of))
        .values(content="", is_deleted=1)
    )


def entry_of(row: Row[Any]) -> Entry:
    """Read a row of the log."""
    return Entry(
        id=EntryId(row.id),
        room_id=RoomId(row.room_id),
        seq=Seq(row.seq),
        author=User(UserId(row.author_id), row.author_name),
        content=row.content,
        created_at_ms=row.created_at_ms,
        client_id=row.client_id,
        kind=Kind(row.kind),
        target_id=None if row.target_id is None else EntryId(row.target_id),
        is_deleted=bool(row.is_deleted),
    )
