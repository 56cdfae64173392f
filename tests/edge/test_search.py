"""Looking for words over HTTP."""

from typing import Any

import pytest

from tests.support.talk import Client, hear, join, say


async def search(client: Client, query: str) -> dict[str, Any]:
    answer = await client.get(f"/api/v1/rooms/general/search?{query}")
    assert answer.status == 200, await answer.text()
    found: dict[str, Any] = await answer.json()
    return found


async def test_what_was_acknowledged_is_found_at_once_with_its_words_marked(
    client: Client,
) -> None:
    ada, _ = await join(client)
    sent = await say(ada, "¡La Canción del año!")

    [result] = (await search(client, "q=cancion+del"))["results"]

    assert result == {
        "id": sent["message_id"],
        "seq": 1,
        "user_id": 1,
        "username": "Ada",
        "created_at": sent["timestamp"],
        "edited": False,
        "excerpt": "¡La Canción del año!",
        "marks": [[4, 11], [12, 15]],
    }


async def test_an_edit_and_a_deletion_are_followed_at_once(client: Client) -> None:
    ada, _ = await join(client)
    sent = await say(ada, "tea")
    await hear(ada, "message")
    assert (await search(client, "q=tea"))["results"] != []

    await ada.send_json({"type": "edit", "message_id": sent["message_id"], "content": "coffee"})
    await hear(ada, "message_edited")
    after_edit = await search(client, "q=coffee")
    of_before = await search(client, "q=tea")
    await ada.send_json({"type": "delete", "message_id": sent["message_id"]})
    await hear(ada, "message_deleted")

    assert [(each["id"], each["edited"]) for each in after_edit["results"]] == [
        (sent["message_id"], True)
    ]
    assert of_before["results"] == []
    assert (await search(client, "q=coffee"))["results"] == []


async def test_results_come_in_pages(client: Client) -> None:
    ada, _ = await join(client)
    for number in range(1, 6):
        await say(ada, f"hola {number}")
        await hear(ada, "message")

    page = await search(client, "q=hola&limit=2")
    rest = await search(client, "q=hola&limit=9&before=4")

    assert ([each["seq"] for each in page["results"]], page["has_more"]) == ([5, 4], True)
    assert ([each["seq"] for each in rest["results"]], rest["has_more"]) == ([3, 2, 1], False)


@pytest.mark.parametrize(
    "query", ["", "q=", "q=%3F", "q=a&limit=0", "q=a&before=x", f"q={'x' * 201}"]
)
async def test_a_search_that_makes_no_sense_is_refused(client: Client, query: str) -> None:
    answer = await client.get(f"/api/v1/rooms/general/search?{query}")

    assert (answer.status, (await answer.json())["data"]["code"]) == (400, "invalid_event")


@pytest.mark.parametrize("query", ["q=%00a", "q=%22a", "q=a*+OR+b%27", "q=%ff%fea", "q=a:b%5C"])
async def test_a_hostile_search_finds_nothing(client: Client, query: str) -> None:
    assert (await search(client, query))["results"] == []


async def test_a_room_that_is_not_there_has_nothing_to_search(client: Client) -> None:
    answer = await client.get("/api/v1/rooms/nowhere/search?q=hola")

    assert answer.status == 404
