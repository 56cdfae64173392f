"""Rooms that are private from the moment in which they are made."""

from roomserver.config import AuthConfig
from tests.support.application import Open
from tests.support.talk import Client, hear
from tests.support.visitors import Browser, account_of, owner_of

PLANS = {"name": "Plans", "private": True}


async def _listed(browser: Browser) -> dict[str, bool]:
    rooms = await (await browser.get("/api/v1/rooms")).json()
    return {room["slug"]: room["private"] for room in rooms["rooms"]}


async def test_a_private_room_is_its_makers_and_nobody_else_hears_of_it(open_app: Open) -> None:
    client = await open_app(auth=AuthConfig(mode="accounts"))
    owner = await owner_of(client)
    ana, ben = [await account_of(client, owner, name) for name in ("Ana", "Ben")]
    sitting = await ben.join("general")

    answer = await ana.post("/api/v1/rooms", PLANS)

    assert answer.status == 201
    assert await _listed(ana) == {"general": False, "plans": True}
    assert await _listed(ben) == {"general": False}
    facts = await (await ana.get("/api/v1/rooms/plans")).json()
    assert (facts["private"], facts["role"]) == (True, "owner")
    await ana.post("/api/v1/rooms", {"name": "Open"})
    assert (await hear(sitting, "room_updated"))["slug"] == "open"
    await sitting.close()


async def test_where_names_are_believed_no_room_is_private(client: Client) -> None:
    answer = await client.post("/api/v1/rooms", json=PLANS)

    assert answer.status == 403
    rooms = await (await client.get("/api/v1/rooms")).json()
    assert [room["slug"] for room in rooms["rooms"]] == ["general"]
