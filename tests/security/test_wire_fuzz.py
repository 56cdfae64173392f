"""Bytes that nobody should send: the server answers or hangs up, and serves the next one."""

import asyncio
import json
import os
import random
import struct
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

import psutil
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.conversation import person
from tests.support.servers import RoomServer, running_roomserver

pytestmark = [pytest.mark.real, pytest.mark.slow]

SEED: Final = int(os.environ.get("ROOMSERVER_FUZZ_SEED", "7"))
ROUNDS: Final = int(os.environ.get("ROOMSERVER_FUZZ_ROUNDS", "60"))

GROWTH_BYTES_MAX: Final = 64 * 2**20
"""How much more memory the server may use afterwards."""

HANDSHAKE: Final = (
    b"GET /ws/1?user_id=66&username=Fuzz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\n"
    b"Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RoomServer]:
    """A server that lets itself be talked to as often as it takes."""
    environ = {
        "ROOMSERVER_LIMITS_USER_JOINS_PER_MINUTE_MAX": "100000",
        "ROOMSERVER_LIMITS_ADDRESS_JOINS_PER_MINUTE_MAX": "100000",
    }
    folder: Path = tmp_path_factory.mktemp("fuzz")
    with running_roomserver(data_dir=folder, environ=environ) as running:
        yield running


async def test_random_bytes_instead_of_http(server: RoomServer) -> None:
    before = _memory_bytes(server)
    chance = random.Random(SEED)
    for _ in range(ROUNDS):
        await _throw(server, chance.randbytes(chance.randint(1, 4_096)))

    await _is_well(server, before)


async def test_a_handshake_with_bytes_changed(server: RoomServer) -> None:
    before = _memory_bytes(server)
    chance = random.Random(SEED)
    for _ in range(ROUNDS):
        request = bytearray(HANDSHAKE)
        for _change in range(chance.randint(1, 8)):
            request[chance.randrange(len(request))] = chance.randrange(256)
        await _throw(server, bytes(request))

    await _is_well(server, before)


async def test_random_bytes_after_the_upgrade(server: RoomServer) -> None:
    before = _memory_bytes(server)
    chance = random.Random(SEED)
    for _ in range(ROUNDS):
        await _throw(server, HANDSHAKE + chance.randbytes(chance.randint(1, 4_096)))

    await _is_well(server, before)


async def test_frames_with_any_head(server: RoomServer) -> None:
    """Every opcode, reserved bits, unmasked, with lengths that are not those of what follows."""
    before = _memory_bytes(server)
    chance = random.Random(SEED)
    for _ in range(ROUNDS):
        frames = b"".join(_frame(chance) for _ in range(chance.randint(1, 12)))
        await _throw(server, HANDSHAKE + frames)

    await _is_well(server, before)


JSON: Final = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=50),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4)
    ),
    max_leaves=12,
)
TYPES: Final = ("message", "edit", "delete", "react", "read", "typing", "history")
FIELDS: Final = ("content", "client_id", "message_id", "emoji", "on", "before", "limit")
EVENTS: Final = st.fixed_dictionaries(
    {"type": st.sampled_from(TYPES)},
    optional=dict.fromkeys(FIELDS, JSON),
)


@settings(
    max_examples=ROUNDS,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.lists(EVENTS | JSON, min_size=1, max_size=15))
def test_events_with_fields_of_any_kind_are_answered(
    server: RoomServer, frames: list[object]
) -> None:
    asyncio.run(_send_all(server, frames))

    assert "Traceback" not in server.log


async def _send_all(server: RoomServer, frames: list[object]) -> None:
    # Each time as somebody else: a limit of one person is not what is looked for.
    user_id = random.Random(repr(frames)).randint(100, 10**9)
    async with person(server, "Fuzz", user_id) as fuzz:
        for frame in frames:
            await fuzz.connection.send(json.dumps(frame))
        await fuzz.send(type="ping")
        async with asyncio.timeout(10):
            while (event := json.loads(await fuzz.connection.recv()))["type"] != "pong":
                assert event["data"].get("code") != "internal", event


def _frame(chance: random.Random) -> bytes:
    head = bytes([chance.randrange(256)])
    body = chance.randbytes(chance.randint(0, 200))
    is_masked = 0x80 if chance.random() < 0.8 else 0
    match chance.randint(0, 3):
        case 0:
            size = bytes([is_masked | min(len(body), 125)])
        case 1:
            size = bytes([is_masked | 126]) + struct.pack("!H", chance.randrange(65_536))
        case 2:
            size = bytes([is_masked | 127]) + struct.pack("!Q", chance.randrange(2**64))
        case _:
            size = bytes([is_masked | chance.randrange(126)])
    mask = chance.randbytes(4) if is_masked else b""
    return head + size + mask + body


async def _throw(server: RoomServer, said: bytes) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    with suppress(ConnectionError, TimeoutError):
        writer.write(said)
        async with asyncio.timeout(0.05):
            await reader.read(65_536)
            await reader.read(65_536)
    writer.transport.abort()


async def _is_well(server: RoomServer, before: int) -> None:
    async with person(server, "Ada", 1) as ada:
        await ada.say("still there?")
    assert "Traceback" not in server.log
    assert _memory_bytes(server) - before < GROWTH_BYTES_MAX


def _memory_bytes(server: RoomServer) -> int:
    return int(psutil.Process(server.pid).memory_info().rss)
