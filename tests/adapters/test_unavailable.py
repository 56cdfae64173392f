"""Databases that don't answer: whoever asks is told within two seconds, and nothing stays stuck."""

import asyncio
import itertools
import sqlite3
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path

import asyncpg
import pytest
from sqlalchemy import text

from roomserver.adapters.sql_engine import Database
from roomserver.adapters.sql_log import SqlLog
from roomserver.adapters.sql_members import SqlMembers
from roomserver.adapters.sql_migrate import migrate
from roomserver.adapters.sql_postgresql import postgresql_database
from roomserver.adapters.sql_rooms import SqlRooms
from roomserver.adapters.sql_sqlite import sqlite_database
from roomserver.adapters.system_clock import SystemClock
from roomserver.core.errors import RoomBusy, StorageUnavailable
from roomserver.core.model import Receipt, Room, RoomId, Seq
from roomserver.ports.members import Sighting
from tests.support.builders import ANA, a_draft
from tests.support.databases import on_writer, reading, writing
from tests.support.postgres import PostgresServer

ANSWER_S = 2.5
"""The longest that anybody may be kept waiting: two seconds, and what a busy machine adds."""

BACK_S = 5.0
"""How soon after the database everything must work again."""

pytestmark = pytest.mark.slow

Question = Callable[[Database], Awaitable[object]]

EVERY_QUESTION: dict[str, Question] = {
    "append": lambda database: SqlLog(database).append([a_draft(client_id="a")]),
    "head": lambda database: SqlLog(database).head(RoomId(1)),
    "after": lambda database: SqlLog(database).after(RoomId(1), Seq(0), limit=10),
    "before": lambda database: SqlLog(database).before(RoomId(1), Seq(9), limit=10),
    "find": lambda database: SqlRooms(database, SystemClock()).find("general"),
    "make": lambda database: SqlRooms(database, SystemClock()).make("new", name="New"),
    "listing": lambda database: SqlRooms(database, SystemClock()).listing(),
    "sightings": lambda database: SqlMembers(database).note_sightings(
        [Sighting(RoomId(1), ANA, is_online=True, at_ms=1)]
    ),
}


async def a_room(database: Database, number: int = 1) -> Room:
    made, _is_new = await SqlRooms(database, SystemClock()).make(RoomId(number), name="Room")
    return made


@asynccontextmanager
async def promptly() -> AsyncIterator[None]:
    """Fail if the block takes longer than anybody may be kept waiting."""
    began_s = asyncio.get_running_loop().time()
    yield
    assert asyncio.get_running_loop().time() - began_s < ANSWER_S


async def works_again(question: Question, database: Database) -> int:
    """Return, as soon as *question* is answered, how often it was not."""
    async with asyncio.timeout(BACK_S):
        for refusals in itertools.count():
            with suppress(StorageUnavailable):
                await question(database)
                return refusals
    raise AssertionError


async def refused(question: Question, database: Database) -> None:
    with pytest.raises(StorageUnavailable):
        await question(database)


async def cut_all(database: Database) -> None:
    """Let the server hang up on every other connection."""
    cut = text(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE application_name = 'roomserver' AND pid <> pg_backend_pid()"
    )
    await works_again(lambda database: database.ask(cut), database)


@pytest.fixture
async def hurt(own_postgres: PostgresServer) -> AsyncIterator[Database]:
    """A database on a server that the test may hurt."""
    url = await own_postgres.create_database()
    async with postgresql_database(url) as database:
        await migrate(database)
        await a_room(database)
        yield database


async def test_a_server_that_hangs_keeps_nobody_waiting_and_is_used_again_when_it_wakes(
    own_postgres: PostgresServer, hurt: Database
) -> None:
    own_postgres.pause()
    try:
        async with promptly():
            await asyncio.gather(*(refused(ask, hurt) for ask in EVERY_QUESTION.values()))
        async with promptly():
            assert not await hurt.is_answering()
    finally:
        own_postgres.resume()

    for ask in EVERY_QUESTION.values():
        await works_again(ask, hurt)


async def test_a_server_that_was_killed_is_used_again_when_it_is_back(
    own_postgres: PostgresServer, hurt: Database
) -> None:
    own_postgres.kill()

    async with promptly():
        await asyncio.gather(*(refused(ask, hurt) for ask in EVERY_QUESTION.values()))

    await asyncio.to_thread(own_postgres.start)
    for ask in EVERY_QUESTION.values():
        await works_again(ask, hurt)


async def test_that_connections_were_cut_while_nobody_used_them_costs_no_answer(
    hurt: Database,
) -> None:
    async with AsyncExitStack() as stack:
        for connect in (reading, reading, reading, on_writer, on_writer):
            await stack.enter_async_context(connect(hurt))
    for ask in EVERY_QUESTION.values():
        await cut_all(hurt)

        assert await works_again(ask, hurt) == 0


async def test_closing_does_not_wait_for_a_server_that_hangs(own_postgres: PostgresServer) -> None:
    url = await own_postgres.create_database()
    async with postgresql_database(url) as database:
        await migrate(database)
        await a_room(database)
        own_postgres.pause()
        try:
            with pytest.raises(StorageUnavailable):
                await SqlLog(database).append([a_draft()])
            async with asyncio.timeout(2 * ANSWER_S):
                await database.close()
        finally:
            own_postgres.resume()


async def test_a_room_that_another_session_holds_is_busy_and_the_others_are_stored(
    postgresql: Database, postgres_url: str
) -> None:
    held, free = await a_room(postgresql, 1), await a_room(postgresql, 2)
    log = SqlLog(postgresql)
    holder = await asyncpg.connect(postgres_url)
    try:
        async with holder.transaction():
            await holder.execute("SELECT * FROM rooms WHERE id = 1 FOR UPDATE")
            async with promptly():
                busy, stored = await log.append([a_draft(room=held), a_draft(room=free)])
                at_once = await log.append([a_draft(room=held)], is_patient=False)
    finally:
        await holder.close()

    assert isinstance(busy, RoomBusy)
    assert isinstance(stored, Receipt)
    assert isinstance(at_once[0], RoomBusy)
    assert (await log.head(held.id)).seq == 0
    (receipt,) = await log.append([a_draft(room=held)])
    assert isinstance(receipt, Receipt)


async def test_noting_who_is_in_a_room_does_not_wait_for_those_who_write_in_it(
    postgresql: Database,
) -> None:
    room = await a_room(postgresql)

    async with writing(postgresql) as transaction:
        await transaction.execute(text("UPDATE rooms SET last_seq = last_seq"))
        sighting = Sighting(room.id, ANA, is_online=True, at_ms=1)
        await SqlMembers(postgresql).note_sightings([sighting])

    assert len(await SqlMembers(postgresql).listing(room.id)) == 1


async def test_whoever_finds_no_free_connection_is_told_in_time(database: Database) -> None:
    await a_room(database)
    async with AsyncExitStack() as stack:
        for _reader in range(database.readers):
            await stack.enter_async_context(reading(database))
        if database.kind == "sqlite":
            await stack.enter_async_context(writing(database))
        else:
            for _writer in range(2):
                await stack.enter_async_context(on_writer(database))

        async with promptly():
            await asyncio.gather(*(refused(ask, database) for ask in EVERY_QUESTION.values()))

    for ask in EVERY_QUESTION.values():
        await ask(database)


async def test_whoever_gives_up_waiting_leaves_nothing_locked(database: Database) -> None:
    await a_room(database)
    log = SqlLog(database)
    # Each gives up a little later than the one before, so that every step is the last of some.
    for step in range(30):
        appending = asyncio.create_task(log.append([a_draft(client_id=f"given up {step}")]))
        await asyncio.wait([appending], timeout=step * 0.0002)
        appending.cancel()

        async with promptly():
            (receipt,) = await log.append([a_draft(client_id=f"stored {step}")])
            assert isinstance(receipt, Receipt)


async def test_what_was_begun_is_done_also_if_nobody_waits_for_it_any_more(
    database: Database,
) -> None:
    await a_room(database)
    log = SqlLog(database)
    for count in range(1, 6):
        appending = asyncio.create_task(log.append([a_draft(client_id=f"given up {count}")]))
        await asyncio.sleep(0)
        appending.cancel()

        async with asyncio.timeout(ANSWER_S):
            while (await log.head(RoomId(1))).seq < count:
                await asyncio.sleep(0.01)


async def test_sqlite_is_read_while_somebody_else_writes_and_written_afterwards(
    tmp_path: Path,
) -> None:
    path = tmp_path / "log.sqlite3"
    async with sqlite_database(path) as database:
        await migrate(database)
        await a_room(database)
        log = SqlLog(database)
        await log.append([a_draft("before")])
        holder = sqlite3.connect(path, isolation_level=None)
        holder.execute("BEGIN IMMEDIATE")
        try:
            async with promptly():
                with pytest.raises(StorageUnavailable):
                    await log.append([a_draft("held", client_id="a")])
            assert (await log.head(RoomId(1))).seq == 1
        finally:
            holder.close()

        await works_again(lambda _: log.append([a_draft("held", client_id="a")]), database)
        found = await log.after(RoomId(1), Seq(0), limit=10)
        assert [entry.content for entry in found] == ["before", "held"]


@pytest.mark.real
async def test_a_database_is_not_called_silent_while_we_are_too_busy_to_listen(
    postgresql: Database,
) -> None:
    loop = asyncio.get_running_loop()
    quiet_at_s = loop.time() + 2 * ANSWER_S

    def be_busy() -> None:
        time.sleep(0.9)  # What a turn of the loop takes when a thousand clients come at once.
        if loop.time() < quiet_at_s:
            loop.call_soon(be_busy)

    loop.call_soon(be_busy)

    assert await postgresql.ask(text("SELECT 1"))
