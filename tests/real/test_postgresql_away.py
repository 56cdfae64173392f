"""While PostgreSQL is away: who comes, who posts in the middle of a cut, and who has to stop."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Final

import asyncpg
import pytest

from tests.support.conversation import person, whole_log
from tests.support.postgres import PostgresServer, running_postgres
from tests.support.servers import RoomServer, running_roomserver

pytestmark = [pytest.mark.real, pytest.mark.slow]

ANSWER_S_MAX: Final = 2.5
"""Two seconds, and what a busy machine adds to them."""

STOP_S_MAX: Final = 10.0

CUT: Final = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'roomserver'
"""

NO_LIMITS: Final = {
    "ROOMSERVER_LIMITS_MESSAGES_PER_SECOND": "100000",
    "ROOMSERVER_LIMITS_MESSAGES_BURST": "100000",
}


@pytest.fixture(scope="module")
def sturdy_postgres() -> Iterator[PostgresServer]:
    with running_postgres() as server:
        yield server


@pytest.fixture
def own_postgres(sturdy_postgres: PostgresServer) -> Iterator[PostgresServer]:
    """One that the test may let hang."""
    yield sturdy_postgres
    sturdy_postgres.resume()


@pytest.fixture
async def database_url(own_postgres: PostgresServer) -> str:
    return await own_postgres.create_database()


@pytest.fixture
async def surgeon(database_url: str) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    """Somebody who can cut the server's connections."""
    connection = await asyncpg.connect(database_url)
    yield connection
    await connection.close()


@pytest.fixture
def server(database_url: str, tmp_path: Path) -> Iterator[RoomServer]:
    options = ("--database-url", database_url)
    with running_roomserver(*options, data_dir=tmp_path, environ=NO_LIMITS) as running:
        yield running


async def test_a_cut_in_the_middle_of_a_burst_loses_and_doubles_nothing(
    server: RoomServer, surgeon: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    ids = [f"{burst}.{number}" for burst in range(20) for number in range(40)]
    acknowledged: dict[str, int] = {}
    async with person(server, "Ada", 1) as ada:
        for burst in range(20):
            for client_id in ids[burst * 40 :][:40]:
                await ada.send(type="message", content=client_id, client_id=client_id)
            # In a moment of its own: before, in the middle of or after a transaction.
            await surgeon.execute("SELECT pg_sleep(random() * 0.02)")
            await surgeon.execute(CUT)
        for client_id in ids:
            sent = await ada.say("said again", client_id)
            acknowledged[client_id] = sent["seq"]

    log = await whole_log(server)
    assert [entry["seq"] for entry in log] == list(range(1, len(ids) + 1))
    assert {entry["client_id"]: entry["seq"] for entry in log} == acknowledged


async def test_connections_that_were_cut_while_nobody_used_them_cost_nobody_an_answer(
    server: RoomServer, surgeon: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    async with person(server, "Ada", 1) as ada:
        for number in range(5):
            await ada.send(type="message", content=str(number), client_id=str(number))
            await ada.hear("message")
            await surgeon.execute(CUT)
            async with person(server, "Ben", 2) as ben:
                await ben.send(type="message", content=f"{number}!")
                said = await ada.hear("message")
            assert said["content"] == f"{number}!"


async def test_whoever_comes_while_the_database_hangs_is_told_and_can_come_back(
    server: RoomServer, own_postgres: PostgresServer
) -> None:
    async with person(server, "Ada", 1) as ada:
        await ada.say("before")
    own_postgres.pause()
    began_s = asyncio.get_running_loop().time()
    with pytest.raises(AssertionError, match="storage_unavailable"):
        async with person(server, "Ben", 2):
            pytest.fail("let in without a history")
    took_s = asyncio.get_running_loop().time() - began_s
    own_postgres.resume()

    assert took_s < ANSWER_S_MAX
    async with person(server, "Ben", 2) as ben:
        assert [entry["content"] for entry in ben.connected["history"]] == ["before"]


async def test_a_server_stops_in_time_though_the_database_hangs(
    server: RoomServer, own_postgres: PostgresServer
) -> None:
    async with person(server, "Ada", 1) as ada:
        await ada.say("before")
        own_postgres.pause()
        await ada.send(type="message", content="during", client_id="d")
        stopping = asyncio.create_task(asyncio.to_thread(server.terminate, within_s=STOP_S_MAX))
        events, close_code = await ada.hear_the_rest()
        status = await stopping

    assert (status, close_code) == (0, 1012)
    told = {event["type"]: event["data"] for event in events}
    assert (told["error"]["code"], told["error"]["client_id"]) == ("storage_unavailable", "d")
