from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone

import msgspec
import pytest
from msgspec import Raw

from roomserver.core import events, plain, wire
from roomserver.core.heard import read_event
from roomserver.core.model import User, UserId
from roomserver.core.narrator import Narrator
from roomserver.core.quotes import Quotes

ANA = User(UserId(1), "Ana")
JUAN = User(UserId(2), "Juan")
LIMITS = events.ClientLimits(
    message_chars_max=4_000,
    message_bytes_max=16_000,
    frame_bytes_max=65_536,
    messages_per_second=20.0,
    messages_burst=60,
    history_messages_max=200,
)
TYPING = events.IsTyping(user_id=2, username="Juan", is_typing=True)
STOPPED = events.IsTyping(user_id=2, username="Juan", is_typing=False)


def a_narrator(*, hours_east: int = 0) -> Narrator:
    zone = timezone(timedelta(hours=hours_east), "HERE")
    now = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
    return Narrator(to_local=lambda at: at.astimezone(zone), now=now)


def a_message(
    content: str = "hola", *, username: str = "Juan", at: str = "2026-11-24T12:04:26.123Z"
) -> events.Message:
    return events.Message(
        id=7, room_id=1, seq=1, user_id=2, username=username, content=content, created_at=at
    )


def raw(*messages: events.Message) -> list[Raw]:
    return [Raw(msgspec.json.encode(message)) for message in messages]


def a_welcome(*messages: events.Message) -> events.Connected:
    return events.Connected(
        room_id=1,
        active_users=[ANA, JUAN],
        user=ANA,
        room=events.RoomFace(id=1, slug="general", name="General"),
        epoch="e1",
        last_seq=len(messages),
        history=raw(*messages),
        read_up_to=0,
        has_more=False,
        limits=LIMITS,
        instance="i1",
    )


def a_page(*messages: events.Message, has_more: bool = False) -> events.History:
    return events.History(messages=raw(*messages), has_more=has_more)


def an_edit(content: str = "mañana", *, username: str = "Juan") -> events.MessageEdited:
    return events.MessageEdited(
        kind="message_edited",
        room_id=1,
        seq=2,
        message_id=7,
        user_id=2,
        username=username,
        content=content,
        edited_at="2026-11-24T12:05:00.000Z",
    )


def a_deletion(username: str = "Juan") -> events.MessageDeleted:
    return events.MessageDeleted(
        kind="message_deleted",
        room_id=1,
        seq=3,
        message_id=7,
        user_id=2,
        username=username,
        deleted_at="2026-11-24T12:06:00.000Z",
    )


def a_reaction(emoji: str = "👍", *, username: str = "Ana", on: bool = True) -> events.Reaction:
    return events.Reaction(
        kind="reaction",
        room_id=1,
        seq=4,
        message_id=7,
        user_id=1,
        username=username,
        emoji=emoji,
        on=on,
        created_at="2026-11-24T12:07:00.000Z",
    )


def told(narrator: Narrator, *events: events.Event) -> list[str]:
    return [str(line) for event in events for line in narrator.tell(event)]


@pytest.mark.parametrize(
    ("event", "line"),
    [
        (a_message(), "12:04 Juan: hola"),
        (events.UserJoined(user_id=2, username="Juan"), "* Juan joined"),
        (events.UserLeft(user_id=2, username="Juan", last_seen="…"), "* Juan left"),
        (TYPING, "* Juan is typing"),
        (events.Pong(), "* pong"),
        (
            events.Error(code="empty_message", message="Write something.", retryable=False),
            "! empty_message: Write something.",
        ),
        (
            events.Degraded(component="redis", ok=False, message="Redis is away."),
            "! Redis is away.",
        ),
        (events.Degraded(component="redis", ok=True, message="Redis is back."), "* Redis is back."),
        (
            events.Draining(reconnect_after_ms=200, last_seq=7),
            "* The server restarts. It will be back in a moment.",
        ),
    ],
    ids=lambda value: value.type if isinstance(value, events.Event) else "",
)
def test_an_event_is_told_in_one_line(event: events.Event, line: str) -> None:
    assert told(a_narrator(), event) == [line]


def test_a_receipt_says_nothing_because_the_message_itself_comes_too() -> None:
    receipt = events.MessageSent(message_id=7, timestamp="2026-11-24T12:04:26.123Z", seq=1)

    assert told(a_narrator(), receipt) == []


def test_times_are_the_readers_own() -> None:
    assert told(a_narrator(hours_east=1), a_message()) == ["13:04 Juan: hola"]


def test_a_message_of_another_day_comes_after_that_day() -> None:
    narrator = a_narrator()
    yesterday = a_message("buenas noches", at="2026-11-23T23:59:00.000Z")

    lines = told(narrator, yesterday, yesterday, a_message())

    assert lines == [
        "* On 2026-11-23:",
        "23:59 Juan: buenas noches",
        "23:59 Juan: buenas noches",
        "* On 2026-11-24:",
        "12:04 Juan: hola",
    ]


def test_a_time_that_cannot_be_read_hides_no_message() -> None:
    assert told(a_narrator(), a_message(at="yesterday")) == ["--:-- Juan: hola"]


def test_the_further_lines_of_a_message_are_indented() -> None:
    lines = told(a_narrator(), a_message("uno\n12:05 Ana: dos\r\n\ttres"))

    assert lines == ["12:04 Juan: uno", "      12:05 Ana: dos", "          tres"]


def test_a_message_of_thousands_of_lines_does_not_flood_the_screen() -> None:
    lines = told(a_narrator(), a_message("\n".join("abcdefgh" * 500)))

    assert len(lines) == plain.LINES_MAX + 1
    assert lines[-1] == "      [and 3,960 lines more]"


CONTROLS = {
    "ESC": "\x1b[2J\x1b[31m",
    "CR": "\rfalse",
    "backspace": "\b\b",
    "C1 CSI": "\x9b2J",
    "C1 OSC": "\x9d0;title\x9c",
    "bidi override": "\u202eolleh",
    "bidi isolate": "\u2066a\u2069",
    "line separator": "\u2028fake",
    "vertical tab": "\x0bdown",
    "DEL": "\x7f",
}


@pytest.mark.parametrize("text", CONTROLS.values(), ids=CONTROLS.keys())
@pytest.mark.parametrize(
    "event_with",
    [
        a_message,
        lambda text: a_message(username=text),
        lambda text: events.UserJoined(user_id=2, username=text),
        lambda text: events.UserLeft(user_id=2, username=text, last_seen="…"),
        lambda text: events.IsTyping(user_id=2, username=text, is_typing=True),
        lambda text: events.Error(code=text, message=text, retryable=False),
        lambda text: events.Degraded(component="x", ok=False, message=text),
        lambda text: an_edit(text, username=text),
        a_deletion,
        lambda text: a_reaction(text, username=text),
        lambda text: a_page(a_message(text, username=text)),
        lambda text: a_welcome(a_message(text, username=text)),
    ],
    ids=[
        "content",
        "username",
        "joined",
        "left",
        "typing",
        "error",
        "degraded",
        "edit",
        "deletion",
        "reaction",
        "page",
        "welcome",
    ],
)
def test_nobody_can_move_a_readers_cursor(
    event_with: Callable[[str], events.Event], text: str
) -> None:
    lines = told(a_narrator(), event_with(f"a{text}b"))

    assert lines
    assert all(line.isprintable() for line in lines)


def test_nobody_can_write_a_line_in_another_name() -> None:
    for end in ("\n", "\r", "\r\n", "\x0b", "\x0c", "\x1c", "\x85", "\u2028", "\u2029"):
        _first, *rest = told(a_narrator(), a_message(f"hola{end}12:05 Ana: I owe Juan money"))

        assert all(line.startswith("      ") for line in rest)


def test_a_newcomer_is_told_where_they_are_what_was_said_and_who_is_here() -> None:
    lines = told(a_narrator(), a_welcome(a_message()))

    assert lines == [
        "* This is General, and you are Ana",
        "12:04 Juan: hola",
        "* Here: Ana, Juan",
        "* Times are HERE. /help says what you can type.",
    ]


def test_a_page_of_history_says_where_it_begins_and_whether_it_is_all() -> None:
    whole = told(a_narrator(), a_page(a_message()))
    part = told(a_narrator(), a_page(a_message(), a_message(), has_more=True))

    assert whole == ["* The last 1 message:", "12:04 Juan: hola", "* That is all there is"]
    assert (part[0], part[-1]) == ("* The last 2 messages:", "* There are older ones")


def test_a_change_says_what_it_is_about() -> None:
    lines = told(a_narrator(), a_message("hoy"), a_reaction(), an_edit(), a_reaction(on=False))

    assert lines == [
        "12:04 Juan: hoy",
        "* Ana reacted with 👍 to “hoy”",
        "12:05 Juan (edited): mañana",
        "* Ana took back 👍 from “mañana”",
    ]


def test_a_deletion_repeats_nothing_of_what_was_deleted() -> None:
    lines = told(a_narrator(), a_message("secreto"), a_deletion(), a_reaction())

    assert lines[1:] == [
        "* Juan deleted the message of 12:04",
        "* Ana reacted with 👍 to an older message",
    ]


def test_a_change_to_what_was_never_seen_is_told_all_the_same() -> None:
    assert told(a_narrator(), a_deletion()) == ["* Juan deleted an older message"]


def test_a_message_that_was_deleted_since_shows_only_that() -> None:
    deleted = msgspec.structs.replace(a_message(""), deleted=True)

    assert told(a_narrator(), deleted) == ["12:04 Juan: (deleted)"]


def test_a_long_message_is_quoted_in_short() -> None:
    lines = told(a_narrator(), a_message("palabra " * 100), a_reaction())

    assert lines[-1] == f"* Ana reacted with 👍 to “{('palabra ' * 5)}…”"


def test_only_so_many_messages_are_remembered() -> None:
    quotes = Quotes()
    for message_id in range(1_000):
        quotes.keep(message_id, at="12:04", content="hola", author_id=1)

    assert (quotes.of(0), quotes.of(799), quotes.of(800)) == ("an older message",) * 2 + ("“hola”",)


def test_a_page_of_history_has_changes_in_their_place() -> None:
    entries = [a_message("hoy"), an_edit(), a_deletion()]
    page = events.History(
        messages=[Raw(msgspec.json.encode(entry)) for entry in entries], has_more=False
    )

    assert told(a_narrator(), page) == [
        "* The last 1 message:",
        "12:04 Juan: hoy",
        "12:05 Juan (edited): mañana",
        "* Juan deleted the message of 12:04",
        "* That is all there is",
    ]


def test_who_has_read_how_far_is_not_told() -> None:
    read = events.Read(user_id=2, username="Juan", message_id=7, seq=1, read_at="…")

    assert told(a_narrator(), read) == []


def test_an_empty_room_is_called_empty() -> None:
    assert told(a_narrator(), a_page()) == ["* Nothing has been written here yet"]


def test_the_further_pages_of_a_resume_are_told_as_if_they_were_live() -> None:
    page = events.History(messages=raw(a_message()), has_more=True, after=200)

    assert told(a_narrator(), page) == ["12:04 Juan: hola"]


def test_somebody_who_goes_on_typing_is_told_once() -> None:
    assert told(a_narrator(), TYPING, TYPING, STOPPED, TYPING) == ["* Juan is typing"] * 2


def test_a_message_ends_its_authors_typing() -> None:
    assert told(a_narrator(), TYPING, a_message(), TYPING)[-1] == "* Juan is typing"


def test_every_event_that_there_is_can_be_read_back() -> None:
    for event in (a_welcome(a_message()), a_page(), a_message(), TYPING, events.Pong()):
        assert msgspec.json.encode(read_event(wire.encode(event))) == msgspec.json.encode(event)


@pytest.mark.parametrize(
    "frame",
    [
        "",
        "hola",
        "[]",
        "{}",
        '{"type":"message"}',
        '{"type":"message","data":{}}',
        '{"type":"poll_opened","data":{}}',
        '{"type":"message","data":' + "[" * 100_000,
        b"\xff",
    ],
    ids=range(9),
)
def test_what_is_no_event_of_ours_is_left_alone(frame: str | bytes) -> None:
    assert read_event(frame) is None


def test_fields_that_a_newer_server_adds_are_no_obstacle() -> None:
    pong = b'{"type":"pong","data":{"late_by_ms":3},"trace":"x"}'

    assert read_event(pong) == events.Pong()


def test_whoever_takes_another_name_has_not_joined_again() -> None:
    narrator = a_narrator()
    joined = [
        events.UserJoined(user_id=2, username=name) for name in ("Ben", "Ben", "Benjamin", "Ben")
    ]

    lines = [line for event in joined for line in told(narrator, event)]

    assert lines == ["* Ben joined", "* Ben is now Benjamin", "* Benjamin is now Ben"]


def test_whoever_is_here_when_the_reader_comes_has_not_joined_afterwards() -> None:
    narrator = a_narrator()
    told(narrator, a_welcome())
    here = events.UserJoined(user_id=1, username="Ana")
    left = events.UserLeft(user_id=1, username="Ana", last_seen="2026-11-24T12:00:00.000Z")

    assert told(narrator, here) == []
    assert told(narrator, left, here) == ["* Ana left", "* Ana joined"]
