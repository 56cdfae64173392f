"""What a connection hears of its person's other rooms."""

import pytest

from tests.support.talk import Client, hear, hear_until, join, say


@pytest.mark.slow
async def test_a_page_hears_of_its_other_rooms_over_its_one_socket(client: Client) -> None:
    books, _ = await join(client, "Ada", user_id=1, room="books")
    await books.close()
    ada, _ = await join(client, "Ada", user_id=1, room="general")
    ben, _ = await join(client, "Ben", user_id=2, room="books")
    await say(ben, "hola @ada")
    await hear(ben, "message")
    sent = await say(ben, "and @ada again")

    activity = await hear_until(ada, "room_activity")
    if activity["rooms"][0]["last_seq"] == 1:  # between the two
        activity = await hear_until(ada, "room_activity")
    listing = await (await client.get("/api/v1/rooms?user_id=1")).json()
    another, _ = await join(client, "Ada", user_id=1, room="books")
    await another.send_json({"type": "read", "message_id": sent["message_id"]})
    read = await hear_until(ada, "room_activity")

    assert activity == {"rooms": [{"room_id": 2, "last_seq": 2, "unread": 2, "mentions": 2}]}
    by_slug = {room["slug"]: (room["unread"], room["mentions"]) for room in listing["rooms"]}
    assert by_slug == {"general": (0, 0), "books": (2, 2)}
    assert read["rooms"] == [{"room_id": 2, "last_seq": 2, "unread": 0, "mentions": 0}]
