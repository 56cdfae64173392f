"""Connections that break, don't read, or aren't what they should be."""

import asyncio
import json
import socket
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.support.conversation import person
from tests.support.servers import RoomServer, running_roomserver


@pytest.fixture
def quick(tmp_path: Path) -> Iterator[RoomServer]:
    environ = {
        "ROOMSERVER_LIMITS_MESSAGES_PER_SECOND": "100000",
        "ROOMSERVER_LIMITS_MESSAGES_BURST": "100000",
    }
    with running_roomserver(data_dir=tmp_path, environ=environ) as running:
        yield running


@pytest.mark.slow
async def test_a_connection_that_breaks_is_told_when_it_does_not_come_back(
    quick: RoomServer,
) -> None:
    async with person(quick, "Ada", 1) as ada, person(quick, "Ben", 2) as ben:
        await ada.hear("user_joined")
        began_s = asyncio.get_running_loop().time()
        ben.connection.transport.abort()
        left = await ada.hear("user_left")
        took_s = asyncio.get_running_loop().time() - began_s

    assert left["user_id"] == 2
    assert 4.5 < took_s < 15


async def test_a_goodbye_is_told_at_once(quick: RoomServer) -> None:
    async with person(quick, "Ada", 1) as ada:
        async with person(quick, "Ben", 2):
            await ada.hear("user_joined")

        assert (await asyncio.wait_for(ada.hear("user_left"), 3))["user_id"] == 2


@pytest.mark.parametrize(
    ("frames", "code"),
    [
        ([b"binary"], 1003),
        (["x" * 70_000], 1009),
        ([["x" * 40_000, "x" * 40_000]], 1009),
    ],
    ids=["binary", "too long", "too long in fragments"],
)
async def test_a_frame_that_cannot_be_is_answered_with_its_close_code(
    quick: RoomServer, frames: list[object], code: int
) -> None:
    async with person(quick, "Ada", 1) as ada:
        for frame in frames:
            await ada.connection.send(frame)  # type: ignore[arg-type]
        _events, close_code = await ada.hear_the_rest()

    assert close_code == code


async def test_text_that_is_not_utf_8_is_answered_with_its_close_code(quick: RoomServer) -> None:
    async with person(quick, "Ada", 1) as ada:
        # A masked text frame (RFC 6455 section 5.2) with one byte that begins no character.
        ada.connection.transport.write(bytes([0x81, 0x81, 0, 0, 0, 0, 0xFF]))
        _events, close_code = await ada.hear_the_rest()

    assert close_code == 1007


@pytest.mark.slow
@pytest.mark.parametrize("said", [b"", b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: "])
async def test_a_connection_that_does_not_get_to_the_point_is_cut_off(
    quick: RoomServer, said: bytes
) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", quick.port)
    began_s = asyncio.get_running_loop().time()
    writer.write(said)

    with suppress(ConnectionError):
        assert await asyncio.wait_for(reader.read(), 20) == b""
    took_s = asyncio.get_running_loop().time() - began_s
    writer.close()

    assert 9 < took_s < 15


@pytest.mark.slow
async def test_a_reader_that_does_not_read_is_let_go_and_the_others_never_notice(
    quick: RoomServer,
) -> None:
    slow = _open_and_never_read(quick)
    try:
        async with person(quick, "Ada", 1) as ada, person(quick, "Ben", 2) as ben:
            worst_s = 0.0
            for number in range(2_500):
                began_s = asyncio.get_running_loop().time()
                await ada.send(type="message", content=f"{number} " + "x" * 3_900)
                await ben.hear("message")
                worst_s = max(worst_s, asyncio.get_running_loop().time() - began_s)
                if number % 50 == 0 and _connections(quick) == 2:
                    break

        assert _connections(quick) <= 2
        assert worst_s < 2
    finally:
        slow.close()


@pytest.mark.slow
async def test_whoever_does_not_read_the_answers_cannot_make_the_server_hold_them(
    quick: RoomServer,
) -> None:
    async with person(quick, "Ada", 1) as ada:
        for _ in range(60):
            await ada.say("x" * 3_900)
    silent = _open_and_never_read(quick)
    try:
        question = b'{"type": "history", "limit": 200}'
        frame = bytes([0x81, 0x80 | len(question), 0, 0, 0, 0]) + question
        silent.setblocking(False)  # noqa: FBT003
        for _ in range(5_000):
            try:
                silent.send(frame)
            except BlockingIOError:
                await asyncio.sleep(0.001)

        assert _memory_kib(quick.pid) < 200_000
    finally:
        silent.close()


def _open_and_never_read(server: RoomServer) -> socket.socket:
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
    sock.connect(("127.0.0.1", server.port))
    sock.sendall(
        b"GET /ws/1?user_id=9&username=Slow HTTP/1.1\r\n"
        b"Host: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    )
    assert b" 101 " in sock.recv(15)
    return sock


def _connections(server: RoomServer) -> int:
    total: int = json.loads(server.get("/ws/stats"))["total_connections"]
    return total


def _memory_kib(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    [line] = [line for line in status.splitlines() if line.startswith("VmRSS:")]
    return int(line.split()[1])


async def test_an_address_holds_no_more_connections_than_it_may(tmp_path: Path) -> None:
    environ = {"ROOMSERVER_LIMITS_CONNECTIONS_PER_ADDRESS_MAX": "2"}
    with running_roomserver(data_dir=tmp_path, environ=environ) as server:
        held = [await asyncio.open_connection("127.0.0.1", server.port) for _ in range(4)]

        assert await status_of_one_more(server) == b""
        held[0][1].close()
        async with asyncio.timeout(20):
            while await status_of_one_more(server) == b"":
                await asyncio.sleep(0.02)
        for _, writer in held:
            writer.close()


async def status_of_one_more(server: RoomServer) -> bytes:
    """Ask over a connection of its own; return the first line of the answer, if there is one."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(b"GET /health/live HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    try:
        return await asyncio.wait_for(reader.readline(), 20)
    except ConnectionError:
        return b""
    finally:
        writer.close()
