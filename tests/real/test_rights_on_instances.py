"""A right that is lost on one instance is lost on all of them, within three seconds."""

import asyncio
import json
import urllib.error
import urllib.request
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

import pytest
from aiohttp import ClientSession

from roomserver.adapters.sql_postgresql import postgresql_database
from roomserver.adapters.sql_rights import SqlRights
from roomserver.adapters.system_clock import SystemClock
from roomserver.core.deeds import Decision
from roomserver.core.model import RoomId, User, UserId
from tests.support.conversation import person
from tests.support.following import following
from tests.support.servers import RoomServer
from tests.support.town import Town, running_town

pytestmark = [pytest.mark.real, pytest.mark.slow]

LOST_S_MAX: Final = 3.0


@pytest.fixture
async def town(postgres_url: str, tmp_path: Path) -> AsyncIterator[Town]:
    """Two instances that share a database and nothing else; Ada owns the room."""
    town = running_town(2, database_url=postgres_url, redis_url="", data_dir=tmp_path)
    async with town as servers:
        async with postgresql_database(postgres_url) as database:
            await SqlRights(database, SystemClock()).decide(
                Decision(
                    room_id=RoomId(1),
                    actor=User(UserId(1), "Ada"),
                    deed="set_role",
                    target=User(UserId(1), "Ada"),
                    grant={"role": "owner"},
                )
            )
        yield servers


async def decide(server: RoomServer, path: str, **what: object) -> int:
    """Let Ada decide something about the room, on one instance."""

    def ask() -> int:
        url = server.url + f"/api/v1/rooms/1/{path}?user_id=1&username=Ada"
        request = urllib.request.Request(url, json.dumps(what).encode(), method="PATCH")
        with urllib.request.urlopen(request) as answer:
            return int(answer.status)

    return await asyncio.to_thread(ask)


async def status_of(server: RoomServer, path: str) -> int:
    def ask() -> int:
        try:
            with urllib.request.urlopen(server.url + path) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code

    return await asyncio.to_thread(ask)


@pytest.mark.parametrize(
    ("path", "what", "code", "status"),
    [
        ("members/2", {"banned_until": "forever"}, "banned", 403),
        ("settings", {"private": True}, "forbidden", 404),
    ],
    ids=["banned", "made private"],
)
async def test_whoever_may_not_stay_is_out_on_the_other_instance_and_stays_out(
    town: Town, path: str, what: dict[str, object], code: str, status: int
) -> None:
    async with person(town[1], "Ben", 2) as ben:
        await asyncio.sleep(1.2)  # Ada's role was given behind the instances' backs
        assert await decide(town[0], path, **what) in (200, 204)
        began_s = asyncio.get_running_loop().time()
        events, close_code = await asyncio.wait_for(ben.hear_the_rest(), 10)
        took_s = asyncio.get_running_loop().time() - began_s

    assert close_code == 4403
    assert [event["data"]["code"] for event in events if event["type"] == "error"] == [code]
    assert took_s < LOST_S_MAX
    # The socket may have been closed by the one look, and requests be refused by the next.
    await asyncio.sleep(max(0.0, began_s + LOST_S_MAX - asyncio.get_running_loop().time()))
    later = await status_of(town[1], "/api/v1/rooms/1/messages?user_id=2&username=Ben")
    assert later == status


async def test_whoever_only_follows_is_out_too(town: Town) -> None:
    events = f"{town[1].url}/api/v1/rooms/1/events?user_id=2&username=Ben"
    async with ClientSession() as session, following(await session.get(events)) as ben:
        await ben.hear()
        await asyncio.sleep(1.2)
        await decide(town[0], "members/2", banned_until="forever")
        began_s = asyncio.get_running_loop().time()
        told, end = await ben.hear(), await ben.hear()
        took_s = asyncio.get_running_loop().time() - began_s

    assert told is not None
    assert (told["data"]["code"], end) == ("banned", None)
    assert took_s < LOST_S_MAX


async def test_whoever_is_muted_on_one_instance_is_muted_on_the_other(town: Town) -> None:
    async with person(town[1], "Ben", 2) as ben:
        await asyncio.sleep(1.2)
        await decide(town[0], "members/2", muted_until="forever")
        await asyncio.sleep(LOST_S_MAX - 0.5)
        await ben.send(type="message", content="hola")

        assert (await ben.hear("error"))["code"] == "muted"
