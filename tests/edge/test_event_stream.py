"""What waits for a follower who doesn't read."""

import asyncio
from typing import Any, cast

from aiohttp import web

from roomserver.core.frame import Bundle, Parcel
from roomserver.core.model import Seq
from roomserver.edge.event_stream import EventStream
from roomserver.service.reading import Position
from tests.support.loops import all_quiet


class Pipe:
    """A connection, and the request and the answer on it, that nobody reads."""

    def __init__(self) -> None:
        self.transport = self
        self.buffered = 0

    def get_write_buffer_size(self) -> int:
        return self.buffered

    def is_closing(self) -> bool:
        return False

    async def write(self, data: bytes) -> None:
        self.buffered += len(data)
        await asyncio.Event().wait()


async def test_what_is_being_written_waits_once() -> None:
    pipe: Any = Pipe()
    stream = EventStream(cast("web.Request", pipe))
    stream.begin(Position(Seq(0), "epoch"))
    stream.deliver(Bundle((Parcel(b"x" * 500_000, seq=Seq(1)),)))
    before = stream.waiting_bytes()

    writing = asyncio.create_task(stream.write_to(cast("web.StreamResponse", pipe)))
    await all_quiet()

    assert pipe.buffered > 500_000
    assert stream.waiting_bytes() == before
    writing.cancel()
