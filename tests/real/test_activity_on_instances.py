"""What happens in somebody's other rooms, when it happens on another instance."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.conversation import Event, Person, person
from tests.support.town import Town, running_town

pytestmark = [pytest.mark.real, pytest.mark.slow]

SAID = 40
PAUSE_S = 0.05


@pytest.fixture
async def town(postgres_url: str, redis_url: str, tmp_path: Path) -> AsyncIterator[Town]:
    town = running_town(2, database_url=postgres_url, redis_url=redis_url, data_dir=tmp_path)
    async with town as servers:
        yield servers


async def until_told(somebody: Person, unread: int) -> list[Event]:
    """Return what is told of the other rooms, up to where so much is unread."""
    told: list[Event] = []
    while not told or told[-1]["unread"] != unread:
        activity = await somebody.hear("room_activity")
        told += activity["rooms"]
    return told


async def test_it_is_told_with_its_counts_at_most_once_a_second_and_not_to_the_room_itself(
    town: Town,
) -> None:
    here, there = town
    async with person(there, "Ana", 1, room="books"):
        pass
    listening = person(here, "Ana", 1, room="general")
    reading = person(there, "Ana", 1, room="books")
    async with listening as ana, person(there, "Ben", 2, room="books") as ben:
        began_s = asyncio.get_running_loop().time()
        sent = []
        for number in range(SAID):
            sent.append(await ben.say("hola @ana" if number % 10 == 0 else "hola"))
            await asyncio.sleep(PAUSE_S)
        told = await until_told(ana, SAID)
        took_s = asyncio.get_running_loop().time() - began_s

        async with reading as elsewhere:
            await elsewhere.send(type="read", message_id=sent[-1]["message_id"])
            read = await until_told(ana, 0)
            await elsewhere.send(type="ping")
            heard = await heard_until_pong(elsewhere)

    [books] = {room["room_id"] for room in told}
    assert told[-1] == {"room_id": books, "last_seq": SAID, "unread": SAID, "mentions": 4}
    assert len(told) <= took_s + 1
    assert [room["unread"] for room in told] == sorted(room["unread"] for room in told)
    assert read[-1] == {"room_id": books, "last_seq": SAID, "unread": 0, "mentions": 0}
    assert "room_activity" not in heard


async def heard_until_pong(somebody: Person) -> list[str]:
    types: list[str] = []
    async with asyncio.timeout(20):
        while types[-1:] != ["pong"]:
            types.append(json.loads(await somebody.connection.recv())["type"])
    return types
