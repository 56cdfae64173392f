"""Rights where people are known: who makes a room owns it, and nobody else gets in."""

import pytest
from aiohttp import WSMsgType

from roomserver.config import AuthConfig
from tests.support.application import Open
from tests.support.talk import Client, hear, hear_until
from tests.support.visitors import Browser, account_of, owner_of


@pytest.fixture
async def client(open_app: Open) -> Client:
    return await open_app(auth=AuthConfig(mode="accounts"))


@pytest.fixture
async def olga(client: Client) -> Browser:
    """The server's owner."""
    return await owner_of(client)


@pytest.fixture
async def ana(client: Client, olga: Browser) -> Browser:
    """Who has made a private room, the cellar."""
    ana = await account_of(client, olga, "Ana")
    assert (await ana.post("/api/v1/rooms", {"name": "Cellar"})).status == 201
    private = await ana.request("PATCH", "/api/v1/rooms/cellar/settings", {"private": True})
    assert private.status == 200
    return ana


@pytest.fixture
async def eve(client: Client, olga: Browser) -> Browser:
    """Somebody else."""
    return await account_of(client, olga, "Eve")


async def user_id(browser: Browser) -> int:
    facts = await browser.whoami()
    return int(facts["user"]["user_id"])


async def test_whoever_makes_a_room_owns_it(ana: Browser) -> None:
    settings = await (await ana.get("/api/v1/rooms/cellar/settings")).json()

    assert (settings["role"], settings["private"]) == ("owner", True)


@pytest.mark.parametrize("path", ["", "/messages", "/members", "/settings", "/audit", "/invites"])
@pytest.mark.usefixtures("ana")
async def test_to_others_it_is_not_there(eve: Browser, path: str) -> None:
    private = await eve.get(f"/api/v1/rooms/cellar{path}")
    missing = await eve.get(f"/api/v1/rooms/attic{path}")

    assert private.status == missing.status == 404
    assert await private.read() == await missing.read()


@pytest.mark.usefixtures("ana")
async def test_its_socket_is_not_there_either(eve: Browser) -> None:
    for room in ("cellar", "attic"):
        socket = await eve.connect(room)
        error = await hear(socket, "error")
        farewell = await socket.receive()

        assert error["code"] == "room_not_found"
        assert (farewell.type, farewell.data) == (WSMsgType.CLOSE, 4404)


async def test_it_is_in_nobodys_list_but_its_members(
    olga: Browser, ana: Browser, eve: Browser
) -> None:
    seen = {}
    for name, browser in (("olga", olga), ("ana", ana), ("eve", eve)):
        rooms = (await (await browser.get("/api/v1/rooms")).json())["rooms"]
        seen[name] = [room["slug"] for room in rooms]

    assert seen == {
        "olga": ["cellar", "general"],
        "ana": ["cellar", "general"],
        "eve": ["general"],
    }


async def test_saying_that_one_is_somebody_else_opens_nothing(ana: Browser, eve: Browser) -> None:
    query = f"user_id={await user_id(ana)}&username=Ana"

    assert (await eve.get(f"/api/v1/rooms/cellar/messages?{query}")).status == 404
    kicked = await eve.request("DELETE", f"/api/v1/rooms/1/members/{await user_id(ana)}?{query}")
    assert kicked.status == 403


async def test_an_invitation_lets_in_and_a_kick_puts_out(ana: Browser, eve: Browser) -> None:
    made = await (await ana.post("/api/v1/rooms/cellar/invites", {})).json()
    joined = await eve.post("/api/v1/join", {"token": made["token"]})
    inside = await eve.join("cellar")

    path = f"/api/v1/rooms/cellar/members/{await user_id(eve)}"
    kicked = await ana.request("DELETE", path)
    error = await hear_until(inside, "error")
    farewell = await inside.receive()

    assert (joined.status, kicked.status) == (200, 204)
    assert (error["code"], farewell.data) == ("forbidden", 4403)
    assert (await eve.get("/api/v1/rooms/cellar")).status == 404


@pytest.mark.usefixtures("ana")
async def test_nobody_who_is_not_known_is_answered(client: Client) -> None:
    stranger = Browser(client)

    for path in ("/ws/stats", "/api/v1/rooms", "/api/v1/rooms/1/messages", "/api/v1/rooms/cellar"):
        assert (await stranger.get(path)).status == 401


async def test_rooms_are_not_made_by_entering_them(ana: Browser) -> None:
    socket = await ana.connect("attic")

    assert (await hear(socket, "error"))["code"] == "room_not_found"


async def test_a_program_is_let_into_a_private_room_like_anybody(
    ana: Browser, client: Client
) -> None:
    body = {"name": "reader", "rights": ["read"], "rooms": ["cellar"]}
    made = await (await ana.post("/api/v1/account/tokens", body)).json()
    headers = {"Authorization": f"Bearer {made['token']}"}

    before = await client.get("/api/v1/rooms/cellar/messages", headers=headers)
    member = f"/api/v1/rooms/cellar/members/{made['user_id']}"
    await ana.request("PATCH", member, {"role": "moderator"})
    after = await client.get("/api/v1/rooms/cellar/messages", headers=headers)
    elsewhere = await client.get("/api/v1/rooms/general/messages", headers=headers)
    muting = await client.patch(
        f"/api/v1/rooms/cellar/members/{await user_id(ana)}",
        headers=headers,
        json={"muted_until": "forever"},
    )

    assert (before.status, after.status, elsewhere.status, muting.status) == (404, 200, 404, 403)
