"""Everything that isn't a WebSocket: stats, health, the API, and the headers of every answer."""

from typing import Any

import pytest

from roomserver.config import RoomsConfig, ServerConfig
from tests.support.application import Open
from tests.support.talk import Client, hear, join, say


async def test_the_stats_have_the_documented_shape(client: Client) -> None:
    await join(client, "Ada", user_id=1, room="1")
    await join(client, "Ada", user_id=1, room="1")
    await join(client, "Ben", user_id=2, room="1")
    await join(client, "Ben", user_id=2, room="2")

    stats = await (await client.get("/ws/stats")).json()

    assert stats == {
        "total_connections": 4,
        "total_rooms": 2,
        "rooms": {"1": {"connections": 3, "users": 2}, "2": {"connections": 1, "users": 1}},
    }


async def test_a_closed_connection_leaves_the_stats(client: Client) -> None:
    ada, _ = await join(client)

    await ada.close()

    stats = await (await client.get("/ws/stats")).json()
    assert stats == {"total_connections": 0, "total_rooms": 0, "rooms": {}}


async def test_health_says_how_every_part_is(client: Client) -> None:
    answer = await client.get("/health")

    report = await answer.json()
    assert (answer.status, report["status"]) == (200, "ok")
    assert report["database"]["ok"] is True
    assert report["database"]["kind"] == "sqlite"
    assert report["redis"] == {"ok": True, "kind": "memory", "latency_ms": None}
    assert set(report) == {"status", "database", "redis", "version", "instance", "uptime_s"}


@pytest.mark.parametrize("path", ["/health/live", "/health/ready"])
async def test_an_orchestrator_is_told_that_all_is_well(client: Client, path: str) -> None:
    assert (await client.get(path)).status == 200


async def test_the_first_room_is_ready(client: Client) -> None:
    listing = await (await client.get("/api/v1/rooms")).json()

    assert listing == {
        "rooms": [
            {
                "id": 1,
                "slug": "general",
                "name": "General",
                "description": "",
                "archived": False,
                "private": False,
                "last_seq": 0,
                "connections": 0,
                "users": 0,
                "unread": 0,
                "mentions": 0,
            }
        ]
    }


async def test_a_room_made_by_name_gets_an_address_of_its_own(client: Client) -> None:
    first = await client.post("/api/v1/rooms", json={"name": "  Café & Co "})
    second = await client.post("/api/v1/rooms", json={"name": "Cafe Co"})

    assert (first.status, await first.json()) == (
        201,
        {
            "id": 2,
            "slug": "cafe-co",
            "name": "Café & Co",
            "description": "",
            "archived": False,
        },
    )
    assert (await second.json())["slug"] == "cafe-co-2"
    assert (await client.get(first.headers["Location"])).status == 200


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("nonsense", "invalid_json"),
        ("[]", "invalid_event"),
        ("{}", "invalid_event"),
        ('{"name": 5}', "invalid_event"),
        ('{"name": "  "}', "invalid_event"),
        ('{"name": "' + "x" * 81 + '"}', "invalid_event"),
    ],
)
async def test_a_room_without_a_proper_name_is_refused(
    client: Client, body: str, code: str
) -> None:
    answer = await client.post("/api/v1/rooms", data=body)

    assert (answer.status, (await answer.json())["data"]["code"]) == (400, code)


async def test_nobody_makes_rooms_where_the_operator_does(open_app: Open) -> None:
    client = await open_app(rooms=RoomsConfig(auto_create=False))

    answer = await client.post("/api/v1/rooms", json={"name": "Mine"})

    assert answer.status == 403


async def test_history_comes_in_pages(client: Client) -> None:
    ada, _ = await join(client)
    for number in range(1, 6):
        await say(ada, str(number))
        await hear(ada, "message")

    async def seqs(query: str) -> tuple[list[int], bool]:
        page = await (await client.get(f"/api/v1/rooms/general/messages?{query}")).json()
        return [message["seq"] for message in page["messages"]], page["has_more"]

    assert await seqs("") == ([1, 2, 3, 4, 5], False)
    assert await seqs("limit=2") == ([4, 5], True)
    assert await seqs("before=4&limit=2") == ([2, 3], True)
    assert await seqs("before=3") == ([1, 2], False)
    assert await seqs("after=1&limit=2") == ([2, 3], True)
    assert await seqs("after=3") == ([4, 5], False)
    assert await seqs("after=99") == ([], False)


@pytest.mark.parametrize("query", ["limit=0", "limit=-1", "limit=x", "before=-1", "after=1e3"])
async def test_a_page_that_makes_no_sense_is_refused(client: Client, query: str) -> None:
    answer = await client.get(f"/api/v1/rooms/1/messages?{query}")

    assert answer.status == 400


async def test_what_is_not_there_is_said_in_json(client: Client) -> None:
    missing = await client.get("/nowhere")
    room = await client.get("/api/v1/rooms/nowhere")
    method = await client.delete("/api/v1/rooms")

    assert (missing.status, (await missing.json())["data"]["code"]) == (404, "not_found")
    assert (room.status, (await room.json())["data"]["code"]) == (404, "room_not_found")
    assert (method.status, method.headers["Allow"]) == (405, "GET,HEAD,POST")


async def test_a_body_over_the_limit_is_refused(client: Client) -> None:
    answer = await client.post("/api/v1/rooms", data=b"x" * 100_000)

    assert (answer.status, (await answer.json())["data"]["code"]) == (413, "body_too_long")


@pytest.mark.parametrize("path", ["/", "/ws/stats", "/nowhere", "/api/v1/rooms"])
async def test_every_answer_says_what_a_browser_may_do_with_it(client: Client, path: str) -> None:
    headers = (await client.get(path)).headers

    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Server"] == "roomserver"


async def test_a_host_name_that_is_not_ours_is_refused(client: Client) -> None:
    answer = await client.get("/api/v1/rooms", headers={"Host": "evil.example:8000"})

    assert answer.status == 403


async def test_another_hosts_page_makes_no_room(client: Client) -> None:
    answer = await client.post(
        "/api/v1/rooms", json={"name": "Mine"}, headers={"Origin": "https://evil.example"}
    )

    assert answer.status == 403


async def test_an_allowed_pages_host_may_be_a_proxys(open_app: Open, tmp_path: object) -> None:
    server = ServerConfig(data_dir=str(tmp_path), allowed_origins=["https://chat.example"])
    client = await open_app(server=server)

    answer = await client.post(
        "/api/v1/rooms",
        json={"name": "Mine"},
        headers={"Origin": "https://chat.example", "Host": "chat.example"},
    )

    assert answer.status == 201


async def test_history_can_be_asked_for_around_a_message_and_at_a_time(client: Client) -> None:
    ada, _ = await join(client)
    sent = []
    for number in range(1, 8):
        sent.append(await say(ada, str(number)))
        await hear(ada, "message")
    middle = sent[3]

    async def ask(query: str) -> dict[str, Any]:
        answer: dict[str, Any] = await (
            await client.get(f"/api/v1/rooms/general/messages?{query}")
        ).json()
        return answer

    around = await ask(f"around={middle['message_id']}&limit=3")
    first = await ask("at=2000-01-01&limit=3")
    zone = await ask("at=2000-01-01T00:00:00+01:00&limit=3")
    last = await ask("at=2999-01-01T00:00:00Z&limit=3")

    assert [each["seq"] for each in around["messages"]] == [3, 4, 5]
    assert (around["seq"], around["has_more"], around["has_newer"]) == (4, True, True)
    assert around["changes"] == []
    assert (first["seq"], [each["seq"] for each in first["messages"]]) == (1, [1, 2])
    assert zone == first
    assert (last["seq"], [each["seq"] for each in last["messages"]]) == (None, [5, 6, 7])


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("around=99999", "message_not_found"),
        ("around=0", "invalid_event"),
        ("around=x", "invalid_event"),
        ("at=", "invalid_event"),
        ("at=tomorrow", "invalid_event"),
        ("at=0001-01-01T00:00:00%2B14:00", None),
        ("at=9999-12-31T23:59:59-14:00", None),
    ],
)
async def test_a_place_that_is_none_is_refused(
    client: Client, query: str, code: str | None
) -> None:
    answer = await client.get(f"/api/v1/rooms/1/messages?{query}")

    assert (await answer.json()).get("data", {}).get("code") == code


async def test_a_message_has_an_address_of_its_own(client: Client) -> None:
    assert (await client.get("/rooms/general/123")).status == 200
    assert (await client.get("/rooms/general/nonsense")).status == 404
