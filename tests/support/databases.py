"""Connections to a database behind its back, the same for both stores."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from sqlalchemy import Connection, CursorResult, Engine, Executable, ScalarResult
from sqlalchemy.ext.asyncio import AsyncConnection

from roomserver.adapters.sql_engine import Database
from roomserver.adapters.sql_postgresql import PostgresqlDatabase
from roomserver.adapters.sql_sqlite import SqliteDatabase

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

    async def commit(self) -> None:
        await self.run_sync(lambda connection: connection.commit())

    async def driver(self) -> Any:
        """Return the driver's own connection."""
        assert isinstance(self._connection, AsyncConnection)
        return (await self._connection.get_raw_connection()).driver_connection


@asynccontextmanager
async def reading(database: Database) -> AsyncIterator[Behind]:
    """Take one of the connections for questions."""
    if isinstance(database, PostgresqlDatabase):
        async with database.reader.connect() as connection:
            yield Behind(connection)
        return
    assert isinstance(database, SqliteDatabase)
    with database.reader.connect() as on_the_spot:
        yield Behind(on_the_spot)


@asynccontextmanager
async def on_writer(database: Database) -> AsyncIterator[Behind]:
    """Take one of the connections for transactions."""
    if isinstance(database, PostgresqlDatabase):
        async with database.writer.connect() as connection:
            yield Behind(connection)
        return
    assert isinstance(database, SqliteDatabase)
    with database.writer.connect() as on_the_spot:
        yield Behind(on_the_spot)


@asynccontextmanager
async def writing(database: Database) -> AsyncIterator[Behind]:
    """Take one of them, and begin a transaction that is committed at the end of the block."""
    if isinstance(database, PostgresqlDatabase):
        async with database.writer.begin() as connection:
            yield Behind(connection)
        return
    assert isinstance(database, SqliteDatabase)
    with database.writer.begin() as on_the_spot:
        yield Behind(on_the_spot)


def engines_of(database: Database) -> tuple[Engine, Engine]:
    """Return what writes and what reads, for whoever listens to their events."""
    if isinstance(database, PostgresqlDatabase):
        return database.writer.sync_engine, database.reader.sync_engine
    assert isinstance(database, SqliteDatabase)
    return database.writer, database.reader
