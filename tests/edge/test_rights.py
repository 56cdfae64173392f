"""Rights through every door: the socket, HTTP, lists, stats, and the text mode."""

import asyncio
from typing import Any

import pytest
from aiohttp import WSMsgType, WSServerHandshakeError

from roomserver.core.deeds import Decision
from roomserver.core.model import Role, RoomId, User, UserId
from roomserver.edge.keys import SERVER
from tests.support.talk import Client, Socket, hear, hear_until, join, say

ADA, BEN = "user_id=1&username=Ada", "user_id=2&username=Ben"
PATHS = ["", "/messages", "/members", "/settings", "/invites", "/audit"]


async def decide(client: Client, room: int = 1, user_id: int | None = None, **of: Any) -> None:
    """Decide something without being asked who decides, as the operator does."""
    server = client.app[SERVER]
    target = None if user_id is None else User(UserId(user_id), f"P{user_id}")
    await server.moderation._carry_out(
        Decision(
            room_id=RoomId(room),
            actor=User(UserId(9), "operator"),
            deed="test",
            target=target,
            grant=of if target else {},
            state={} if target else of,
        )
    )


async def own(client: Client, user_id: int = 1) -> None:
    await decide(client, user_id=user_id, role=Role.OWNER.value)


async def expect_farewell(socket: Socket, code: str, close_code: int) -> None:
    error = await hear_until(socket, "error")
    farewell = await socket.receive(timeout=5)
    assert error["code"] == code
    assert (farewell.type, farewell.data) == (WSMsgType.CLOSE, close_code)


@pytest.mark.parametrize("path", PATHS)
async def test_a_private_room_answers_like_one_that_does_not_exist(
    client: Client, path: str
) -> None:
    await decide(client, is_private=True)

    private = await client.get(f"/api/v1/rooms/general{path}?{BEN}")
    missing = await client.get(f"/api/v1/rooms/nowhere{path}?{BEN}")

    assert private.status == missing.status == 404
    assert await private.read() == await missing.read()
    assert private.headers.keys() == missing.headers.keys()


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PATCH", "/members/2"),
        ("DELETE", "/members/2"),
        ("PATCH", "/settings"),
        ("POST", "/invites"),
        ("DELETE", "/invites/1"),
    ],
)
async def test_nobody_changes_a_private_room_that_is_not_theirs(
    client: Client, method: str, path: str
) -> None:
    await decide(client, is_private=True)

    private = await client.request(method, f"/api/v1/rooms/1{path}?{BEN}", json={})
    missing = await client.request(method, f"/api/v1/rooms/77{path}?{BEN}", json={})

    assert private.status == missing.status == 404
    assert await private.read() == await missing.read()


async def test_a_private_rooms_socket_is_refused_like_one_that_does_not_exist(
    client: Client,
) -> None:
    await decide(client, is_private=True)

    with pytest.raises(WSServerHandshakeError) as refused:
        await join(client, "Ben", user_id=2)

    assert refused.value.status == 404


async def test_a_private_room_is_in_no_list_and_in_no_sum(client: Client) -> None:
    await decide(client, is_private=True)
    await decide(client, user_id=1, role="member")
    ada, _ = await join(client, "Ada", user_id=1)
    ben, _ = await join(client, "Ben", user_id=2, room="other")

    rooms = await (await client.get(f"/api/v1/rooms?{BEN}")).json()
    stats = await (await client.get("/ws/stats")).json()
    own = await (await client.get(f"/ws/stats?{ADA}")).json()

    assert [room["slug"] for room in rooms["rooms"]] == ["other"]
    assert stats == {
        "total_connections": 1,
        "total_rooms": 1,
        "rooms": {"2": {"connections": 1, "users": 1}},
    }
    assert own["total_rooms"] == 2
    await ada.close()
    await ben.close()


async def test_the_text_mode_tells_no_more(client: Client) -> None:
    await decide(client, is_private=True)
    await decide(client, user_id=1, role="member")
    await join(client, "Ada", user_id=1)
    shell = await client.ws_connect(f"/ws/other?{BEN}&format=text")
    await shell.send_str("/stats")
    lines = await asyncio.wait_for(_lines_until(shell, "room 2"), timeout=5)

    assert "1 connection in 1 room" in lines
    assert "room 1:" not in lines


async def _lines_until(shell: Socket, last: str) -> str:
    lines = ""
    while last not in lines:
        lines += await shell.receive_str() + "\n"
    return lines


async def test_connected_says_what_one_may_do(client: Client) -> None:
    await own(client)

    _ada, owner = await join(client, "Ada", user_id=1)
    _ben, member = await join(client, "Ben", user_id=2)

    assert owner["role"] == "owner"
    assert {"ban", "set_role"} <= set(owner["may"])
    assert "role" not in member
    assert "post" in member["may"]
    assert "ban" not in member["may"]


async def test_a_mute_takes_effect_and_is_told(client: Client) -> None:
    await own(client)
    ben, _ = await join(client, "Ben", user_id=2)

    answer = await client.patch(
        f"/api/v1/rooms/1/members/2?{ADA}", json={"muted_until": "2099-01-01T00:00:00Z"}
    )
    told = await hear(ben, "member_updated")
    await ben.send_json({"type": "message", "content": "hola", "client_id": "a"})
    refused = await hear(ben, "error")

    assert answer.status == 204
    assert (told["username"], told["role"]) == ("Ben", "member")
    assert told["muted_until"] == "2099-01-01T00:00:00.000Z"
    assert (refused["code"], refused["client_id"]) == ("muted", "a")
    assert refused["until"] == "2099-01-01T00:00:00.000Z"
    assert refused["retry_after_ms"] > 0


async def test_a_mute_is_taken_back(client: Client) -> None:
    await own(client)
    ben, _ = await join(client, "Ben", user_id=2)
    for until in ("forever", None):
        await client.patch(f"/api/v1/rooms/1/members/2?{ADA}", json={"muted_until": until})
        await hear(ben, "member_updated")

    assert (await say(ben, "hola"))["seq"] == 1


async def test_a_kick_ends_the_stay_at_once_and_lets_come_back(client: Client) -> None:
    await own(client)
    ben, _ = await join(client, "Ben", user_id=2)

    await client.delete(f"/api/v1/rooms/1/members/2?{ADA}")

    await expect_farewell(ben, "forbidden", 4403)
    await join(client, "Ben", user_id=2)


async def test_a_ban_ends_the_stay_and_later_requests(client: Client) -> None:
    await own(client)
    ben, _ = await join(client, "Ben", user_id=2)

    await client.patch(f"/api/v1/rooms/1/members/2?{ADA}", json={"banned_until": "forever"})

    await expect_farewell(ben, "banned", 4403)
    with pytest.raises(WSServerHandshakeError) as refused:
        await join(client, "Ben", user_id=2)
    history = await client.get(f"/api/v1/rooms/1/messages?{BEN}")
    assert (refused.value.status, history.status) == (403, 403)
    assert (await history.json())["data"]["code"] == "banned"


async def test_whoever_is_not_in_a_room_that_becomes_private_is_shown_out(client: Client) -> None:
    await own(client)
    ada, _ = await join(client, "Ada", user_id=1)
    ben, _ = await join(client, "Ben", user_id=2)

    answer = await client.patch(f"/api/v1/rooms/1/settings?{ADA}", json={"private": True})

    await expect_farewell(ben, "forbidden", 4403)
    assert (await answer.json())["private"] is True
    await ada.send_json({"type": "message", "content": "we are alone"})
    assert (await hear_until(ada, "message_sent"))["seq"] == 1


async def test_only_owners_decide_who_is_what(client: Client) -> None:
    await own(client)
    await decide(client, user_id=2, role="moderator")

    by_moderator = await client.patch(f"/api/v1/rooms/1/members/3?{BEN}", json={"role": "owner"})
    by_owner = await client.patch(f"/api/v1/rooms/1/members/3?{ADA}", json={"role": "moderator"})

    assert (by_moderator.status, by_owner.status) == (403, 204)


@pytest.mark.parametrize("body", [{"muted_until": "forever"}, {"banned_until": "forever"}])
async def test_moderators_decide_only_about_those_below(
    client: Client, body: dict[str, str]
) -> None:
    await own(client)
    for user_id in (2, 3):
        await decide(client, user_id=user_id, role="moderator")

    statuses = [
        (await client.patch(f"/api/v1/rooms/1/members/{user_id}?{BEN}", json=body)).status
        for user_id in (1, 3, 4)
    ]

    assert statuses == [403, 403, 204]


async def test_the_last_owner_stays(client: Client) -> None:
    await own(client)

    leaving = await client.delete(f"/api/v1/rooms/1/members/1?{ADA}")
    demoted = await client.patch(f"/api/v1/rooms/1/members/1?{ADA}", json={"role": "member"})

    assert (leaving.status, demoted.status) == (403, 403)


async def test_a_moderator_takes_others_messages_back_and_that_is_noted(client: Client) -> None:
    await own(client)
    ben, _ = await join(client, "Ben", user_id=2)
    sent = await say(ben, "rude")
    ada, _ = await join(client, "Ada", user_id=1)

    await ada.send_json({"type": "delete", "message_id": sent["message_id"]})
    deleted = await hear_until(ada, "message_deleted")

    assert deleted["message_id"] == sent["message_id"]
    audit = (await (await client.get(f"/api/v1/rooms/1/audit?{ADA}")).json())["audit"]
    assert (audit[0]["deed"], audit[0]["by"]["user_id"]) == ("delete_message", 1)
    assert audit[0]["about"] == {"user_id": 2, "username": "Ben"}
    assert audit[0]["details"] == {"message_id": sent["message_id"]}


async def test_a_member_takes_no_others_message_back(client: Client) -> None:
    ada, _ = await join(client, "Ada", user_id=1)
    sent = await say(ada, "mine")
    ben, _ = await join(client, "Ben", user_id=2)

    await ben.send_json({"type": "delete", "message_id": sent["message_id"]})

    assert (await hear_until(ben, "error"))["code"] == "forbidden"


async def test_announcements_are_read_by_all_and_written_by_moderators(client: Client) -> None:
    await own(client)
    ben, _ = await join(client, "Ben", user_id=2)
    await client.patch(f"/api/v1/rooms/1/settings?{ADA}", json={"announce_only": True})
    told = await hear(ben, "room_updated")
    ada, _ = await join(client, "Ada", user_id=1)
    assert (told["room_id"], told["announce_only"], told["private"]) == (1, True, False)
    assert (await hear(ben, "user_joined"))["username"] == "Ada"

    await ben.send_json({"type": "message", "content": "me too"})
    refused = await hear(ben, "error")
    await ada.send_json({"type": "message", "content": "news"})

    assert refused["code"] == "forbidden"
    assert (await hear(ben, "message"))["content"] == "news"


async def test_slow_mode_makes_members_wait_and_knows_a_retry(client: Client, clock: Any) -> None:
    await own(client)
    await client.patch(f"/api/v1/rooms/1/settings?{ADA}", json={"slow_mode_s": 30})
    ben, _ = await join(client, "Ben", user_id=2)
    first = await say(ben, "one", client_id="1")
    await hear(ben, "message")

    again = await say(ben, "one", client_id="1")
    await ben.send_json({"type": "message", "content": "two", "client_id": "2"})
    refused = await hear(ben, "error")
    clock.advance(30)
    later = await say(ben, "two", client_id="2")

    assert again == first
    assert (refused["code"], 29_000 < refused["retry_after_ms"] <= 30_001) == ("rate_limited", True)
    assert later["seq"] == 2


async def test_a_full_room_answers_429_before_the_upgrade(client: Client) -> None:
    await own(client)
    await client.patch(f"/api/v1/rooms/1/settings?{ADA}", json={"people_max": 1})
    await join(client, "Ben", user_id=2)

    with pytest.raises(WSServerHandshakeError) as refused:
        await join(client, "Eve", user_id=3)

    assert refused.value.status == 429


async def test_an_invitation_opens_a_private_room(client: Client) -> None:
    await own(client)
    await client.patch(f"/api/v1/rooms/1/settings?{ADA}", json={"private": True})

    made = await client.post(f"/api/v1/rooms/1/invites?{ADA}", json={"uses_max": 1})
    invite = await made.json()
    joined = await client.post(f"/api/v1/join?{BEN}", json={"token": invite["token"]})
    used = await client.post("/api/v1/join?user_id=3&username=Eve", json={"token": invite["token"]})

    assert (made.status, joined.status, used.status) == (201, 200, 404)
    assert (await joined.json())["room"]["slug"] == "general"
    await join(client, "Ben", user_id=2)


async def test_invitations_are_listed_without_their_tokens_and_taken_back(client: Client) -> None:
    await own(client)
    made = await (await client.post(f"/api/v1/rooms/1/invites?{ADA}", json={})).json()

    listed = await (await client.get(f"/api/v1/rooms/1/invites?{ADA}")).text()
    gone = await client.delete(f"/api/v1/rooms/1/invites/{made['id']}?{ADA}")
    joined = await client.post(f"/api/v1/join?{BEN}", json={"token": made["token"]})

    assert str(made["id"]) in listed
    assert made["token"] not in listed
    assert (gone.status, joined.status) == (204, 404)


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("members/2", {"role": "king"}, "role"),
        ("members/2", {"role": "nobody"}, "role"),
        ("members/2", {"muted_until": "tomorrow"}, "muted_until"),
        ("members/2", {"muted_until": 5}, "muted_until"),
        ("members/two", {"role": "member"}, "user"),
        ("members/0", {"role": "member"}, "user"),
        ("settings", {"slow_mode_s": -1}, "slow_mode_s"),
        ("settings", {"slow_mode_s": 10**9}, "slow_mode_s"),
        ("settings", {"slow_mode_s": True}, "slow_mode_s"),
        ("settings", {"people_max": "many"}, "people_max"),
        ("settings", {"private": {"$ne": 1}}, "private"),
    ],
)
async def test_what_is_no_decision_is_refused_by_its_field(
    client: Client, path: str, body: dict[str, object], field: str
) -> None:
    await own(client)

    answer = await client.patch(f"/api/v1/rooms/1/{path}?{ADA}", json=body)

    error = (await answer.json())["data"]
    assert (answer.status, error["code"], error["field"]) == (400, "invalid_event", field)


@pytest.mark.parametrize("body", ["", "no", "[]", '"text"', "[" * 9_000, '{"role": "\ud800"}'])
async def test_a_body_that_is_none_is_refused(client: Client, body: str) -> None:
    await own(client)

    answer = await client.patch(
        f"/api/v1/rooms/1/members/2?{ADA}", data=body.encode("utf-8", "surrogatepass")
    )

    assert answer.status == 400


@pytest.mark.parametrize(
    "body",
    [{"role": "owner"}, {"lasts_s": 0}, {"lasts_s": 10**9}, {"uses_max": 0}, {"uses_max": 10**6}],
)
async def test_nobody_is_invited_as_more_or_for_ever(
    client: Client, body: dict[str, object]
) -> None:
    await own(client)

    answer = await client.post(f"/api/v1/rooms/1/invites?{ADA}", json=body)

    assert answer.status == 400


@pytest.mark.parametrize("origin", ["https://evil.example", "null"])
async def test_another_hosts_page_decides_nothing(client: Client, origin: str) -> None:
    await own(client)
    headers = {"Origin": origin}

    statuses = [
        (await client.request(method, f"/api/v1/{path}?{ADA}", json={}, headers=headers)).status
        for method, path in [
            ("PATCH", "rooms/1/members/2"),
            ("DELETE", "rooms/1/members/2"),
            ("PATCH", "rooms/1/settings"),
            ("POST", "rooms/1/invites"),
            ("DELETE", "rooms/1/invites/1"),
            ("POST", "join"),
        ]
    ]

    assert statuses == [403] * 6


async def test_the_reason_stands_in_the_audit_log(client: Client) -> None:
    await own(client)
    member = f"/api/v1/rooms/1/members/2?{ADA}"

    answers = [
        await client.patch(member, json={"muted_until": "forever", "reason": " too   loud "}),
        await client.delete(member, json={"reason": "still loud"}),
        await client.delete(member),
        await client.patch(member, json={"banned_until": "forever", "reason": "x" * 201}),
        await client.delete(member, json={"reason": "a\x1bb"}),
    ]

    assert [each.status for each in answers] == [204, 204, 204, 400, 400]
    assert (await answers[3].json())["data"]["field"] == "reason"
    audit = (await (await client.get(f"/api/v1/rooms/1/audit?{ADA}")).json())["audit"]
    reasons = [(each["deed"], each["details"].get("reason")) for each in audit]
    assert reasons[:3] == [("kick", None), ("kick", "still loud"), ("mute", "too loud")]


async def test_only_owners_read_the_audit_log_and_it_says_who_did_what(client: Client) -> None:
    await own(client)
    await decide(client, user_id=2, role="moderator")
    await client.patch(f"/api/v1/rooms/1/members/3?{BEN}", json={"muted_until": "forever"})

    by_moderator = await client.get(f"/api/v1/rooms/1/audit?{BEN}")
    by_owner = await (await client.get(f"/api/v1/rooms/1/audit?{ADA}&limit=1")).json()

    assert by_moderator.status == 403
    (entry,) = by_owner["audit"]
    assert (entry["deed"], entry["by"]["username"], entry["about"]["user_id"]) == ("mute", "Ben", 3)


async def test_members_are_listed_with_what_was_decided_about_them(client: Client) -> None:
    await own(client)
    ben, _ = await join(client, "Ben", user_id=2)
    await asyncio.sleep(0)
    await client.patch(f"/api/v1/rooms/1/members/2?{ADA}", json={"muted_until": "forever"})

    listed = (await (await client.get("/api/v1/rooms/1/members")).json())["members"]

    by_id = {member["user_id"]: member for member in listed}
    assert by_id[1]["role"] == "owner"
    assert by_id[2]["role"] == "member"
    assert by_id[2]["muted_until"].startswith("9999-12-31")
    await ben.close()
