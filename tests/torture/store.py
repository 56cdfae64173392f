"""What the database itself says, read by SQL past every roomserver."""

import sqlite3
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

import asyncpg

from tests.torture.history import Counted, Entry, Stored
from tests.torture.town import Town

ENTRIES = (
    "SELECT room_id, seq, id, author_id, author_name, content, client_id, created_at_ms,"
    " kind, target_id, is_deleted"
    " FROM entries ORDER BY room_id, seq"
)
ROOMS = "SELECT id, last_seq FROM rooms"


async def heads(town: Town) -> dict[int, int]:
    """Return where each room's log ends."""
    return {row["id"]: row["last_seq"] for row in await _rows(town, ROOMS)}


async def record_store(town: Town) -> None:
    """Record every entry and every room's end."""
    entries = await _rows(town, ENTRIES)
    town.history.record(*(Stored(room=row["room_id"], entry=_entry(row)) for row in entries))
    ends = await heads(town)
    town.history.record(*(Counted(room=room, head=head) for room, head in ends.items()))


async def _rows(town: Town, query: str) -> Iterable[Mapping[str, Any]]:
    if town.postgres is None:
        return _rows_of_sqlite(town, query)
    connection = await asyncpg.connect(town.database_url, timeout=10.0)
    try:
        return [dict(row) for row in await connection.fetch(query)]
    finally:
        connection.terminate()


def _rows_of_sqlite(town: Town, query: str) -> Iterable[Mapping[str, Any]]:
    connection = sqlite3.connect(f"file:{town.sqlite_file}?mode=ro", uri=True, timeout=10.0)
    connection.row_factory = sqlite3.Row
    try:
        return [dict(row) for row in connection.execute(query)]
    finally:
        connection.close()


def _entry(row: Mapping[str, Any]) -> Entry:
    """Say what the wire should say of it."""
    about = {"seq": row["seq"], "client_id": row["client_id"]}
    about |= {"user_id": row["author_id"], "username": row["author_name"]}
    at = datetime.fromtimestamp(row["created_at_ms"] / 1000, UTC)
    when = at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    if row["kind"] == "message":
        text = {"content": row["content"], "deleted": bool(row["is_deleted"])}
        return Entry(id=row["id"], created_at=when, **text, **about)
    about["message_id"] = row["target_id"]
    if row["kind"] == "edit":
        return Entry(type="message_edited", content=row["content"], edited_at=when, **about)
    if row["kind"] == "deletion":
        return Entry(type="message_deleted", deleted_at=when, **about)
    is_on = row["kind"] == "reaction"
    return Entry(type="reaction", emoji=row["content"], on=is_on, created_at=when, **about)
