"""Rows of the log, and the statements about what changes change."""

import logging
from collections.abc import Collection, Mapping, Sequence
from functools import cache
from typing import Any, Final

from msgspec.structs import replace
from sqlalchemy import Connection, Row, TextClause, func, or_, select, text, update

from roomserver.adapters.sql_mentions import forget_mentions, read
from roomserver.adapters.sql_rows import BIG, TEXT, RowsParameter
from roomserver.adapters.sql_schema import IS_DONE, entries
from roomserver.core.model import (
    Draft,
    Entry,
    EntryId,
    Kind,
    Quoted,
    RoomId,
    Seq,
    Target,
    User,
    UserId,
)

log = logging.getLogger(__name__)

_KINDS: Final = frozenset(kind.value for kind in Kind)


def find_changed(
    tx: Connection, drafts: Sequence[Draft]
) -> tuple[Mapping[EntryId, Target], Sequence[Entry]]:
    """
    Return the messages that *drafts* change or answer, and what their authors last did to them.

    That is how they last did the same.
    """
    changes = [draft for draft in drafts if draft.target_id is not None]
    answered = {draft.reply_to for draft in drafts if draft.reply_to is not None}
    wanted = answered | {draft.target_id for draft in changes if draft.target_id is not None}
    if not wanted:
        return {}, []
    targets = _find_targets(tx, wanted)
    if answered:
        targets |= _as_they_are_now(tx, targets, answered)
    # No edit has been made before: each is new.
    said = {(d.target_id, d.author.user_id, d.content) for d in changes if d.kind is not Kind.EDIT}
    return targets, _last_done(tx, said) if said else []


def _last_done(
    tx: Connection, said: Collection[tuple[EntryId | None, UserId, str]]
) -> Sequence[Entry]:
    parameter, statement = _find_done(tx.dialect.name)
    ids = tx.scalars(statement, parameter.bind(said))
    known_ids = [entry_id for entry_id in ids if entry_id is not None]
    if not known_ids:
        return []
    found = tx.execute(select(entries).where(entries.c.id.in_(known_ids)))
    return [entry_of(row) for row in found]


@cache
def _find_done(kind: str) -> tuple[RowsParameter, TextClause]:
    said = RowsParameter(
        "said", kind=kind, columns={"target_id": BIG, "author_id": BIG, "content": TEXT}
    )
    # One step from the index's end for each, whatever was said in between, and how often.
    statement = (
        "SELECT (SELECT id FROM entries WHERE entries.target_id = said.target_id"  # noqa: S608
        " AND entries.author_id = said.author_id AND entries.content = said.content"
        f" AND {IS_DONE} ORDER BY seq DESC LIMIT 1) FROM {said.table}"
    )
    return said, text(statement)


def take_back(tx: Connection, deleted: Mapping[EntryId, Target]) -> None:
    """Take the texts of deleted messages out of the log, their edits' and replies' included."""
    if not deleted:
        return
    is_edit_of = entries.c.target_id.in_(deleted) & (entries.c.kind == Kind.EDIT.value)
    tx.execute(
        update(entries)
        .where(or_(entries.c.id.in_(deleted), is_edit_of))
        .values(content="", is_deleted=1, mentions=None)
    )
    is_reply_to = entries.c.reply_to.in_(deleted)
    tx.execute(update(entries).where(is_reply_to).values(quote_content=""))
    forget_mentions(tx, deleted.values())


def entry_of(row: Row[Any]) -> Entry:
    """
    Read a row of the log.

    One that can't be read keeps its place, as a message that was taken back: a log has no
    gaps, and one bad row must not keep everybody from the rest.
    """
    kind, content, is_deleted = row.kind, row.content, bool(row.is_deleted)
    if kind not in _KINDS or not isinstance(content, str):
        log.error("a row of the log can't be read", extra={"entry": row.id})
        kind, content, is_deleted = Kind.MESSAGE, "", True
    return Entry(
        id=EntryId(row.id),
        room_id=RoomId(row.room_id),
        seq=Seq(row.seq),
        author=User(UserId(row.author_id), row.author_name),
        content=content,
        created_at_ms=row.created_at_ms,
        client_id=row.client_id,
        kind=Kind(kind),
        target_id=None if row.target_id is None else EntryId(row.target_id),
        is_deleted=is_deleted,
        reply_to=None if row.reply_to is None else EntryId(row.reply_to),
        quoted=None if row.reply_to is None else _quoted(row),
        mentions=read(row.mentions),
    )


def _quoted(row: Row[Any]) -> Quoted:
    return Quoted(User(UserId(row.quote_author_id), row.quote_author_name), row.quote_content)


def _find_targets(tx: Connection, ids: Collection[EntryId]) -> dict[EntryId, Target]:
    found = tx.execute(
        select(entries).where(entries.c.id.in_(ids), entries.c.kind == Kind.MESSAGE.value)
    )
    return {
        EntryId(row.id): Target(
            room_id=RoomId(row.room_id),
            author_id=UserId(row.author_id),
            author_name=row.author_name,
            content=row.content,
            is_deleted=bool(row.is_deleted),
            seq=Seq(row.seq),
            mentions=read(row.mentions),
        )
        for row in found
    }


def _as_they_are_now(
    tx: Connection, targets: Mapping[EntryId, Target], ids: Collection[EntryId]
) -> Mapping[EntryId, Target]:
    newest = tx.scalars(
        select(func.max(entries.c.id))
        .where(entries.c.target_id.in_(ids), entries.c.kind == Kind.EDIT.value)
        .group_by(entries.c.target_id)
    )
    # In a question of its own: as one, a plan may read all entries for the few that are wanted.
    edit_ids = newest.all()
    if not edit_ids:
        return {}
    edits = tx.execute(
        select(entries.c.target_id, entries.c.content).where(entries.c.id.in_(edit_ids))
    )
    return {
        EntryId(target_id): replace(targets[EntryId(target_id)], content=content)
        for target_id, content in edits
        if EntryId(target_id) in targets
    }
