"""What stands behind the ports, each in turn: every claim is tested on all of them."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest

from roomserver.adapters.sql_engine import Database
from roomserver.adapters.sql_migrate import migrate
from roomserver.adapters.sql_postgresql import postgresql_database
from roomserver.adapters.sql_sqlite import sqlite_database
from tests.support.postgres import PostgresServer

Databases = tuple[Database, Database]
"""One database as two instances see it. SQLite allows one instance: there, twice the same."""

OpenStore = Callable[[], AbstractAsyncContextManager[Databases]]

STORES = ["sqlite", pytest.param("postgresql", marks=pytest.mark.real)]


@pytest.fixture
async def databases(open_store: OpenStore) -> AsyncIterator[Databases]:
    async with open_store() as opened:
        yield opened


@pytest.fixture
def database(databases: Databases) -> Database:
    return databases[0]


@pytest.fixture(params=STORES)
def open_store(request: pytest.FixtureRequest, tmp_path: Path) -> OpenStore:
    if request.param == "sqlite":
        return lambda: _sqlite(tmp_path / "log.sqlite3")
    server: PostgresServer = request.getfixturevalue("postgres_server")
    template: str = request.getfixturevalue("postgres_template")
    return lambda: _postgresql(server, template)


@pytest.fixture(scope="session")
def postgres_template(postgres_server: PostgresServer) -> str:
    """The name of a database that has its tables: copying it takes less than making them."""
    return asyncio.run(_make_template(postgres_server))


@asynccontextmanager
async def _sqlite(path: Path) -> AsyncIterator[Databases]:
    async with sqlite_database(path) as database:
        await migrate(database)
        yield database, database


@asynccontextmanager
async def _postgresql(server: PostgresServer, template: str) -> AsyncIterator[Databases]:
    url = await server.create_database(template=template)
    async with postgresql_database(url) as one, postgresql_database(url) as two:
        yield one, two
    await server.drop_database(url)


async def _make_template(server: PostgresServer) -> str:
    url = await server.create_database()
    async with postgresql_database(url) as database:
        await migrate(database)
    return url.rpartition("/")[2]
