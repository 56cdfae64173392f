"""Talking to real servers with an independent client, the ``websockets`` library."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import websockets
from websockets.asyncio.client import ClientConnection

from tests.support.servers import RoomServer

HEAR_S_MAX = 20.0

Event = dict[str, Any]


class Person:
    """Somebody in a room: what they say, and everything that they hear, in its order."""

    def __init__(self, connection: ClientConnection, connected: Event) -> None:
        self.connection = connection
        self.connected = connected
        self.epoch: str = connected["epoch"]

    async def send(self, **event: object) -> None:
        await self.connection.send(json.dumps(event))

    async def say(self, content: str, client_id: str | None = None) -> Event:
        """Post a message and return the data of its ``message_sent``."""
        extra = {} if client_id is None else {"client_id": client_id}
        await self.send(type="message", content=content, **extra)
        return await self.hear("message_sent", lambda sent: sent.get("client_id") == client_id)

    async def hear(
        self, kind: str, is_wanted: Callable[[Event], bool] = lambda _event: True
    ) -> Event:
        """Return the data of the next event of this *kind* that *is_wanted*; pass over others."""
        async with asyncio.timeout(HEAR_S_MAX):
            while True:
                event = json.loads(await self.connection.recv())
                if event["type"] == kind and is_wanted(event["data"]):
                    data: Event = event["data"]
                    return data

    async def hear_the_rest(self) -> tuple[list[Event], int | None]:
        """Return every event until the connection is closed, and the close code that came."""
        events: list[Event] = []
        try:
            async with asyncio.timeout(HEAR_S_MAX):
                while True:
                    events.append(json.loads(await self.connection.recv()))
        except websockets.ConnectionClosed:
            pass
        return events, self.connection.close_code


@asynccontextmanager
async def person(
    server: RoomServer, name: str, user_id: int, *, room: str = "1", query: str = ""
) -> AsyncIterator[Person]:
    """Be in a room as *name* until the block ends."""
    url = server.ws_url(f"/ws/{room}?user_id={user_id}&username={name}{query}")
    async with websockets.connect(url, max_size=None, max_queue=None) as connection:
        first = json.loads(await asyncio.wait_for(connection.recv(), HEAR_S_MAX))
        assert first["type"] == "connected", first
        yield Person(connection, first["data"])


async def whole_log(server: RoomServer, *, room: str = "1") -> list[Event]:
    """Read a room's log from its beginning, page by page, over HTTP."""
    entries: list[Event] = []
    while True:
        after = entries[-1]["seq"] if entries else 0
        path = f"/api/v1/rooms/{room}/messages?after={after}&limit=200"
        page = json.loads(await asyncio.to_thread(server.get, path))
        entries += page["messages"]
        if not page["has_more"]:
            return entries


async def until(is_so: Callable[[], bool], *, within_s: float) -> None:
    """Wait until something outside has happened. Look often, since it can't be waited for."""
    async with asyncio.timeout(within_s):
        while not await asyncio.to_thread(is_so):
            await asyncio.sleep(0.02)
