"""A room's log as Server-Sent Events."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from random import Random
from typing import Any

import pytest

from roomserver.core.limits import Limits
from roomserver.core.model import RoomId
from roomserver.edge.keys import SERVER
from roomserver.service.identity import BAD_TOKENS_BURST
from tests.edge.test_rights import decide
from tests.edge.test_tokens import TOKENS, token
from tests.support.application import Open
from tests.support.fakes import FakeClock
from tests.support.following import EventReader, following
from tests.support.talk import Client, Socket, app_of, hear, hear_until, join, say

BEN = "user_id=2&username=Ben"


@asynccontextmanager
async def follow(client: Client, query: str = "", **headers: str) -> AsyncIterator[EventReader]:
    """Follow the first room until the block ends."""
    answer = await client.get(f"/api/v1/rooms/1/events?{query}", headers=headers)
    async with following(answer) as reader:
        yield reader


async def refused(client: Client, query: str = "", **headers: str) -> tuple[int, str]:
    answer = await client.get(f"/api/v1/rooms/1/events?{query}", headers=headers)
    return answer.status, (await answer.json())["data"]["code"]


async def say_all(socket: Socket, *contents: str) -> None:
    for content in contents:
        await socket.send_json({"type": "message", "content": content})
        await hear_until(socket, "message_sent")


def contents(events: list[dict[str, Any]]) -> list[str]:
    return [event["content"] for event in events]


async def test_the_log_is_followed_from_now_on(client: Client) -> None:
    ada, connected = await join(client)
    await say(ada, "before")

    async with follow(client) as reader:
        first = await reader.hear()
        await say_all(ada, "hola", "again")
        heard = [await reader.hear(), await reader.hear()]

    assert first == {
        "type": "following",
        "data": {"room_id": 1, "epoch": connected["epoch"], "last_seq": 1},
    }
    assert [event["type"] for event in heard if event] == ["message", "message"]
    assert contents([event["data"] for event in heard if event]) == ["hola", "again"]
    assert reader.last_event_id == f"{connected['epoch']}.3"
    assert 200 <= reader.retry_ms <= 3_000


async def test_every_kind_of_entry_is_told_and_nothing_that_passes(client: Client) -> None:
    ada, _ = await join(client)
    async with follow(client) as reader:
        await reader.hear()
        sent = await say(ada, "hola")
        await ada.send_json({"type": "typing", "is_typing": True})
        await ada.send_json({"type": "read", "message_id": sent["message_id"]})
        ben, _ = await join(client, "Ben", user_id=2)
        for change in (
            {"type": "react", "message_id": sent["message_id"], "emoji": "👍"},
            {"type": "edit", "message_id": sent["message_id"], "content": "holà"},
            {"type": "delete", "message_id": sent["message_id"]},
        ):
            await ada.send_json(change)
        await ben.close()
        types = [(await reader.hear() or {})["type"] for _ in range(4)]

    assert types == ["message", "reaction", "message_edited", "message_deleted"]


async def test_whoever_comes_back_goes_on_where_they_stopped(client: Client) -> None:
    ada, _ = await join(client)
    await say_all(ada, "one", "two")
    async with follow(client, "since=0") as reader:
        await reader.hear_all(2)
        stopped = reader.last_event_id
    await say_all(ada, "three")

    # The address stays what it was when a browser comes back.
    async with follow(client, "since=0", **{"Last-Event-ID": stopped}) as reader:
        _following, *heard = await reader.hear_all(3)

    assert contents(heard) == ["two", "three"]


async def test_a_line_that_breaks_before_the_first_event_leaves_no_hole(client: Client) -> None:
    ada, connected = await join(client)
    await say_all(ada, "one")
    async with follow(client) as reader:
        await reader.hear()
        stopped = reader.last_event_id
    await say_all(ada, "two")

    async with follow(client, **{"Last-Event-ID": stopped}) as reader:
        _following, two = await reader.hear_all(2)

    assert stopped == f"{connected['epoch']}.1"
    assert two["content"] == "two"


async def test_a_long_way_is_told_whole_and_in_order(open_app: Open) -> None:
    client = await open_app(limits=Limits(history_messages_max=7, messages_burst=1_000))
    ada, _ = await join(client)
    await say_all(ada, *(str(number) for number in range(60)))

    async with follow(client, "since=3") as reader:
        saying = asyncio.create_task(say_all(ada, *(str(n) for n in range(60, 90))))
        _following, *heard = await reader.hear_all(88)
        await saying

    assert [event["seq"] for event in heard] == list(range(4, 91))


async def test_the_last_ones_may_be_asked_for(client: Client) -> None:
    ada, _ = await join(client)
    await say_all(ada, "one", "two", "three")

    async with follow(client, "history=2") as reader:
        assert reader.last_event_id == ""
        _following, *heard = await reader.hear_all(3)

    assert contents(heard) == ["two", "three"]


@pytest.mark.parametrize(
    ("query", "headers"),
    [
        ("since=9", {}),
        ("since=1&epoch=another", {}),
        ("", {"Last-Event-ID": "another.1"}),
    ],
)
async def test_a_place_in_another_log_is_started_afresh(
    client: Client, query: str, headers: dict[str, str]
) -> None:
    ada, _ = await join(client)
    await say_all(ada, "one")

    async with follow(client, query, **headers) as reader:
        first = await reader.hear()
        await say_all(ada, "two")
        [two] = await reader.hear_all(1)

    assert first is not None
    assert first["data"]["resync"] is True
    assert two["content"] == "two"


@pytest.mark.parametrize(
    "last_event_id", ["nonsense", "a.b", ".1", "a.-1", f"a.{2**53}", "a" * 999]
)
async def test_an_id_that_is_none_is_refused(client: Client, last_event_id: str) -> None:
    refusal = await refused(client, **{"Last-Event-ID": last_event_id})

    assert refusal == (400, "invalid_event")


async def test_another_hosts_page_follows_nothing(client: Client) -> None:
    assert await refused(client, Origin="https://evil.example") == (403, "forbidden")


async def test_an_event_source_is_told_when_to_come_back_also_where_people_are_known(
    open_app: Open,
) -> None:
    client = await open_app(auth=TOKENS)
    headers = {"Authorization": "Bearer no.good.token", "Accept": "text/event-stream"}
    address = "/api/v1/rooms/1/events"
    for _ in range(BAD_TOKENS_BURST):
        assert (await client.get(address, headers=headers)).status == 401

    answer = await client.get(address, headers=headers)
    told = await answer.text()

    assert (answer.status, answer.content_type) == (200, "text/event-stream")
    assert told.startswith("retry: ")
    assert '"code":"rate_limited"' in told


async def test_a_follower_is_a_connection_and_nobodys_presence(client: Client) -> None:
    async with follow(client) as reader:
        await reader.hear()
        _ada, connected = await join(client)
        stats = await (await client.get("/ws/stats")).json()

    assert [user["username"] for user in connected["active_users"]] == ["Ada"]
    assert stats["rooms"] == {"1": {"connections": 2, "users": 1}}


@pytest.mark.parametrize(
    "limits",
    [
        Limits(connections_per_user_max=1),
        Limits(connections_per_address_max=1),
        Limits(connections_per_instance_max=1),
    ],
    ids=["of a person", "of an address", "of the instance"],
)
async def test_followers_are_bounded(open_app: Open, limits: Limits) -> None:
    client = await open_app(limits=limits)

    async with follow(client, BEN) as reader:
        await reader.hear()
        refusal = await refused(client, BEN)

    assert refusal == (429, "too_many_connections")


async def test_whoever_has_hung_up_counts_no_more(client: Client) -> None:
    async with follow(client) as reader:
        await reader.hear()

    hub = app_of(client)[SERVER].hub
    async with asyncio.timeout(10):
        while hub.counts():
            await asyncio.sleep(0.05)


async def test_whoever_may_not_stay_is_told_and_the_answer_ends(client: Client) -> None:
    await decide(client, user_id=1, role="owner")
    async with follow(client, BEN) as reader:
        await reader.hear()
        await client.patch(
            "/api/v1/rooms/1/members/2?user_id=1&username=Ada", json={"banned_until": "forever"}
        )
        told, end = await reader.hear(), await reader.hear()

    assert told is not None
    assert (told["type"], told["data"]["code"], end) == ("error", "banned", None)
    assert await refused(client, BEN) == (403, "banned")


async def test_an_instance_that_stops_says_when_to_come_back(client: Client) -> None:
    ada, _ = await join(client)
    async with follow(client) as reader:
        await reader.hear()
        await say_all(ada, "the last one")
        await app_of(client)[SERVER].drain(Random(1))
        last, draining, end = [await reader.hear() for _ in range(3)]

    assert last is not None
    assert draining is not None
    assert last["data"]["content"] == "the last one"
    assert (draining["type"], draining["data"]["last_seq"], end) == ("draining", 1, None)
    assert await refused(client) == (503, "shutting_down")


@pytest.mark.slow
async def test_a_follower_that_does_not_read_is_let_go_and_misses_nothing(open_app: Open) -> None:
    limits = Limits(outbox_bytes_max=65_536, messages_burst=10_000)
    client = await open_app(limits=limits)
    ada, _ = await join(client, query="&history=0")
    deaf = socket.socket()
    deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
    deaf.connect((client.host, client.port))
    reader, writer = await asyncio.open_connection(sock=deaf, limit=4_096)
    writer.write(b"GET /api/v1/rooms/1/events HTTP/1.1\r\nHost: localhost\r\n\r\n")
    await reader.readuntil(b"following")
    hub = app_of(client)[SERVER].hub

    said = 0
    async with asyncio.timeout(60):
        while hub.counts()[RoomId(1)].connections == 2:
            await ada.send_json({"type": "message", "content": "💬" * 4_000})
            await hear_until(ada, "message_sent")
            said += 1
    writer.transport.abort()

    async with follow(client, "since=0") as later:
        _following, *heard = await later.hear_all(said + 1)
    assert [event["seq"] for event in heard] == list(range(1, said + 1))


async def test_a_token_that_expires_ends_it(open_app: Open, clock: FakeClock) -> None:
    client = await open_app(auth=TOKENS)
    async with follow(client, Authorization=f"Bearer {token()}") as reader:
        await reader.hear()
        clock.advance(700)
        app_of(client)[SERVER].revocations.expire()
        told, end = await reader.hear(), await reader.hear()

    assert told is not None
    assert (told["data"]["code"], end) == ("token_expired", None)


async def test_a_browser_that_may_come_back_is_told_so_and_does(client: Client) -> None:
    app_of(client)[SERVER].admission.close()

    async with follow(client, Accept="text/event-stream") as reader:
        told, end = await reader.hear(), await reader.hear()

    assert told is not None
    assert (told["type"], told["data"]["code"], end) == ("error", "shutting_down", None)
    assert 200 <= reader.retry_ms <= 3_000
    assert app_of(client)[SERVER].refusals.counts() == {"shutting_down": 1}


async def test_a_browser_that_is_one_too_many_comes_back_later(open_app: Open) -> None:
    client = await open_app(limits=Limits(connections_per_address_max=1))
    await join(client)

    async with follow(client, Accept="text/event-stream") as reader:
        told = await reader.hear()

    assert told is not None
    assert (told["data"]["code"], reader.retry_ms) == ("too_many_connections", 10_000)


async def test_a_browser_that_may_not_come_back_gives_up(client: Client) -> None:
    await decide(client, is_private=True)

    assert await refused(client, BEN, Accept="text/event-stream") == (404, "room_not_found")


async def test_a_private_room_is_followed_by_nobody_else(client: Client) -> None:
    await decide(client, is_private=True)

    assert await refused(client, BEN) == (404, "room_not_found")


async def test_a_head_would_have_no_end_and_is_not_answered(client: Client) -> None:
    assert (await client.head("/api/v1/rooms/1/events")).status == 405


async def test_the_socket_hears_the_same(client: Client) -> None:
    ada, _ = await join(client)
    async with follow(client) as reader:
        await reader.hear()
        await ada.send_json({"type": "message", "content": "hola", "client_id": "a"})
        await hear(ada, "message_sent")

        assert await reader.hear() == {"type": "message", "data": await hear(ada, "message")}
