"""
The way to the database: SQLite in the data folder, or PostgreSQL.

Writing has connections of its own, so that no number of readers can keep a message
from being stored.
"""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, event, make_url, text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from roomserver.adapters.sql_errors import answered
from roomserver.core.errors import CannotStart, StorageUnavailable

SQLITE_MIN: Final = (3, 35, 0)
"""The first version with RETURNING."""

ANSWER_S_MAX: Final = 2.0
"""How long any statement, or waiting for a connection, may take."""

_READERS: Final = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Database:
    """Two engines on one database."""

    writer: AsyncEngine
    """Transactions. On SQLite one connection, and each takes the write lock at once."""

    reader: AsyncEngine
    """Single statements, each a transaction of its own."""

    @property
    def kind(self) -> str:
        return self.writer.dialect.name

    async def is_answering(self) -> bool:
        """Ask for a sign of life (:class:`~roomserver.ports.probe.Probe`)."""
        try:
            with answered():
                async with asyncio.timeout(ANSWER_S_MAX), self.reader.connect() as connection:
                    await connection.execute(text("SELECT 1"))
        except StorageUnavailable:
            return False
        return True


@asynccontextmanager
async def sqlite_database(path: Path) -> AsyncIterator[Database]:
    """Open, or make, the SQLite file at *path*."""
    if sqlite3.sqlite_version_info < SQLITE_MIN:
        raise CannotStart(
            f"This Python has SQLite {sqlite3.sqlite_version}; roomserver needs 3.35 or later. "
            "Use a newer Python, or PostgreSQL with --database-url."
        )
    url = f"sqlite+aiosqlite:///{path}"
    writer = create_async_engine(url, pool_size=1, max_overflow=0, pool_timeout=ANSWER_S_MAX)
    reader = create_async_engine(
        url,
        pool_size=_READERS,
        max_overflow=0,
        pool_timeout=ANSWER_S_MAX,
        isolation_level="AUTOCOMMIT",
    )
    for engine in (writer, reader):
        event.listen(engine.sync_engine, "connect", _prepare_sqlite)
    event.listen(writer.sync_engine, "begin", _begin_immediate)
    async with _closing(Database(writer=writer, reader=reader)) as database:
        yield database


@asynccontextmanager
async def postgresql_database(url: str) -> AsyncIterator[Database]:
    """Connect to the PostgreSQL at *url*, ``postgresql://user:password@host:port/database``."""
    options: dict[str, Any] = {
        "max_overflow": 0,
        "pool_timeout": ANSWER_S_MAX,
        "connect_args": {
            "timeout": ANSWER_S_MAX,
            "command_timeout": ANSWER_S_MAX,
            "server_settings": {
                "application_name": "roomserver",
                "synchronous_commit": "on",
                "statement_timeout": "5000",
                "lock_timeout": "250",  # a room that is held longer is slow alone: see SqlLog
                "idle_in_transaction_session_timeout": "5000",
            },
        },
    }
    address = make_url(url).set(drivername="postgresql+asyncpg")
    writer = create_async_engine(address, pool_size=2, **options)
    reader = create_async_engine(
        address, pool_size=_READERS, isolation_level="AUTOCOMMIT", **options
    )
    async with _closing(Database(writer=writer, reader=reader)) as database:
        yield database


@asynccontextmanager
async def _closing(database: Database) -> AsyncIterator[Database]:
    try:
        yield database
    finally:
        await database.reader.dispose()
        await database.writer.dispose()


def _prepare_sqlite(connection: Any, _record: object) -> None:
    # The driver's own idea of transactions is switched off: see _begin_immediate.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in (
        "journal_mode = WAL",
        "synchronous = FULL",  # message_sent means on disk; NORMAL may lose it in a power cut
        "foreign_keys = ON",
        "busy_timeout = 1500",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_immediate(connection: Connection) -> None:
    # A transaction that reads first and then writes fails at once if another one wrote in
    # between, whatever busy_timeout says (SQLITE_BUSY_SNAPSHOT): so take the lock first.
    connection.exec_driver_sql("BEGIN IMMEDIATE")
