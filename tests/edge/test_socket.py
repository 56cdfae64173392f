"""The WebSocket endpoint, whole: two people, one room."""

import asyncio
import logging
from pathlib import Path

import pytest
from aiohttp import WSMsgType, WSServerHandshakeError, web

from roomserver.bootstrap import running_app
from roomserver.config import Config, RoomsConfig, ServerConfig
from roomserver.core.limits import Limits
from roomserver.core.model import Room
from roomserver.edge.keys import SERVER
from tests.support.application import Open
from tests.support.fakes import FakeClock
from tests.support.talk import Client, break_off, hear, join, say


async def test_connected_comes_first_and_says_who_is_here(client: Client) -> None:
    _ada, _ = await join(client, "Ada", user_id=1)

    _ben, connected = await join(client, "Ben", user_id=2)

    assert connected["room_id"] == 1
    assert connected["active_users"] == [
        {"user_id": 1, "username": "Ada"},
        {"user_id": 2, "username": "Ben"},
    ]
    assert connected["user"] == {"user_id": 2, "username": "Ben"}
    assert connected["room"] == {
        "id": 1,
        "slug": "general",
        "name": "General",
        "description": "",
        "archived": False,
    }
    assert (connected["last_seq"], connected["history"], connected["has_more"]) == (0, [], False)


async def test_the_author_hears_that_it_is_stored_and_then_the_message(client: Client) -> None:
    ada, _ = await join(client)

    sent = await say(ada, "tea?", client_id="a")
    message = await hear(ada, "message")

    assert (sent["seq"], sent["client_id"]) == (1, "a")
    assert message == {
        "id": sent["message_id"],
        "room_id": 1,
        "seq": 1,
        "user_id": 1,
        "username": "Ada",
        "content": "tea?",
        "created_at": sent["timestamp"],
        "client_id": "a",
    }


async def test_everyone_in_the_room_hears_a_message_and_nobody_in_another(client: Client) -> None:
    ada, _ = await join(client, "Ada", user_id=1, room="1")
    ben, _ = await join(client, "Ben", user_id=2, room="general")
    eve, _ = await join(client, "Eve", user_id=3, room="other")
    await hear(ada, "user_joined")

    await say(ada, "tea?")

    assert (await hear(ben, "message"))["content"] == "tea?"
    await eve.send_json({"type": "ping"})
    await hear(eve, "pong")


async def test_a_retry_gets_the_first_receipt_and_no_second_message(client: Client) -> None:
    ada, _ = await join(client)
    first = await say(ada, "tea?", client_id="a")
    await hear(ada, "message")

    again = await say(ada, "coffee?", client_id="a")
    await say(ada, "next")

    assert again == first
    assert (await hear(ada, "message"))["content"] == "next"


async def test_one_persons_pipelined_messages_keep_their_order(client: Client) -> None:
    ada, _ = await join(client)

    for number in range(50):
        await ada.send_json({"type": "message", "content": str(number)})
    heard = [await ada.receive_json(timeout=5) for _ in range(100)]

    contents = [event["data"]["content"] for event in heard if event["type"] == "message"]
    assert contents == [str(number) for number in range(50)]


async def test_joining_and_leaving_are_told_once_per_person(client: Client) -> None:
    ada, _ = await join(client, "Ada", user_id=1)
    laptop, _ = await join(client, "Ben", user_id=2)
    phone, _ = await join(client, "Ben", user_id=2)

    await laptop.close()
    await say(phone, "going too")
    await phone.close()

    assert await hear(ada, "user_joined") == {"user_id": 2, "username": "Ben"}
    assert await hear(ada, "message")
    left = await hear(ada, "user_left")
    assert (left["user_id"], left["username"]) == (2, "Ben")


async def test_a_goodbye_without_a_code_is_told_at_once(client: Client) -> None:
    ada, _ = await join(client, "Ada", user_id=1)
    ben, _ = await join(client, "Ben", user_id=2)
    await hear(ada, "user_joined")

    connection = ben._conn
    assert connection is not None
    assert connection.transport is not None
    connection.transport.write(bytes([0x88, 0x80, 0, 0, 0, 0]))

    assert (await hear(ada, "user_left"))["user_id"] == 2


async def test_a_broken_connection_is_told_only_if_it_does_not_come_back(
    client: Client, clock: FakeClock
) -> None:
    ada, _ = await join(client, "Ada", user_id=1)
    ben, _ = await join(client, "Ben", user_id=2)
    await hear(ada, "user_joined")

    await break_off(ben, client)
    clock.advance(4.9)
    ben, connected = await join(client, "Ben", user_id=2)
    clock.advance(10.0)
    await say(ada, "still two")
    await hear(ada, "message")
    await break_off(ben, client)
    clock.advance(5.0)
    left = await hear(ada, "user_left")

    assert len(connected["active_users"]) == 2
    assert left["user_id"] == 2


async def test_typing_is_told_to_the_others_and_ends_by_itself(
    client: Client, clock: FakeClock
) -> None:
    ada, _ = await join(client, "Ada", user_id=1)
    ben, _ = await join(client, "Ben", user_id=2)
    await hear(ada, "user_joined")

    await ben.send_json({"type": "typing", "is_typing": True})
    begun = await hear(ada, "typing")
    clock.advance(6.0)
    ended = await hear(ada, "typing")
    await ben.send_json({"type": "ping"})

    assert begun == {"user_id": 2, "username": "Ben", "is_typing": True}
    assert ended == {"user_id": 2, "username": "Ben", "is_typing": False}
    assert await hear(ben, "pong") == {}


async def test_a_newcomer_gets_the_last_messages_and_older_ones_on_request(client: Client) -> None:
    ada, _ = await join(client)
    for number in range(1, 31):
        await say(ada, str(number))
        await hear(ada, "message")

    ben, connected = await join(client, "Ben", user_id=2, query="&history=10")
    await ben.send_json({"type": "history", "before": 21, "limit": 5})
    page = await hear(ben, "history")

    assert [message["seq"] for message in connected["history"]] == list(range(21, 31))
    assert connected["has_more"] is True
    assert [message["seq"] for message in page["messages"]] == list(range(16, 21))
    assert (page["has_more"], page["before"]) == (True, 21)


async def test_whoever_comes_back_gets_what_they_missed_and_nothing_twice(client: Client) -> None:
    ada, seen = await join(client, "Ada", user_id=1)
    for number in range(1, 4):
        await say(ada, str(number))
        await hear(ada, "message")

    _ben, connected = await join(client, "Ben", user_id=2, query=f"&since=1&epoch={seen['epoch']}")

    assert [message["content"] for message in connected["history"]] == ["2", "3"]
    assert (connected["has_more"], "resync" in connected) == (False, False)


@pytest.mark.parametrize("position", ["&since=99", "&since=1&epoch=another"])
async def test_a_position_of_another_log_starts_afresh(client: Client, position: str) -> None:
    ada, _ = await join(client)
    await say(ada, "tea?")

    _again, connected = await join(client, query=position)

    assert connected["resync"] is True
    assert [message["content"] for message in connected["history"]] == ["tea?"]


@pytest.mark.parametrize(
    ("query", "status", "code", "field"),
    [
        ("", 401, "unauthorized", "user_id"),
        ("user_id=1", 401, "unauthorized", "username"),
        ("user_id=0&username=Ada", 400, "invalid_event", "user_id"),
        ("user_id=x&username=Ada", 400, "invalid_event", "user_id"),
        ("user_id=9007199254740992&username=Ada", 400, "invalid_event", "user_id"),
        ("user_id=1&username=%20%20", 400, "invalid_event", "username"),
        ("user_id=1&username=" + "x" * 65, 400, "invalid_event", "username"),
        ("user_id=1&username=a%E2%80%AEb", 400, "invalid_event", "username"),
        ("user_id=1&username=system", 400, "invalid_event", "username"),
        ("user_id=1&username=Ada&since=-1", 400, "invalid_event", "since"),
        ("user_id=1&username=Ada&history=many", 400, "invalid_event", "history"),
        ("user_id=1&username=Ada&format=xml", 400, "invalid_event", "format"),
    ],
)
async def test_a_bad_query_is_refused_before_the_upgrade(
    client: Client, query: str, status: int, code: str, field: str
) -> None:
    answer = await client.get(f"/ws/1?{query}", headers=UPGRADE)

    error = (await answer.json())["data"]
    assert (answer.status, error["code"], error["field"]) == (status, code, field)


@pytest.mark.parametrize(
    "room", ["..%2f..", "x" * 300, "a%20b", "caf%C3%A9", "*", "0", "9007199254740992", "%00"]
)
async def test_an_address_that_no_room_can_have_is_not_found(client: Client, room: str) -> None:
    answer = await client.get(f"/ws/{room}?user_id=1&username=Ada", headers=UPGRADE)

    assert answer.status == 404


async def test_rooms_are_not_made_on_first_use_when_that_is_off(open_app: Open) -> None:
    client = await open_app(rooms=RoomsConfig(auto_create=False))

    await join(client, room="general")
    with pytest.raises(WSServerHandshakeError) as refused:
        await join(client, room="elsewhere")

    assert refused.value.status == 404


async def test_a_page_is_told_by_a_close_code_what_it_cannot_read_in_a_refusal(
    open_app: Open,
) -> None:
    client = await open_app(rooms=RoomsConfig(auto_create=False))
    origin = str(client.make_url("")).rstrip("/")

    socket = await client.ws_connect(
        "/ws/elsewhere?user_id=1&username=Ada", headers={"Origin": origin}
    )
    error = await hear(socket, "error")
    farewell = await socket.receive()

    assert error["code"] == "room_not_found"
    assert (farewell.type, farewell.data) == (WSMsgType.CLOSE, 4404)


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", "http://127.0.0.1.evil.example"]
)
async def test_another_hosts_page_is_refused_before_the_upgrade(
    client: Client, origin: str
) -> None:
    answer = await client.get("/ws/1?user_id=1&username=Ada", headers={**UPGRADE, "Origin": origin})

    assert answer.status == 403


async def test_a_plain_get_is_told_to_upgrade(client: Client) -> None:
    answer = await client.get("/ws/1?user_id=1&username=Ada")

    assert answer.status == 426
    assert "websocat" in (await answer.json())["data"]["message"]


@pytest.mark.parametrize(
    "frame",
    [
        "not json",
        "",
        "[]",
        '"text"',
        "1",
        "{} {}",
        "[" * 30_000,
        "{}",
        '{"type": 5}',
        '{"type": "dance"}',
        '{"type": "message", "content": {"$ne": 1}}',
        '{"type": "message", "content": " \\u200b "}',
        '{"type": "message", "content": "\\u0000"}',
        '{"type": "message", "content": "\\ud800"}',
        '{"type": "history", "limit": 0}',
        '{"type": "message", "content": "x", "client_id": "' + "k" * 65 + '"}',
    ],
)
async def test_a_bad_frame_gets_an_error_and_the_conversation_goes_on(
    client: Client, frame: str
) -> None:
    ada, _ = await join(client)

    await ada.send_str(frame)
    error = await hear(ada, "error")
    sent = await say(ada, "still here")

    assert error["code"] in {"invalid_json", "invalid_event", "unknown_type", "empty_message"}
    assert error["message"].endswith((".", "}"))
    assert sent["seq"] == 1


async def test_a_frame_of_exactly_the_limit_is_read(client: Client) -> None:
    ada, connected = await join(client)
    frame = '{"type": "ping", "unknown": "%s"}'
    padding = connected["limits"]["frame_bytes_max"] - len(frame % "")

    await ada.send_str(frame % ("x" * padding))

    assert await hear(ada, "pong") == {}


@pytest.mark.parametrize("emoji", ["", " ", "\x1b[31m", "a\nb", "\u202e", "x" * 33])
async def test_what_is_no_emoji_is_no_reaction(client: Client, emoji: str) -> None:
    ada, _ = await join(client)
    sent = await say(ada, "tea?")
    await hear(ada, "message")

    await ada.send_json({"type": "react", "message_id": sent["message_id"], "emoji": emoji})

    error = await hear(ada, "error")
    assert (error["code"], error["field"]) == ("invalid_event", "emoji")


async def test_a_message_over_the_limit_is_refused_with_its_client_id(client: Client) -> None:
    ada, _ = await join(client)

    await ada.send_json({"type": "message", "content": "x" * 4_001, "client_id": "long"})
    error = await hear(ada, "error")

    assert (error["code"], error["client_id"]) == ("message_too_long", "long")


async def test_a_burst_over_the_limit_is_refused_and_not_stored(
    client: Client, clock: FakeClock
) -> None:
    ada, _ = await join(client)

    for number in range(100):
        await ada.send_json({"type": "message", "content": "x", "client_id": str(number)})
    heard = [await ada.receive_json(timeout=5) for _ in range(60 * 2 + 40)]
    refused = [event["data"] for event in heard if event["type"] == "error"]
    clock.advance(1.0)
    later = await say(ada, "x", client_id="99")

    assert {error["code"] for error in refused} == {"rate_limited"}
    assert {error["client_id"] for error in refused} == {str(n) for n in range(60, 100)}
    assert all(error["retry_after_ms"] > 0 for error in refused)
    assert later["seq"] == 61


async def test_the_twentieth_mistake_in_a_minute_closes_the_connection(client: Client) -> None:
    ada, _ = await join(client)

    for _ in range(20):
        await ada.send_str("nonsense")
    heard = [await ada.receive() for _ in range(22)]

    assert [frame.type for frame in heard[:21]] == [WSMsgType.TEXT] * 21
    assert (heard[21].type, heard[21].data) == (WSMsgType.CLOSE, 4429)


async def test_one_connection_too_many_is_refused_before_the_upgrade(open_app: Open) -> None:
    client = await open_app(limits=Limits(connections_per_address_max=2))
    first, _ = await join(client, user_id=1)
    await join(client, user_id=2)

    with pytest.raises(WSServerHandshakeError) as refused:
        await join(client, user_id=3)
    await first.close()
    await join(client, user_id=3)

    assert refused.value.status == 429


async def test_a_client_that_leaves_while_it_is_let_in_is_no_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    at_the_door, goes_on = asyncio.Event(), asyncio.Event()

    async with running_app(Config(server=ServerConfig(data_dir=str(tmp_path)))) as app:
        enter = app[SERVER].rooms.enter

        async def enter_slowly(text: str, *, may_make: bool = True) -> Room:
            at_the_door.set()
            await goes_on.wait()
            return await enter(text, may_make=may_make)

        monkeypatch.setattr(app[SERVER].rooms, "enter", enter_slowly)
        # The test client's own server would cancel the handler; the real one doesn't.
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        _reader, writer = await asyncio.open_connection(*runner.addresses[0])
        lines = [f"{name}: {value}" for name, value in {"Host": "localhost", **UPGRADE}.items()]
        head = ["GET /ws/1?user_id=1&username=Ada HTTP/1.1", *lines, "", ""]
        writer.write("\r\n".join(head).encode())
        await at_the_door.wait()
        writer.transport.abort()
        for _ in range(5):
            await asyncio.sleep(0)  # The server hears of it in between.
        goes_on.set()
        await runner.cleanup()

    ours = [record for record in caplog.records if record.name.startswith("roomserver.edge")]
    assert [(record.levelname, record.getMessage()) for record in ours] == [
        ("INFO", "a client left before it was answered")
    ]


UPGRADE = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
}
