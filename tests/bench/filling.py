"""Logs that were written, and indexed, long ago: put there by SQL, a million in seconds."""

import sqlite3
from pathlib import Path

import asyncpg

RARE, COMMON = "zanzibar", "coffee"

_CONTENT = (
    "'message ' || i || ' about ' || CASE WHEN i % 10 = 0 THEN 'coffee' ELSE 'nothing much' END"
    " || CASE WHEN i = {rare} THEN ' from zanzibar' ELSE '' END"
)
_COLUMNS = "room_id, seq, author_id, author_name, content, client_id, created_at_ms, kind"
_FIRST_MS = 1_600_000_000_000
_ROW = "{room}, {seq}, 1 + i % 100, 'person ' || (i % 100), {content}, 'old-' || i, {at}, 'message'"


# These texts are their words already: there is nothing to fold in them.
_OLD = "FROM entries WHERE client_id LIKE 'old-%'"
_WORDS_IN_SQLITE = (
    "INSERT INTO words (rowid, room, content, seq, text_seq)"
    f" SELECT id, 'r' || room_id, content, seq, seq {_OLD}"
)
_WORDS_IN_POSTGRESQL = (
    "INSERT INTO words (id, room_id, seq, text_seq, content) SELECT id, room_id, seq, seq,"
    f" CAST('''room:' || room_id || '''' AS tsvector) || to_tsvector('simple', content) {_OLD}"
)
_INDEXED = (
    "INSERT INTO indexed (room_id, seq) SELECT id, last_seq FROM rooms WHERE last_seq > 0"
    " ON CONFLICT (room_id) DO UPDATE SET seq = excluded.seq"
)


def fill_sqlite(data: Path, count: int, *, rooms: int = 1) -> None:
    """Add *count* messages to the logs of the rooms 1 … *rooms*. No server may be running."""
    connection = sqlite3.connect(next(data.glob("*.sqlite3")))
    for pragma in ("journal_mode = MEMORY", "synchronous = OFF", "cache_size = -400000"):
        connection.execute(f"PRAGMA {pragma}")
    numbers = f"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count})"
    with connection:
        connection.execute(
            f"INSERT INTO entries ({_COLUMNS}) {numbers} SELECT {_row(count, rooms)} FROM n"
        )
        connection.execute(_heads(rooms))
        connection.execute(_WORDS_IN_SQLITE)
        connection.execute(_INDEXED)
    connection.execute("ANALYZE")
    connection.close()


async def fill_postgres(url: str, count: int, *, rooms: int = 1) -> None:
    """Do the same on PostgreSQL."""
    connection = await asyncpg.connect(url)
    try:
        source = f"generate_series(1::bigint, {count}) AS n(i)"
        await connection.execute(
            f"INSERT INTO entries ({_COLUMNS}) SELECT {_row(count, rooms)} FROM {source}",
            timeout=1800,
        )
        await connection.execute(_heads(rooms))
        await connection.execute(_WORDS_IN_POSTGRESQL, timeout=1800)
        await connection.execute(_INDEXED)
        await connection.execute("VACUUM ANALYZE", timeout=1800)
    finally:
        await connection.close()


def _row(count: int, rooms: int) -> str:
    room = f"1 + i % {rooms}"
    return _ROW.format(
        room=room,
        seq=f"(SELECT last_seq FROM rooms WHERE id = {room}) + (i - 1) / {rooms} + 1"
        if rooms == 1
        else f"1000000 + (i - 1) / {rooms}",
        content=_CONTENT.format(rare=count // 2),
        at=f"{_FIRST_MS} + i * 1000",
    )


def _heads(rooms: int) -> str:
    return (
        "UPDATE rooms SET last_seq = (SELECT max(seq) FROM entries WHERE room_id = rooms.id)"
        f" WHERE id <= {rooms} AND EXISTS (SELECT 1 FROM entries WHERE room_id = rooms.id)"
    )
