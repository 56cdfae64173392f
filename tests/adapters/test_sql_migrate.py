"""The tables that a database really has, and those that the code believes in."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Identity, text

from roomserver.adapters import migrations, sql_rights_schema, sql_schema, sql_words
from roomserver.adapters.sql_engine import ANSWER_S_MAX, Database
from roomserver.adapters.sql_migrate import LOCK, migrate, upgrade
from roomserver.adapters.sql_postgresql import postgresql_database
from roomserver.adapters.sql_sqlite import sqlite_database
from roomserver.core.errors import CannotStart
from tests.support.databases import reading, writing
from tests.support.postgres import PostgresServer


def differences(connection: Connection) -> list[object]:
    context = MigrationContext.configure(
        connection, opts={"compare_server_default": True, "include_name": is_known_to_the_schema}
    )
    assert sql_rights_schema.grants.metadata is sql_schema.metadata
    found = compare_metadata(context, sql_schema.metadata)
    return [difference for difference in found if not is_identity_of_sqlite(context, difference)]


def is_known_to_the_schema(name: str | None, kind: str, _parents: object) -> bool:
    # The search index is made of what only one of the stores has.
    return kind != "table" or not str(name).startswith(sql_words.TABLE)


def is_identity_of_sqlite(context: MigrationContext, difference: Any) -> bool:
    # To SQLite, an integer primary key is one without being told so.
    changes = difference if isinstance(difference, list) else []
    return context.dialect.name == "sqlite" and [type(change[-1]) for change in changes] == [
        Identity
    ]


SHAPE = {
    # It keeps the statements as they were written, with lines and blanks that mean nothing.
    "sqlite": "SELECT name, tbl_name,"
    " replace(replace(replace(sql, char(10), ''), char(9), ''), ' ', '') FROM sqlite_master",
    "postgresql": "SELECT attrelid::regclass::text, attname, attnum, atttypid::regtype, attnotnull,"
    " attidentity, pg_get_expr(adbin, adrelid), pg_get_indexdef(attrelid)"
    " FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid"
    " LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum"
    " WHERE relnamespace = 'public'::regnamespace"
    " UNION ALL SELECT conrelid::regclass::text, conname, 0, 0, false, '',"
    " pg_get_constraintdef(oid), NULL FROM pg_constraint"
    " WHERE connamespace = 'public'::regnamespace",
}
"""Questions for all that a store knows of its tables, without what was put into them."""


@pytest.fixture
async def empty(
    database: Database, tmp_path: Path, request: pytest.FixtureRequest
) -> AsyncIterator[Database]:
    """Another database of the same kind, without its tables."""
    if database.kind == "sqlite":
        async with sqlite_database(tmp_path / "empty.sqlite3") as opened:
            yield opened
        return
    server: PostgresServer = request.getfixturevalue("postgres_server")
    url = await server.create_database()
    async with postgresql_database(url) as opened:
        yield opened
    await server.drop_database(url)


async def shape(database: Database) -> list[str]:
    async with reading(database) as connection:
        rows = await connection.execute(text(SHAPE[database.kind]))
        return sorted(str(tuple(row)) for row in rows)


async def test_an_empty_database_gets_at_once_what_all_migrations_make(
    database: Database, empty: Database
) -> None:
    async with writing(empty) as tx:
        await tx.run_sync(upgrade, "head")

    assert len(await shape(database)) > 40
    assert await shape(database) == await shape(empty)


async def test_the_migrations_make_the_tables_that_the_code_believes_in(
    empty: Database,
) -> None:
    async with writing(empty) as tx:
        await tx.run_sync(upgrade, "head")

    async with reading(empty) as connection:
        assert await connection.run_sync(differences) == []


async def test_the_schemas_version_is_the_newest_migration() -> None:
    scripts = ScriptDirectory(str(Path(migrations.__file__).parent))

    assert scripts.get_current_head() == sql_schema.VERSION


async def test_a_migrated_database_is_at_that_version(database: Database) -> None:
    async with reading(database) as connection:
        version = await connection.scalar(text("SELECT version_num FROM alembic_version"))

    assert version == sql_schema.VERSION


async def test_what_an_older_roomserver_has_kept_is_there_after_the_migration(
    tmp_path: Path,
) -> None:
    async with sqlite_database(tmp_path / "old.sqlite3") as database:
        async with writing(database) as tx:
            await tx.run_sync(upgrade, "0001")
            await tx.execute(
                text(
                    "INSERT INTO rooms (id, slug, name, epoch, created_at_ms)"
                    " VALUES (1, 'kept', 'Kept', 'e', 0)"
                )
            )
            await tx.execute(
                text(
                    "INSERT INTO members (room_id, user_id, username, last_seen_at_ms)"
                    " VALUES (1, 7, 'José', 0)"
                )
            )

        await migrate(database)

        async with reading(database) as connection:
            assert await connection.run_sync(differences) == []
            member = (
                await connection.execute(text("SELECT username, name_key FROM members"))
            ).one()
            assert tuple(member) == ("José", "jose")


async def test_migrating_again_changes_nothing(database: Database) -> None:
    async with writing(database) as tx:
        await tx.execute(
            text(
                "INSERT INTO rooms (id, slug, name, epoch, created_at_ms)"
                " VALUES (1, 'kept', 'Kept', 'e', 0)"
            )
        )

    await migrate(database)

    async with reading(database) as connection:
        assert await connection.scalar(text("SELECT slug FROM rooms")) == "kept"


@pytest.mark.slow
async def test_instances_that_start_at_once_migrate_one_after_the_other(postgres_url: str) -> None:
    async with AsyncExitStack() as stack:
        instances = [
            await stack.enter_async_context(postgresql_database(postgres_url)) for _ in range(4)
        ]

        await asyncio.gather(*(migrate(instance) for instance in instances))

        async with reading(instances[0]) as connection:
            assert await connection.run_sync(differences) == []


async def test_a_database_of_a_newer_roomserver_is_refused_with_what_to_do(
    database: Database,
) -> None:
    async with writing(database) as tx:
        await tx.execute(text("UPDATE alembic_version SET version_num = '9999'"))

    with pytest.raises(CannotStart) as refused:
        await migrate(database)

    assert "at version 9999" in str(refused.value)
    assert f"knows {sql_schema.VERSION}" in str(refused.value)
    assert "Run the newer roomserver" in str(refused.value)


@pytest.mark.real
@pytest.mark.slow
async def test_whoever_waits_for_another_instances_migration_waits_as_long_as_it_takes(
    postgres_url: str,
) -> None:
    other = await asyncpg.connect(postgres_url)
    await other.execute(f"SELECT pg_advisory_lock({LOCK})")
    async with postgresql_database(postgres_url) as database:
        migrating = asyncio.create_task(migrate(database))
        await asyncio.sleep(ANSWER_S_MAX + 0.3)
        is_waiting = not migrating.done()
        await other.close()
        await migrating

        async with reading(database) as connection:
            assert await connection.run_sync(differences) == []

    assert is_waiting
