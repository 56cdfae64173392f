"""Talking to an application in a test: who connects, and what they hear."""

from typing import Any

from aiohttp import ClientWebSocketResponse, web
from aiohttp.test_utils import TestClient

Client = TestClient[web.Request, web.Application]
Socket = ClientWebSocketResponse

HEAR_S_MAX = 5.0


async def join(
    client: Client, name: str = "Ada", *, user_id: int = 1, room: str = "1", query: str = ""
) -> tuple[Socket, dict[str, Any]]:
    """Connect as *name* and return the socket with the ``connected`` event's data."""
    socket = await client.ws_connect(f"/ws/{room}?user_id={user_id}&username={name}{query}")
    return socket, await hear(socket, "connected")


async def hear(socket: Socket, kind: str) -> dict[str, Any]:
    """Return the data of the next event, which must be of this *kind*."""
    event = await socket.receive_json(timeout=HEAR_S_MAX)
    assert event["type"] == kind, event
    data: dict[str, Any] = event["data"]
    return data


async def hear_until(socket: Socket, kind: str) -> dict[str, Any]:
    """Return the data of the next event of this *kind*, whatever comes before it."""
    for _ in range(10_000):
        event = await socket.receive_json(timeout=HEAR_S_MAX)
        if event["type"] == kind:
            data: dict[str, Any] = event["data"]
            return data
    raise AssertionError(f"no {kind} came")


async def say(socket: Socket, content: str, **fields: object) -> dict[str, Any]:
    """Post a message and return the data of ``message_sent``, which must be the next event."""
    await socket.send_json({"type": "message", "content": content, **fields})
    return await hear(socket, "message_sent")


def app_of(client: Client) -> web.Application:
    """Return the application that *client* talks to."""
    app = client.app
    assert isinstance(app, web.Application)
    return app


async def break_off(socket: Socket, client: Client) -> None:
    """Cut *socket*'s connection without a goodbye; return when the server has noticed."""
    before = await _connections(client)
    connection = socket._conn
    assert connection is not None
    assert connection.transport is not None
    connection.transport.abort()
    for _ in range(1_000):
        if await _connections(client) < before:
            return
    raise AssertionError("the server did not notice")


async def _connections(client: Client) -> int:
    stats = await (await client.get("/ws/stats")).json()
    total: int = stats["total_connections"]
    return total
