"""Large frames for many readers, over real sockets: whole, in order, and nothing left behind."""

import asyncio
import os
import socket
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from random import Random
from typing import Final

import pytest
import uvloop

from roomserver.core.frame import Bundle, text_frame
from roomserver.edge.incoming import Incoming
from roomserver.edge.line import Line
from roomserver.edge.shared_pages import COPIES_FIRST, SharedPages

LARGE: Final = text_frame(bytes(range(256)) * 256)
OTHER: Final = text_frame(b"other " * 10_000)
HUGE: Final = text_frame(b"huge " * 2_000_000)
"""More than most sockets take before somebody reads."""

LOOPS: Final = {"asyncio": asyncio.new_event_loop, "uvloop": uvloop.new_event_loop}


class Lines:
    """Looks after so many lines, which can't be slow here."""

    def __init__(self, count: int) -> None:
        self._left = count
        self.all_gone = asyncio.Event()
        self.loop = asyncio.get_running_loop()
        self.incoming = Incoming(frame_bytes_max=65_536)
        self.pages = SharedPages(self.loop)
        self.full_bytes = 100 * len(HUGE)

    def forget(self, line: Line) -> None:
        self._left -= 1
        if not self._left:
            self.all_gone.set()


def connected() -> tuple[socket.socket, socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return socket.create_connection(server.getsockname()), server.accept()[0]


class Pair:
    """Two ends of a connection: one is written to, the other one read."""

    def __init__(self, stack: ExitStack, *ends: socket.socket) -> None:
        self.reader, self.writer = (stack.enter_context(end) for end in ends or connected())
        self.reader.settimeout(10)
        self.writer.settimeout(0)

    def read(self, size: int) -> bytes:
        data = bytearray()
        while len(data) < size and (more := self.reader.recv(min(1 << 20, size - len(data)))):
            data += more
        return bytes(data)


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


async def test_the_first_few_readers_are_left_to_be_given_copies(stack: ExitStack) -> None:
    pages, pair = SharedPages(asyncio.get_running_loop()), Pair(stack)

    taken = [pages.lend(LARGE, pair.writer.fileno()) for _ in range(COPIES_FIRST + 2)]

    assert taken == [0] * COPIES_FIRST + [len(LARGE)] * 2
    assert pair.read(2 * len(LARGE)) == 2 * LARGE


async def test_what_is_on_its_way_is_not_touched_by_what_comes_later(stack: ExitStack) -> None:
    pages, pair = SharedPages(asyncio.get_running_loop()), Pair(stack)

    for frames in (LARGE, OTHER, LARGE):
        for _ in range(COPIES_FIRST):
            pages.lend(frames, pair.writer.fileno())
        assert pages.lend(frames, pair.writer.fileno()) == len(frames)
    await asyncio.sleep(0)

    assert pair.read(2 * len(LARGE) + len(OTHER)) == LARGE + OTHER + LARGE


async def test_a_reader_takes_what_it_can_and_a_broken_one_nothing(stack: ExitStack) -> None:
    pages, pair, broken = SharedPages(asyncio.get_running_loop()), Pair(stack), Pair(stack)
    # Else the system decides how much a socket takes, which may be all of it.
    pair.writer.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, len(LARGE))
    pair.reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, len(LARGE))
    for _ in range(COPIES_FIRST):
        pages.lend(HUGE, pair.writer.fileno())

    taken = pages.lend(HUGE, pair.writer.fileno())
    full = pages.lend(HUGE, pair.writer.fileno())
    broken.writer.shutdown(socket.SHUT_WR)

    assert 0 < taken < len(HUGE)
    assert full == 0
    assert pages.lend(HUGE, broken.writer.fileno()) == 0
    assert pair.read(taken) == HUGE[:taken]


async def test_no_file_is_left_open_behind_the_turn(stack: ExitStack) -> None:
    pages, pair = SharedPages(asyncio.get_running_loop()), Pair(stack)
    await asyncio.sleep(0)
    before = descriptors()

    for frames in (LARGE, OTHER):
        for _ in range(COPIES_FIRST + 1):
            pages.lend(frames, pair.writer.fileno())
    assert descriptors() == before + 1
    await asyncio.sleep(0)

    assert descriptors() == before


async def test_where_no_file_can_be_made_everybody_is_given_copies(
    stack: ExitStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(os, "memfd_create")
    pages, pair = SharedPages(asyncio.get_running_loop()), Pair(stack)

    assert {pages.lend(LARGE, pair.writer.fileno()) for _ in range(20)} == {0}


@pytest.mark.parametrize("loop", LOOPS)
def test_all_members_get_all_of_it_in_order_whoever_reads_late(loop: str, stack: ExitStack) -> None:
    pairs = [Pair(stack) for _ in range(20)]
    small, answer = text_frame(b"small"), text_frame(b"sent")
    told = [LARGE, OTHER, small, HUGE, LARGE, small]
    wanted = answer + b"".join(told) + answer

    async def tell_all() -> list[bytes]:
        lines = Lines(len(pairs))
        members = [await a_line(lines, pair) for pair in pairs]
        early = [asyncio.create_task(reading(pair, len(wanted))) for pair in pairs[::2]]
        answer_all(members)
        for frames in told:
            assert {member.offer(frames) for member in members} == {True}
            await asyncio.sleep(0)
        answer_all(members)
        late = [asyncio.create_task(reading(pair, len(wanted))) for pair in pairs[1::2]]
        heard = await asyncio.gather(*early, *late)
        for member in members:
            member.abort()
        async with asyncio.timeout(10):
            await lines.all_gone.wait()
        return heard

    with asyncio.Runner(loop_factory=LOOPS[loop]) as runner:
        heard = runner.run(tell_all())

    assert [len(data) for data in heard] == [len(wanted)] * len(pairs)
    assert set(heard) == {wanted}


@pytest.mark.parametrize("loop", LOOPS)
@pytest.mark.parametrize("seed", range(8))
def test_whatever_way_it_leaves_by_it_arrives_in_the_order_in_which_it_was_said(
    loop: str, seed: int, stack: ExitStack
) -> None:
    random, pair = Random(seed), Pair(stack, *socket.socketpair())
    # So small that now one thing fits, now half of it, now nothing.
    pair.writer.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 8_192)

    async def say_all() -> tuple[bytes, bytes]:
        lines = Lines(1)
        line = await a_line(lines, pair)
        said, owed, heard = bytearray(), bytearray(), bytearray()
        for number in range(400):
            payload = b"%d " % number * random.choice([1, 20, 600, 6_000])
            match random.choice(["answer", "offer", "offer", "offer", "deliver", "turn", "read"]):
                case "answer":
                    line.answer(payload)
                    owed += text_frame(payload)
                    continue
                case "offer":
                    assert line.offer(text_frame(payload))
                    said += owed + text_frame(payload)
                case "deliver":
                    line.deliver(Bundle.of(payload))
                    said += owed + text_frame(payload)
                case "turn":
                    await asyncio.sleep(0)
                    said += owed
                case _:
                    heard += await reading(pair, random.randrange(len(said) - len(heard) + 1))
                    said += owed
            owed.clear()
        await asyncio.sleep(0)
        said += owed
        heard += await reading(pair, len(said) - len(heard))
        line.abort()
        async with asyncio.timeout(10):
            await lines.all_gone.wait()
        return bytes(said), bytes(heard)

    with asyncio.Runner(loop_factory=LOOPS[loop]) as runner:
        said, heard = runner.run(say_all())

    assert said == heard


async def a_line(lines: Lines, pair: Pair) -> Line:
    loop = asyncio.get_running_loop()
    transport, _ = await loop.connect_accepted_socket(asyncio.Protocol, pair.writer)
    line = Line(transport, lines)
    transport.set_protocol(line)
    return line


async def reading(pair: Pair, size: int) -> bytes:
    return await asyncio.to_thread(pair.read, size)


def answer_all(lines: Sequence[Line]) -> None:
    for line in lines:
        line.answer(b"sent")
