"""Clients that ask over HTTP and don't read the answer."""

import asyncio
import socket
from collections.abc import Iterator
from typing import Any

import pytest

from roomserver.core.limits import Limits
from roomserver.edge import writing
from tests.support.application import Open
from tests.support.talk import Client, hear_until, join

ASK = b"GET /api/v1/rooms/1/messages?limit=200 HTTP/1.1\r\nHost: localhost\r\n\r\n"
CUT_OFF_S_MAX = 20.0


@pytest.fixture
async def client(open_app: Open) -> Client:
    return await open_app(limits=Limits(messages_burst=1_000))


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing, "WRITE_S_MAX", 0.2)


@pytest.fixture
def lazy() -> Iterator[socket.socket]:
    """A connection that takes next to nothing."""
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2_048)
    connection.settimeout(0)
    yield connection
    connection.close()


async def fill(client: Client, bytes_min: int = 500_000) -> None:
    """Let there be a history that no socket's buffer swallows."""
    ada, _ = await join(client)
    for _ in range(bytes_min // 4_000):
        await ada.send_json({"type": "message", "content": "x" * 4_000})
        await hear_until(ada, "message_sent")
    await ada.close()


async def is_cut_off(connection: socket.socket, client: Client) -> bool:
    """Wait until the server has let go of it, without reading any of what it sent."""
    server: Any = client.server
    address = connection.getsockname()

    def is_held() -> bool:
        return any(
            each.transport and each.transport.get_extra_info("peername") == address
            for each in server.runner.server.connections
        )

    try:
        async with asyncio.timeout(CUT_OFF_S_MAX):
            while not is_held():
                await asyncio.sleep(0)
            while is_held():
                await asyncio.sleep(0.02)
    except TimeoutError:
        return False
    return True


@pytest.mark.slow
@pytest.mark.usefixtures("impatient")
async def test_whoever_does_not_read_answers_is_cut_off(
    client: Client, lazy: socket.socket
) -> None:
    await fill(client)
    loop = asyncio.get_running_loop()
    await loop.sock_connect(lazy, (client.host, client.port))

    await loop.sock_sendall(lazy, ASK * 30)

    assert await is_cut_off(lazy, client)
    assert (await client.get("/health/live")).status == 200


@pytest.mark.slow
@pytest.mark.usefixtures("impatient")
async def test_whoever_reads_slowly_gets_it_all(client: Client, lazy: socket.socket) -> None:
    await fill(client)
    loop = asyncio.get_running_loop()
    await loop.sock_connect(lazy, (client.host, client.port))
    await loop.sock_sendall(lazy, ASK.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))

    answer = b""
    while piece := await loop.sock_recv(lazy, 16_384):
        answer += piece
        await asyncio.sleep(0.005)

    head, _, body = answer.partition(b"\r\n\r\n")
    assert f"Content-Length: {len(body)}".encode() in head
    assert len(body) > 400_000
