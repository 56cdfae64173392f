"""The windows in which the torture has a server die, one by one: each is there, on each store."""

import asyncio
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.real.conftest import STORES
from tests.support.conversation import person, until, whole_log
from tests.support.servers import RoomServer, running_roomserver

pytestmark = pytest.mark.slow

IS_STORED = {
    "before_commit": False,
    "before_announcing": True,
    "amid_acknowledging": True,
    "before_telling": True,
}
"""Whether a message is in the log when the server dies there."""


@pytest.fixture
def armed(tmp_path: Path) -> Path:
    """The file that arms a fail-point."""
    return tmp_path / "armed"


@pytest.fixture(params=STORES)
def server(request: pytest.FixtureRequest, tmp_path: Path, armed: Path) -> Iterator[RoomServer]:
    options: list[str] = []
    if request.param == "postgresql":
        options += ["--database-url", request.getfixturevalue("postgres_url")]
    launcher = [sys.executable, "-m", "tests.torture.launcher"]
    environ = {"TORTURE_ARMED": str(armed)}
    with running_roomserver(
        *options, data_dir=tmp_path / "data", command=launcher, environ=environ
    ) as running:
        yield running


@pytest.mark.parametrize("point", IS_STORED)
async def test_a_server_that_dies_there_has_stored_the_message_or_not_and_a_retry_once(
    server: RoomServer, armed: Path, point: str
) -> None:
    async with person(server, "Ada", 1) as ada:
        await asyncio.to_thread(armed.write_text, f"{point} kill")
        await ada.send(type="message", content="hola", client_id="1")
        await until(lambda: f"fail-point {point}" in server.log, within_s=20)
    await asyncio.to_thread(server.restart)

    stored = await whole_log(server)
    async with person(server, "Ada", 1) as ada:
        sent = await ada.say("hola", client_id="1")

    assert len(stored) == IS_STORED[point]
    assert sent["seq"] == 1
    assert len(await whole_log(server)) == 1
