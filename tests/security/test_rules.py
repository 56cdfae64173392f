"""Rules that no other suite has a claim for; ``docs/security.md`` maps all of them."""

import asyncio
import re
import threading
import tomllib
from importlib.metadata import version
from pathlib import Path

import pytest
from aiohttp import WSServerHandshakeError, web
from aiohttp.test_utils import make_mocked_request
from sqlalchemy import text

from roomserver.adapters.argon2_passwords import THREADS, WAITING_MAX, Argon2Passwords
from roomserver.adapters.sql_sqlite import sqlite_database
from roomserver.cli.serving import KEEP_ALIVE_S
from roomserver.config import ServerConfig
from roomserver.core.errors import RateLimited
from roomserver.core.limits import Limits
from roomserver.edge import body
from roomserver.edge.caller import address_of
from roomserver.edge.keys import SITE, Site
from roomserver.edge.middleware import SECURITY_HEADERS
from tests.support.application import Open
from tests.support.databases import writing
from tests.support.servers import RoomServer, running_roomserver
from tests.support.talk import Client, join

ROOT = Path(__file__).parents[2]


def test_libraries_with_known_holes_are_too_old() -> None:
    """Before these, aiohttp took memory without bound, and PyJWT a public key for a secret."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]

    assert "aiohttp>=3.14.4,<3.15" in project["dependencies"]
    assert tuple(map(int, version("aiohttp").split(".")[:3])) >= (3, 14, 4)
    assert any(each.lower().startswith("pyjwt>=2.15") for each in project["dependencies"])
    assert tuple(map(int, version("pyjwt").split(".")[:2])) >= (2, 15)


def test_an_idle_connection_is_kept_for_a_quarter_of_a_minute() -> None:
    assert KEEP_ALIVE_S == 15.0


def test_the_page_may_load_nothing_but_its_own() -> None:
    assert SECURITY_HEADERS["Content-Security-Policy"] == (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
        "connect-src 'self'; manifest-src 'self'; worker-src 'self'; base-uri 'none'; "
        "form-action 'self'; frame-ancestors 'none'; require-trusted-types-for 'script'"
    )
    assert SECURITY_HEADERS["Cross-Origin-Opener-Policy"] == "same-origin"
    assert SECURITY_HEADERS["Cross-Origin-Resource-Policy"] == "same-origin"
    assert not re.search(r"\d", SECURITY_HEADERS["Server"])


@pytest.mark.parametrize(
    ("proxies", "forwarded", "address"),
    [
        ((), "203.0.113.9", "192.0.2.1"),
        (("10.0.0.0/8",), "203.0.113.9", "192.0.2.1"),
        (("192.0.2.0/24",), "203.0.113.9", "203.0.113.9"),
        (("192.0.2.0/24",), "127.0.0.1, 203.0.113.9", "203.0.113.9"),
        (("192.0.2.0/24", "10.0.0.0/8"), "203.0.113.9, 10.0.0.5", "203.0.113.9"),
        (("192.0.2.0/24",), "", "192.0.2.1"),
    ],
)
def test_an_address_is_what_a_trusted_proxy_says(
    proxies: tuple[str, ...], forwarded: str, address: str
) -> None:
    app = web.Application()
    app[SITE] = Site(version="", is_on_network=True, trusted_proxies=proxies)
    headers = {"X-Forwarded-For": forwarded} if forwarded else {}

    request = make_mocked_request("GET", "/", headers=headers, app=app)

    assert address_of(request.clone(remote="192.0.2.1")) == address


async def test_a_forged_forwarded_header_does_not_make_two_addresses_of_one(
    open_app: Open,
) -> None:
    client = await open_app(limits=Limits(connections_per_address_max=1))
    await client.ws_connect(
        "/ws/1?user_id=1&username=Ada", headers={"X-Forwarded-For": "203.0.113.1"}
    )

    with pytest.raises(WSServerHandshakeError) as refused:
        await client.ws_connect(
            "/ws/1?user_id=2&username=Ben", headers={"X-Forwarded-For": "203.0.113.2"}
        )

    assert refused.value.status == 429


async def test_signing_in_takes_no_more_than_two_threads_and_a_short_queue() -> None:
    passwords = Argon2Passwords(time_cost=1, memory_kib=64)
    hashed = await passwords.hash("correct horse battery")

    outcomes = await asyncio.gather(
        *(passwords.is_right(hashed, "correct horse battery") for _ in range(100)),
        return_exceptions=True,
    )
    later = await passwords.is_right(hashed, "correct horse battery")
    names = {each.name for each in threading.enumerate() if each.name.startswith("argon2")}
    passwords.close()

    assert outcomes.count(True) == WAITING_MAX
    assert sum(isinstance(each, RateLimited) for each in outcomes) == 100 - WAITING_MAX
    assert later
    assert len(names) <= THREADS


async def test_a_body_that_does_not_come_is_not_waited_for(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(body, "BODY_S_MAX", 0.05)
    reader, writer = await asyncio.open_connection(client.host, client.port)
    writer.write(b"POST /api/v1/rooms HTTP/1.1\r\nHost: localhost\r\nContent-Length: 20\r\n\r\n{")

    status = await asyncio.wait_for(reader.readline(), 5)
    writer.close()

    assert status.startswith(b"HTTP/1.1 408")


async def test_one_bad_row_keeps_nobody_from_the_rest(open_app: Open, tmp_path: Path) -> None:
    client = await open_app(server=ServerConfig(data_dir=str(tmp_path)))
    ada, _ = await join(client)
    for content in ("one", "two", "three"):
        await ada.send_json({"type": "message", "content": content})
    while (await ada.receive_json(timeout=5))["data"].get("content") != "three":
        pass
    opened = sqlite_database(tmp_path / "roomserver.sqlite3")
    async with opened as database, writing(database) as tx:
        await tx.execute(text("UPDATE entries SET kind = 'riddle' WHERE seq = 1"))
        await tx.execute(text("UPDATE entries SET content = x'ff' WHERE seq = 2"))

    page = await (await client.get("/api/v1/rooms/1/messages?before=4")).json()

    assert [(m["seq"], m["content"], m.get("deleted")) for m in page["messages"]] == [
        (1, "", True),
        (2, "", True),
        (3, "three", None),
    ]


@pytest.mark.real
@pytest.mark.slow
async def test_what_clients_send_makes_one_line_of_the_log_each(tmp_path: Path) -> None:
    with running_roomserver(data_dir=tmp_path) as server:
        for said in (b"nonsense\r\n\r\n", b"GET / HTTP/1.1\r\nHost: a\r\nX: \x1b[31m\x01\r\n\r\n"):
            await _say(server, said)
        await _say(server, b"GET /ws/1?user_id=1&username=a%0A%1B[31mERROR HTTP/1.1\r\n\r\n")
        log = server.log

    assert "Traceback" not in log
    assert "\x1b" not in log


async def _say(server: RoomServer, said: bytes) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(said)
    writer.write_eof()
    await asyncio.wait_for(reader.read(), 15)
    writer.close()
