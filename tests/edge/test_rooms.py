"""Rooms over HTTP: made, renamed, described, archived; and everybody hears of it."""

import pytest

from roomserver.config import RoomsConfig
from tests.support.application import Open
from tests.support.talk import Client, hear, join, say

ADA = "user_id=1&username=Ada"
EVERYTHING_OPEN = {
    "private": False,
    "announce_only": False,
    "slow_mode_s": 0,
    "people_max": 0,
}


async def test_a_room_is_made_with_an_address_and_a_description(client: Client) -> None:
    body = {"name": "Book club", "description": " What we\n read ", "slug": "Books"}

    answer = await client.post("/api/v1/rooms", json=body)

    room = {
        "id": 2,
        "slug": "books",
        "name": "Book club",
        "description": "What we read",
        "archived": False,
    }
    assert (answer.status, await answer.json()) == (201, room)
    shown = await (await client.get("/api/v1/rooms/books")).json()
    assert shown.items() >= room.items()


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"name": "General", "slug": "general"}, 409, "room_exists"),
        ({"name": "X", "slug": "7"}, 400, "invalid_event"),
        ({"name": "X", "slug": "stats"}, 400, "invalid_event"),
        ({"name": "X", "slug": "a/b"}, 400, "invalid_event"),
        ({"name": "X", "slug": ""}, 400, "invalid_event"),
        ({"name": "X", "description": "x" * 281}, 400, "invalid_event"),
        ({"name": "X", "description": "\u202e"}, 400, "invalid_event"),
    ],
)
async def test_a_room_that_cannot_be_made_so_is_refused(
    client: Client, body: dict[str, str], status: int, code: str
) -> None:
    answer = await client.post("/api/v1/rooms", json=body)

    assert (answer.status, (await answer.json())["data"]["code"]) == (status, code)


async def test_rooms_of_one_name_are_told_apart_by_their_slugs(client: Client) -> None:
    made = [await client.post("/api/v1/rooms", json={"name": "General"}) for _ in range(2)]

    assert [(await each.json())["slug"] for each in made] == ["general-2", "general-3"]


async def test_everybody_hears_of_a_new_room(client: Client) -> None:
    ada, _ = await join(client)

    await client.post("/api/v1/rooms", json={"name": "Books"})

    assert await hear(ada, "room_updated") == {
        "room_id": 2,
        "slug": "books",
        "name": "Books",
        "description": "",
        "archived": False,
        **EVERYTHING_OPEN,
    }


async def test_a_room_is_renamed_and_described_for_everybody(client: Client) -> None:
    ada, _ = await join(client, room="1")
    ben, _ = await join(client, "Ben", user_id=2, room="2")

    answer = await client.patch(
        f"/api/v1/rooms/1?{ADA}", json={"name": "Plaza", "description": "Meet here"}
    )

    facts = {"slug": "general", "name": "Plaza", "description": "Meet here", "archived": False}
    assert (answer.status, await answer.json()) == (200, {"id": 1, **facts})
    for socket in (ada, ben):
        assert await hear(socket, "room_updated") == {"room_id": 1, **facts, **EVERYTHING_OPEN}
    _eva, connected = await join(client, "Eva", user_id=3, room="general")
    assert connected["room"] == {"id": 1, **facts}


async def test_what_is_as_it_was_is_not_told(client: Client) -> None:
    ada, _ = await join(client)

    await client.patch(f"/api/v1/rooms/1?{ADA}", json={"name": "General"})
    await client.patch(f"/api/v1/rooms/1?{ADA}", json={})
    await client.patch(f"/api/v1/rooms/1?{ADA}", json={"name": "Plaza"})

    assert (await hear(ada, "room_updated"))["name"] == "Plaza"


async def test_an_archived_room_is_read_only_until_it_is_restored(client: Client) -> None:
    ada, _ = await join(client)
    sent = await say(ada, "before")
    await hear(ada, "message")

    archived = await client.delete(f"/api/v1/rooms/1?{ADA}")

    assert (await archived.json())["archived"] is True
    assert (await hear(ada, "room_updated"))["archived"] is True
    for event in (
        {"type": "message", "content": "after", "client_id": "c"},
        {"type": "react", "message_id": sent["message_id"], "emoji": "👍"},
        {"type": "delete", "message_id": sent["message_id"]},
    ):
        await ada.send_json(event)
        assert (await hear(ada, "error"))["code"] == "room_archived"
    page = await (await client.get("/api/v1/rooms/1/messages")).json()
    assert [message["content"] for message in page["messages"]] == ["before"]
    _ben, connected = await join(client, "Ben", user_id=2)
    assert connected["room"]["archived"] is True
    await hear(ada, "user_joined")

    await client.patch(f"/api/v1/rooms/1?{ADA}", json={"archived": False})

    assert (await hear(ada, "room_updated"))["archived"] is False
    await say(ada, "again")


@pytest.mark.parametrize(
    ("query", "body", "status"),
    [
        ("", {"name": "Mine"}, 401),
        (ADA, {"name": "  "}, 400),
        (ADA, {"name": 5}, 400),
        (ADA, {"slug": "other"}, 400),
        (ADA, {"archived": "yes"}, 400),
    ],
)
async def test_a_change_that_cannot_be_made_is_refused(
    client: Client, query: str, body: dict[str, object], status: int
) -> None:
    answer = await client.patch(f"/api/v1/rooms/1?{query}", json=body)

    assert answer.status == status


async def test_another_hosts_page_changes_no_room(client: Client) -> None:
    evil = {"Origin": "https://evil.example"}

    changed = await client.patch(f"/api/v1/rooms/1?{ADA}", json={"name": "Evil"}, headers=evil)
    archived = await client.delete(f"/api/v1/rooms/1?{ADA}", headers=evil)

    assert (changed.status, archived.status) == (403, 403)


async def test_a_room_can_be_described_where_the_operator_makes_the_rooms(open_app: Open) -> None:
    client = await open_app(rooms=RoomsConfig(auto_create=False))

    answer = await client.patch(f"/api/v1/rooms/1?{ADA}", json={"description": "Hello"})

    assert answer.status == 200
