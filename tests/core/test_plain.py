from roomserver.core import plain
from roomserver.core.model import User, UserId


def test_names_of_rooms_and_people_are_made_harmless_outside_of_events() -> None:
    mallory = User(UserId(3), "Mal\x1b[2Jlory")

    lines = [plain.here([mallory]), plain.me(mallory, "Gen\x9bheral"), plain.warning("\x1bc")]

    assert all(str(line).isprintable() for line in lines)


def test_a_crowd_is_counted_rather_than_listed() -> None:
    crowd = [User(UserId(number), f"P{number}") for number in range(1, 1_042)]

    assert str(plain.here(crowd)).endswith("P40 and 1,001 more")


def test_nobody_here_is_said_in_words() -> None:
    assert str(plain.here([])) == "* Nobody is here."


def test_stats_count_connections_and_people_room_by_room() -> None:
    lines = plain.stats({"1": (3, 2), "7": (1, 1)})

    assert [str(line) for line in lines] == [
        "* 4 connections in 2 rooms",
        "* room 1: 3 connections, 2 people",
        "* room 7: 1 connection, 1 person",
    ]
