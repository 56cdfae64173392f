import pytest
from hypothesis import given
from hypothesis import strategies as st

from roomserver.core.address import (
    ROOM_NAME_CHARS_MAX,
    SLUG_CHARS_MAX,
    check_room_name,
    name_of,
    parse_room,
    slug_of,
)
from roomserver.core.errors import InvalidEvent, RoomNotFound


@pytest.mark.parametrize("text", ["1", "7", "42", "2147483648", str(2**53 - 1)])
def test_a_number_is_a_rooms_number(text: str) -> None:
    assert parse_room(text) == int(text)


@pytest.mark.parametrize(
    "text", ["general", "a", "book-club", "book_club", "7-samurai", "r2d2", "x" * SLUG_CHARS_MAX]
)
def test_a_word_is_a_rooms_slug(text: str) -> None:
    assert parse_room(text) == text


@pytest.mark.parametrize(
    ("text", "slug"), [("General", "general"), ("GENERAL", "general"), ("Book-Club", "book-club")]
)
def test_a_slug_is_the_same_in_capitals(text: str, slug: str) -> None:
    assert parse_room(text) == slug


@pytest.mark.parametrize(
    "text",
    [
        "..%2f..",
        "../..",
        "..",
        ".",
        "a" * 300,
        "x" * (SLUG_CHARS_MAX + 1),
        "1" * 300,
        "",
        " ",
        "two words",
        " general",
        "general ",
        "general\n",
        "1\n",
        "gen\0eral",
        "café",
        "ﬁ",
        "\u212aelvin",  # the Kelvin sign, whose lower case is an ASCII k
        "房间",
        "٣",
        "１",
        "*",
        "%",
        "-",
        "-general",
        "_general",
        "a/b",
        "a.b",
        "a:b",
        "?",
        "#",
        "<script>",
        "'; drop table rooms; --",
        "0",
        "00",
        "007",
        "-1",
        "+1",
        "1.0",
        str(2**53),
        "9" * 16,
        "9" * 17,
        "stats",
        "Stats",
        "STATS",
    ],
)
def test_what_cannot_be_a_rooms_address_is_no_room(text: str) -> None:
    with pytest.raises(RoomNotFound):
        parse_room(text)


@given(st.text(st.characters()))
def test_an_address_is_a_room_or_refused_whatever_it_holds(text: str) -> None:
    try:
        address = parse_room(text)
    except RoomNotFound:
        return

    assert parse_room(str(address)) == address
    assert text.isascii()


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("General", "general"),
        ("Café & Co", "cafe-co"),
        ("  Book   club ", "book-club"),
        ("C++/C#", "c-c"),
        ("ﬁnance", "finance"),
        ("Straße", "strae"),
        ("2026", "room-2026"),
        ("Stats", "room-stats"),
        ("房间", "room"),
        ("!!!", "room"),
        ("a" * 80, "a" * 64),
        ("1" * 80, "room-" + "1" * 59),
        ("x" * 63 + " y", "x" * 63),
    ],
)
def test_a_slug_is_made_from_the_letters_of_a_name(name: str, slug: str) -> None:
    assert slug_of(name) == slug


@given(st.text(st.characters()))
def test_the_slug_of_any_name_is_an_address(name: str) -> None:
    slug = slug_of(name)

    assert parse_room(slug) == slug


@pytest.mark.parametrize(
    ("slug", "name"),
    [
        ("general", "General"),
        ("book-club", "Book club"),
        ("book_club", "Book club"),
        ("7-samurai", "7 samurai"),
        ("a--b", "A b"),
        ("a-", "A"),
    ],
)
def test_a_name_is_made_from_the_words_of_a_slug(slug: str, name: str) -> None:
    assert name_of(slug) == name


@given(st.from_regex(r"[a-z0-9][a-z0-9_-]{0,63}", fullmatch=True))
def test_a_room_made_by_its_slug_has_a_name_that_is_allowed(slug: str) -> None:
    name = name_of(slug)

    assert check_room_name(name) == name


@pytest.mark.parametrize(
    ("given_name", "kept"),
    [
        ("Books", "Books"),
        ("  Books \n and\tmore ", "Books and more"),
        ("Cafe\u0301", "Café"),
        ("房间 🚀", "房间 🚀"),
        ("x" * ROOM_NAME_CHARS_MAX, "x" * ROOM_NAME_CHARS_MAX),
    ],
)
def test_a_rooms_name_is_kept_on_one_line(given_name: str, kept: str) -> None:
    assert check_room_name(given_name) == kept


@pytest.mark.parametrize(
    "name",
    [
        "",
        "   ",
        "\u200b",
        "\u3164",
        "x" * (ROOM_NAME_CHARS_MAX + 1),
        "a\0b",
        "a\x1b[31mb",
        "a\u202eb",
        "a\u200bb",
        "a\ud800b",
    ],
)
def test_a_rooms_name_that_cannot_be_read_is_refused(name: str) -> None:
    with pytest.raises(InvalidEvent) as refused:
        check_room_name(name)

    assert refused.value.field == "name"
