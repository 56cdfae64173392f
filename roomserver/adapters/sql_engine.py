"""
The way to the database: SQLite in the data folder, or PostgreSQL.

Writing has connections of its own, so that no number of readers can keep a message
from being stored. Nobody is kept waiting for a database that doesn't answer, and nothing
that has been begun is cut off: it goes on behind our back, to its commit or its failure.
Cut off in the middle, a statement on SQLite leaves the write lock with a connection that
nobody has any more.
"""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, TypeVar

from sqlalchemy import Connection, Executable, Row, event, make_url, text
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool
from sqlalchemy.util import greenlet_spawn

from roomserver.adapters import sqlite_dialect
from roomserver.adapters.sql_errors import ConnectionCut, answered, noticing_cuts
from roomserver.core.errors import CannotStart, StorageUnavailable

SQLITE_MIN: Final = (3, 35, 0)
"""The first version with RETURNING."""

ANSWER_S_MAX: Final = 1.9
"""How long any question or transaction may take, the wait for a connection included."""

_LOOKS: Final = 10
"""How often we look for the answer in that time. See :func:`_is_done_in_time`."""

_READERS: Final = 8

_TRIAL: Final = {
    "sqlite": "UPDATE alembic_version SET version_num = version_num",
    # Updating would only need what is left of a page; new messages need new ones.
    "postgresql": "CREATE TEMPORARY TABLE trial ON COMMIT DROP AS"
    " SELECT repeat('room', 500) FROM generate_series(1, 100)",
}

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Database:
    """Two engines on one database."""

    writer: AsyncEngine
    """Transactions. On SQLite one connection, and each takes the write lock at once."""

    reader: AsyncEngine
    """Single statements, each a transaction of its own."""

    _threads: "_Threads | None" = None
    """Where SQLite works. PostgreSQL works elsewhere."""

    migrator: AsyncEngine | None = None
    """Work on the tables themselves, which may take as long as it takes; if not the writer's."""

    _under_way: set[asyncio.Task[Any]] = field(default_factory=set)

    @property
    def kind(self) -> str:
        return self.writer.dialect.name

    async def ask(
        self, question: Executable, parameters: Mapping[str, object] | None = None
    ) -> Sequence[Row[*tuple[Any, ...]]]:
        """
        Return the rows that answer *question*.

        Raises:
            StorageUnavailable: If the database didn't answer.

        """

        def ask_here() -> Sequence[Row[*tuple[Any, ...]]]:
            with self.reader.sync_engine.connect() as connection:
                return connection.execute(question, parameters).all()

        async def ask() -> Sequence[Row[*tuple[Any, ...]]]:
            if self._threads is not None:
                return await _in(self._threads.reading, ask_here)
            with noticing_cuts():
                async with self.reader.connect() as connection:
                    return (await connection.execute(question, parameters)).all()

        return await self._promptly(ask)

    async def write(self, work: Callable[[Connection], T]) -> T:
        """
        Do *work* in a transaction.

        It is an ordinary function, called where waiting for the database holds up nobody: on
        SQLite in the writer's thread, on PostgreSQL in a greenlet.

        If the connection turns out to have been cut, nothing has been committed yet, and
        *work* is done once more on another one.

        Raises:
            LockHeld: If a row was locked for too long. Nothing was committed.
            StorageUnavailable: If the database didn't answer. Whether the work was, or
                will yet be, committed is unknown.

        """

        def write_here() -> T:
            with self.writer.sync_engine.begin() as transaction:
                return work(transaction)

        async def write() -> T:
            if self._threads is not None:
                return await _in(self._threads.writing, write_here)
            async with self.writer.begin() as transaction:
                with noticing_cuts():
                    return await transaction.run_sync(work)

        return await self._promptly(write)

    async def is_answering(self) -> bool:
        """Ask for a sign of life (:class:`~roomserver.ports.probe.Storage`)."""
        try:
            await self.ask(text("SELECT 1"))
        except StorageUnavailable:
            return False
        return True

    async def is_storing(self) -> bool:
        """Write something that needs room on the disk, and that nobody will find."""
        trial = text(_TRIAL[self.kind])
        try:
            await self.write(lambda tx: tx.execute(trial))
        except StorageUnavailable:
            return False
        except ProgrammingError:
            return await self.is_answering()  # We may not make temporary tables here.
        return True

    async def close(self) -> None:
        """Let what is under way come to its end, though not for long; hang up."""
        if self._under_way:
            await asyncio.wait(self._under_way, timeout=ANSWER_S_MAX)
        for task in self._under_way:
            task.cancel()
        if self._threads is not None:
            self._threads.close()
        with suppress(TimeoutError):
            # A server that hangs doesn't answer a goodbye either.
            async with asyncio.timeout(ANSWER_S_MAX):
                await self.reader.dispose()
                await self.writer.dispose()

    async def _promptly(self, attempt: Callable[[], Awaitable[T]]) -> T:
        task = asyncio.create_task(_twice_if_cut(attempt), name="database")
        self._under_way.add(task)
        task.add_done_callback(self._forget)
        with answered():
            if not await _is_done_in_time(task):
                raise TimeoutError
            return await task

    def _forget(self, task: asyncio.Task[Any]) -> None:
        self._under_way.discard(task)
        if not task.cancelled():
            task.exception()  # Whoever asked may have given up: then it is no news.


async def _is_done_in_time(task: asyncio.Task[Any]) -> bool:
    """
    Wait for *task*, though not for ever, and say whether it is done.

    An answer needs a few turns of the loop before we have read it. When a thousand clients come
    back at once, a turn takes longer than any question: to give up after a time in which there
    was no turn would be to call a healthy database silent. So a look counts once, however late.
    """
    for _look in range(_LOOKS):
        done, _late = await asyncio.wait([task], timeout=ANSWER_S_MAX / _LOOKS)
        if done:
            return True
    return False


class _Threads:
    """
    The threads in which SQLite works: one that writes, and some that read.

    A transaction is one errand to its thread, whatever it does there. Sent there statement
    by statement, a busy loop would make it wait for each of them.
    """

    def __init__(self) -> None:
        self.writing = ThreadPoolExecutor(1, thread_name_prefix="sqlite-writer")
        self.reading = ThreadPoolExecutor(_READERS, thread_name_prefix="sqlite-reader")

    def close(self) -> None:
        """Take no more errands. Those that are under way come to their end."""
        for pool in (self.writing, self.reading):
            pool.shutdown(wait=False, cancel_futures=True)


async def _in(threads: ThreadPoolExecutor, errand: Callable[[], T]) -> T:
    def run() -> T:
        # An engine that counts as asynchronous works in greenlets only.
        return _at_once(greenlet_spawn(errand))

    return await asyncio.get_running_loop().run_in_executor(threads, run)


def _at_once(work: Awaitable[T]) -> T:
    """Bring *work* to its end, which may wait for SQLite alone: that answers on the spot."""
    assert isinstance(work, Coroutine), "work is an async function, called"
    try:
        work.send(None)
    except StopIteration as end:
        result: T = end.value
        return result
    work.close()
    raise RuntimeError("a transaction on SQLite waited for something else")


async def _twice_if_cut(attempt: Callable[[], Awaitable[T]]) -> T:
    # That a server has hung up on an idle connection is noticed when it is used next.
    try:
        return await attempt()
    except ConnectionCut:
        return await attempt()


@asynccontextmanager
async def sqlite_database(path: Path) -> AsyncIterator[Database]:
    """Open, or make, the SQLite file at *path*."""
    if sqlite3.sqlite_version_info < SQLITE_MIN:
        raise CannotStart(
            f"This Python has SQLite {sqlite3.sqlite_version}; roomserver needs 3.35 or later. "
            "Use a newer Python, or PostgreSQL with --database-url."
        )
    url = sqlite_dialect.url_of(path)
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
    # What an engine does on its first connection, it can't do in several threads at once.
    for engine in (writer, reader):
        async with engine.connect():
            pass
    database = Database(writer=writer, reader=reader, _threads=_Threads())
    try:
        yield database
    finally:
        await database.close()


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
                # Every question has an index. A plan that was made while a table was small is
                # kept, and must not read all of it when it is large.
                "enable_seqscan": "off",
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
    # It is used once, at start, by one instance at a time: the others wait for their turn.
    migrator = create_async_engine(
        address,
        poolclass=NullPool,
        connect_args={
            "timeout": ANSWER_S_MAX,
            "server_settings": {"application_name": "roomserver migration"},
        },
    )
    database = Database(writer=writer, reader=reader, migrator=migrator)
    try:
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
