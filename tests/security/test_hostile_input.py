"""Texts and bodies that mean no good, at every place where something can be said."""

import gzip
import logging
import re
import resource
import subprocess
import sys
import zlib
from pathlib import Path

import pytest
from redis.asyncio import Redis

from roomserver.adapters.redis_client import redis_client
from roomserver.config import AuthConfig, DatabaseConfig, RedisConfig, ServerConfig
from roomserver.edge.keys import SERVER
from tests.support.application import Open
from tests.support.talk import Client, app_of, hear_until, join, say
from tests.support.visitors import PASSWORD, Browser, owner_of

SQL = (
    "'; DROP TABLE entries; --",
    '" OR ""="',
    "1); DELETE FROM rooms; --",
    "%' OR 1=1 --",
    "$1 :name ? {named} %s %(x)s",
    "\\'; SELECT pg_sleep(9); --",
)
KEYS = ("a:b", "roomserver:people:1", "x\\r\\nFLUSHALL\\r\\n", "*", "{1}", "a b", "ключ")
MEGABYTE = 2**20

_OF_IDS = re.compile(r"roomserver(:[a-z]+)?(:[0-9a-f]+)*")


@pytest.mark.parametrize("hostile", SQL)
async def test_what_looks_like_sql_is_text_wherever_it_stands(client: Client, hostile: str) -> None:
    who = {"user_id": "1", "username": hostile}
    socket = await client.ws_connect("/ws/1", params=who)
    await socket.receive_json()

    sent = await say(socket, hostile, client_id=hostile)
    again = await say_again(socket, hostile)
    made = await client.post("/api/v1/rooms", json={"name": hostile, "description": hostile})
    for query in ({"q": hostile}, {"q": "x", "before": hostile}, {"at": hostile}):
        place = "search" if "q" in query else "messages"
        answer = await client.get(f"/api/v1/rooms/1/{place}", params=query)
        assert answer.status in (200, 400)
    page = await (await client.get("/api/v1/rooms/1/messages")).json()
    members = await (await client.get("/api/v1/rooms/1/members")).json()

    assert again == sent
    assert [each["content"] for each in page["messages"]] == [hostile]
    assert [each["username"] for each in members["members"]] == [hostile]
    assert (made.status, (await made.json())["name"]) == (201, hostile)


async def say_again(socket: object, hostile: str) -> object:
    await hear_until(socket, "message")  # type: ignore[arg-type]
    return await say(socket, hostile, client_id=hostile)  # type: ignore[arg-type]


@pytest.mark.real
async def test_what_people_type_is_in_no_key_of_redis(
    open_app: Open, redis_url: str, tmp_path: Path
) -> None:
    server = ServerConfig(data_dir=str(tmp_path))
    client = await open_app(server=server, redis=RedisConfig(url=redis_url))
    for number, hostile in enumerate(KEYS, start=1):
        who = {"user_id": str(number), "username": hostile}
        socket = await client.ws_connect("/ws/1", params=who)
        await socket.receive_json()
        await socket.send_json({"type": "message", "content": hostile, "client_id": hostile})
        await hear_until(socket, "message_sent")
        await client.post("/api/v1/rooms", json={"name": hostile})

    async with redis_client(redis_url) as redis:
        keys = [key.decode() for key in await keys_of(redis)]

    assert len(keys) > 2
    assert [key for key in keys if not _OF_IDS.fullmatch(key)] == []


async def keys_of(redis: Redis) -> list[bytes]:
    return [key async for key in redis.scan_iter("*")]


@pytest.mark.real
async def test_a_nul_is_never_taken_for_a_database_that_is_away(
    open_app: Open, postgres_url: str, tmp_path: Path
) -> None:
    """PostgreSQL keeps no text with a NUL in it, and doesn't even compare with one."""
    client = await open_app(
        server=ServerConfig(data_dir=str(tmp_path)),
        auth=AuthConfig(mode="accounts", sign_up="open"),
        database=DatabaseConfig(url=postgres_url),
    )
    olga = await owner_of(client)
    room, token = "/api/v1/rooms/general", {"name": "robot", "rights": ["read"]}

    statuses = {
        (method, path): (await olga.request(method, path, body)).status
        for method, path, body in (
            ("POST", "/api/v1/session", {"username": "a\0b", "password": PASSWORD}),
            ("POST", "/api/v1/account", {"username": "a\0b", "password": PASSWORD}),
            ("POST", "/api/v1/guests", {"username": "a\0b", "invitation": "a\0b"}),
            ("POST", "/api/v1/join", {"token": "a\0b"}),
            ("POST", "/api/v1/account/tokens", {**token, "name": "a\0b"}),
            ("POST", "/api/v1/account/tokens", {**token, "rooms": ["a\0b"]}),
            ("POST", "/api/v1/rooms", {"name": "a\0b"}),
            ("PATCH", room, {"description": "a\0b"}),
            ("POST", f"{room}/messages", {"content": "a\0b"}),
            ("POST", f"{room}/messages", {"content": "a", "client_id": "a\0b"}),
            ("GET", f"{room}/search?q=a%00b", None),
            ("GET", f"{room}/messages?at=%00", None),
            ("GET", "/api/v1/rooms/a%00b", None),
            ("DELETE", "/api/v1/account/sessions/a%00b", None),
            ("DELETE", "/api/v1/account/tokens/a%00b", None),
        )
    }

    assert {asked: status for asked, status in statuses.items() if status >= 500} == {}
    assert (await client.get("/health/ready")).status == 200


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "gzip, gzip"])
async def test_a_body_that_swells_is_refused_and_memory_stays(
    client: Client, encoding: str
) -> None:
    packed = {
        "gzip": gzip.compress(bytes(64 * MEGABYTE)),
        "deflate": zlib.compress(bytes(64 * MEGABYTE)),
    }.get(encoding, gzip.compress(gzip.compress(bytes(64 * MEGABYTE))))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    answer = await client.post(
        "/api/v1/rooms",
        data=packed[: 60 * 1024],
        headers={"Content-Encoding": encoding, "Content-Type": "application/json"},
    )

    assert 400 <= answer.status < 500
    # In KiB on Linux: a few of the body's pieces may be there at once, never all of it.
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 32 * 1024


async def test_no_socket_is_compressed_whatever_is_asked_for(client: Client) -> None:
    socket = await client.ws_connect("/ws/1?user_id=1&username=Ada", compress=15)

    assert not socket.compress
    await socket.close()


async def test_nothing_that_is_said_or_opens_something_is_in_the_log(
    open_app: Open, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    client = await open_app(auth=AuthConfig(mode="accounts"))
    accounts = app_of(client)[SERVER].accounts
    assert accounts is not None
    olga = await owner_of(client)
    await Browser(client).sign_in("Olga", "a wrong but secret word")
    socket = await olga.join()
    await say(socket, "the words that were said")
    made = await (await olga.post("/api/v1/account/invitations", {})).json()
    token = await (
        await olga.post("/api/v1/account/tokens", {"name": "robot", "rights": ["read"]})
    ).json()
    await client.get(f"/api/v1/rooms?token={token['token']}")
    await client.get("/api/v1/rooms", headers={"Authorization": "Bearer rs_nobodys-secret"})
    await socket.close()

    assert olga.cookie is not None
    ours = [each for each in caplog.records if each.name.startswith("roomserver")]
    logged = "\n".join(str({**vars(each), "msg": each.getMessage()}) for each in ours)
    for secret in (
        *("a wrong but secret word", PASSWORD, "the words that were said", "nobodys-secret"),
        *(made["invitation"], token["token"], olga.cookie.partition("=")[2]),
    ):
        assert secret not in logged


@pytest.mark.slow
def test_a_configuration_that_is_wrong_starts_nothing(tmp_path: Path) -> None:
    config = tmp_path / "roomserver.toml"
    config.write_text(
        "[server]\nport = 70000\nhosts = 1\n[limits]\nmessages_burst = 0\n"
        "[auth]\nmode = 'nobody'\n[log]\nlevel = 'loud'\n"
    )
    folder = tmp_path / "data"
    command = [sys.executable, "-m", "roomserver", "serve", "--config", str(config)]
    command += ["--data-dir", str(folder)]

    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)

    assert done.returncode == 2
    for place in ("port", "hosts", "messages_burst", "mode", "level"):
        assert place in done.stderr
    assert not folder.exists()


async def test_a_message_of_thousands_of_lines_is_kept_as_it_is(client: Client) -> None:
    socket, connected = await join(client)
    lines = "a" + "\n" * (connected["limits"]["message_chars_max"] - 2) + "b"
    await say(socket, lines)
    await socket.send_json({"type": "message", "content": "a" + "\n" * 10_000 + "b"})

    assert (await hear_until(socket, "error"))["code"] == "message_too_long"
    page = await (await client.get("/api/v1/rooms/1/messages")).json()
    assert [each["content"] for each in page["messages"]] == [lines]
