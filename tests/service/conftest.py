"""What the tests of the services have in common: a time that never has to be waited for."""

from collections.abc import AsyncIterator, Callable, Mapping

import pytest

import tests.support.properties  # noqa: F401 - being imported is what it is for
from tests.support.fakes import FakeClock
from tests.support.loops import JumpingLoop
from tests.support.stage import Stage


def pytest_asyncio_loop_factories() -> Mapping[str, Callable[[], JumpingLoop]]:
    return {"jumping": JumpingLoop}


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    """One instance's services, with the limits that it starts with."""
    async with Stage().running() as running:
        yield running
