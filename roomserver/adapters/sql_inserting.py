"""
New entries on their way into the table, and which id and moment each of them gets.

PostgreSQL deals out both. SQLite would too (RETURNING), but then it must be given a batch as one
text to take apart, or a row at a time. Whoever has its write lock knows the next id and the time
before, and can hand over all rows at once: that saved a tenth of a stored message.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Connection

from roomserver.adapters.sql_clock import NOW_MS
from roomserver.adapters.sql_engine import Database, Prepared
from roomserver.adapters.sql_rows import BIG, TEXT, RowsParameter

ROW: Final = {
    "room_id": BIG,
    "seq": BIG,
    "author_id": BIG,
    "author_name": TEXT,
    "content": TEXT,
    "client_id": TEXT,
}
"""What every entry has."""

MORE: Final = {
    "kind": TEXT,
    "target_id": BIG,
    "reply_to": BIG,
    "quote_author_id": BIG,
    "quote_author_name": TEXT,
    "quote_content": TEXT,
    "mentions": TEXT,
}
"""What few have."""


def insert_into(database: Database, columns: Mapping[str, str]) -> Prepared:
    """
    Return what inserts rows of *columns* into the entries.

    The first two columns are the room and the number. It returns of each row
    ``room_id, seq, id, created_at_ms``.
    """
    return _DIALECTS[database.kind](database, columns)


def _on_postgresql(database: Database, columns: Mapping[str, str]) -> Prepared:
    new = RowsParameter("new", kind=database.kind, columns=columns)
    # The time is taken behind the lock: see _START.
    return database.prepared(
        f"INSERT INTO entries ({new.columns}, created_at_ms)"  # noqa: S608 - names of ours only
        f" SELECT {new.columns}, {NOW_MS[database.kind]} FROM {new.table}"
        " RETURNING room_id, seq, id, created_at_ms",
        new,
    )


def _on_sqlite(database: Database, columns: Mapping[str, str]) -> Prepared:
    kind = database.kind
    start = database.prepared(_START.format(now_ms=NOW_MS[kind]), RowsParameter.nothing(kind))
    new = RowsParameter("new", kind=kind, columns={**columns, "id": BIG, "created_at_ms": BIG})
    insert = database.prepared(
        f"INSERT INTO entries ({new.columns}) VALUES ({new.places})",  # noqa: S608 - our names
        new,
    )

    def insert_here(tx: Connection, rows: Iterable[Sequence[object]]) -> Sequence[Sequence[Any]]:
        ((last_id, now_ms),) = start(tx, [()])
        whole = [(*row, entry_id, now_ms) for entry_id, row in enumerate(rows, last_id + 1)]
        insert(tx, whole)
        return [(row[0], row[1], row[-2], row[-1]) for row in whole]

    return insert_here


# The id as AUTOINCREMENT has it: behind all that is there, and all that ever was.
# The time is taken behind the lock, so that it doesn't go back along a log.
_START: Final = (
    "SELECT max((SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'entries'),"
    " (SELECT coalesce(max(id), 0) FROM entries)), {now_ms}"
)

_DIALECTS: Final = {"postgresql": _on_postgresql, "sqlite": _on_sqlite}
