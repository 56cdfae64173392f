"""PostgreSQL, over asyncpg. Imported only where there is one: it takes a tenth of a start."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any, ClassVar, TypeVar

from sqlalchemy import Connection, Executable, make_url, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from roomserver.adapters import sql_schema
from roomserver.adapters.sql_engine import ANSWER_S_MAX, Database, Facts, Prepared, Rows
from roomserver.adapters.sql_errors import ConnectionCut, noticing_cuts
from roomserver.adapters.sql_rows import RowsParameter

T = TypeVar("T")

for _table in sql_schema.metadata.tables.values():
    for _index in _table.indexes:
        # Said here and not in the schema: to understand it SQLAlchemy loads all of the dialect.
        if (_part := _index.dialect_options["sqlite"]["where"]) is not None:
            _index.dialect_kwargs["postgresql_where"] = _part


class PostgresqlDatabase(Database):
    """A database on a PostgreSQL server, at ``postgresql://user:password@host:port/database``."""

    kind: ClassVar[str] = "postgresql"
    readers: ClassVar[int] = 8
    insert = staticmethod(insert)
    # Updating would only need what is left of a page; new messages need new ones.
    trial: ClassVar[str] = (
        "CREATE TEMPORARY TABLE trial ON COMMIT DROP AS"
        " SELECT repeat('room', 500) FROM generate_series(1, 100)"
    )

    def __init__(self, url: str) -> None:
        super().__init__()
        options: dict[str, Any] = {
            "max_overflow": 0,
            "pool_timeout": ANSWER_S_MAX,
            "connect_args": {
                "timeout": ANSWER_S_MAX,
                "command_timeout": ANSWER_S_MAX,
                "server_settings": {
                    "application_name": "roomserver",
                    "synchronous_commit": "on",
                    # Every question has an index. A plan that was made while a table was small
                    # is kept, and must not read all of it when it is large.
                    "enable_seqscan": "off",
                    "statement_timeout": "5000",
                    "lock_timeout": "250",  # a room held longer is slow alone: see SqlLog
                    "idle_in_transaction_session_timeout": "5000",
                },
            },
        }
        address = make_url(url).set(drivername="postgresql+asyncpg")
        self.writer: AsyncEngine = create_async_engine(address, pool_size=2, **options)
        # Each question is a transaction of its own.
        self.reader: AsyncEngine = create_async_engine(
            address, pool_size=self.readers, isolation_level="AUTOCOMMIT", **options
        )
        # It is used once, at start, by one instance at a time: the others wait for their turn.
        self.migrator: AsyncEngine = create_async_engine(
            address,
            poolclass=NullPool,
            connect_args={
                "timeout": ANSWER_S_MAX,
                "server_settings": {"application_name": "roomserver migration"},
            },
        )

    async def alter(self, work: Callable[[Connection], None]) -> None:
        async with self.migrator.begin() as transaction:
            await transaction.run_sync(work)

    def prepared(self, statement: str, rows: RowsParameter) -> Prepared:
        compiled = text(statement).compile(dialect=self.writer.dialect)
        sql, names = compiled.string, compiled.positiontup or ()

        def say(tx: Connection, about: Iterable[Sequence[object]]) -> Sequence[Sequence[Any]]:
            facts = rows.bind(about)
            # Not the driver itself: only SQLAlchemy tells a cut connection from other failures.
            said = tx.exec_driver_sql(sql, tuple(facts[name] for name in names))
            return said.all() if said.returns_rows else ()

        return say

    def _ask(self, question: Executable, parameters: Facts | None) -> asyncio.Future[Rows]:
        async def ask() -> Rows:
            with noticing_cuts():
                async with self.reader.connect() as connection:
                    return (await connection.execute(question, parameters)).all()

        return self._apart(asyncio.create_task(_twice_if_cut(ask), name="database"))

    def _write(self, work: Callable[[Connection], T]) -> asyncio.Future[T]:
        async def write() -> T:
            async with self.writer.begin() as transaction:
                with noticing_cuts():
                    return await transaction.run_sync(work)

        return self._apart(asyncio.create_task(_twice_if_cut(write), name="database"))

    async def _hang_up(self) -> None:
        with suppress(TimeoutError):
            # A server that hangs doesn't answer a goodbye either.
            async with asyncio.timeout(ANSWER_S_MAX):
                await self.reader.dispose()
                await self.writer.dispose()


async def _twice_if_cut(attempt: Callable[[], Awaitable[T]]) -> T:
    # That a server has hung up on an idle connection is noticed when it is used next.
    try:
        return await attempt()
    except ConnectionCut:
        return await attempt()


@asynccontextmanager
async def postgresql_database(url: str) -> AsyncIterator[PostgresqlDatabase]:
    """Connect to the PostgreSQL at *url*."""
    database = PostgresqlDatabase(url)
    try:
        yield database
    finally:
        await database.close()
