"""The load generator must notice what a server does wrong: one that lies shows it."""

import asyncio
import random
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from functools import partial
from pathlib import Path

import pytest
from aiohttp import WSMsgType, web
from aiohttp.test_utils import TestServer

from tests.bench.generator import Figures, LoadFailed, build, put_load, try_load
from tests.bench.shapes import RETURNING
from tests.bench.targets import DIALECT, RAISED_LIMITS
from tests.support.servers import running_roomserver

Told = list[tuple[int, str]]
"""To which of the members, and what."""

Lie = Callable[[Told], Told]

SMALL = ("--members", "8", "--senders", "4", "--seconds", "0.3", "--warm", "0", "--window", "4")

pytestmark = pytest.mark.slow


def honest(told: Told) -> Told:
    return told


class Forgetful:
    """Keeps one delivery in a hundred to itself."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, told: Told) -> Told:
        self.count += 1
        return told[1:] if self.count == 100 else told


class Stuttering(Forgetful):
    """Says one thing twice."""

    def __call__(self, told: Told) -> Told:
        self.count += 1
        return [*told, told[0]] if self.count == 100 else told


class Muddled:
    """Tells one member two things the other way round."""

    def __init__(self) -> None:
        self.count = 0
        self.kept: Told = []

    def __call__(self, told: Told) -> Told:
        self.count += 1
        if self.count == 100:
            self.kept = told[:1]
            return told[1:]
        if self.count == 101:
            return [*told, *self.kept]
        return told


class Late:
    """Tells the ninth everything, long after everybody else."""

    def __init__(self) -> None:
        self.kept: Told = []

    def __call__(self, told: Told) -> Told:
        self.kept += [each for each in told if each[0] == 8]
        now, self.kept = self.kept[:-200], self.kept[-200:]
        return [*(each for each in told if each[0] != 8), *now]


@asynccontextmanager
async def broadcasting(lie: Lie, *, late_s: float = 0.0) -> AsyncIterator[int]:
    """
    Run a server that passes everything on to everybody, but for *lie*; yield its port.

    The first eight hear everything *late_s* after the others.
    """
    members: list[web.WebSocketResponse] = []
    telling: set[asyncio.Task[None]] = set()

    async def send(member: web.WebSocketResponse, text: str) -> None:
        with suppress(ConnectionError):  # They have left.
            await member.send_str(text)

    def tell(member: web.WebSocketResponse, text: str) -> None:
        task = asyncio.create_task(send(member, text))
        telling.add(task)
        task.add_done_callback(telling.discard)

    async def room(request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(compress=False)
        await socket.prepare(request)
        members.append(socket)
        async for frame in socket:
            if frame.type is WSMsgType.TEXT:
                for number, text in lie([(n, frame.data) for n in range(len(members))]):
                    if late_s and number < 8:
                        say = partial(tell, members[number], text)
                        asyncio.get_running_loop().call_later(late_s, say)
                    else:
                        await send(members[number], text)
        return socket

    app = web.Application()
    app.router.add_get("/ws/{room}", room)
    server = TestServer(app)
    await server.start_server()
    try:
        yield int(server.port or 0)
    finally:
        await server.close()


async def loaded(lie: Lie, options: Sequence[str] = SMALL) -> Figures:
    async with broadcasting(lie) as port:
        return await asyncio.to_thread(try_load, ["--port", str(port), *options])


async def test_an_honest_server_is_whole() -> None:
    figures = await loaded(honest)

    assert figures.is_whole
    assert figures.delivered == 8 * figures.sent
    assert figures.delivery_ms.count > 0


@pytest.mark.parametrize(
    ("lie", "fault"),
    [(Forgetful(), "missing"), (Stuttering(), "repeated"), (Muddled(), "missing")],
    ids=["forgetful", "stuttering", "muddled"],
)
async def test_a_lie_is_noticed(lie: Lie, fault: str) -> None:
    figures = await loaded(lie)

    assert not figures.is_whole
    assert figures.faults[fault] >= 1


async def test_a_reader_far_behind_the_others_has_missed_nothing() -> None:
    async with broadcasting(Late()) as port:
        options = [*SMALL, "--port", str(port), "--slow", "1", "--slow-bytes", "1000000"]
        figures = await asyncio.to_thread(put_load, options)

    assert figures.is_whole
    assert figures.delivered > 9 * 200


async def test_a_newcomer_who_hears_something_before_the_others_has_missed_nothing() -> None:
    async with broadcasting(honest, late_s=0.02) as port:
        options = [
            *SMALL,
            "--port",
            str(port),
            "--visits",
            "200",
            "--stay",
            "0.1",
            "--seconds",
            "1",
        ]
        figures = await asyncio.to_thread(put_load, options)

    assert figures.is_whole
    assert figures.visits["joined"] > 5


def test_roomserver_is_whole_whatever_the_load_is_like(tmp_path: Path) -> None:
    loads = (
        ["--members", "30", "--rooms", "3", "--senders", "6", "--window", "10"],
        ["--members", "20", "--rate", "100", "--sizes", "0,300,3000", "--visits", "30"],
        ["--members", "20", "--senders", "2", "--window", "50", "--sizes", "2000", "--slow", "2"],
    )
    for number, load in enumerate(loads):
        with running_roomserver(data_dir=tmp_path / str(number), environ=RAISED_LIMITS) as server:
            ours = ["--port", str(server.port), "--pid", str(server.pid), *DIALECT]
            figures = put_load([*ours, *load, "--seconds", "0.5", "--warm", "0.1"])

            assert figures.acked == figures.sent
            assert figures.connected == int(load[1]) + (2 if "--slow" in load else 0)


def test_a_storm_of_returning_members_gets_all_that_it_missed(tmp_path: Path) -> None:
    with running_roomserver(data_dir=tmp_path, environ=RAISED_LIMITS) as server:
        crowd = ["--members", "200", "--rooms", "4", "--handshakes", "200"]
        load = [*crowd, *RETURNING, "--replay", "50"]
        figures = put_load(["--port", str(server.port), *DIALECT, *load])

    assert figures.connected == 200
    assert figures.replay_s > 0


@pytest.mark.parametrize("host", ["192.0.2.1", "example.org", "10.0.0.1"])
def test_other_machines_are_no_targets(host: str) -> None:
    with pytest.raises(LoadFailed, match=r"must be 127\.x\.x\.x"):
        try_load(["--host", host, "--port", "80"])


def test_a_server_that_is_not_there_is_a_sentence() -> None:
    with pytest.raises(LoadFailed, match="can't connect"):
        try_load(["--port", str(random.Random(1).randint(1, 9))])


def test_the_generator_is_built_once() -> None:
    assert build() == build()
