"""Redis dies, hangs, forgets or remembers too much: nothing waits for it, and nothing is wrong."""

import asyncio
import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import asyncpg
import pytest
from redis.asyncio import Redis

from tests.support.conversation import Event, Person, person, until, whole_log
from tests.support.redis import RedisServer, running_redis
from tests.support.servers import RoomServer, running_roomserver

pytestmark = [pytest.mark.slow, pytest.mark.real]

ACK_S_P99 = 0.5
"""What 99 of 100 acknowledgements may take while Redis is away."""

NO_LIMITS = {
    "ROOMSERVER_LIMITS_MESSAGES_PER_SECOND": "100000",
    "ROOMSERVER_LIMITS_MESSAGES_BURST": "100000",
}


@pytest.fixture(scope="module")
def sturdy_redis() -> Iterator[RedisServer]:
    with running_redis() as server:
        yield server


@pytest.fixture
def own_redis(sturdy_redis: RedisServer) -> Iterator[RedisServer]:
    """One that the test may hurt, and that is well again afterwards."""
    sturdy_redis.flush()
    yield sturdy_redis
    come_back(sturdy_redis)


@pytest.fixture
def server(own_redis: RedisServer, postgres_url: str, tmp_path: Path) -> Iterator[RoomServer]:
    options = ("--database-url", postgres_url, "--redis-url", own_redis.url)
    with running_roomserver(*options, data_dir=tmp_path, environ=NO_LIMITS) as running:
        yield running


def come_back(redis: RedisServer) -> None:
    if redis.program.is_running:
        redis.resume()
    else:
        redis.start()


def health(server: RoomServer) -> str:
    status: str = json.loads(server.get("/health"))["status"]
    return status


async def say_many(who: Person, count: int) -> list[float]:
    """Say *count* things one after the other; return how long each acknowledgement took."""
    loop = asyncio.get_running_loop()
    took_s = []
    for number in range(count):
        began_s = loop.time()
        await who.say(f"message {number}")
        took_s.append(loop.time() - began_s)
    return took_s


async def history_of_a_newcomer(server: RoomServer, *, user_id: int = 9) -> list[Event]:
    async with person(server, "New", user_id) as newcomer:
        history: list[Event] = newcomer.connected["history"]
    return history


async def everything_remembered(redis: RedisServer) -> Mapping[bytes, bytes]:
    """Return what an operator's backup of Redis would have."""
    async with Redis.from_url(redis.url) as client:
        found: dict[bytes, bytes] = {}
        async for key in client.scan_iter("roomserver:recent:*"):
            if (dump := await client.dump(key)) is not None:
                found[key] = dump
        return found


async def restore(redis: RedisServer, dumps: Mapping[bytes, bytes]) -> None:
    async with Redis.from_url(redis.url) as client:
        for key, dump in dumps.items():
            await client.restore(key, 0, dump, replace=True)


@pytest.mark.parametrize("fault", [RedisServer.kill, RedisServer.pause])
async def test_no_acknowledgement_waits_for_a_redis_that_is_away(
    server: RoomServer, own_redis: RedisServer, fault: Callable[[RedisServer], None]
) -> None:
    async with person(server, "Ada", 1) as ada, person(server, "Ben", 2) as ben:
        await say_many(ada, 20)

        await asyncio.to_thread(fault, own_redis)
        took_s = await say_many(ada, 200)
        history = await history_of_a_newcomer(server)
        away = await ben.hear("degraded")
        assert await asyncio.to_thread(health, server) == "degraded"

        await asyncio.to_thread(come_back, own_redis)
        back = await ben.hear("degraded")
        await until(lambda: health(server) == "ok", within_s=10)
        await say_many(ada, 20)

    assert sorted(took_s)[int(len(took_s) * 0.99)] < ACK_S_P99
    assert [entry["seq"] for entry in history] == list(range(171, 221))
    assert (away["component"], away["ok"]) == ("redis", False)
    assert (back["component"], back["ok"]) == ("redis", True)
    log = await whole_log(server)
    assert [entry["seq"] for entry in log] == list(range(1, 241))
    assert await history_of_a_newcomer(server) == log[-50:]


async def test_a_redis_that_was_emptied_changes_no_history(
    server: RoomServer, own_redis: RedisServer
) -> None:
    async with person(server, "Ada", 1) as ada:
        await say_many(ada, 60)
        before = await history_of_a_newcomer(server)

        own_redis.flush()
        at_once = await history_of_a_newcomer(server)
        await say_many(ada, 3)
        afterwards = await history_of_a_newcomer(server)

    log = await whole_log(server)
    assert before == at_once == log[10:60]
    assert afterwards == log[-50:]


async def test_a_redis_that_was_restored_from_an_old_dump_changes_no_history(
    server: RoomServer, own_redis: RedisServer
) -> None:
    async with person(server, "Ada", 1) as ada:
        await say_many(ada, 60)
        await history_of_a_newcomer(server)
        old = await everything_remembered(own_redis)
        assert old != {}
        await say_many(ada, 5)

        await restore(own_redis, old)
        at_once = await history_of_a_newcomer(server)
        await restore(own_redis, old)
        await say_many(ada, 1)
        afterwards = await history_of_a_newcomer(server)

    log = await whole_log(server)
    assert at_once == log[15:65]
    assert afterwards == log[-50:]


async def test_an_old_dump_does_not_bring_back_what_was_deleted(
    server: RoomServer, own_redis: RedisServer
) -> None:
    async with person(server, "Ada", 1) as ada:
        secret = await ada.say("a secret")
        old = await everything_remembered_of(own_redis, b"a secret")
        await ada.send(type="delete", message_id=secret["message_id"])
        await ada.hear("message_deleted")

        await restore(own_redis, old)
        await ada.say("next")
        history = await history_of_a_newcomer(server)

    assert "a secret" not in json.dumps(history)
    assert [entry["seq"] for entry in history] == [1, 2, 3]


async def test_a_database_restored_from_a_backup_is_believed_and_not_redis(
    server: RoomServer, own_redis: RedisServer, postgres_url: str
) -> None:
    async with person(server, "Ada", 1) as ada:
        await say_many(ada, 10)
    await everything_remembered_of(own_redis, b"message 9")
    await asyncio.to_thread(server.terminate)
    await forget_all_behind(postgres_url, 5)
    await asyncio.to_thread(server.restart)

    async with person(server, "Ada", 1, query=f"&since=10&epoch={ada.epoch}") as ada:
        first = ada.connected
        sent = await ada.say("after the backup")
        history = await history_of_a_newcomer(server)

    assert first["resync"]
    assert [entry["seq"] for entry in first["history"]] == [1, 2, 3, 4, 5]
    assert (first["last_seq"], sent["seq"]) == (5, 6)
    assert [entry["content"] for entry in history] == [
        *(f"message {number}" for number in range(5)),
        "after the backup",
    ]


async def everything_remembered_of(redis: RedisServer, text: bytes) -> Mapping[bytes, bytes]:
    """Return what a backup of Redis has as soon as it has *text*."""
    async with asyncio.timeout(10):
        while True:
            dumps = await everything_remembered(redis)
            if any(text in dump for dump in dumps.values()):
                return dumps
            await asyncio.sleep(0.02)


async def forget_all_behind(postgres_url: str, seq: int) -> None:
    """Make the database what a backup of it was when the log ended at *seq*."""
    connection = await asyncpg.connect(postgres_url)
    try:
        await connection.execute("UPDATE members SET read_seq = 0")
        await connection.execute("DELETE FROM entries WHERE seq > $1", seq)
        await connection.execute("UPDATE rooms SET last_seq = least(last_seq, $1)", seq)
    finally:
        await connection.close()
