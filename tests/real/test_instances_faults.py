"""What is left of a Redis or a PostgreSQL that fails under several instances."""

import asyncio
import json
import urllib.error
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.support.conversation import Event, Person, person, until
from tests.support.postgres import PostgresServer, running_postgres
from tests.support.redis import RedisServer, running_redis
from tests.support.servers import RoomServer, running_roomserver
from tests.support.town import Town, running_town

pytestmark = [pytest.mark.real, pytest.mark.slow]

HEAR_S_MAX = 20.0


class Talker:
    """Somebody who hears everything, and notes how long their own messages took."""

    def __init__(self, who: Person) -> None:
        self.seqs: list[int] = []
        self.slowest_s = 0.0
        self._who = who
        self._news = asyncio.Event()
        self._answers: asyncio.Queue[int] = asyncio.Queue()

    async def listen(self) -> None:
        async for frame in self._who.connection:
            event = json.loads(frame)
            match event["type"]:
                case "message":
                    self.seqs.append(event["data"]["seq"])
                case "message_sent":
                    self._answers.put_nowait(event["data"]["seq"])
                case "error":
                    raise AssertionError(event)
                case _:
                    pass
            self._news.set()

    async def talk(self, count: int) -> None:
        """Say that many things, one after the other."""
        for number in range(count):
            began_s = asyncio.get_running_loop().time()
            await self._who.send(type="message", content=str(number))
            async with asyncio.timeout(HEAR_S_MAX):
                await self._answers.get()
            self.slowest_s = max(self.slowest_s, asyncio.get_running_loop().time() - began_s)

    async def heard(self, count: int) -> None:
        """Wait until that many messages were heard."""
        async with asyncio.timeout(HEAR_S_MAX):
            while len(self.seqs) < count:
                self._news.clear()
                await self._news.wait()


@pytest.fixture
def own_redis() -> Iterator[RedisServer]:
    """A Redis that the test may hurt."""
    with running_redis() as server:
        yield server


@pytest.fixture
def own_postgres() -> Iterator[PostgresServer]:
    """A PostgreSQL that the test may hurt."""
    with running_postgres() as server:
        yield server


@pytest.fixture
async def town(postgres_url: str, own_redis: RedisServer, tmp_path: Path) -> AsyncIterator[Town]:
    async with running_town(
        3, database_url=postgres_url, redis_url=own_redis.url, data_dir=tmp_path
    ) as servers:
        yield servers


async def test_a_conversation_does_not_notice_that_redis_is_gone_and_back(
    town: Town, own_redis: RedisServer
) -> None:
    async with (
        person(town[0], "Ada", 1) as ada,
        person(town[1], "Ben", 2) as ben,
        person(town[2], "Eve", 3) as eve,
        _listening(ada, ben, eve) as talkers,
    ):
        talking = asyncio.gather(*(each.talk(50) for each in talkers))
        await talkers[0].heard(20)
        await asyncio.to_thread(own_redis.kill)
        await talkers[0].heard(100)
        await asyncio.to_thread(own_redis.start)
        await talking
        for each in talkers:
            await each.heard(150)

    for each in talkers:
        assert each.seqs == list(range(1, 151))
        assert each.slowest_s < 1.5


async def test_whoever_leaves_while_redis_is_away_is_told_when_it_is_back_and_nobody_else(
    town: Town, own_redis: RedisServer
) -> None:
    async with person(town[0], "Ada", 1) as ada, person(town[1], "Eve", 3):
        await ada.hear("user_joined")
        async with person(town[1], "Ben", 2) as ben:
            await ada.hear("user_joined")
            await asyncio.to_thread(own_redis.kill)
            for each in (ada, ben):
                await each.hear("degraded", lambda event: event["ok"] is False)
        await asyncio.to_thread(own_redis.start)
        told: list[Event] = []
        while not told or told[-1]["type"] != "user_left":
            told.append(json.loads(await asyncio.wait_for(ada.connection.recv(), HEAR_S_MAX)))

    assert told[-1]["data"]["user_id"] == 2
    assert [event["type"] for event in told] == ["degraded", "user_left"]


async def test_a_database_that_is_back_is_found_though_nobody_says_anything(
    own_postgres: PostgresServer, tmp_path: Path
) -> None:
    url = await own_postgres.create_database()
    with running_roomserver("--database-url", url, data_dir=tmp_path) as server:
        async with person(server, "Ada", 1) as ada:
            await ada.say("before")
            await asyncio.to_thread(own_postgres.kill)
            await ada.send(type="message", content="lost?", client_id="a")
            refused = await ada.hear("error")
            was_ready = await asyncio.to_thread(_is_ready, server)
            await asyncio.to_thread(own_postgres.start)
            await until(lambda: _is_ready(server), within_s=10)
            back = await ada.hear("degraded", lambda event: event["ok"] is True)

    assert refused["code"] == "storage_unavailable"
    assert not was_ready
    assert back["component"] == "database"


@asynccontextmanager
async def _listening(*people: Person) -> AsyncIterator[list[Talker]]:
    talkers = [Talker(who) for who in people]
    async with asyncio.TaskGroup() as tasks:
        listening = [tasks.create_task(talker.listen()) for talker in talkers]
        yield talkers
        for task in listening:
            task.cancel()


def _is_ready(server: RoomServer) -> bool:
    try:
        server.get("/health/ready")
    except urllib.error.HTTPError:
        return False
    return True
