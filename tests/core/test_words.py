import pytest
from hypothesis import given
from hypothesis import strategies as st

from roomserver.core.words import WORD_CHARS_MAX, folded, words_of


def texts(content: str) -> list[str]:
    return [word.text for word in words_of(content)]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", []),
        ("¿?!… -- __", []),
        ("Hola, MUNDO!", ["hola", "mundo"]),
        ("Canción del año", ["cancion", "del", "ano"]),
        ("cancio\u0301n", ["cancion"]),
        ("Straße", ["strasse"]),
        ("snake_case", ["snake", "case"]),
        ("don't", ["don", "t"]),
        ("v2.10", ["v2", "10"]),
        ("⑴ ½", ["1", "12"]),
        ("👋 hola👋", ["hola"]),
        ("İstanbul", ["istanbul"]),
    ],
)
def test_words_are_letters_and_digits_without_accents_and_case(
    content: str, words: list[str]
) -> None:
    assert texts(content) == words


def test_a_word_knows_where_it_stands() -> None:
    content = "¡La canción!"

    [_la, song] = words_of(content)

    assert content[song.start : song.end] == "canción"


def test_a_very_long_word_is_known_by_its_beginning() -> None:
    assert texts("x" * 4_000) == ["x" * WORD_CHARS_MAX]


@given(st.text())
def test_whatever_is_written_is_folded_to_letters_and_digits_that_fold_to_themselves(
    content: str,
) -> None:
    words = list(words_of(content))

    assert all(word.text.isalnum() for word in words)
    assert all(0 <= word.start < word.end <= len(content) for word in words)
    assert folded(folded(content)) == folded(content)
