"""Connections to a database behind its back, the same for both stores."""

from collections.abc import AsyncIterator, Callable
from contextlib import (
    AbstractAsyncContextManager,
    AbstractContextManager,
    asynccontextmanager,
)
from typing import Any, TypeVar

from sqlalchemy import Connection, CursorResult, Engine, Executable, ScalarResult
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from roomserver.adapters.sql_engine import Database

T = TypeVar("T")


class Behind:
    """A connection of ours, on SQLite too one that is waited for."""

    def __init__(self, connection: Connection | AsyncConnection) -> None:
        self._connection = connection

    async def run_sync(self, work: Callable[..., T], *arguments: Any) -> T:
        if isinstance(self._connection, AsyncConnection):
            return await self._connection.run_sync(work, *arguments)
        return work(self._connection, *arguments)

    async def execute(self, *statement: Any) -> CursorResult[Any]:
        return await self.run_sync(lambda connection: connection.execute(*statement))

    async def scalar(self, statement: Executable) -> Any:
        return await self.run_sync(lambda connection: connection.scalar(statement))

    async def scalars(self, statement: Executable) -> ScalarResult[Any]:
        return await self.run_sync(lambda connection: connection.scalars(statement))

    async def exec_driver_sql(self, *statement: Any) -> CursorResult[Any]:
        return await self.run_sync(lambda connection: connection.exec_driver_sql(*statement))

    async def begin(self) -> None:
        """Begin a transaction that may write, where the engine doesn't do that by itself."""
        if isinstance(self._connection, Connection):
            self._connection.exec_driver_sql("BEGIN IMMEDIATE")

    async def commit(self) -> None:
        await self.run_sync(lambda connection: connection.commit())

    async def driver(self) -> Any:
        """Return the driver's own connection."""
        assert isinstance(self._connection, AsyncConnection)
        return (await self._connection.get_raw_connection()).driver_connection


def reading(database: Database) -> AbstractAsyncContextManager[Behind]:
    """Take one of the connections for questions."""
    return _taken(database.reader.connect())


def on_writer(database: Database) -> AbstractAsyncContextManager[Behind]:
    """Take one of the connections for transactions."""
    return _taken(database.writer.connect())


@asynccontextmanager
async def writing(database: Database) -> AsyncIterator[Behind]:
    """Take one of them, and begin a transaction that is committed at the end of the block."""
    async with _taken(database.writer.begin()) as connection:
        await connection.begin()
        yield connection


@asynccontextmanager
async def _taken(
    connecting: AbstractContextManager[Connection] | AbstractAsyncContextManager[AsyncConnection],
) -> AsyncIterator[Behind]:
    if isinstance(connecting, AbstractAsyncContextManager):
        async with connecting as waited_for:
            yield Behind(waited_for)
        return
    with connecting as on_the_spot:
        yield Behind(on_the_spot)


def engines_of(database: Database) -> tuple[Engine, Engine]:
    """Return what writes and what reads, for whoever listens to their events."""
    writer, reader = (
        engine.sync_engine if isinstance(engine, AsyncEngine) else engine
        for engine in (database.writer, database.reader)
    )
    return writer, reader
