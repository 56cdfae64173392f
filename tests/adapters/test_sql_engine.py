"""What the databases are told on every connection, and which connection is used."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from functools import partial

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import IntegrityError

from roomserver.adapters.sql_engine import Database
from roomserver.adapters.sql_rows import BIG, RowsParameter
from roomserver.adapters.sql_sqlite import READER_CACHE_KIB
from tests.support.databases import Behind, on_writer, reading, writing

Way = AbstractAsyncContextManager[Behind]

FULL = 2
"""SQLite's name for ``synchronous = FULL``: a commit has been written to the disk."""


async def opened(
    stack: AsyncExitStack, way: Callable[[Database], Way], database: Database, count: int
) -> list[Behind]:
    """Open *count* connections at once, so that each is another one of the pool."""
    return [await stack.enter_async_context(way(database)) for _ in range(count)]


async def answer(connection: Behind, question: str) -> object:
    return await connection.scalar(text(question))


async def test_every_sqlite_connection_is_durable(sqlite: Database) -> None:
    async with AsyncExitStack() as stack:
        readers = await opened(stack, reading, sqlite, sqlite.readers)

        for pragma, value in (
            ("journal_mode", "wal"),
            ("synchronous", FULL),
            ("foreign_keys", 1),
            ("busy_timeout", 1_500),
        ):
            question = text(f"PRAGMA {pragma}")
            assert await sqlite.write(partial(Connection.scalar, statement=question)) == value
            for connection in readers:
                assert await connection.scalar(question) == value


async def test_what_sqlites_readers_keep_is_little(sqlite: Database) -> None:
    async with AsyncExitStack() as stack:
        for connection in await opened(stack, reading, sqlite, sqlite.readers):
            assert await connection.scalar(text("PRAGMA cache_size")) == -READER_CACHE_KIB


async def test_the_reader_that_was_used_last_is_used_next(sqlite: Database) -> None:
    async with AsyncExitStack() as stack:
        for number, connection in enumerate(await opened(stack, reading, sqlite, sqlite.readers)):
            await connection.execute(text(f"ATTACH ':memory:' AS reader{number}"))

    used = {(await sqlite.ask(text("PRAGMA database_list")))[-1].name for _again in range(20)}

    # They were given back in the opposite order.
    assert used == {"reader0"}


async def test_a_sqlite_transaction_has_the_write_lock_when_it_begins(sqlite: Database) -> None:
    async with writing(sqlite), reading(sqlite) as other:
        with pytest.raises(Exception, match="database is locked"):
            await other.exec_driver_sql("UPDATE rooms SET name = name")


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("synchronous_commit", "on"),
        ("statement_timeout", "5s"),
        ("idle_in_transaction_session_timeout", "5s"),
        ("application_name", "roomserver"),
    ],
)
async def test_every_postgresql_session_is_durable_whatever_the_server_says(
    postgresql: Database, setting: str, value: str
) -> None:
    # The tests' server has synchronous_commit off, so that it is a claim.
    async with AsyncExitStack() as stack:
        connections = [
            *await opened(stack, on_writer, postgresql, 2),
            *await opened(stack, reading, postgresql, postgresql.readers),
        ]

        for connection in connections:
            assert await answer(connection, f"SHOW {setting}") == value


@pytest.mark.real
async def test_writing_does_not_wait_for_readers(postgresql: Database, sqlite: Database) -> None:
    for database in (postgresql, sqlite):
        async with AsyncExitStack() as stack:
            await opened(stack, reading, database, database.readers)

            async with writing(database) as tx:
                assert await answer(tx, "SELECT 1") == 1


async def test_a_database_says_what_it_is_and_whether_it_answers(
    sqlite: Database, postgresql: Database
) -> None:
    assert await sqlite.is_storing()
    assert await postgresql.is_storing()
    assert (sqlite.kind, await sqlite.is_answering()) == ("sqlite", True)
    assert (postgresql.kind, await postgresql.is_answering()) == ("postgresql", True)


async def test_a_disk_without_room_answers_and_stores_nothing(sqlite: Database) -> None:
    await sqlite.write(lambda tx: tx.exec_driver_sql("PRAGMA query_only = ON"))

    answers, stores = await sqlite.is_answering(), await sqlite.is_storing()

    assert (answers, stores) == (True, False)


async def test_a_postgresql_that_only_reads_answers_and_stores_nothing(
    postgresql: Database,
) -> None:
    async with on_writer(postgresql) as one, on_writer(postgresql) as two:
        for connection in (one, two):
            await connection.exec_driver_sql("SET default_transaction_read_only = on")
            await connection.commit()

    answers, stores = await postgresql.is_answering(), await postgresql.is_storing()

    assert (answers, stores) == (True, False)


async def test_a_prepared_statement_that_is_refused_takes_its_transaction_along(
    database: Database,
) -> None:
    ids = RowsParameter("ids", kind=database.kind, columns={"id": BIG})
    each = {
        "postgresql": f"SELECT id, 'guest', 'Ana', 1 FROM {ids.table}",
        "sqlite": "VALUES (:id, 'guest', 'Ana', 1)",
    }
    say = database.prepared(
        f"INSERT INTO users (id, kind, username, created_at_ms) {each[database.kind]}", ids
    )

    def twice(tx: Connection) -> None:
        for _again in range(2):
            say(tx, [[7]])

    with pytest.raises(IntegrityError):
        await database.write(twice)

    assert await database.ask(text("SELECT id FROM users WHERE id = 7")) == []
    await database.write(lambda tx: say(tx, [[8]]))
    ((found,),) = await database.ask(text("SELECT id FROM users WHERE id = 8"))
    assert found == 8


async def test_a_transaction_that_raises_stores_nothing_and_is_no_hindrance(
    sqlite: Database,
) -> None:
    renamed = text("UPDATE alembic_version SET version_num = 'none'")

    def half(tx: Connection) -> None:
        tx.execute(renamed)
        raise LookupError

    with pytest.raises(LookupError):
        await sqlite.write(half)

    ((version,),) = await sqlite.ask(text("SELECT version_num FROM alembic_version"))
    assert version != "none"
    assert await sqlite.is_storing()
