"""The text mode of the WebSocket endpoint: lines in, lines out."""

import re

import pytest
from aiohttp import WSMsgType

from tests.support.fakes import FakeClock
from tests.support.talk import HEAR_S_MAX, Client, Socket, hear, join, say

WELCOME_END = "/help says what you can type."


async def sit_down(
    client: Client, name: str = "Ana", *, user_id: int = 1, query: str = ""
) -> Socket:
    """Connect in text mode and read the welcome."""
    shell = await client.ws_connect(
        f"/ws/general?user_id={user_id}&username={name}&format=text{query}"
    )
    await read_until(shell, WELCOME_END)
    return shell


async def read(shell: Socket) -> str:
    """Return the next line. The day is left out: it is the machine's, in its time zone."""
    while True:
        line = str(await shell.receive_str(timeout=HEAR_S_MAX))
        if not re.fullmatch(r"\* On \d{4}-\d\d-\d\d:", line):
            return re.sub(r"^\d\d:\d\d ", "12:04 ", line)


async def read_until(shell: Socket, text: str) -> list[str]:
    lines = []
    while text not in (line := await read(shell)):
        lines.append(line)
    return [*lines, line]


async def test_a_newcomer_reads_where_they_are_what_was_said_and_who_is_here(
    client: Client,
) -> None:
    ben, _ = await join(client, "Ben", user_id=2)
    await say(ben, "tea?")

    shell = await client.ws_connect("/ws/general?user_id=1&username=Ana&format=text")
    lines = await read_until(shell, WELCOME_END)

    assert lines[:3] == [
        "* This is General, and you are Ana",
        "12:04 Ben: tea?",
        "* Here: Ben, Ana",
    ]
    assert re.fullmatch(r"\* Times are \S+\. /help says what you can type\.", lines[3])


async def test_what_is_typed_is_said_and_comes_back_to_its_author_once(client: Client) -> None:
    shell = await sit_down(client)
    ben, _ = await join(client, "Ben", user_id=2)
    await read_until(shell, "Ben joined")

    await shell.send_str("hola\n")
    assert await read(shell) == "12:04 Ana: hola"
    await shell.send_str("/ping")

    assert await read(shell) == "* pong"
    assert (await hear(ben, "message"))["content"] == "hola"


async def test_a_frame_of_several_lines_is_one_message(client: Client) -> None:
    shell = await sit_down(client)

    await shell.send_str("uno\ndos\n")

    assert [await read(shell), await read(shell)] == ["12:04 Ana: uno", "      dos"]


async def test_nothing_is_no_message(client: Client) -> None:
    shell = await sit_down(client)

    await shell.send_str("")
    await shell.send_str("\n")
    await shell.send_str("/ping")

    assert await read(shell) == "* pong"


async def test_a_line_that_begins_with_a_slash_can_be_said(client: Client) -> None:
    shell = await sit_down(client)

    await shell.send_str("//shrug")

    assert await read(shell) == "12:04 Ana: /shrug"


async def test_others_come_type_and_go(client: Client) -> None:
    shell = await sit_down(client)
    ben, _ = await join(client, "Ben", user_id=2)
    await ben.send_json({"type": "typing", "is_typing": True})
    await ben.close()

    assert await read_until(shell, "left") == [
        "* Ben joined",
        "* Ben is typing",
        "* Ben left",
    ]


async def test_the_others_are_told_of_typing_and_the_typist_is_not(client: Client) -> None:
    shell = await sit_down(client)
    ben, _ = await join(client, "Ben", user_id=2)
    await read_until(shell, "Ben joined")

    await shell.send_str("/typing")
    await shell.send_str("/typing off")
    await shell.send_str("/ping")

    assert (await hear(ben, "typing"))["is_typing"] is True
    assert (await hear(ben, "typing"))["is_typing"] is False
    assert await read(shell) == "* pong"


async def test_questions_are_answered_to_the_asker_alone(client: Client) -> None:
    shell = await sit_down(client)
    ben, _ = await join(client, "Ben", user_id=2)
    await read_until(shell, "Ben joined")

    await shell.send_str("/who")
    await shell.send_str("/me")
    await shell.send_str("/stats")
    await shell.send_str("/help")

    assert await read(shell) == "* Here: Ana, Ben"
    assert await read(shell) == "* You are Ana (user_id 1) in General"
    assert await read(shell) == "* 2 connections in 1 room"
    assert await read(shell) == "* room 1: 2 connections, 2 people"
    assert any(line.startswith("* /quit") for line in await read_until(shell, "//TEXT"))
    await ben.send_json({"type": "ping"})
    await hear(ben, "pong")


async def test_history_shows_the_last_messages(client: Client) -> None:
    ben, _ = await join(client, "Ben", user_id=2)
    for content in ("uno", "dos", "tres"):
        await say(ben, content)
        await hear(ben, "message")
    shell = await sit_down(client, query="&history=0")

    await shell.send_str("/history 2")

    assert await read_until(shell, "older") == [
        "* The last 2 messages:",
        "12:04 Ben: dos",
        "12:04 Ben: tres",
        "* There are older ones",
    ]


async def test_a_return_with_since_shows_what_was_missed(client: Client) -> None:
    ben, _ = await join(client, "Ben", user_id=2)
    for content in ("uno", "dos"):
        await say(ben, content)
        await hear(ben, "message")

    shell = await client.ws_connect("/ws/1?user_id=1&username=Ana&format=text&since=1")
    lines = await read_until(shell, WELCOME_END)

    assert [line for line in lines if line.startswith("12:04")] == ["12:04 Ben: dos"]


@pytest.mark.parametrize(
    ("line", "refusal"),
    [
        ("x" * 4_001, "! message_too_long: A message may have 4,000 characters"),
        ("a\0b", "! invalid_event: content holds a NUL character"),
        ("\u200b", "! empty_message: "),
        ("/hlep", "! There is no /hlep. Did you mean /help?"),
        ("/history some", "! Write it like this: /history [N]"),
    ],
)
async def test_a_refusal_is_a_sentence_and_ends_nothing(
    client: Client, line: str, refusal: str
) -> None:
    shell = await sit_down(client)

    await shell.send_str(line)
    await shell.send_str("/ping")

    assert (await read(shell)).startswith(refusal)
    assert await read(shell) == "* pong"


async def test_json_is_text_like_any_other(client: Client) -> None:
    shell = await sit_down(client)

    await shell.send_str('{"type": "ping"}')

    assert await read(shell) == '12:04 Ana: {"type": "ping"}'


async def test_quit_is_a_normal_goodbye_and_is_told_at_once(client: Client) -> None:
    shell = await sit_down(client)
    ben, _ = await join(client, "Ben", user_id=2)
    await read_until(shell, "Ben joined")

    await shell.send_str("/quit")

    goodbye = await shell.receive(timeout=HEAR_S_MAX)
    assert (goodbye.type, shell.close_code) == (WSMsgType.CLOSE, 1000)
    assert (await hear(ben, "user_left"))["username"] == "Ana"


async def test_a_terminal_is_safe_from_what_others_write(client: Client) -> None:
    shell = await sit_down(client)
    mallory, _ = await join(client, "Mallory", user_id=2)
    await read_until(shell, "Mallory joined")

    for evil in ("\x1b[2J\x1b]0;title\x07", "\r12:05 Ana: yes", "\x9b31m", "\u202eolleh", "a\nb"):
        await say(mallory, f"-{evil}-")
        await hear(mallory, "message")
    await shell.send_str("/ping")
    lines = await read_until(shell, "pong")

    assert all(line.isprintable() for line in lines)
    assert not any(line.startswith("12:04 Ana") for line in lines)


async def test_who_stops_typing_is_not_told_in_lines(client: Client, clock: FakeClock) -> None:
    shell = await sit_down(client)
    ben, _ = await join(client, "Ben", user_id=2)
    await ben.send_json({"type": "typing", "is_typing": True})
    await read_until(shell, "Ben is typing")

    clock.advance(6.0)
    await shell.send_str("/ping")

    assert await read(shell) == "* pong"


async def test_what_was_said_last_is_changed_taken_back_and_reacted_to(client: Client) -> None:
    ben, _ = await join(client, "Ben", user_id=2)
    shell = await sit_down(client)
    await shell.send_str("te?")
    await read_until(shell, "te?")
    await hear(ben, "user_joined")
    await hear(ben, "message")
    await say(ben, "yes")
    await read_until(shell, "yes")

    answers = []
    for line in ("/edit tea?", "/react 👍", "/delete", "/delete", "/edit nothing"):
        await shell.send_str(line)
        answers.append(re.sub(r"\d\d:\d\d$", "12:04", await read(shell)))

    assert answers == [
        "12:04 Ana (edited): tea?",
        "* Ana reacted with 👍 to “yes”",
        "* Ana deleted the message of 12:04",
        "! You have written nothing here lately that could be changed.",
        "! You have written nothing here lately that could be changed.",
    ]
