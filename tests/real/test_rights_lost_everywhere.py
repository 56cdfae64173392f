"""
What somebody may no longer do ends on the other instance too, at every door, within 3 s.

Two instances on one PostgreSQL and one Redis. Something is taken back on one of them; on the
other there are a socket and a stream of events open, and requests are made.
"""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import aiohttp
import pytest

from roomserver.adapters.jwt_tokens import signed_token
from tests.support.postgres import PostgresServer
from tests.support.redis import RedisServer
from tests.support.servers import RoomServer, running_roomserver

pytestmark = [pytest.mark.real, pytest.mark.slow]

LOST_S_MAX: Final = 3.0
PASSWORD: Final = "a good password"  # noqa: S105 - a test's
SECRET: Final = "a secret that is long enough for HS256"  # noqa: S105 - a test's
ACCOUNTS: Final = {"ROOMSERVER_AUTH_MODE": "accounts", "ROOMSERVER_AUTH_SIGN_UP": "open"}
TOKENS: Final = {
    "ROOMSERVER_AUTH_MODE": "tokens",
    "ROOMSERVER_AUTH_TOKEN_SECRET": SECRET,
    "ROOMSERVER_AUTH_TOKEN_AUDIENCE": "rooms",
    "ROOMSERVER_AUTH_TOKEN_ISSUER": "https://app.example",
    "ROOMSERVER_AUTH_TOKEN_LEEWAY_S": "0",
}

Pair = tuple[RoomServer, RoomServer]
Deed = Callable[[], Awaitable[object]]


@dataclass
class Somebody:
    """Who shows a cookie or a token, to whatever instance."""

    session: aiohttp.ClientSession
    headers: dict[str, str] = field(default_factory=dict)
    user_id: int = 0

    async def ask(
        self, server: RoomServer, method: str, path: str, body: object = None
    ) -> tuple[int, Any]:
        headers = self.headers | {"Origin": server.url}
        url = server.url + path
        async with self.session.request(method, url, json=body, headers=headers) as answer:
            for name, morsel in answer.cookies.items():
                self.headers = {"Cookie": f"{name}={morsel.value}"}
            text = await answer.text()
            return answer.status, json.loads(text) if text else None

    async def must(self, server: RoomServer, method: str, path: str, body: object = None) -> Any:
        status, answer = await self.ask(server, method, path, body)
        assert status in (200, 201, 204), answer
        return answer

    async def sign_up(self, server: RoomServer, name: str) -> "Somebody":
        body = {"username": name, "password": PASSWORD}
        self.user_id = (await self.must(server, "POST", "/api/v1/account", body))["user_id"]
        return self


@dataclass(frozen=True)
class Loss:
    """What is taken back from whom, and how that is told at the doors of a room."""

    whose: Somebody
    room: str
    deed: Deed
    code: str
    close_code: int
    status: int


@pytest.fixture(scope="module")
def pair(
    postgres_server: PostgresServer,
    redis_server: RedisServer,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Pair]:
    yield from running_pair(ACCOUNTS, postgres_server, redis_server, tmp_path_factory)


@pytest.fixture(scope="module")
def pair_of_tokens(
    postgres_server: PostgresServer,
    redis_server: RedisServer,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Pair]:
    yield from running_pair(TOKENS, postgres_server, redis_server, tmp_path_factory)


def running_pair(
    environ: dict[str, str],
    postgres_server: PostgresServer,
    redis_server: RedisServer,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Pair]:
    redis_server.flush()
    url = asyncio.run(postgres_server.create_database())
    options = ("--database-url", url, "--redis-url", redis_server.url)
    with ExitStack() as stack:
        folder: Path = tmp_path_factory.mktemp("pair")
        # One after the other, so that the second one's link of set-up is the good one.
        one, two = (
            stack.enter_context(running_roomserver(*options, data_dir=folder, environ=environ))
            for _ in range(2)
        )
        yield one, two
    asyncio.run(postgres_server.drop_database(url))


@asynccontextmanager
async def sessions() -> AsyncIterator[Callable[[], Somebody]]:
    jar, connector = aiohttp.DummyCookieJar(), aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(cookie_jar=jar, connector=connector) as session:
        yield lambda: Somebody(session)


async def test_whatever_is_taken_back_ends_on_the_other_instance_at_every_door(
    pair: Pair,
) -> None:
    one, two = pair
    async with sessions() as somebody:
        olga = somebody()
        link = two.program.wait_for(r"/set-up#(\S+)", within_s=20)[1]
        body = {"username": "Olga", "password": PASSWORD, "link": link}
        await olga.must(one, "POST", "/api/v1/set-up", body)
        names = ("Ban", "Kim", "Pia", "Dis", "Sam", "Mo")
        ban, kim, pia, dis, sam, mo = [await somebody().sign_up(one, name) for name in names]
        for name in ("Cellar", "Hall"):
            await olga.must(one, "POST", "/api/v1/rooms", {"name": name})
        await olga.must(one, "PATCH", "/api/v1/rooms/cellar/settings", {"private": True})
        cellar = "/api/v1/rooms/cellar/members"
        await olga.must(one, "PATCH", f"{cellar}/{kim.user_id}", {"role": "member"})
        role = f"/api/v1/rooms/general/members/{mo.user_id}"
        await olga.must(one, "PATCH", role, {"role": "moderator"})
        made = await olga.must(
            one, "POST", "/api/v1/account/tokens", {"name": "robot", "rights": ["read", "write"]}
        )
        robot = Somebody(olga.session, {"Authorization": f"Bearer {made['token']}"})

        def by_olga(method: str, path: str, what: object = None) -> Deed:
            return lambda: olga.must(one, method, path, what)

        general = f"/api/v1/rooms/general/members/{ban.user_id}"
        losses = {
            "banned": Loss(
                ban,
                "general",
                by_olga("PATCH", general, {"banned_until": "forever"}),
                *("banned", 4403, 403),
            ),
            "kicked": Loss(
                kim,
                "cellar",
                by_olga("DELETE", f"{cellar}/{kim.user_id}"),
                *("forbidden", 4403, 404),
            ),
            "room made private": Loss(
                pia,
                "hall",
                by_olga("PATCH", "/api/v1/rooms/hall/settings", {"private": True}),
                *("forbidden", 4403, 404),
            ),
            "account disabled": Loss(
                dis,
                "general",
                by_olga("PATCH", f"/api/v1/users/{dis.user_id}", {"is_disabled": True}),
                *("unauthorized", 4401, 401),
            ),
            "session signed out": Loss(
                sam,
                "general",
                lambda: sam.must(one, "DELETE", "/api/v1/account/sessions/" + this_session),
                *("unauthorized", 4401, 401),
            ),
            "token revoked": Loss(
                robot,
                "general",
                by_olga("DELETE", f"/api/v1/account/tokens/{made['id']}"),
                *("unauthorized", 4401, 401),
            ),
        }
        listed = await sam.must(one, "GET", "/api/v1/account/sessions")
        this_session = str(listed["sessions"][0]["id"])

        found = await asyncio.gather(*(doors_close(two, loss) for loss in losses.values()))

        assert dict(zip(losses, found, strict=True)) == {
            name: {
                "socket": (loss.code, loss.close_code),
                "events": loss.code,
                "history": loss.status,
                "posting": loss.status,
                "late": [],
            }
            for name, loss in losses.items()
        }

        # A role that is lost ends no stay: what it gave ends.
        mute = {"muted_until": "forever"}
        path = f"/api/v1/rooms/general/members/{sam.user_id}"
        assert (await mo.ask(two, "PATCH", path, mute))[0] == 204
        await by_olga("PATCH", role, {"role": "member"})()
        began_s = time.monotonic()
        assert await status_until(403, lambda: mo.ask(two, "PATCH", path, mute)) == 403
        assert time.monotonic() - began_s < LOST_S_MAX


async def test_an_expired_token_ends_at_every_door_of_every_instance(pair_of_tokens: Pair) -> None:
    now_s = int(time.time())
    claims = {"sub": "7", "name": "Ana", "aud": "rooms", "iss": "https://app.example"}
    token = signed_token(SECRET, {**claims, "iat": now_s, "exp": now_s + 6})
    async with sessions() as somebody:
        ana = somebody()
        ana.headers = {"Authorization": f"Bearer {token}"}

        async def expire() -> None:
            await asyncio.sleep(max(0.0, now_s + 6 - time.time()))

        loss = Loss(ana, "general", expire, "token_expired", 4401, 401)
        found = await asyncio.gather(*(doors_close(server, loss) for server in pair_of_tokens))

    for each in found:
        assert each == {
            "socket": ("token_expired", 4401),
            "events": "token_expired",
            "history": 401,
            "posting": 401,
            "late": [],
        }


async def test_slow_mode_holds_over_all_instances(pair: Pair) -> None:
    one, two = pair
    async with sessions() as somebody:
        eva = await somebody().sign_up(one, "Eva")
        await eva.must(one, "POST", "/api/v1/rooms", {"name": "Slow"})
        settings = "/api/v1/rooms/slow/settings"
        await eva.must(one, "PATCH", settings, {"slow_mode_s": 600})
        async with asyncio.timeout(LOST_S_MAX):
            # The other instance may have looked at the room between the two.
            while (await eva.must(two, "GET", settings))["slow_mode_s"] != 600:
                await asyncio.sleep(0.05)
        ivo = await somebody().sign_up(two, "Ivo")
        path = "/api/v1/rooms/slow/messages"

        first, _ = await ivo.ask(one, "POST", path, {"content": "hola", "client_id": "a"})
        again, _ = await ivo.ask(two, "POST", path, {"content": "hola", "client_id": "a"})
        second, refusal = await ivo.ask(two, "POST", path, {"content": "otra", "client_id": "b"})

    assert first == 201
    assert again in (200, 201)
    assert (second, refusal["data"]["code"]) == (429, "rate_limited")
    assert refusal["data"]["retry_after_ms"] > 500_000


async def test_guessing_is_slowed_down_over_all_instances(pair: Pair) -> None:
    async with sessions() as somebody:
        body = {"username": "Nobody", "password": "a guess like any other"}
        statuses = [
            (await somebody().ask(pair[number % 2], "POST", "/api/v1/session", body))[0]
            for number in range(12)
        ]

    assert 401 in statuses[:2]
    assert statuses[-1] == 429


async def doors_close(server: RoomServer, loss: Loss) -> dict[str, object]:
    """Open all doors on *server*, let it happen, and tell how each was closed."""
    headers = loss.whose.headers | {"Origin": server.url}
    room, session = f"/api/v1/rooms/{loss.room}", loss.whose.session
    async with (
        session.ws_connect(server.url + f"/ws/{loss.room}", headers=headers) as socket,
        session.get(server.url + room + "/events", headers=headers) as stream,
    ):
        assert (await socket.receive_json(timeout=20))["type"] == "connected"
        assert b"retry" in await asyncio.wait_for(stream.content.readline(), 20)
        message = {"content": "hola"}
        assert (await loss.whose.ask(server, "POST", room + "/messages", message))[0] == 201

        await loss.deed()
        began_s = time.monotonic()

        async def timed(name: str, door: Awaitable[object]) -> tuple[str, object, float]:
            return name, await asyncio.wait_for(door, 20), time.monotonic() - began_s

        ask = loss.whose.ask
        told = await asyncio.gather(
            timed("socket", farewell_of(socket)),
            timed("events", last_error(stream)),
            timed(
                "history",
                status_until(loss.status, lambda: ask(server, "GET", room + "/messages")),
            ),
            timed(
                "posting",
                status_until(loss.status, lambda: ask(server, "POST", room + "/messages", message)),
            ),
        )
    late = [(name, took_s) for name, _, took_s in told if took_s >= LOST_S_MAX]
    return {**{name: what for name, what, _ in told}, "late": late}


async def farewell_of(socket: aiohttp.ClientWebSocketResponse) -> tuple[str, int | None]:
    code = ""
    async for frame in socket:
        event = json.loads(frame.data)
        if event["type"] == "error":
            code = event["data"]["code"]
    return code, socket.close_code


async def last_error(stream: aiohttp.ClientResponse) -> str:
    code = ""
    async for line in stream.content:
        if line.startswith(b"data:") and (event := json.loads(line[5:]))["type"] == "error":
            code = event["data"]["code"]
    return code


async def status_until(status: int, ask: Callable[[], Awaitable[tuple[int, Any]]]) -> int:
    """Ask until it is answered like this, and return that."""
    while (await ask())[0] != status:
        await asyncio.sleep(0.05)
    return status
