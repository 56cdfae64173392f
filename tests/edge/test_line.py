"""A line over a transport that remembers: what leaves, in which order, and what is heard."""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Mapping
from typing import Final, cast

import pytest

from roomserver.core.frame import Bundle, close_frame, ping_frame, pong_frame, text_frame
from roomserver.edge.incoming import Incoming
from roomserver.edge.line import (
    FRAME_OVERHEAD_BYTES,
    GONE_AFTER_BEATS,
    LATER_BYTES_MAX,
    PING_AFTER_BEATS,
    Line,
)
from roomserver.edge.shared_pages import SharedPages

FRAME_BYTES_MAX = 65_536
FULL_BYTES = 100


class Transport:
    """Remembers each write, since each would be a system call, and what else it was told."""

    def __init__(self) -> None:
        self.writes: list[bytes] = []
        self._told: list[str] = []
        self._socket = socket.socket()
        self._reads = True

    def was_told_to(self, what: str) -> bool:
        return what in self._told

    def write(self, data: bytes) -> None:
        assert "end" not in self._told, "nothing can be written behind the end"
        self.writes.append(data)

    def get_extra_info(self, name: str) -> socket.socket:
        assert name == "socket"
        return self._socket

    def break_socket(self) -> None:
        """Let everything leave by :meth:`write`, and not past it."""
        self._socket.close()

    def set_write_buffer_limits(self, *, high: int) -> None:
        assert high == FULL_BYTES

    def get_write_buffer_size(self) -> int:
        return sum(map(len, self.writes))

    def is_closing(self) -> bool:
        return bool({"close", "abort"} & set(self._told))

    def close(self) -> None:
        self._told.append("close")

    def abort(self) -> None:
        self._told.append("abort")

    def can_write_eof(self) -> bool:
        return True

    def write_eof(self) -> None:
        self._told.append("end")

    def is_reading(self) -> bool:
        return self._reads

    def pause_reading(self) -> None:
        self._reads = False

    def resume_reading(self) -> None:
        self._reads = True


class Lines:
    """Looks after one line, and forgets it."""

    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.incoming = Incoming(frame_bytes_max=FRAME_BYTES_MAX)
        self.pages = SharedPages(self.loop)
        self.full_bytes = FULL_BYTES
        self.forgotten: list[Line] = []

    def forget(self, line: Line) -> None:
        self.forgotten.append(line)


class Listener:
    """Hears everything at once, except what *slow* makes wait."""

    def __init__(self, slow: Callable[[str], Awaitable[None] | None] = lambda _frame: None) -> None:
        self.heard: list[str] = []
        self.times_left = 0
        self._slow = slow

    def hear(self, frame: str) -> Awaitable[None] | None:
        self.heard.append(frame)
        return self._slow(frame)

    def leave(self, line: Line) -> None:
        self.times_left += 1


def a_line(listener: Listener | None = None) -> tuple[Line, Transport]:
    transport = Transport()
    line = Line(cast(asyncio.Transport, transport), Lines())
    transport.break_socket()
    if listener is not None:
        line.begin(listener)
    return line, transport


def masked(payload: bytes, *, opcode: int = 1) -> bytes:
    """Frame *payload* as a client does (RFC 6455 section 5.3)."""
    mask = b"\x37\xfa\x21\x3d"
    size = len(payload)
    length = bytes((0x80 | size,)) if size < 126 else b"\xff" + size.to_bytes(8, "big")
    body = bytes(byte ^ mask[place % 4] for place, byte in enumerate(payload))
    return bytes((0x80 | opcode,)) + length + mask + body


def goodbye(code: int = 1000) -> bytes:
    return masked(code.to_bytes(2, "big"), opcode=8)


async def test_answers_leave_with_the_news_and_before_it() -> None:
    line, transport = a_line()

    line.answer(b"sent 1")
    line.answer(b"sent 2")
    line.deliver(Bundle.of(b"news"))
    line.deliver(Bundle.of(b"more"))
    await asyncio.sleep(0)

    first = text_frame(b"sent 1") + text_frame(b"sent 2") + text_frame(b"news")
    assert transport.writes == [first, text_frame(b"more")]


HINDRANCES: Final[Mapping[str, Callable[[Line, Transport], None]]] = {
    "a reader who lags behind": lambda line, _transport: line.pause_writing(),
    "our goodbye": lambda line, _transport: line.close(1000, ""),
    "a transport that has been told to close": lambda _line, transport: transport.close(),
}


async def test_frames_that_are_offered_leave_at_once_behind_the_answers() -> None:
    line, transport = a_line()

    assert line.offer(text_frame(b"news"))
    line.answer(b"sent 1")
    assert line.offer(text_frame(b"more"))

    assert transport.writes == [text_frame(b"news"), text_frame(b"sent 1") + text_frame(b"more")]


@pytest.mark.parametrize("hindrance", HINDRANCES)
async def test_frames_that_are_offered_are_left_alone_if_something_is_in_the_way(
    hindrance: str,
) -> None:
    line, transport = a_line()
    HINDRANCES[hindrance](line, transport)
    before = list(transport.writes)

    assert not line.offer(text_frame(b"news"))

    assert transport.writes == before


async def test_answers_that_nothing_follows_leave_in_the_same_tick() -> None:
    line, transport = a_line()

    line.answer(b"sent 1")
    line.answer(b"sent 2")
    assert not transport.writes
    await asyncio.sleep(0)

    assert transport.writes == [text_frame(b"sent 1") + text_frame(b"sent 2")]


async def test_answers_leave_before_a_goodbye_and_none_behind_it() -> None:
    line, transport = a_line()

    line.answer(b"sent")
    line.close(1000, "enough")
    line.answer(b"too late")
    line.deliver(Bundle.of(b"too late"))
    await asyncio.sleep(0)

    assert transport.writes == [text_frame(b"sent"), close_frame(1000, "enough")]


async def test_frames_are_heard_in_order_however_they_arrive() -> None:
    listener = Listener()
    line, _ = a_line(listener)
    data = masked(b"one") + masked(b"two") + masked(b"three" * 50)

    for place in range(len(data)):
        line.data_received(data[place : place + 1])
    line.data_received(data)

    assert listener.heard == ["one", "two", "three" * 50] * 2


async def test_what_comes_before_the_visit_has_begun_is_heard_when_it_has() -> None:
    listener = Listener()
    line, transport = a_line()
    line.data_received(masked(b"hello") + goodbye())
    assert not transport.writes

    line.begin(listener)
    await asyncio.sleep(0)
    await asyncio.sleep(0)

    assert listener.heard == ["hello"]
    assert listener.times_left == 1
    assert transport.writes == [close_frame(1000)]


async def test_a_frame_waits_for_the_one_before_it() -> None:
    opened = asyncio.Event()

    async def wait() -> None:
        await opened.wait()

    listener = Listener(lambda frame: wait() if frame == "history" else None)
    line, transport = a_line(listener)

    line.data_received(masked(b"history") + masked(b"a message") + goodbye())
    await asyncio.sleep(0)
    assert listener.heard == ["history"]
    line.connection_lost(None)
    opened.set()
    await asyncio.sleep(0)
    await asyncio.sleep(0)

    assert listener.heard == ["history", "a message"]
    assert listener.times_left == 1
    assert transport.was_told_to("close")


async def test_so_much_is_read_ahead_and_no_more() -> None:
    opened = asyncio.Event()

    async def wait() -> None:
        await opened.wait()

    listener = Listener(lambda frame: wait() if frame == "history" else None)
    line, transport = a_line(listener)
    line.data_received(masked(b"history"))

    frames = LATER_BYTES_MAX // (1_000 + FRAME_OVERHEAD_BYTES) + 1
    for _ in range(frames):
        assert transport.is_reading()
        line.data_received(masked(b"x" * 1_000))
    assert not transport.is_reading()
    for _beat in range(2 * GONE_AFTER_BEATS):
        line.beat()
    assert not transport.was_told_to("abort"), "it says nothing because we don't listen"
    opened.set()
    await asyncio.sleep(0)
    await asyncio.sleep(0)

    assert transport.is_reading()
    assert len(listener.heard) == 1 + frames


async def test_empty_frames_are_not_read_ahead_for_ever() -> None:
    line, transport = a_line()

    for _ in range(LATER_BYTES_MAX // FRAME_OVERHEAD_BYTES + 1):
        assert transport.is_reading()
        line.data_received(masked(b""))

    assert not transport.is_reading()


async def test_whoever_asks_much_and_reads_nothing_is_given_up() -> None:
    closed = asyncio.Event()

    async def wait() -> None:
        await closed.wait()

    line, transport = a_line(Listener(lambda _frame: wait()))
    line.pause_writing()
    while transport.is_reading():
        line.data_received(masked(b"history" * 100))

    for _ in range(GONE_AFTER_BEATS - 1):
        line.beat()
    line.resume_writing()
    line.pause_writing()
    assert not transport.was_told_to("abort"), "they have taken something meanwhile"
    for _ in range(GONE_AFTER_BEATS):
        line.beat()

    assert transport.was_told_to("abort")
    closed.set()
    await asyncio.sleep(0)


async def test_a_ping_is_answered_with_what_it_held() -> None:
    line, transport = a_line(Listener())

    line.data_received(masked(b"still there?", opcode=9))

    assert transport.writes == [pong_frame(b"still there?")]


async def test_whoever_does_not_read_gets_the_latest_pong_alone() -> None:
    line, transport = a_line(Listener())
    line.pause_writing()

    for number in range(100):
        line.data_received(masked(b"%d" % number, opcode=9))
    assert not transport.writes
    line.resume_writing()

    assert transport.writes == [pong_frame(b"99")]


@pytest.mark.parametrize(
    ("heard", "code", "answer"),
    [
        (goodbye(1000), 1000, close_frame(1000)),
        (goodbye(4000), 4000, close_frame(4000)),
        (masked(b"", opcode=8), 0, close_frame(None)),
    ],
)
async def test_a_goodbye_is_answered_and_the_server_hangs_up(
    heard: bytes, code: int, answer: bytes
) -> None:
    listener = Listener()
    line, transport = a_line(listener)

    line.data_received(heard)
    await asyncio.sleep(0)

    assert (line.heard_code, line.close_code) == (code, None)
    assert transport.writes == [answer]
    assert transport.was_told_to("close")
    assert listener.times_left == 1
    line.connection_lost(None)
    assert listener.times_left == 1


async def test_our_goodbye_waits_for_theirs() -> None:
    listener = Listener()
    line, transport = a_line(listener)

    line.close(1012, "restarting")
    line.data_received(masked(b"sent before it was heard"))
    await asyncio.sleep(0)
    assert not transport.was_told_to("close")
    line.data_received(goodbye(1012))

    assert transport.writes == [close_frame(1012, "restarting")]
    assert transport.was_told_to("close")
    assert (line.close_code, line.heard_code) == (1012, 1012)
    assert listener.heard == []
    assert listener.times_left == 1


@pytest.mark.parametrize(
    ("broken", "code"),
    [
        (masked(b"x", opcode=3), 1002),
        (masked(b"\xff\xfe"), 1007),
        (masked(b"x" * (FRAME_BYTES_MAX + 1))[:10], 1009),
    ],
)
async def test_a_broken_protocol_is_named_and_nothing_more_is_heard(
    broken: bytes, code: int
) -> None:
    listener = Listener()
    line, transport = a_line(listener)

    line.data_received(masked(b"fine") + broken)
    line.data_received(masked(b"behind it"))
    await asyncio.sleep(0)

    assert listener.heard == ["fine"]
    assert listener.times_left == 1
    assert line.close_code == code
    assert transport.was_told_to("end")
    assert not transport.was_told_to("close"), "hung up at once, our last words would be lost"


async def test_bytes_are_no_text() -> None:
    line, transport = a_line(Listener())

    line.data_received(masked(b"\x00\x01", opcode=2))

    assert transport.writes == [close_frame(1003, "text frames only")]


async def test_silence_is_asked_about_and_then_given_up() -> None:
    line, transport = a_line(Listener())

    for _ in range(PING_AFTER_BEATS - 1):
        line.beat()
    assert not transport.writes
    line.beat()
    assert transport.writes == [ping_frame()]
    line.data_received(masked(b"", opcode=10))
    for _ in range(GONE_AFTER_BEATS - 1):
        line.beat()
    assert not transport.was_told_to("abort")
    line.beat()

    assert transport.was_told_to("abort")
    assert transport.writes == [ping_frame()] * 2


async def test_whoever_can_wait_waits_for_a_reader_that_lags_behind() -> None:
    line, _ = a_line(Listener())
    await line.drained()
    line.pause_writing()
    waiting = [asyncio.create_task(line.drained()) for _ in range(3)]
    waiting[0].cancel()
    await asyncio.sleep(0)
    assert not waiting[1].done()

    line.resume_writing()
    await asyncio.gather(*waiting[1:])


async def test_the_transport_is_asked_what_waits_only_when_it_has_said_that_much_does() -> None:
    line, _ = a_line(Listener())
    line.deliver(Bundle.of(b"x" * 200))
    assert line.waiting_bytes() == 0

    line.pause_writing()
    assert line.waiting_bytes() == len(text_frame(b"x" * 200))
    line.resume_writing()

    assert line.waiting_bytes() == 0


async def test_nobody_waits_for_a_connection_that_is_lost() -> None:
    listener = Listener()
    line, _ = a_line(listener)
    line.pause_writing()
    waiting = asyncio.create_task(line.drained())
    await asyncio.sleep(0)

    line.connection_lost(ConnectionResetError())
    await waiting

    assert listener.times_left == 1
    assert line.heard_code is None
