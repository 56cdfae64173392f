"""What the room tells of the people in it."""

from collections.abc import Callable
from datetime import UTC, datetime

from roomserver.cli.chat.people import TYPING_S_MAX
from roomserver.cli.chat.room import Room
from roomserver.core import events
from roomserver.core.narrator import Narrator
from tests.cli.chat_doubles import connected

BEN = events.UserJoined(user_id=2, username="Ben")
BENJAMIN = events.UserJoined(user_id=2, username="Benjamin")
BEN_LEFT = events.UserLeft(user_id=2, username="Ben", last_seen="2026-11-24T12:00:00.000Z")


def a_room(now_s: Callable[[], float] = lambda: 0.0) -> Room:
    narrator = Narrator(to_local=lambda at: at, now=datetime(2026, 11, 24, tzinfo=UTC))
    room = Room(narrator, now_s=now_s)
    room.hear(connected())
    return room


def test_only_who_was_not_here_has_joined_and_only_who_was_here_has_left() -> None:
    room = a_room()

    heard = (BEN, BEN, BENJAMIN, BEN_LEFT, BEN_LEFT, BEN)
    told = [[str(line) for line in room.hear(event)] for event in heard]

    assert told == [
        ["* Ben joined"],
        [],
        ["* Ben is now Benjamin"],
        ["* Ben left"],
        [],
        ["* Ben joined"],
    ]


def test_of_those_who_were_here_before_another_name_is_told() -> None:
    room = a_room()
    me = events.UserJoined(user_id=1, username="Ana María")

    assert [str(line) for line in room.hear(me)] == ["* Ana is now Ana María"]


def test_whoever_is_not_heard_of_any_more_types_no_longer() -> None:
    now_s = 100.0
    room = a_room(lambda: now_s)
    room.hear(BEN)
    room.hear(events.IsTyping(user_id=2, username="Ben", is_typing=True))

    now_s += TYPING_S_MAX - 0.1
    before = list(room.people.typing)
    now_s += 0.2

    assert (before, room.people.typing) == (["Ben"], [])
