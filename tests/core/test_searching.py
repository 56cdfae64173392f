import pytest
from hypothesis import given
from hypothesis import strategies as st

from roomserver.core.errors import InvalidEvent
from roomserver.core.searching import (
    EXCERPT_CHARS_MAX,
    QUERY_CHARS_MAX,
    Mark,
    Query,
    Term,
    excerpt_of,
    marks_in,
    read_query,
)


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("hola", [(("hola",), True)]),
        ("Canción AÑO", [(("cancion",), False), (("ano",), True)]),
        ('"buenos días" ana', [(("buenos", "dias"), False), (("ana",), True)]),
        ('ana "buenos días"', [(("ana",), False), (("buenos", "dias"), False)]),
        ("e-mail", [(("e", "mail"), True)]),
        ('"unfinished', [(("unfinished",), True)]),
        ("x", [(("x",), False)]),
        ("it's 'quoted'", [(("it", "s"), False), (("quoted",), True)]),
        ('a AND b OR NOT c* "', [((w,), False) for w in ("a", "and", "b", "or", "not", "c")]),
    ],
)
def test_a_query_is_words_and_phrases(text: str, terms: list[tuple[tuple[str, ...], bool]]) -> None:
    assert read_query(text) == Query(tuple(Term(words, begun) for words, begun in terms))


@pytest.mark.parametrize("text", ["", " ", "¿?", '""', "*", "x" * (QUERY_CHARS_MAX + 1)])
def test_a_query_without_a_word_or_too_long_is_refused(text: str) -> None:
    with pytest.raises(InvalidEvent):
        read_query(text)


def found(text: str, query: str) -> list[str] | None:
    marks = marks_in(text, read_query(query))
    return None if marks is None else [text[mark.start : mark.end] for mark in marks]


@pytest.mark.parametrize(
    ("text", "query", "marked"),
    [
        ("La canción del año", "cancion", ["canción"]),
        ("La canción del año", "ano la", ["La", "año"]),
        ("La canción del año", "canc", ["canción"]),
        ("La canción del año", "canc ano", None),
        ("La canción del año", '"del año"', ["del año"]),
        ("La canción del año", '"año del"', None),
        ("hola hola", "hola", ["hola", "hola"]),
        ("holahola", "hola", ["holahola"]),
        ("holahola", '"hola"', None),
        ("write an e-mail", "e-mail", ["e-mail"]),
        ("👋 adiós 👋", "adios", ["adiós"]),
        ("one two three", 'two "one two"', ["one two"]),
    ],
)
def test_marks_tell_where_a_text_says_it(text: str, query: str, marked: list[str] | None) -> None:
    assert found(text, query) == marked


def test_an_excerpt_is_around_the_first_mark() -> None:
    text = "before " * 30 + "needle" + " after" * 100 + " needle"
    marks = marks_in(text, read_query("needle"))
    assert marks is not None

    excerpt = excerpt_of(text, marks)

    [mark] = excerpt.marks
    assert excerpt.text[mark.start : mark.end] == "needle"
    assert excerpt.text.startswith("…before ")
    assert excerpt.text.endswith("…")
    assert len(excerpt.text) <= EXCERPT_CHARS_MAX + 2


def test_a_short_text_is_its_own_excerpt() -> None:
    assert excerpt_of("hola Ana", [Mark(0, 4)]).text == "hola Ana"


@given(st.text(max_size=QUERY_CHARS_MAX), st.text())
def test_whatever_is_looked_for_in_whatever_was_said(query_text: str, text: str) -> None:
    try:
        query = read_query(query_text)
    except InvalidEvent:
        return

    marks = marks_in(text, query)
    excerpt = excerpt_of(text, marks or [])

    assert all(0 <= mark.start < mark.end <= len(text) for mark in marks or [])
    assert all(0 <= mark.start < mark.end <= len(excerpt.text) for mark in excerpt.marks)
