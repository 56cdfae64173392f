"""The whole application over SQLite and memory, with a clock that is moved by hand."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from roomserver.bootstrap import running_app
from roomserver.cli.serving import HEADER_BYTES_MAX
from roomserver.config import Config, ServerConfig
from tests.support.fakes import FakeClock
from tests.support.talk import Client

Open = Callable[..., Awaitable[Client]]


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
async def open_app(tmp_path: Path, clock: FakeClock) -> AsyncIterator[Open]:
    """Open the application with other sections of the configuration than the defaults."""
    async with AsyncExitStack() as stack:

        async def open_with(**sections: object) -> Client:
            server = sections.pop("server", ServerConfig(data_dir=str(tmp_path)))
            config = Config(server=server, **sections)  # type: ignore[arg-type]
            app = await stack.enter_async_context(running_app(config, clock=clock))
            served = TestServer(app)
            await served.start_server(
                max_field_size=HEADER_BYTES_MAX, max_line_size=HEADER_BYTES_MAX
            )
            client: Client = TestClient(served)
            return await stack.enter_async_context(client)

        yield open_with


@pytest.fixture
async def client(open_app: Open) -> TestClient[web.Request, web.Application]:
    return await open_app()
