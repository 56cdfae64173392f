"""A server that says what the test tells it to say, and an audience that remembers."""

import asyncio
import itertools
import json
from collections.abc import AsyncIterator, Awaitable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any, TypeVar

import msgspec
from msgspec import Raw

from roomserver.cli.chat.ending import Ended, after_close
from roomserver.cli.chat.outside import Outside
from roomserver.cli.chat.session import Session
from roomserver.core import events, wire
from roomserver.core.model import User, UserId
from roomserver.core.narrator import Narrator
from roomserver.core.plain import Line

T = TypeVar("T")

ANA = User(UserId(1), "Ana")
JUAN = User(UserId(2), "Juan")
NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)

SOON_S = 5.0
"""How long a test waits for what happens at once: it fails then, instead of hanging."""


async def soon(wanted: Awaitable[T]) -> T:
    async with asyncio.timeout(SOON_S):
        return await wanted


def a_message(seq: int, content: str = "", *, author: User = JUAN) -> events.Message:
    return events.Message(
        id=seq,
        room_id=1,
        seq=seq,
        user_id=author.user_id,
        username=author.username,
        content=content or f"m{seq}",
        created_at="2026-11-24T12:04:26.123Z",
    )


def raw(messages: Sequence[events.Message]) -> list[Raw]:
    return [Raw(msgspec.json.encode(message)) for message in messages]


def connected(
    *seqs: int,
    last_seq: int | None = None,
    epoch: str = "e1",
    has_more: bool = False,
    resync: bool | None = None,
) -> events.Connected:
    return events.Connected(
        room_id=1,
        active_users=[ANA],
        user=ANA,
        room=events.RoomFace(id=1, slug="general", name="General"),
        epoch=epoch,
        last_seq=max(seqs, default=0) if last_seq is None else last_seq,
        history=raw([a_message(seq) for seq in seqs]),
        has_more=has_more,
        resync=resync,
        read_up_to=0,
        instance="i1",
        limits=events.ClientLimits(
            message_chars_max=4_000,
            message_bytes_max=16_000,
            frame_bytes_max=65_536,
            messages_per_second=20.0,
            messages_burst=60,
            history_messages_max=200,
        ),
    )


def page(*seqs: int, after: int, has_more: bool = False) -> events.History:
    return events.History(
        messages=raw([a_message(seq) for seq in seqs]), has_more=has_more, after=after
    )


class FakeLink:
    """One connection, from the server's end."""

    def __init__(self, query: Mapping[str, str]) -> None:
        self.query = dict(query)
        self.is_closed = False
        self._to_client: asyncio.Queue[str | Ended] = asyncio.Queue()
        self._from_client: asyncio.Queue[dict[str, Any]] = asyncio.Queue()

    def send(self, frame: str) -> None:
        self._from_client.put_nowait(json.loads(frame))

    async def receive(self) -> str:
        frame = await self._to_client.get()
        if isinstance(frame, Ended):
            raise frame
        return frame

    def say(self, *events: events.Event) -> None:
        for event in events:
            self._to_client.put_nowait(wire.encode(event).decode())

    def acknowledge(self, post: Mapping[str, Any], seq: int) -> None:
        """Say that a post is on disk, and send it to its author as to everybody else."""
        self.say(
            events.MessageSent(
                message_id=seq, timestamp="…", seq=seq, client_id=post.get("client_id")
            ),
            a_message(seq, post["content"], author=ANA),
        )

    def refuse(self, post: Mapping[str, Any], code: str, **details: Any) -> None:
        self.say(
            events.Error(
                code=code,
                message=f"{code}, in words.",
                retryable=details.pop("retryable", False),
                client_id=post.get("client_id"),
                **details,
            )
        )

    def close(self, code: int | None = None) -> None:
        self._to_client.put_nowait(after_close(code))

    async def hear(self) -> dict[str, Any]:
        """Return the next frame of the client."""
        return await soon(self._from_client.get())

    @property
    def is_quiet(self) -> bool:
        return self._from_client.empty()


class FakeServer:
    """Whom a session dials: every call waits until the test takes it or turns it down."""

    def __init__(self) -> None:
        self._calls: asyncio.Queue[tuple[FakeLink, asyncio.Future[None]]] = asyncio.Queue()

    @asynccontextmanager
    async def dial(self, query: Mapping[str, str]) -> AsyncIterator[FakeLink]:
        link = FakeLink(query)
        taken = asyncio.get_running_loop().create_future()
        self._calls.put_nowait((link, taken))
        await taken
        try:
            yield link
        finally:
            link.is_closed = True

    async def take(self, *events: events.Event) -> FakeLink:
        link, taken = await soon(self._calls.get())
        link.say(*events)
        taken.set_result(None)
        return link

    async def turn_down(self, ended: Ended) -> FakeLink:
        link, taken = await soon(self._calls.get())
        taken.set_exception(ended)
        return link


class Witness:
    """An audience that remembers what it was shown."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self._changed = asyncio.Event()

    def show(self, lines: Sequence[Line]) -> None:
        self.lines += [str(line) for line in lines]
        self._changed.set()

    def refresh(self) -> None:
        self._changed.set()

    async def sees(self, text: str) -> None:
        """Wait until a line with *text* has been shown."""
        async with asyncio.timeout(SOON_S):
            while not any(text in line for line in self.lines):
                self._changed.clear()
                await self._changed.wait()

    def count(self, text: str) -> int:
        return sum(text in line for line in self.lines)


class World:
    """A session with everything around it. Time passes only where somebody sleeps."""

    def __init__(self, *, is_read: bool = False) -> None:
        self.server = FakeServer()
        self.witness = Witness()
        self.slept_s: list[float] = []
        self.now_s = 0.0
        self.sleeps_end = True
        numbers = itertools.count(1)
        self.outside = Outside(
            sleep=self._sleep,
            now_s=lambda: self.now_s,
            random=lambda: 1.0,
            new_client_id=lambda: f"c{next(numbers)}",
        )
        self.session = Session(
            self.server.dial,
            narrator=Narrator(to_local=lambda at: at.astimezone(UTC), now=NOON),
            audience=self.witness,
            outside=self.outside,
            is_read=is_read,
        )

    @property
    def shown(self) -> list[str]:
        """The messages that were shown, without their time."""
        return [line.partition(" ")[2] for line in self.witness.lines if line[:2].isdecimal()]

    async def _sleep(self, duration_s: float) -> None:
        self.slept_s.append(duration_s)
        self.now_s += duration_s
        if not self.sleeps_end:
            await asyncio.get_running_loop().create_future()


@asynccontextmanager
async def a_world(*, is_read: bool = False) -> AsyncIterator[World]:
    """Run a session for as long as the block lasts."""
    world = World(is_read=is_read)
    running = asyncio.create_task(world.session.run())
    try:
        yield world
    finally:
        running.cancel()
        await asyncio.wait([running])
