"""Reading history over HTTP, and the record of what stood there."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import msgspec
from aiohttp import ClientError, ClientSession

from tests.torture.history import Entry, History, Page
from tests.torture.wire import PageAnswer

PAGE_S_MAX: Final = 6.0


@dataclass(frozen=True, slots=True)
class Way:
    """How to get to an instance."""

    instance: int
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """What every client knows."""

    http: ClientSession
    ways: Sequence[Way]
    book: History


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Which page is wanted: the *latest*, or what is *after* or *before* the bound."""

    room: int
    how: str
    bound: int = 0
    limit: int = 50


async def read_page(world: World, way: Way, question: Question) -> PageAnswer | None:
    """Read a page and record it; None if the instance doesn't answer."""
    path = f"/api/v1/rooms/{question.room}/messages?limit={question.limit}"
    if question.how != "latest":
        path += f"&{question.how}={question.bound}"
    asked_at = time.monotonic_ns()
    try:
        async with asyncio.timeout(PAGE_S_MAX), world.http.get(way.url + path) as answer:
            if answer.status != 200:
                return None
            page = msgspec.json.decode(await answer.read(), type=PageAnswer)
    except (OSError, ClientError, TimeoutError):
        return None
    record_page(world.book, question, page, asked=(way.instance, asked_at))
    return page


def record_page(
    book: History, question: Question, page: PageAnswer, *, asked: tuple[int, int]
) -> None:
    """Record *page*; *asked* is which instance, and when."""
    instance, asked_at = asked
    book.record(
        Page(
            at=asked_at,
            room=question.room,
            instance=instance,
            how=question.how,
            bound=question.bound,
            limit=question.limit,
            seqs=[entry.seq for entry in page.messages],
            has_more=page.has_more,
            redacted=[entry.seq for entry in page.messages if entry.is_redacted],
        )
    )
    for entry in page.messages:
        _saw(book, entry, question.room, instance)


def _saw(book: History, entry: Entry, room: int, instance: int) -> None:
    book.saw(f"a page from instance {instance}", room, entry)
