"""What the room tells of the people in it."""

from datetime import UTC, datetime

from roomserver.cli.chat.room import Room
from roomserver.core import events
from roomserver.core.narrator import Narrator
from tests.cli.chat_doubles import connected

BEN = events.UserJoined(user_id=2, username="Ben")
BENJAMIN = events.UserJoined(user_id=2, username="Benjamin")
BEN_LEFT = events.UserLeft(user_id=2, username="Ben", last_seen="2026-11-24T12:00:00.000Z")


def a_room() -> Room:
    room = Room(Narrator(to_local=lambda at: at, now=datetime(2026, 11, 24, tzinfo=UTC)))
    room.hear(connected())
    return room


def test_only_who_was_not_here_has_joined_and_only_who_was_here_has_left() -> None:
    room = a_room()

    told = [len(room.hear(event)) for event in (BEN, BEN, BENJAMIN, BEN_LEFT, BEN_LEFT, BEN)]

    assert told == [1, 0, 1, 1, 0, 1]
