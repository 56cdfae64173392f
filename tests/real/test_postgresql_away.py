"""While PostgreSQL is away: who comes, who posts in the middle of a cut, and who has to stop."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Final

import asyncpg
import pytest

from tests.support.conversation import HEAR_S_MAX, Event, Person, person, whole_log
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


class Sender:
    """Somebody who sends again what was refused, until everything is acknowledged."""

    def __init__(self, ada: Person) -> None:
        self._ada = ada
        self._waiting: Counter[str] = Counter()
        """How many answers are still to come, by the ``client_id`` that they are about."""

        self.acknowledged: dict[str, int] = {}

    async def send(self, *client_ids: str) -> None:
        for client_id in client_ids:
            self._waiting[client_id] += 1
            await self._ada.send(type="message", content=client_id, client_id=client_id)

    async def all_acknowledged(self) -> None:
        """Return when each post, and each that was sent again, has been answered."""
        async with asyncio.timeout(HEAR_S_MAX):
            while self._waiting.total() > 0:
                event = json.loads(await self._ada.connection.recv())
                if event["type"] in ("message_sent", "error"):
                    await self._note(event["type"], event["data"])

    async def _note(self, kind: str, answer: Event) -> None:
        client_id = answer["client_id"]
        self._waiting[client_id] -= 1
        if kind == "message_sent":
            seq = self.acknowledged.setdefault(client_id, answer["seq"])
            assert seq == answer["seq"]
        else:
            assert answer["code"] == "storage_unavailable"
            await self.send(client_id)


async def test_a_cut_in_the_middle_of_a_burst_loses_and_doubles_nothing(
    server: RoomServer, surgeon: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    ids = [f"c{number}" for number in range(800)]
    async with person(server, "Ada", 1) as ada:
        sender = Sender(ada)
        for first in range(0, 800, 40):
            await sender.send(*ids[first : first + 40])
            # In a moment of its own: before, in the middle of or after a transaction.
            await surgeon.execute("SELECT pg_sleep(random() * 0.02)")
            await surgeon.execute(CUT)
        await sender.all_acknowledged()
        await sender.send(*ids)
        await sender.all_acknowledged()

    log = await whole_log(server)
    assert [entry["seq"] for entry in log] == list(range(1, 801))
    assert {entry["client_id"]: entry["seq"] for entry in log} == sender.acknowledged


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
