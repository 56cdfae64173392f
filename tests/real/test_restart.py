"""Nothing that was acknowledged is lost, doubled or out of order, however the server ends."""

import asyncio
import json

import pytest
import websockets

from tests.support.conversation import Person, person, until, whole_log
from tests.support.servers import RoomServer

pytestmark = pytest.mark.slow


async def test_what_was_acknowledged_before_a_kill_is_there_once_and_in_order(
    server: RoomServer,
) -> None:
    acknowledged: dict[str, int] = {}
    async with person(server, "Ada", 1) as ada:
        for number in range(55):
            await ada.send(type="message", content=f"message {number}", client_id=str(number))
        await _collect(ada, acknowledged, at_least=10)
        server.kill()
        await _collect(ada, acknowledged, at_least=10_000)
    await asyncio.to_thread(server.restart)

    stored = await whole_log(server)
    async with person(server, "Ada", 1) as ada:
        for number in range(55):
            sent = await ada.say("said again", client_id=str(number))
            acknowledged.setdefault(str(number), sent["seq"])
            assert sent["seq"] == acknowledged[str(number)]
    after_retries = await whole_log(server)

    by_id = {entry["client_id"]: entry for entry in stored}
    assert {by_id[client_id]["seq"] for client_id in by_id} <= set(range(1, 56))
    assert [entry["seq"] for entry in after_retries] == list(range(1, 56))
    assert after_retries[: len(stored)] == stored
    assert {entry["client_id"]: entry["seq"] for entry in after_retries} == acknowledged


async def test_whoever_comes_back_after_a_kill_misses_nothing_and_hears_nothing_twice(
    server: RoomServer,
) -> None:
    async with person(server, "Ada", 1) as ada, person(server, "Ben", 2) as ben:
        for number in range(1, 6):
            await ada.say(str(number))
        heard = [(await ben.hear("message"))["seq"] for _ in range(3)]
        server.kill()
    await asyncio.to_thread(server.restart)

    async with person(server, "Ada", 1) as ada:
        await ada.say("6")
        resume = f"&since={heard[-1]}&epoch={ben.epoch}"
        async with person(server, "Ben", 2, query=resume) as ben:
            heard += [entry["seq"] for entry in ben.connected["history"]]
            await ada.say("7")
            heard.append((await ben.hear("message"))["seq"])

    assert heard == [1, 2, 3, 4, 5, 6, 7]


async def test_a_stop_says_goodbye_and_acknowledges_what_was_sent(server: RoomServer) -> None:
    async with person(server, "Ada", 1) as ada:
        for number in range(30):
            await ada.send(type="message", content=str(number), client_id=str(number))
        await ada.hear("message_sent")
        stopping = asyncio.create_task(asyncio.to_thread(server.terminate))
        events, close_code = await ada.hear_the_rest()

    assert await stopping == 0
    assert close_code == 1012
    assert "draining" in [event["type"] for event in events]
    await asyncio.to_thread(server.restart)
    acknowledged = [e["data"]["client_id"] for e in events if e["type"] == "message_sent"]
    stored = [entry["client_id"] for entry in await whole_log(server)]
    assert set(acknowledged) <= set(stored)
    assert len(stored) == len(set(stored))


async def test_a_stop_tells_the_operator_nothing_of_the_connections_inside(
    server: RoomServer,
) -> None:
    await asyncio.to_thread(server.terminate)

    assert "pool" not in server.log.lower()


async def test_a_long_absence_comes_in_pages_and_then_live(server: RoomServer) -> None:
    async with person(server, "Ada", 1) as ada:
        for number in range(1, 60):
            await ada.say(str(number))

        async with person(server, "Ben", 2, query=f"&since=0&epoch={ada.epoch}") as ben:
            entries = list(ben.connected["history"])
            await ada.say("60")
            entries.append(await ben.hear("message"))

    assert [entry["content"] for entry in entries] == [str(number) for number in range(1, 61)]


async def test_the_first_room_survives_with_its_number_and_its_log(server: RoomServer) -> None:
    async with person(server, "Ada", 1, room="general") as ada:
        await ada.say("before")
    await asyncio.to_thread(server.terminate)
    await asyncio.to_thread(server.restart)

    async with person(server, "Ada", 1, room="1") as again:
        pass

    assert again.epoch == ada.epoch
    assert [entry["content"] for entry in again.connected["history"]] == ["before"]


async def test_health_is_ok_after_every_start(server: RoomServer) -> None:
    server.kill()
    await asyncio.to_thread(server.restart)

    await until(lambda: bool(json.loads(server.get("/health"))["status"] == "ok"), within_s=10)


async def _collect(ada: Person, acknowledged: dict[str, int], *, at_least: int) -> None:
    """Note acknowledgements until there are enough, or the connection is gone."""
    try:
        while len(acknowledged) < at_least:
            event = json.loads(await asyncio.wait_for(ada.connection.recv(), 5))
            if event["type"] == "message_sent":
                acknowledged[event["data"]["client_id"]] = event["data"]["seq"]
    except (websockets.ConnectionClosed, TimeoutError):
        return
