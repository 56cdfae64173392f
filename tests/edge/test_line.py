"""A line's frames: what leaves together, and in which order."""

import asyncio
from types import SimpleNamespace
from typing import Any, cast

from aiohttp import web

from roomserver.core.frame import Bundle, text_frame
from roomserver.edge.line import Line


class Transport:
    """Remembers each write: each would be a system call."""

    def __init__(self) -> None:
        self.writes: list[bytes] = []

    def write(self, data: bytes) -> None:
        self.writes.append(data)

    def is_closing(self) -> bool:
        return False


def a_line() -> tuple[Line, Transport]:
    transport = Transport()
    request = cast(web.Request, SimpleNamespace(transport=transport))
    return Line(request, cast(Any, Socket())), transport


class Socket:
    async def close(self, **_: object) -> None:
        pass


async def test_answers_leave_with_the_news_and_before_it() -> None:
    line, transport = a_line()

    line.answer(b"sent 1")
    line.answer(b"sent 2")
    line.deliver(Bundle.of(b"news"))
    line.deliver(Bundle.of(b"more"))
    await asyncio.sleep(0)

    first = text_frame(b"sent 1") + text_frame(b"sent 2") + text_frame(b"news")
    assert transport.writes == [first, text_frame(b"more")]


async def test_answers_that_nothing_follows_leave_in_the_same_tick() -> None:
    line, transport = a_line()

    line.answer(b"sent 1")
    line.answer(b"sent 2")
    assert transport.writes == []
    await asyncio.sleep(0)

    assert transport.writes == [text_frame(b"sent 1") + text_frame(b"sent 2")]


async def test_answers_leave_before_a_goodbye_and_none_behind_it() -> None:
    line, transport = a_line()

    line.answer(b"sent")
    line.close(1000, "enough")
    line.answer(b"too late")
    await line.closed()

    assert transport.writes == [text_frame(b"sent")]
