"""A new version is brought out under load: one instance after the other is stopped and started."""

import asyncio
import itertools
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from pathlib import Path

import pytest
import websockets
from websockets.asyncio.client import ClientConnection

from tests.support.conversation import whole_log
from tests.support.servers import RoomServer
from tests.support.town import Town, running_town

PEOPLE = 20
EVERY_S = 0.1
AWAY_S_MAX = 5.0
CATCHING_UP_S_MAX = 20.0

pytestmark = [pytest.mark.real, pytest.mark.slow]


@pytest.fixture
async def town(postgres_url: str, redis_url: str, tmp_path: Path) -> AsyncIterator[Town]:
    async with running_town(
        3, database_url=postgres_url, redis_url=redis_url, data_dir=tmp_path
    ) as servers:
        yield servers


class Traveller:
    """
    Somebody who talks all the time, and moves on when told to, as the page does.

    What was not acknowledged is sent again on the next connection, with its old ``client_id``.
    """

    def __init__(self, user_id: int, servers: Sequence[RoomServer]) -> None:
        self.user_id = user_id
        self.heard: list[int] = []
        self.left: list[object] = []
        self.acknowledged: dict[str, int] = {}
        self.away_s: list[float] = []
        self._servers = servers
        self._unacknowledged: dict[str, str] = {}
        self._has_said_all = asyncio.Event()
        self._is_asked_to_stop = False

    def stop(self) -> None:
        """Let them say no more, and come home when everything is acknowledged."""
        self._is_asked_to_stop = True
        if not self._unacknowledged:
            self._has_said_all.set()

    async def live(self) -> None:
        loop = asyncio.get_running_loop()
        left_at_s = None
        for number in itertools.count(self.user_id):
            query = f"user_id={self.user_id}&username=P{self.user_id}"
            if self.heard:
                query += f"&since={self.heard[-1]}"
            url = self._servers[number % len(self._servers)].ws_url(f"/ws/1?{query}")
            try:
                async with websockets.connect(url, max_size=None, max_queue=None) as connection:
                    first = json.loads(await connection.recv())
                    if left_at_s is not None:
                        self.away_s.append(loop.time() - left_at_s)
                    left_at_s = None
                    self._note(first)
                    await self._converse(connection)
                    return
            except (OSError, websockets.WebSocketException):
                # Stopping, or not there yet: the next one is.
                left_at_s = loop.time() if left_at_s is None else left_at_s
                await asyncio.sleep(0.05)

    async def _converse(self, connection: ClientConnection) -> None:
        talking = asyncio.create_task(self._talk(connection))
        try:
            while not self._has_said_all.is_set():
                with suppress(TimeoutError):
                    async with asyncio.timeout(1):
                        self._note(json.loads(await connection.recv()))
        finally:
            talking.cancel()
            await asyncio.gather(talking, return_exceptions=True)

    async def _talk(self, connection: ClientConnection) -> None:
        for client_id, content in list(self._unacknowledged.items()):
            await self._post(connection, client_id, content)
        while not self._is_asked_to_stop:
            client_id = f"{self.user_id}-{len(self.acknowledged) + len(self._unacknowledged)}"
            self._unacknowledged[client_id] = f"says {client_id}"
            await self._post(connection, client_id, self._unacknowledged[client_id])
            await asyncio.sleep(EVERY_S)

    async def _post(self, connection: ClientConnection, client_id: str, content: str) -> None:
        event = {"type": "message", "content": content, "client_id": client_id}
        await connection.send(json.dumps(event))

    def _note(self, event: dict[str, object]) -> None:
        data = event["data"]
        assert isinstance(data, dict)
        match event["type"]:
            case "connected":
                self.heard += [entry["seq"] for entry in data["history"]]
            case "history":
                self.heard += [entry["seq"] for entry in data["messages"]]
            case "message":
                self.heard.append(data["seq"])
            case "message_sent":
                self.acknowledged[data["client_id"]] = data["seq"]
                self._unacknowledged.pop(data["client_id"], None)
            case "user_left":
                self.left.append(data)
            case "error":
                assert data["code"] == "shutting_down", data  # Sent again on the next one.
            case _:
                pass
        if self._is_asked_to_stop and not self._unacknowledged:
            self._has_said_all.set()


async def test_a_rolling_restart_loses_nothing_and_nobody_is_away_for_long(town: Town) -> None:
    people = [Traveller(number, list(town)) for number in range(1, PEOPLE + 1)]
    lives = [asyncio.create_task(each.live()) for each in people]

    for server in town:
        await asyncio.sleep(2)  # The load itself, not a wait for something.
        assert await asyncio.to_thread(server.terminate) == 0
        await asyncio.to_thread(server.restart)
    await asyncio.sleep(2)
    # What they hear from here on is each other going home.
    everybodys_left = [list(each.left) for each in people]
    for each in people:
        each.stop()
    async with asyncio.timeout(CATCHING_UP_S_MAX):
        await asyncio.gather(*lives)
    log = await whole_log(town[0])

    assert [entry["seq"] for entry in log] == list(range(1, len(log) + 1))
    stored = {entry["client_id"]: entry["seq"] for entry in log}
    assert len(stored) == len(log)
    acknowledged = {id_: seq for each in people for id_, seq in each.acknowledged.items()}
    assert acknowledged == stored
    for each in people:
        assert each.heard == list(range(each.heard[0], each.heard[-1] + 1))
    assert everybodys_left == [[]] * PEOPLE
    assert sum(len(each.away_s) for each in people) >= PEOPLE
    assert max(max(each.away_s, default=0.0) for each in people) < AWAY_S_MAX
