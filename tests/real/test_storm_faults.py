"""A thousand clients that come back at once, each with the last number that it has seen."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from random import Random

import msgspec
import pytest
from aiohttp import ClientSession, ClientWebSocketResponse, TCPConnector, WSMsgType

from tests.support.conversation import person
from tests.support.servers import RoomServer, running_roomserver

CLIENTS = 1_000
ENTRIES = 1_500
MISSED_MAX = 500
"""More than any cache holds, and no two clients need have missed the same."""
ROOMS = (1, 2)
AT_HEAD_S_MAX = 20.0
"""Ten seconds are promised. The thousand clients need the same processors, and share them."""


class Entry(msgspec.Struct):
    seq: int


class Page(msgspec.Struct):
    """What a ``connected`` and a ``history`` say of what was missed."""

    history: list[Entry] = []
    messages: list[Entry] = []


class Frame(msgspec.Struct):
    type: str
    data: msgspec.Raw = msgspec.Raw(b"{}")


ROOT = Path(__file__).parents[2]
COUNTING = (sys.executable, "-m", "tests.torture.launcher")
"""A server that counts how many questions it asks at once."""

pytestmark = [pytest.mark.slow, pytest.mark.real]


@pytest.fixture
def reads(tmp_path: Path) -> Path:
    return tmp_path / "reads"


@pytest.fixture
def server(postgres_url: str, tmp_path: Path, reads: Path) -> Iterator[RoomServer]:
    environ = {
        "ROOMSERVER_LIMITS_MESSAGES_PER_SECOND": "100000",
        "ROOMSERVER_LIMITS_MESSAGES_BURST": "100000",
        "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]),
        "TORTURE_TASKS": str(tmp_path / "tasks"),
        "TORTURE_READS": str(reads),
    }
    with running_roomserver(
        "--database-url", postgres_url, data_dir=tmp_path, command=COUNTING, environ=environ
    ) as running:
        yield running


async def test_a_thousand_who_come_back_at_once_are_soon_at_the_head(
    server: RoomServer, reads: Path
) -> None:
    random = Random(1)
    for room in ROOMS:
        await _fill(server, room)
    loop = asyncio.get_running_loop()
    all_there = asyncio.Barrier(CLIENTS)
    began_s = loop.time()

    async def come_back(http: ClientSession, number: int) -> float:
        room, since = ROOMS[number % len(ROOMS)], random.randint(ENTRIES - MISSED_MAX, ENTRIES)
        query = f"user_id={number + 10}&username=user{number}&since={since}"
        async with http.ws_connect(f"{server.url}/ws/{room}?{query}", max_msg_size=0) as socket:
            seqs = [seq async for seq in _missed(socket, since)]
            at_head_s = loop.time()
            await all_there.wait()
        assert seqs == list(range(since + 1, ENTRIES + 1))
        return at_head_s - began_s

    async with ClientSession(connector=TCPConnector(limit=0)) as http:
        took_s = await asyncio.gather(*(come_back(http, number) for number in range(CLIENTS)))

    assert max(took_s) < AT_HEAD_S_MAX
    assert _most_at_once(reads) == 1


def _most_at_once(reads: Path) -> int:
    return int(reads.read_text())


async def _fill(server: RoomServer, room: int) -> None:
    async with person(server, "Ada", 1, room=str(room)) as ada:
        for number in range(ENTRIES):
            await ada.send(type="message", content=f"message {number}", client_id=str(number))
        await ada.hear("message_sent", lambda sent: sent["seq"] == ENTRIES)


async def _missed(socket: ClientWebSocketResponse, since: int) -> AsyncIterator[int]:
    """Yield the numbers of what came behind *since*, up to the head."""
    last = since
    while last < ENTRIES:
        message = await socket.receive(timeout=3 * AT_HEAD_S_MAX)
        assert message.type is WSMsgType.TEXT, message
        frame = msgspec.json.decode(message.data, type=Frame)
        if frame.type in ("connected", "history"):
            page = msgspec.json.decode(frame.data, type=Page)
            for last in [entry.seq for entry in page.history or page.messages]:
                yield last
