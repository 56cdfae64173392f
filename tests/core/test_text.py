import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roomserver.core.errors import EmptyMessage, InvalidEvent, MessageTooLong
from roomserver.core.limits import Limits
from roomserver.core.text import (
    RESERVED_NAMES,
    check_client_id,
    check_content,
    check_emoji,
    check_username,
    is_blank,
    without_controls,
)

LIMITS = Limits(message_chars_max=10, message_bytes_max=20)

BLANKS = [
    "",
    " ",
    "\t\r\n\v\f",
    "\u00a0",  # no-break space
    "\u2028\u2029",  # line and paragraph separator
    "\u3000",  # ideographic space
    "\u200b\u200c\u200d\ufeff",  # zero-width: space, non-joiner, joiner, no-break space
    "\u2060\u2063",  # word joiner, invisible separator
    "\u00ad",  # soft hyphen
    "\u202e\u2066",  # bidi override and isolate
    "\ufe0f",  # variation selector
    "\u0301",  # an accent on nothing
    "\u115f\u1160\u3164\uffa0",  # Hangul fillers
    "\u2800",  # the empty Braille cell
    "\U000e0041",  # a tag
    "\x07\x1b",  # controls
]


@pytest.mark.parametrize("content", BLANKS, ids=ascii)
def test_a_message_with_nothing_to_see_is_empty(content: str) -> None:
    with pytest.raises(EmptyMessage):
        check_content(content, LIMITS)


@pytest.mark.parametrize(
    "content",
    [
        "hola",
        " a ",
        "\n.\n",
        "<script>",
        "\u202eabc",
        "a\u200bb",
        "a\ufffd",
        "👩\u200d💻",
        "e\u0301",
        "\x1b[31m",
        "\ue000",
    ],
    ids=ascii,
)
def test_a_message_is_kept_as_it_was_written(content: str) -> None:
    assert check_content(content, LIMITS) == content


@pytest.mark.parametrize("content", ["\0", "a\0", "\0" * 5, " \0 "], ids=ascii)
def test_a_message_with_a_nul_is_refused(content: str) -> None:
    with pytest.raises(InvalidEvent) as refused:
        check_content(content, LIMITS)

    assert refused.value.field == "content"


@pytest.mark.parametrize("content", ["\ud800", "a\udfffb", "\ud83d\ude00"], ids=ascii)
def test_a_message_with_half_a_character_is_refused(content: str) -> None:
    with pytest.raises(InvalidEvent) as refused:
        check_content(content, LIMITS)

    assert refused.value.field == "content"


@pytest.mark.parametrize("content", ["a" * 10, "é" * 10, "漢" * 6, "🚀" * 5], ids=ascii)
def test_a_message_may_be_as_long_as_both_limits_allow(content: str) -> None:
    assert check_content(content, LIMITS) == content


@pytest.mark.parametrize(
    ("content", "size"),
    [
        ("a" * 11, "10 characters, this one has 11"),
        (" " * 11, "10 characters, this one has 11"),
        ("🚀" * 11, "10 characters, this one has 11"),
        ("漢" * 7, "20 bytes, this one has 21"),
        ("🚀" * 6, "20 bytes, this one has 24"),
    ],
)
def test_a_message_over_either_limit_is_refused_with_its_size(content: str, size: str) -> None:
    with pytest.raises(MessageTooLong) as refused:
        check_content(content, LIMITS)

    assert size in str(refused.value)


def test_plain_letters_are_bytes_too() -> None:
    limits = Limits(message_chars_max=100, message_bytes_max=20)

    with pytest.raises(MessageTooLong, match="20 bytes, this one has 21"):
        check_content("a" * 21, limits)


@given(st.text(st.characters()))
def test_a_message_that_is_taken_can_be_stored_and_seen(content: str) -> None:
    try:
        kept = check_content(content, LIMITS)
    except (EmptyMessage, InvalidEvent, MessageTooLong):
        return

    assert kept == content
    assert len(kept) <= 10
    assert len(kept.encode()) <= 20
    assert "\0" not in kept
    assert not is_blank(kept)


@pytest.mark.parametrize("client_id", ["a", "x" * 64, "3f2b-…", "漢字", "a b"])
def test_a_client_may_call_its_message_what_it_likes(client_id: str) -> None:
    assert check_client_id(client_id) == client_id


@pytest.mark.parametrize("client_id", ["", "x" * 65, "a\0", "a\nb", "\u200b", "\ud800"], ids=ascii)
def test_a_client_id_that_cannot_be_printed_is_refused(client_id: str) -> None:
    with pytest.raises(InvalidEvent) as refused:
        check_client_id(client_id)

    assert refused.value.field == "client_id"


@pytest.mark.parametrize(
    "emoji", ["👍", "❤️", "👩\u200d👩\u200d👧\u200d👦", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "+1", "ok", "x" * 32]
)
def test_a_reaction_is_an_emoji_or_a_few_letters(emoji: str) -> None:
    assert check_emoji(emoji) == emoji


@pytest.mark.parametrize(
    "emoji", ["", " ", "\u200d", "\ufe0f", "x" * 33, "a\0", "\ud83d"], ids=ascii
)
def test_a_reaction_that_cannot_be_seen_is_refused(emoji: str) -> None:
    with pytest.raises(InvalidEvent) as refused:
        check_emoji(emoji)

    assert refused.value.field == "emoji"


@pytest.mark.parametrize(
    ("username", "kept"),
    [
        ("Juan", "Juan"),
        ("  Ana ", "Ana"),
        ("\u3000Ana\u00a0", "Ana"),
        ("María José", "María José"),
        ("Jose\u0301", "José"),
        ("李小龍", "李小龍"),
        ("O'Neill", "O'Neill"),
        ("🚀", "🚀"),
        ("42", "42"),
        ("servers", "servers"),
        ("x" * 64, "x" * 64),
        ("e\u0301" * 64, "é" * 64),
        ("x" * 64 + "  ", "x" * 64),
    ],
)
def test_a_name_is_kept_without_the_space_around_it(username: str, kept: str) -> None:
    assert check_username(username) == kept


@pytest.mark.parametrize(
    ("username", "reason"),
    [
        ("", "is empty"),
        ("   ", "is empty"),
        ("\u200b", "is empty"),
        ("\u3164", "is empty"),
        ("\u202e", "is empty"),
        ("\u0301", "is empty"),
        ("x" * 65, "64 characters, this one has 65"),
        ("漢" * 100, "64 characters, this one has 100"),
        ("An\0a", "can't be seen"),
        ("An\na", "can't be seen"),
        ("Ana\x1b[31m", "can't be seen"),
        ("An\u200ba", "can't be seen"),
        ("An\u2060a", "can't be seen"),
        ("\ufeffAna", "can't be seen"),
        ("Ana\u202e", "can't be seen"),
        ("A\u2066na", "can't be seen"),
        ("A\u2028na", "can't be seen"),
        ("A\ue000na", "can't be seen"),
        ("A\U000e0041na", "can't be seen"),
        ("Ana\ud800", "can't be seen"),
        ("system", "the server's own"),
        ("System", "the server's own"),
        (" SERVER ", "the server's own"),
        ("ｓｙｓｔｅｍ", "the server's own"),
        ("Everyone", "the server's own"),
        ("sуstem", "the server's own"),  # у is Cyrillic
        ("5erver", "the server's own"),
        ("roomѕеrvеr", "the server's own"),
    ],
)
def test_a_name_that_nobody_could_read_or_trust_is_refused(username: str, reason: str) -> None:
    with pytest.raises(InvalidEvent, match=reason) as refused:
        check_username(username)

    assert refused.value.field == "username"


@given(st.text(st.characters()))
def test_a_name_that_is_taken_stays_as_it_is(username: str) -> None:
    try:
        name = check_username(username)
    except InvalidEvent:
        return

    assert check_username(name) == name
    assert 1 <= len(name) <= 64
    assert name.isprintable() or any(unicodedata.category(char) == "Zs" for char in name)
    assert name.casefold() not in RESERVED_NAMES


@given(st.text(st.characters()))
def test_a_line_for_a_terminal_never_moves_its_cursor(text: str) -> None:
    line = without_controls(text)

    assert len(line) == len(text)
    assert not {"Cc", "Cf", "Cs", "Zl", "Zp"} & {unicodedata.category(char) for char in line}
