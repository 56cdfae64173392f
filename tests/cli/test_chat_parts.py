import asyncio
import os
from pathlib import Path

import pytest
from msgspec import Raw

from roomserver.cli.chat.address import BadAddress, parse_address
from roomserver.cli.chat.composing import Composing
from roomserver.cli.chat.ending import after_close, after_refusal, backoff_s
from roomserver.cli.chat.identity import stable_user_id
from roomserver.cli.chat.outbox import Outbox
from roomserver.cli.chat.reading import Reading
from roomserver.cli.chat.stdin import read_lines
from roomserver.core import commands, events
from roomserver.core.heard import LogEntry
from roomserver.core.model import INTEGER_MAX
from tests.cli.chat_doubles import a_message, connected, page, soon

TYPES = commands.Typing(is_typing=True)
STOPS = commands.Typing(is_typing=False)


@pytest.mark.parametrize(
    ("text", "server", "room"),
    [
        ("http://localhost:8000/rooms/general", "http://localhost:8000", "general"),
        ("http://localhost:8000/rooms/general/17", "http://localhost:8000", "general"),
        ("https://chat.example.org/", "https://chat.example.org", "general"),
        ("ws://localhost:8000/ws/1", "http://localhost:8000", "1"),
        ("wss://chat.example.org/ws/ops", "https://chat.example.org", "ops"),
        ("https://example.org/chat/rooms/ops", "https://example.org/chat", "ops"),
        ("localhost", "http://localhost:8000", "general"),
        ("localhost:9000", "http://localhost:9000", "general"),
        ("localhost:9000/ops", "http://localhost:9000", "ops"),
        ("localhost:9000/rooms/ops", "http://localhost:9000", "ops"),
        ("127.0.0.1:9000/7", "http://127.0.0.1:9000", "7"),
        ("[::1]:9000", "http://[::1]:9000", "general"),
        ("localhost:9000/rooms/caf%C3%A9", "http://localhost:9000", "café"),
    ],
)
def test_an_address_is_read_as_people_copy_it(text: str, server: str, room: str) -> None:
    address = parse_address(text)

    assert (address.server, address.room) == (server, room)


@pytest.mark.parametrize(
    "text", ["", "ftp://localhost/x", "http://", "foo bar", "localhost:notaport", "http://[::1"]
)
def test_what_is_no_address_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(BadAddress, match="http://localhost:8000/rooms/general"):
        parse_address(text)


def test_a_room_that_is_named_has_the_last_word() -> None:
    assert parse_address("localhost:8000/general", room="ops").room == "ops"


def test_what_an_address_says_besides_is_kept() -> None:
    address = parse_address("ws://localhost:8000/ws/1?user_id=1&username=Juan%20Luis")

    socket = address.socket({"since": "3"})

    assert address.query == {"user_id": "1", "username": "Juan Luis"}
    assert socket == "http://localhost:8000/ws/1?user_id=1&username=Juan+Luis&since=3"


def test_a_room_with_strange_letters_stays_one_part_of_the_path() -> None:
    assert (
        parse_address("localhost", room="a/b?c")
        .socket({})
        .startswith("http://localhost:8000/ws/a%2Fb%3Fc?")
    )


def test_a_person_without_a_number_has_the_same_one_every_time() -> None:
    ana = stable_user_id("Ana")

    assert ana == stable_user_id("Ana")
    assert ana != stable_user_id("Juan")
    assert 1 <= ana <= INTEGER_MAX


@pytest.mark.parametrize("code", [None, 1000, 1001, 1006, 1011, 1012, 1013, 4408, 4429, 4999])
def test_after_most_goodbyes_it_comes_back(code: int | None) -> None:
    assert not after_close(code).is_final


@pytest.mark.parametrize(
    ("status", "is_final"),
    [(400, True), (401, True), (403, True), (404, True), (426, True), (429, False), (503, False)],
)
def test_a_refused_handshake_is_tried_again_if_it_may_pass(
    status: int,
    is_final: bool,  # noqa: FBT001 - a column of the table above
) -> None:
    assert after_refusal(status, None).is_final == is_final


def test_the_wait_is_anything_up_to_its_bound() -> None:
    assert backoff_s(3, lambda: 0.0) == 0.0
    assert backoff_s(3, lambda: 0.5) == 2.0
    assert backoff_s(100_000, lambda: 1.0) == 30.0


def test_typing_is_told_at_most_every_three_seconds() -> None:
    composing = Composing()

    told = [composing.changed("hola"[:length], now_s=float(length)) for length in (1, 2, 3, 4)]

    assert told == [TYPES, None, None, TYPES]


def test_an_emptied_line_ends_the_typing_once() -> None:
    composing = Composing()
    composing.changed("h", now_s=0.0)

    assert [composing.changed("", now_s=1.0), composing.changed("", now_s=2.0)] == [STOPS, None]


def test_a_command_is_no_typing() -> None:
    composing = Composing()

    assert composing.changed("/who", now_s=0.0) is None
    assert composing.changed("//etc", now_s=1.0) == TYPES


def test_a_sent_line_ends_the_typing_and_the_next_one_begins_it() -> None:
    composing = Composing()
    composing.changed("hola", now_s=0.0)

    assert composing.stopped() == STOPS
    assert composing.changed("o", now_s=0.5) == TYPES


async def test_an_outbox_gives_the_oldest_until_it_is_settled() -> None:
    outbox = Outbox(iter(["a", "b"]).__next__)
    waiting = asyncio.create_task(outbox.first())
    first = await outbox.add("uno")
    await outbox.add("dos")

    assert await soon(waiting) == first
    assert await soon(outbox.first()) == first
    await outbox.settle(first)
    assert (await soon(outbox.first())).content == "dos"
    assert len(outbox) == 1


def seqs(entries: list[LogEntry]) -> list[int]:
    return [entry.seq for entry in entries]


def test_a_log_is_read_in_order_without_repeats() -> None:
    reading = Reading()

    shown = seqs(reading.begin(connected(1, 2)))
    for seq in (2, 3, 1, 3, 4):
        shown += seqs(reading.live(a_message(seq)))

    assert shown == [1, 2, 3, 4]
    assert reading.ask() is None


def test_a_hole_is_asked_for_once() -> None:
    reading = Reading()
    reading.begin(connected(1))
    reading.live(a_message(5))

    assert reading.ask() == commands.ReadHistory(after=1, limit=200)
    reading.live(a_message(6))
    assert reading.ask() is None


def test_a_large_hole_is_read_page_by_page() -> None:
    reading = Reading()
    reading.begin(connected(1))
    reading.live(a_message(6))
    reading.ask()

    assert seqs(reading.page(page(2, 3, after=1, has_more=True))) == [2, 3]
    assert reading.ask() == commands.ReadHistory(after=3, limit=200)
    assert seqs(reading.page(page(4, 5, 6, after=3))) == [4, 5, 6]
    assert reading.ask() is None


def test_a_hole_behind_a_hole_is_asked_for_next() -> None:
    reading = Reading()
    reading.begin(connected(1))
    reading.live(a_message(3))
    reading.ask()
    reading.live(a_message(6))

    assert seqs(reading.page(page(2, 3, after=1))) == [2, 3]
    assert reading.ask() == commands.ReadHistory(after=3, limit=200)


def test_entries_that_are_no_messages_leave_no_hole_for_ever() -> None:
    reading = Reading()
    reading.begin(connected(1))
    reading.live(a_message(4))
    reading.ask()

    assert seqs(reading.page(page(after=1))) == [4]
    assert reading.ask() is None
    assert reading.resume == {"since": "4", "epoch": "e1"}


def test_what_a_newer_server_keeps_in_its_log_is_passed_over() -> None:
    polls = [Raw(b'{"type":"poll","seq":%d}' % seq) for seq in (2, 3)]
    reading = Reading()
    reading.begin(connected(1))
    reading.live(a_message(5))
    reading.ask()

    assert reading.page(events.History(messages=polls, has_more=True, after=1)) == []
    assert reading.ask() == commands.ReadHistory(after=3, limit=200)


def test_the_last_number_is_known_even_if_no_history_was_wanted() -> None:
    reading = Reading()

    reading.begin(connected(last_seq=41))

    assert reading.resume["since"] == "41"
    assert seqs(reading.live(a_message(42))) == [42]


async def lines_of(file: int) -> list[str]:
    return [line async for line in read_lines(file)]


async def test_lines_come_from_a_pipe_whole_however_they_were_cut() -> None:
    reads, writes = os.pipe()
    for part in (b"ho", b"la\nca", b"f\xc3", b"\xa9\nlast"):
        os.write(writes, part)
    os.close(writes)

    assert await soon(lines_of(reads)) == ["hola", "café", "last"]
    os.close(reads)


async def test_lines_come_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "lines"
    path.write_bytes(b"hola\n\xff\n")

    with path.open("rb") as file:
        assert await soon(lines_of(file.fileno())) == ["hola", "\ufffd"]


async def test_a_silent_pipe_holds_nothing_else_up() -> None:
    reads, writes = os.pipe()
    reading = asyncio.create_task(lines_of(reads))
    await asyncio.sleep(0)

    os.write(writes, b"hola\n")
    os.close(writes)

    assert await soon(reading) == ["hola"]
    os.close(reads)
