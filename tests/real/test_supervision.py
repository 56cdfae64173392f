"""An instance in which something has broken for good gives way to another one."""

import asyncio
import sys
from pathlib import Path

import pytest

from tests.support.conversation import person
from tests.support.servers import running_roomserver

pytestmark = pytest.mark.slow

BROKEN = """
import asyncio
from roomserver.service.health import Health

async def breaks(self):
    while self._condition._hub.meter.totals().deliveries == 0:
        await asyncio.sleep(0.05)
    raise ZeroDivisionError("a bug")

Health._watch = breaks
from roomserver.__main__ import main

main()
"""
"""The server with a bug in a loop of it, which waits until somebody has said something."""


async def test_an_instance_that_has_lost_a_part_stops_in_order_and_says_so(tmp_path: Path) -> None:
    with running_roomserver(data_dir=tmp_path, command=[sys.executable, "-c", BROKEN]) as server:
        async with person(server, "Ada", 1) as ada:
            await ada.say("hello")
            await ada.hear("draining")
            _events, close_code = await ada.hear_the_rest()
        status = await asyncio.to_thread(server.program.wait)

    assert (close_code, status) == (1012, 1)
    assert "ZeroDivisionError: a bug" in server.log
    assert '"task": "health"' in server.log
    assert "A part of the server failed, so it stopped." in server.log
