"""SQLite: one file, no server, and threads of ours in which it works."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, ClassVar, Final, TypeVar

from sqlalchemy import URL, Connection, Engine, Executable, create_engine, event
from sqlalchemy.dialects.sqlite import insert

from roomserver.adapters.sql_engine import ANSWER_S_MAX, READERS, Database, Facts, Rows
from roomserver.core.errors import CannotStart

SQLITE_MIN: Final = (3, 35, 0)
"""The first version with RETURNING."""

T = TypeVar("T")


class SqliteDatabase(Database):
    """An SQLite file."""

    kind: ClassVar[str] = "sqlite"
    insert = staticmethod(insert)
    trial: ClassVar[str] = "UPDATE alembic_version SET version_num = version_num"

    def __init__(self, path: Path) -> None:
        super().__init__()
        url = URL.create("sqlite", database=str(path))
        # One connection: each transaction takes the write lock at once.
        self.writer: Engine = create_engine(
            url, pool_size=1, max_overflow=0, pool_timeout=ANSWER_S_MAX
        )
        # Each question is a transaction of its own.
        self.reader: Engine = create_engine(
            url,
            pool_size=READERS,
            max_overflow=0,
            pool_timeout=ANSWER_S_MAX,
            isolation_level="AUTOCOMMIT",
        )
        for engine in (self.writer, self.reader):
            event.listen(engine, "connect", _prepare_sqlite)
        event.listen(self.writer, "begin", _begin_immediate)
        self._threads = _Threads()

    async def begin(self) -> None:
        """Open the file, or make it."""
        # What an engine does on its first connection, it can't do in several threads at once.
        await _in(self._threads.writing, self._connect_once)

    async def alter(self, work: Callable[[Connection], None]) -> None:
        await _in(self._threads.writing, lambda: self._write_here(work))

    async def _ask(self, question: Executable, parameters: Facts | None) -> Rows:
        def ask_here() -> Rows:
            with self.reader.connect() as connection:
                return connection.execute(question, parameters).all()

        return await _in(self._threads.reading, ask_here)

    async def _write(self, work: Callable[[Connection], T]) -> T:
        return await _in(self._threads.writing, lambda: self._write_here(work))

    async def _hang_up(self) -> None:
        self._threads.close()
        self.reader.dispose()
        self.writer.dispose()

    def _write_here(self, work: Callable[[Connection], T]) -> T:
        with self.writer.begin() as transaction:
            return work(transaction)

    def _connect_once(self) -> None:
        for engine in (self.writer, self.reader):
            with engine.connect():
                pass


class _Threads:
    """
    The threads in which SQLite works: one that writes, and some that read.

    A transaction is one errand to its thread, whatever it does there. Sent there statement
    by statement, a busy loop would make it wait for each of them.
    """

    def __init__(self) -> None:
        self.writing = ThreadPoolExecutor(1, thread_name_prefix="sqlite-writer")
        self.reading = ThreadPoolExecutor(READERS, thread_name_prefix="sqlite-reader")

    def close(self) -> None:
        """Take no more errands. Those that are under way come to their end."""
        for pool in (self.writing, self.reading):
            pool.shutdown(wait=False, cancel_futures=True)


async def _in(threads: ThreadPoolExecutor, errand: Callable[[], T]) -> T:
    return await asyncio.get_running_loop().run_in_executor(threads, errand)


@asynccontextmanager
async def sqlite_database(path: Path) -> AsyncIterator[SqliteDatabase]:
    """Open, or make, the SQLite file at *path*."""
    if sqlite3.sqlite_version_info < SQLITE_MIN:
        raise CannotStart(
            f"This Python has SQLite {sqlite3.sqlite_version}; roomserver needs 3.35 or later. "
            "Use a newer Python, or PostgreSQL with --database-url."
        )
    database = SqliteDatabase(path)
    try:
        await database.begin()
        yield database
    finally:
        await database.close()


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
