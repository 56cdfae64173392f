"""Three instances on one PostgreSQL and one Redis are one server."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import asyncpg
import pytest

from tests.support.conversation import Event, Person, person, until, whole_log
from tests.support.redis import RedisServer, running_redis
from tests.support.servers import RoomServer, running_roomserver
from tests.support.town import Town, running_town

pytestmark = [pytest.mark.real, pytest.mark.slow]


@pytest.fixture
def own_redis() -> Iterator[RedisServer]:
    """A Redis that the test may hurt."""
    with running_redis() as redis:
        yield redis


@pytest.fixture
async def town(postgres_url: str, own_redis: RedisServer, tmp_path: Path) -> AsyncIterator[Town]:
    async with running_town(
        3, database_url=postgres_url, redis_url=own_redis.url, data_dir=tmp_path
    ) as servers:
        yield servers


async def test_what_is_done_on_one_instance_is_heard_on_the_others(town: Town) -> None:
    async with _everywhere(town) as (ada, ben, eve):
        sent = await ada.say("tea?")
        message_id = sent["message_id"]
        await ada.send(type="edit", message_id=message_id, content="coffee?")
        await ben.hear("message_edited")
        await ben.send(type="react", message_id=message_id, emoji="👍")
        reaction = await eve.hear("reaction")
        await ben.send(type="typing", is_typing=True)
        typing = await eve.hear("typing")
        await ben.send(type="read", message_id=message_id)
        read = await eve.hear("read")
        await ada.send(type="delete", message_id=message_id)
        deleted = await eve.hear("message_deleted")

    assert (reaction["seq"], reaction["emoji"], reaction["user_id"]) == (3, "👍", 2)
    assert typing["is_typing"] is True
    assert (read["user_id"], read["seq"], read["message_id"]) == (2, 1, message_id)
    assert deleted["seq"] == 4


async def test_all_hear_the_same_order_whoever_speaks(town: Town) -> None:
    async with _everywhere(town) as people:
        for number in range(15):
            for who in people:
                await who.send(type="message", content=f"{who.connected['user']} {number}")
        heard = [await _hear_messages(who, 45) for who in people]

    assert [message["seq"] for message in heard[0]] == list(range(1, 46))
    assert heard[0] == heard[1] == heard[2]


async def test_whoever_moves_to_another_instance_misses_nothing(town: Town) -> None:
    async with person(town[0], "Ada", 1) as ada:
        async with person(town[1], "Ben", 2) as ben:
            await ada.say("1")
            await ben.hear("message")
        await ada.say("2")
        await ada.say("3")

        resume = f"&since=1&epoch={ben.epoch}"
        async with person(town[2], "Ben", 2, query=resume) as moved:
            await ada.say("4")
            live = await moved.hear("message")

    assert [entry["content"] for entry in moved.connected["history"]] == ["2", "3"]
    assert live["content"] == "4"


async def test_a_retry_on_another_instance_gets_the_first_receipt(town: Town) -> None:
    async with _everywhere(town) as (ada, _ben, _eve):
        first = await ada.say("tea?", client_id="a")
        async with person(town[1], "Ada", 1) as elsewhere:
            again = await elsewhere.say("something else", client_id="a")

    assert again == first
    assert len(await whole_log(town[2])) == 1


async def test_people_are_counted_once_over_all_instances(town: Town) -> None:
    async with _everywhere(town) as (ada, _ben, _eve), person(town[1], "Ada", 1):
        await until(lambda: _stats(town[2])["total_connections"] == 4, within_s=10)
        stats = _stats(town[2])
        # The register is written once a second.
        await until(lambda: _online(town[0]) == ["Ada", "Ben", "Eve"], within_s=10)
        async with person(town[2], "Dan", 4) as dan:
            pass

    assert stats["rooms"] == {"1": {"connections": 4, "users": 3}}
    assert {each["username"] for each in dan.connected["active_users"]} == {
        "Ada",
        "Ben",
        "Eve",
        "Dan",
    }
    assert ada.connected["instance"] != dan.connected["instance"]


async def test_leaving_one_instance_of_two_is_not_told(town: Town) -> None:
    async with person(town[0], "Ada", 1) as ada:
        async with person(town[1], "Ben", 2):
            await ada.hear("user_joined")
            async with person(town[2], "Ben", 2):
                pass
            await ada.say("still two")
            events = [json.loads(await ada.connection.recv()) for _ in range(1)]
        left = await ada.hear("user_left")

    assert [event["type"] for event in events] == ["message"]
    assert left["user_id"] == 2


async def test_without_redis_nothing_waits_and_everything_crosses(
    town: Town, own_redis: RedisServer
) -> None:
    async with _everywhere(town) as (ada, ben, _eve):
        await ada.say("with")
        await ben.hear("message")
        await asyncio.to_thread(own_redis.kill)
        degraded = await ben.hear("degraded", lambda event: event["ok"] is False)
        slowest_s = 0.0
        for number in range(10):
            began_s = asyncio.get_running_loop().time()
            await ada.say(f"without {number}")
            slowest_s = max(slowest_s, asyncio.get_running_loop().time() - began_s)
        crossed = await _hear_messages(ben, 10)
        health = json.loads(await asyncio.to_thread(town[0].get, "/health"))
        await asyncio.to_thread(own_redis.start)
        back = await ben.hear("degraded", lambda event: event["ok"] is True)
        await ada.say("with again")
        again = await ben.hear("message")

    assert (degraded["component"], back["component"]) == ("redis", "redis")
    assert slowest_s < 1.0
    assert [message["content"] for message in crossed] == [f"without {n}" for n in range(10)]
    assert health["status"] == "degraded"
    assert again["content"] == "with again"


async def test_the_people_of_an_instance_that_crashed_are_told_as_gone(town: Town) -> None:
    async with person(town[0], "Ada", 1) as ada, person(town[1], "Ben", 2):
        await ada.hear("user_joined")
        began_s = asyncio.get_running_loop().time()
        town[1].kill()
        left = await ada.hear("user_left")
        took_s = asyncio.get_running_loop().time() - began_s

    assert left["user_id"] == 2
    assert took_s < 15


async def test_moving_away_from_an_instance_that_stops_is_not_told(town: Town) -> None:
    async with person(town[0], "Ada", 1) as ada:
        async with person(town[1], "Ben", 2) as ben:
            await ada.hear("user_joined")
            stopping = asyncio.create_task(asyncio.to_thread(town[1].terminate))
            await ben.hear_the_rest()
        async with person(town[2], "Ben", 2):
            await stopping
            # Longer than it takes to notice that the people of an instance are gone.
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(ada.hear("user_left"), 13)


async def test_a_room_that_is_held_is_slow_alone(town: Town, postgres_url: str) -> None:
    async with (
        person(town[0], "Ada", 1, room="1") as ada,
        person(town[0], "Ben", 2, room="2") as ben,
    ):
        holder = await asyncpg.connect(postgres_url)
        try:
            async with holder.transaction():
                await holder.execute("SELECT * FROM rooms WHERE id = 1 FOR UPDATE")
                await ada.send(type="message", content="held", client_id="held")
                slowest_s = 0.0
                for number in range(20):
                    began_s = asyncio.get_running_loop().time()
                    await ben.say(str(number))
                    slowest_s = max(slowest_s, asyncio.get_running_loop().time() - began_s)
                refused = await ada.hear("error")
        finally:
            await holder.close()
        sent = await ada.say("held", client_id="held")

    assert slowest_s < 1.0
    assert (refused["code"], refused["client_id"]) == ("storage_unavailable", "held")
    assert sent["seq"] == 1


async def test_two_processes_share_a_port(
    postgres_url: str, redis_url: str, tmp_path: Path
) -> None:
    options = ("--database-url", postgres_url, "--redis-url", redis_url, "--reuse-port")
    async with AsyncExitStack() as stack:
        first = stack.enter_context(running_roomserver(*options, data_dir=tmp_path))
        stack.enter_context(running_roomserver(*options, data_dir=tmp_path, port=first.port))
        people = [
            await stack.enter_async_context(person(first, f"P{number}", number))
            for number in range(1, 21)
        ]
        await people[0].say("hello all")
        heard = [await each.hear("message") for each in people]

    assert {message["content"] for message in heard} == {"hello all"}
    assert len({each.connected["instance"] for each in people}) == 2


@asynccontextmanager
async def _everywhere(town: Town) -> AsyncIterator[tuple[Person, Person, Person]]:
    async with (
        person(town[0], "Ada", 1) as ada,
        person(town[1], "Ben", 2) as ben,
        person(town[2], "Eve", 3) as eve,
    ):
        yield ada, ben, eve


async def _hear_messages(who: Person, count: int) -> list[Event]:
    return [await who.hear("message") for _ in range(count)]


def _stats(server: RoomServer) -> Event:
    stats: Event = json.loads(server.get("/ws/stats"))
    return stats


def _online(server: RoomServer) -> list[str]:
    members = json.loads(server.get("/api/v1/rooms/1/members"))["members"]
    return [each["username"] for each in members if each["online"]]
