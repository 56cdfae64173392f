"""A server of the test's own, and people who visit it."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, Protocol

import aiohttp
import pytest
from playwright.async_api import Browser, expect

from tests.browser.town_hall import ACCOUNTS, Member, TownHall
from tests.browser.visitor import Visitor, known_as, visiting
from tests.support.servers import RoomServer, running_roomserver

Visit = Callable[..., Awaitable[Visitor]]

# Longer than anything takes on a busy machine; what comes sooner is not waited for.
expect.set_options(timeout=15_000)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RoomServer]:
    """A server over an empty folder."""
    with running_roomserver(data_dir=tmp_path) as running:
        yield running


@pytest.fixture
async def visit(browser: Browser, server: RoomServer) -> AsyncIterator[Visit]:
    """Open another browser with another person at it, for as long as the test runs."""
    async with AsyncExitStack() as leaving:

        async def _visit(
            path: str = "/", *, name: str | None = "Ana", user_id: int = 11, **options: Any
        ) -> Visitor:
            kept = known_as(name, user_id) if name is not None else {}
            visitor = visiting(browser, server.url, path, kept=kept, **options)
            return await leaving.enter_async_context(visitor)

        yield _visit


class Sit(Protocol):
    """Let somebody with an account, or a guest, open the page."""

    async def __call__(self, who: Member, path: str = "/", **options: Any) -> Visitor: ...


@pytest.fixture
def town(tmp_path: Path) -> Iterator[RoomServer]:
    """A server of accounts, without an owner."""
    with running_roomserver(data_dir=tmp_path, environ=ACCOUNTS) as running:
        yield running


@pytest.fixture
async def hall(town: RoomServer) -> AsyncIterator[TownHall]:
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session:
        yield TownHall(town, session)


@pytest.fixture
async def olga(hall: TownHall) -> Member:
    """The owner of the town's server."""
    return await hall.owner()


@pytest.fixture
async def sit(browser: Browser, town: RoomServer) -> AsyncIterator[Sit]:
    async with AsyncExitStack() as leaving:

        async def _sit(who: Member, path: str = "/", **options: Any) -> Visitor:
            kept = known_as(who.username, who.user_id)
            arriving = visiting(browser, town.url, "/health/live", kept=kept, **options)
            visitor = await leaving.enter_async_context(arriving)
            await who.sit_down(visitor.page)
            await visitor.page.goto(town.url + path)
            return visitor

        yield _sit
