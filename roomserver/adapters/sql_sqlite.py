"""SQLite: one file, no server, and threads of ours in which it works."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from functools import partial
from pathlib import Path
from queue import SimpleQueue
from threading import Thread
from typing import Any, ClassVar, Final, TypeVar

from sqlalchemy import URL, Connection, Engine, Executable, create_engine, event, text
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from roomserver.adapters.sql_engine import ANSWER_S_MAX, Database, Facts, Prepared, Rows
from roomserver.adapters.sql_rows import RowsParameter
from roomserver.core.errors import CannotStart

SQLITE_MIN: Final = (3, 35, 0)
"""The first version with RETURNING."""

READER_CACHE_KIB: Final = 1_024
"""What each reader keeps of the file, of which the system keeps more. With SQLite's own 2 MiB the
memory grows for longer; with 512 KiB a search among a million messages took 40 % longer."""

T = TypeVar("T")


class SqliteDatabase(Database):
    """An SQLite file."""

    kind: ClassVar[str] = "sqlite"
    readers: ClassVar[int] = 4
    """As many as a small machine has cores. Each keeps a thread and pages of the file, and one that
    is seldom needed fills its memory late: with eight, a server still grew after half an hour."""

    insert = staticmethod(insert)
    trial: ClassVar[str] = "UPDATE alembic_version SET version_num = version_num"

    def __init__(self, path: Path) -> None:
        super().__init__()
        url = URL.create("sqlite", database=str(path))
        # Transactions begin and end here, not in SQLAlchemy: see _write_here.
        self.writer: Engine = create_engine(url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
        self.reader: Engine = create_engine(
            url,
            pool_size=self.readers,
            max_overflow=0,
            pool_timeout=ANSWER_S_MAX,
            # A few readers do nearly all of it and have the pages already; the others stay small.
            pool_use_lifo=True,
            isolation_level="AUTOCOMMIT",
        )
        for engine in (self.writer, self.reader):
            event.listen(engine, "connect", _prepare_sqlite)
        event.listen(self.reader, "connect", _keep_little)
        self._writing: Connection | None = None
        """The one connection that writes; the writer's thread keeps it."""

        self._writer_thread = _Writer()
        self._reader_threads = ThreadPoolExecutor(self.readers, thread_name_prefix="sqlite-reader")

    async def begin(self) -> None:
        """Open the file, or make it."""
        # What an engine does on its first connection, it can't do in several threads at once.
        await self._writer_thread.do(self._connect_once)

    async def alter(self, work: Callable[[Connection], None]) -> None:
        await self._write(work)

    def prepared(self, statement: str, rows: RowsParameter) -> Prepared:
        compiled = text(statement).compile(dialect=self.writer.dialect)
        sql, names = compiled.string, compiled.positiontup or []
        assert names == list(rows.names), "a row is what the statement asks for, in its order"

        def ask(tx: Connection, about: Iterable[Sequence[object]]) -> Sequence[Sequence[Any]]:
            execute = _driver_of(tx).execute
            return [found for row in about for found in execute(sql, row)]

        def change(tx: Connection, about: Iterable[Sequence[object]]) -> Sequence[Sequence[Any]]:
            _driver_of(tx).executemany(sql, about)
            return ()

        return ask if sql.startswith("SELECT") else change

    def _ask(self, question: Executable, parameters: Facts | None) -> asyncio.Future[Rows]:
        def ask_here() -> Rows:
            with self.reader.connect() as connection:
                return connection.execute(question, parameters).all()

        asking = asyncio.get_running_loop().run_in_executor(self._reader_threads, ask_here)
        return self._apart(asking)

    def _write(self, work: Callable[[Connection], T]) -> asyncio.Future[T]:
        return self._writer_thread.do(partial(self._write_here, work))

    async def _hang_up(self) -> None:
        await asyncio.wait([self._writer_thread.do(self._leave)], timeout=ANSWER_S_MAX)
        self._writer_thread.close()
        self._reader_threads.shutdown(wait=False, cancel_futures=True)
        self.reader.dispose()
        self.writer.dispose()

    def _write_here(self, work: Callable[[Connection], T]) -> T:
        assert self._writing is not None
        driver = _driver_of(self._writing)
        try:
            # A transaction that reads first and then writes fails at once if another one wrote in
            # between, whatever busy_timeout says (SQLITE_BUSY_SNAPSHOT): so take the lock first.
            driver.execute("BEGIN IMMEDIATE")
            try:
                done = work(self._writing)
                _commit(driver)
            finally:
                if driver.in_transaction:
                    driver.execute("ROLLBACK")
        except sqlite3.Error as error:
            raise DBAPIError.instance(None, None, error, sqlite3.Error) from error
        finally:
            if self._writing.in_transaction():
                self._writing.rollback()  # SQLAlchemy's own idea of one, which is nothing to SQLite
        return done

    def _connect_once(self) -> None:
        with self.reader.connect():
            pass
        self._writing = self.writer.connect()

    def _leave(self) -> None:
        if self._writing is not None:
            self._writing.close()


_Errand = tuple[Callable[[], Any], "asyncio.Future[Any]"]
"""What is to be done, and where its result goes."""


class _Writer:
    """
    The thread that writes.

    A transaction is one errand to it, whatever it does there. Sent there statement by
    statement, a busy loop would make it wait for each of them. It isn't an executor's thread:
    that one sends an answer through two futures and a condition, which takes twice as long.
    """

    def __init__(self) -> None:
        self._errands: SimpleQueue[_Errand | None] = SimpleQueue()
        Thread(target=self._work, name="sqlite-writer", daemon=True).start()

    def do(self, errand: Callable[[], T]) -> asyncio.Future[T]:
        """Let the thread do *errand* behind all others; return what will be its result."""
        answer: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._errands.put((errand, answer))
        return answer

    def close(self) -> None:
        """Take no more errands. The one that is under way comes to its end."""
        self._errands.put(None)

    def _work(self) -> None:
        while (next_one := self._errands.get()) is not None:
            errand, answer = next_one
            result: Any = None
            failure: BaseException | None = None
            try:
                result = errand()
            except BaseException as error:  # noqa: BLE001 - it is the asker's
                failure = error
            with suppress(RuntimeError):  # The loop has ended meanwhile.
                answer.get_loop().call_soon_threadsafe(_settle, answer, result, failure)
            # What it holds must not live on until something else is written.
            del next_one, errand, answer, result, failure


def _settle(answer: "asyncio.Future[Any]", result: object, failure: BaseException | None) -> None:
    if answer.done():
        return
    if failure is None:
        answer.set_result(result)
    else:
        answer.set_exception(failure)


def _driver_of(connection: Connection) -> sqlite3.Connection:
    driver: Any = connection.connection.dbapi_connection
    return driver  # type: ignore[no-any-return]


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


def _commit(driver: sqlite3.Connection) -> None:
    driver.execute("COMMIT")


def _keep_little(connection: Any, _record: object) -> None:
    connection.execute(f"PRAGMA cache_size = -{READER_CACHE_KIB}")


def _prepare_sqlite(connection: Any, _record: object) -> None:
    # The driver's own idea of transactions is switched off: see _write_here.
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
