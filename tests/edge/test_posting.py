"""Messages that programs post over HTTP."""

import asyncio
from typing import Any

import pytest

from roomserver.core.limits import Limits
from roomserver.edge.keys import SERVER
from tests.edge.test_rights import decide
from tests.support.application import Open
from tests.support.fakes import FakeClock
from tests.support.talk import Client, app_of, hear, hear_until, join, say

ADA = "user_id=1&username=Ada"
BEN = "user_id=2&username=Ben"


async def post(
    client: Client, body: str | bytes, *, room: str = "general", who: str = BEN, **headers: str
) -> tuple[int, dict[str, Any]]:
    """Post as curl does, and return the status and the answer."""
    said = {"Content-Type": "application/x-www-form-urlencoded"} | {
        name.replace("_", "-"): value for name, value in headers.items()
    }
    path = f"/api/v1/rooms/{room}/messages?{who}"
    answer = await client.post(path, data=body, headers=said)
    return answer.status, await answer.json()


async def post_json(
    client: Client, body: object, *, who: str = BEN, **headers: str
) -> tuple[int, dict[str, Any]]:
    path = f"/api/v1/rooms/general/messages?{who}"
    answer = await client.post(path, json=body, headers=headers)
    return answer.status, await answer.json()


def code(refused: tuple[int, dict[str, Any]]) -> tuple[int, str]:
    status, answer = refused
    return status, answer["data"]["code"]


async def test_what_curl_posts_is_told_to_everybody_and_is_on_disk(client: Client) -> None:
    ada, _ = await join(client, "Ada", user_id=1)

    status, sent = await post(client, "Deploy done", who="user_id=7&username=CI")
    heard = await hear(ada, "message")
    page = await (await client.get("/api/v1/rooms/1/messages")).json()

    assert status == 201
    assert sent == {
        "message_id": heard["id"],
        "timestamp": heard["created_at"],
        "seq": 1,
    }
    assert (heard["content"], heard["user_id"], heard["username"]) == ("Deploy done", 7, "CI")
    assert page["messages"] == [heard]


async def test_the_last_line_break_is_no_part_of_a_text(client: Client) -> None:
    ada, _ = await join(client, "Ada", user_id=1)

    await post(client, "one\n\n  two \r\n")

    assert (await hear(ada, "message"))["content"] == "one\n\n  two "


async def test_json_says_more(client: Client) -> None:
    _status, first = await post(client, "who goes?")
    ada, _ = await join(client, "Ada", user_id=1)

    status, sent = await post_json(
        client, {"content": "@Ada does", "client_id": "mine", "reply_to": first["message_id"]}
    )
    heard = await hear(ada, "message")

    assert (status, sent["client_id"]) == (201, "mine")
    assert (heard["reply_to"], heard["mentions"]) == (first["message_id"], [1])


@pytest.mark.parametrize("key", ["deploy-17", '"deploy-17"'])
async def test_a_retry_gets_the_first_answer_and_no_second_message(
    client: Client, key: str
) -> None:
    first = await post(client, "Deploy done", Idempotency_Key=key)
    again = await post(client, "Deploy done", Idempotency_Key=key)
    page = await (await client.get("/api/v1/rooms/1/messages")).json()

    assert again == first
    assert first[1]["client_id"] == "deploy-17"
    assert len(page["messages"]) == 1


@pytest.mark.parametrize("key", ["", '""'])
async def test_an_empty_key_is_refused_since_it_would_save_nobody_from_doubles(
    client: Client, key: str
) -> None:
    status, refusal = await post(client, "Deploy done", Idempotency_Key=key)

    assert (status, refusal["data"]["code"]) == (400, "invalid_event")


async def test_the_key_of_a_change_is_answered_alike_at_both_doors(client: Client) -> None:
    ada, _ = await join(client, "Ada", user_id=1)
    message_id = (await say(ada, "hola"))["message_id"]
    await ada.send_json(
        {"type": "edit", "message_id": message_id, "content": "holà", "client_id": "mine"}
    )
    await hear_until(ada, "message_edited")
    await ada.send_json({"type": "message", "content": "x", "client_id": "mine"})

    _status, over_http = await post(client, "x", who=ADA, Idempotency_Key="mine")

    assert over_http == await hear(ada, "message_sent")
    assert over_http["message_id"] == message_id


async def test_a_retry_over_the_other_door_is_the_same_message(client: Client) -> None:
    _status, sent = await post(client, "hola", who=ADA, Idempotency_Key="mine")
    ada, _ = await join(client, "Ada", user_id=1)

    await ada.send_json({"type": "message", "content": "hola", "client_id": "mine"})

    assert await hear(ada, "message_sent") == sent


@pytest.mark.parametrize(
    ("body", "refusal"),
    [
        ("", (400, "empty_message")),
        (" \u200b\n", (400, "empty_message")),
        ("x" * 4_001, (413, "message_too_long")),
        ("x" * 70_000, (413, "body_too_long")),
        ("a\0b", (400, "invalid_event")),
        (b"\xff\xfe", (400, "invalid_event")),
    ],
    ids=["nothing", "nothing to see", "too long", "far too long", "a NUL", "no UTF-8"],
)
async def test_a_bad_text_is_refused(
    client: Client, body: str | bytes, refusal: tuple[int, str]
) -> None:
    assert code(await post(client, body)) == refusal


@pytest.mark.parametrize(
    ("body", "refusal", "field"),
    [
        ({}, (400, "empty_message"), None),
        ({"content": 5}, (400, "invalid_event"), "content"),
        ({"content": {"$ne": 1}}, (400, "invalid_event"), "content"),
        ({"content": "x", "client_id": ""}, (400, "invalid_event"), "client_id"),
        ({"content": "x", "client_id": "x" * 65}, (400, "invalid_event"), "client_id"),
        ({"content": "x", "reply_to": 0}, (400, "invalid_event"), "reply_to"),
        ({"content": "x", "reply_to": 99}, (404, "message_not_found"), None),
        (["content"], (400, "invalid_event"), None),
    ],
    ids=str,
)
async def test_bad_json_is_refused_by_its_field(
    client: Client, body: object, refusal: tuple[int, str], field: str | None
) -> None:
    refused = await post_json(client, body)

    assert (code(refused), refused[1]["data"].get("field")) == (refusal, field)


async def test_what_calls_itself_json_and_is_none_is_refused(client: Client) -> None:
    refused = await post(client, "Deploy done", Content_Type="application/json")

    assert code(refused) == (400, "invalid_json")


async def test_two_names_for_a_retry_are_one_too_many(client: Client) -> None:
    same = await post_json(client, {"content": "x", "client_id": "a"}, **{"Idempotency-Key": "a"})
    other = await post_json(client, {"content": "x", "client_id": "a"}, **{"Idempotency-Key": "b"})

    assert (same[0], code(other)) == (201, (400, "invalid_event"))


async def test_a_form_is_no_message(client: Client) -> None:
    refused = await post(client, "--x", Content_Type="multipart/form-data; boundary=x")

    assert code(refused) == (400, "invalid_event")


async def test_whoever_posts_says_who_they_are(client: Client) -> None:
    refused = await post(client, "hola", who="username=Ben")

    assert code(refused) == (401, "unauthorized")


@pytest.mark.parametrize("origin", ["https://evil.example", "null"])
async def test_another_hosts_page_says_nothing(client: Client, origin: str) -> None:
    assert code(await post(client, "hola", Origin=origin)) == (403, "forbidden")


async def test_a_room_that_is_not_there_is_not_made(client: Client) -> None:
    assert code(await post(client, "hola", room="nowhere")) == (404, "room_not_found")


async def test_too_many_are_refused_with_the_time_to_wait(open_app: Open, clock: FakeClock) -> None:
    client = await open_app(limits=Limits(messages_burst=2, messages_per_second=0.25))
    for _ in range(2):
        await post(client, "hola")

    path = f"/api/v1/rooms/1/messages?{BEN}"
    answer = await client.post(path, data="hola")
    error = (await answer.json())["data"]
    clock.advance(4.001)

    assert (answer.status, answer.headers["Retry-After"]) == (429, "5")
    assert (error["code"], error["retry_after_ms"]) == ("rate_limited", 4_001)
    assert (await post(client, "hola"))[0] == 201


async def test_both_doors_count_together(open_app: Open) -> None:
    client = await open_app(limits=Limits(messages_burst=2, messages_per_second=0.01))
    ben, _ = await join(client, "Ben", user_id=2)
    await ben.send_json({"type": "message", "content": "one"})
    await hear(ben, "message_sent")
    await post(client, "two")

    assert code(await post(client, "three")) == (429, "rate_limited")


async def test_slow_mode_counts_here_too_and_knows_a_retry(
    client: Client, clock: FakeClock
) -> None:
    await decide(client, slow_mode_s=30)
    first = await post(client, "one", Idempotency_Key="1")

    again = await post(client, "one", Idempotency_Key="1")
    refused = await post(client, "two")
    clock.advance(30)

    assert again == first
    assert code(refused) == (429, "rate_limited")
    assert (await post(client, "two"))[0] == 201


@pytest.mark.parametrize(
    ("decision", "refusal"),
    [
        ({"is_private": True}, (404, "room_not_found")),
        ({"is_announce_only": True}, (403, "forbidden")),
        ({"user_id": 2, "muted_until_ms": 2**45}, (403, "muted")),
        ({"user_id": 2, "banned_until_ms": 2**45}, (403, "banned")),
    ],
    ids=["private", "announce-only", "muted", "banned"],
)
async def test_whoever_may_not_write_does_not(
    client: Client, decision: dict[str, Any], refusal: tuple[int, str]
) -> None:
    await decide(client, **decision)

    assert code(await post(client, "hola")) == refusal


async def test_an_archived_room_is_read_only(client: Client) -> None:
    await client.delete(f"/api/v1/rooms/1?{ADA}")

    assert code(await post(client, "hola")) == (403, "room_archived")


async def test_an_instance_that_stops_takes_nothing_more(client: Client) -> None:
    app_of(client)[SERVER].admission.close()

    answer = await client.post(f"/api/v1/rooms/1/messages?{BEN}", data="hola")

    assert (answer.status, answer.headers["Retry-After"]) == (503, "1")
    assert (await answer.json())["data"]["code"] == "shutting_down"


async def test_a_hundred_at_once_are_stored_once_each(client: Client) -> None:
    answers = await asyncio.gather(
        *(
            post(client, f"number {n}", who=f"user_id={n % 10 + 1}&username=P{n % 10}")
            for n in range(100)
        )
    )

    assert {status for status, _answer in answers} == {201}
    assert sorted(sent["seq"] for _status, sent in answers) == list(range(1, 101))
