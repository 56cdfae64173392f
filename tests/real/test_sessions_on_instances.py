"""A session that ends on one instance ends on all of them, within three seconds."""

import asyncio
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Final

import aiohttp
import pytest

from tests.support.servers import RoomServer, running_roomserver

pytestmark = [pytest.mark.real, pytest.mark.slow]

LOST_S_MAX: Final = 3.0
PASSWORD: Final = "a good password"  # noqa: S105 - a test's
ACCOUNTS: Final = {"ROOMSERVER_AUTH_MODE": "accounts", "ROOMSERVER_AUTH_SIGN_UP": "open"}


class Person:
    """A browser of somebody with an account, which may talk to any instance."""

    def __init__(self) -> None:
        self.cookies: dict[str, str] = {}

    async def ask(self, server: RoomServer, method: str, path: str, body: object = None) -> int:
        async with (
            aiohttp.ClientSession(cookies=self.cookies) as session,
            session.request(
                method, server.url + path, json=body, headers=_origin(server)
            ) as answer,
        ):
            self.cookies |= {name: morsel.value for name, morsel in answer.cookies.items()}
            return answer.status

    async def closed_after_s(
        self, server: RoomServer, event: Callable[[], Awaitable[object]]
    ) -> tuple[int | None, float]:
        """Join on *server*, let *event* happen, return the close code and how long it took."""
        async with (
            aiohttp.ClientSession(cookies=self.cookies) as session,
            session.ws_connect(server.url + "/ws/general", headers=_origin(server)) as socket,
        ):
            await socket.receive_json()
            await event()
            began_s = time.monotonic()
            async with asyncio.timeout(10):
                async for _frame in socket:
                    pass
            return socket.close_code, time.monotonic() - began_s


@pytest.fixture
async def servers(
    postgres_url: str, tmp_path: Path
) -> AsyncIterator[tuple[RoomServer, RoomServer]]:
    """Two instances that share a database and nothing else."""
    options = ("--database-url", postgres_url)
    with (
        running_roomserver(*options, data_dir=tmp_path, environ=ACCOUNTS) as one,
        running_roomserver(*options, data_dir=tmp_path, environ=ACCOUNTS) as two,
    ):
        yield one, two


async def test_a_session_is_good_on_every_instance_and_ends_on_every_one(
    servers: tuple[RoomServer, RoomServer],
) -> None:
    one, two = servers
    ana = Person()
    body = {"username": "Ana", "password": PASSWORD}
    assert await ana.ask(one, "POST", "/api/v1/account", body) == 201
    before = dict(ana.cookies)

    code, took_s = await ana.closed_after_s(
        two, lambda: ana.ask(one, "DELETE", "/api/v1/session?everywhere=true")
    )

    assert (code, took_s < LOST_S_MAX) == (4401, True)
    ana.cookies = before
    assert await ana.ask(two, "GET", "/api/v1/rooms") == 401


async def test_a_new_password_and_a_disabled_account_end_what_is_open_elsewhere(
    servers: tuple[RoomServer, RoomServer],
) -> None:
    one, two = servers
    one.program.wait_for(r"/set-up#\S+", within_s=10)
    two.program.wait_for(r"/set-up#\S+", within_s=10)
    links = [re.search(r"/set-up#(\S+)", server.log) for server in (one, two)]
    olga, ana, phone = Person(), Person(), Person()
    owners = [
        await olga.ask(
            one,
            "POST",
            "/api/v1/set-up",
            {"username": "Olga", "password": PASSWORD, "link": link[1]},
        )
        for link in links
        if link
    ]
    assert sorted(owners) == [201, 403], "the newest link is the good one"
    body = {"username": "Ana", "password": PASSWORD}
    await ana.ask(one, "POST", "/api/v1/account", body)
    await phone.ask(two, "POST", "/api/v1/session", body)

    change = {"old_password": PASSWORD, "new_password": "another good one"}
    code, took_s = await phone.closed_after_s(
        two, lambda: ana.ask(one, "POST", "/api/v1/account/password", change)
    )
    assert (code, took_s < LOST_S_MAX) == (4401, True)

    async with (
        aiohttp.ClientSession(cookies=ana.cookies) as session,
        session.get(one.url + "/api/v1/session") as answer,
    ):
        number = (await answer.json())["user"]["user_id"]
    code, took_s = await ana.closed_after_s(
        two, lambda: olga.ask(one, "PATCH", f"/api/v1/users/{number}", {"is_disabled": True})
    )
    assert (code, took_s < LOST_S_MAX) == (4401, True)


def _origin(server: RoomServer) -> dict[str, str]:
    return {"Origin": server.url}
