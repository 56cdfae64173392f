"""Real databases for what is true of one adapter, and not of its port."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from roomserver.adapters.sql_engine import Database
from roomserver.adapters.sql_migrate import migrate
from roomserver.adapters.sql_postgresql import postgresql_database
from roomserver.adapters.sql_sqlite import sqlite_database
from tests.support.postgres import PostgresServer, running_postgres


@pytest.fixture
async def sqlite(tmp_path: Path) -> AsyncIterator[Database]:
    """An SQLite file, with its tables."""
    async with sqlite_database(tmp_path / "log.sqlite3") as database:
        await migrate(database)
        yield database


@pytest.fixture
async def postgresql(postgres_url: str) -> AsyncIterator[Database]:
    """A PostgreSQL database, with its tables."""
    async with postgresql_database(postgres_url) as database:
        await migrate(database)
        yield database


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.real)])
def database(request: pytest.FixtureRequest) -> Database:
    """Each of the two in turn."""
    migrated: Database = request.getfixturevalue(request.param)
    return migrated


@pytest.fixture
def own_postgres() -> Iterator[PostgresServer]:
    """A server that the test may hurt."""
    with running_postgres() as server:
        yield server
