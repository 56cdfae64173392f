"""
Every address of the server, asked about a private room by somebody who isn't in it.

A route that is new fails here until it stands in one of the two tables.
"""

from collections.abc import Mapping
from typing import Any, Final

import pytest

from roomserver.config import AuthConfig
from roomserver.core.policy import RIGHTS
from tests.support.application import Open
from tests.support.talk import Client, app_of
from tests.support.visitors import Browser, account_of, owner_of

Route = tuple[str, str]

UPGRADE: Final = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
}

ABOUT_A_ROOM: Final[Mapping[Route, Mapping[str, Any]]] = {
    ("GET", "/ws/{room}"): {"headers": UPGRADE},
    ("GET", "/rooms/{room}/qr.svg"): {},
    ("GET", "/api/v1/rooms/{room}"): {},
    ("PATCH", "/api/v1/rooms/{room}"): {"json": {"name": "Mine"}},
    ("DELETE", "/api/v1/rooms/{room}"): {},
    ("GET", "/api/v1/rooms/{room}/messages"): {"params": {"at": "2026-11-24"}},
    ("POST", "/api/v1/rooms/{room}/messages"): {"json": {"content": "hola"}},
    ("GET", "/api/v1/rooms/{room}/events"): {"params": {"since": "0"}},
    ("GET", "/api/v1/rooms/{room}/link"): {},
    ("GET", "/api/v1/rooms/{room}/search"): {"params": {"q": "word"}},
    ("GET", "/api/v1/rooms/{room}/members"): {},
    ("PATCH", "/api/v1/rooms/{room}/members/{user}"): {"json": {"role": "owner"}},
    ("DELETE", "/api/v1/rooms/{room}/members/{user}"): {},
    ("GET", "/api/v1/rooms/{room}/settings"): {},
    ("PATCH", "/api/v1/rooms/{room}/settings"): {"json": {"private": False}},
    ("GET", "/api/v1/rooms/{room}/invites"): {},
    ("POST", "/api/v1/rooms/{room}/invites"): {"json": {}},
    ("DELETE", "/api/v1/rooms/{room}/invites/{invite}"): {},
    ("GET", "/api/v1/rooms/{room}/audit"): {},
}
"""Each of them, and how to ask it so that nothing else is wrong with the question."""

ABOUT_NO_ROOM: Final = {
    ("GET", "/"),
    # The page is the same whatever it is asked for; it finds the room by its socket.
    ("GET", "/rooms/{room}"),
    ("GET", "/rooms/{room}/{message_id}"),
    ("GET", "/assets/{version}/{name}"),
    ("GET", "/service_worker.js"),
    ("GET", "/client.js"),
    ("GET", "/sign-in"),
    ("GET", "/sign-up"),
    ("GET", "/set-up"),
    ("GET", "/join"),
    ("GET", "/upgrade"),
    ("GET", "/account"),
    ("GET", "/reset"),
    ("GET", "/stats"),
    ("GET", "/ws/stats"),
    ("GET", "/health"),
    ("GET", "/health/live"),
    ("GET", "/health/ready"),
    ("GET", "/metrics"),
    ("GET", "/api/v1/stats"),
    ("GET", "/api/v1/openapi.json"),
    ("GET", "/api/v1/asyncapi.json"),
    ("GET", "/api/v1/session"),
    ("POST", "/api/v1/session"),
    ("DELETE", "/api/v1/session"),
    ("POST", "/api/v1/set-up"),
    ("POST", "/api/v1/guests"),
    ("POST", "/api/v1/account"),
    ("POST", "/api/v1/account/upgrade"),
    ("POST", "/api/v1/account/password"),
    ("POST", "/api/v1/account/reset"),
    ("GET", "/api/v1/account/sessions"),
    ("DELETE", "/api/v1/account/sessions/{id}"),
    ("POST", "/api/v1/account/invitations"),
    ("GET", "/api/v1/account/tokens"),
    ("POST", "/api/v1/account/tokens"),
    ("DELETE", "/api/v1/account/tokens/{id}"),
    ("GET", "/api/v1/users"),
    ("PATCH", "/api/v1/users/{id}"),
    ("POST", "/api/v1/users/{id}/reset"),
    ("GET", "/api/v1/rooms"),
    ("POST", "/api/v1/rooms"),
    ("POST", "/api/v1/qr"),
    ("POST", "/api/v1/invitation"),
    ("POST", "/api/v1/join"),
}
"""What tells nothing of a room by its address. ``test_other_rooms.py`` asks what else it tells."""


@pytest.fixture
async def client(open_app: Open) -> Client:
    return await open_app(auth=AuthConfig(mode="accounts"))


@pytest.fixture
async def olga(client: Client) -> Browser:
    """The server's owner, who has made a private room."""
    olga = await owner_of(client)
    assert (await olga.post("/api/v1/rooms", {"name": "Cellar"})).status == 201
    await olga.request("PATCH", "/api/v1/rooms/cellar/settings", {"private": True})
    return olga


@pytest.fixture
async def token(client: Client, olga: Browser) -> str:
    """What lets in a program of somebody else's, which may do everything in the rooms it sees."""
    eve = await account_of(client, olga, "Eve")
    body = {"name": "robot", "rights": sorted(RIGHTS.keys() - {"metrics"})}
    made = await eve.post("/api/v1/account/tokens", body)
    return str((await made.json())["token"])


def routes(client: Client) -> set[Route]:
    return {
        (route.method, route.resource.canonical)
        for route in app_of(client).router.routes()
        if route.resource is not None and route.method != "HEAD"
    }


async def test_every_route_stands_in_one_of_the_tables(client: Client) -> None:
    assert routes(client) == {*ABOUT_A_ROOM, *ABOUT_NO_ROOM}
    assert not ABOUT_NO_ROOM & ABOUT_A_ROOM.keys()


async def test_to_a_stranger_a_private_room_is_none_through_every_door(
    client: Client, token: str
) -> None:
    answers = {}
    for room in ("cellar", "attic"):
        for (method, path), how in ABOUT_A_ROOM.items():
            address = path.replace("{room}", room).replace("{user}", "1").replace("{invite}", "1")
            headers = {"Authorization": f"Bearer {token}", **how.get("headers", {})}
            answer = await client.request(method, address, **{**how, "headers": headers})
            error = (await answer.json())["data"]
            answers[room, method, path] = (answer.status, error, set(answer.headers))

    for method, path in ABOUT_A_ROOM:
        private, none = answers["cellar", method, path], answers["attic", method, path]
        assert private == none, (method, path)
        status, error, _headers = private
        assert (status, error["code"]) == (404, "room_not_found"), (method, path)


@pytest.mark.usefixtures("token")
async def test_the_page_of_a_private_room_is_that_of_any_other(client: Client) -> None:
    eve = Browser(client)
    await eve.sign_in("Eve")

    pages = []
    for room in ("cellar", "attic"):
        for path in (f"/rooms/{room}", f"/rooms/{room}/1"):
            answer = await eve.get(path)
            pages.append((answer.status, (await answer.text()).replace(room, "…")))

    assert pages[:2] == pages[2:]
    assert [status for status, _text in pages] == [200] * 4
