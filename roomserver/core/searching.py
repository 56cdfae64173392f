"""
What somebody looks for, and where a text says it.

Words are looked for whole, all of them, without regard to case and accents; the last one
may be just begun. ``"Words in quotes"`` stand side by side, as do the parts of ``e-mail``.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from msgspec import Struct

from roomserver.core.errors import InvalidEvent
from roomserver.core.words import Word, words_of

QUERY_CHARS_MAX: Final = 200
TERMS_MAX: Final = 12
BEGUN_CHARS_MIN: Final = 2
"""A single letter begins too many words to look for them all."""

EXCERPT_CHARS_MAX: Final = 200
_LEAD_CHARS: Final = 60
"""How much of a text is shown in front of what was found."""

_PARTS: Final = re.compile(r'"([^"]*)"|([^\s"]+)')


class Term(Struct, frozen=True):
    """Words that stand side by side. Of the last one, *is_begun* says, more may follow."""

    words: tuple[str, ...]
    is_begun: bool = False


class Query(Struct, frozen=True):
    """Terms that a text must have, all of them, in any order."""

    terms: tuple[Term, ...]


class Mark(Struct, frozen=True, array_like=True):
    """Where something was found in a text: from *start* up to *end*, in characters."""

    start: int
    end: int


class Excerpt(Struct, frozen=True):
    """Part of a text, and the marks in it."""

    text: str
    marks: Sequence[Mark]


def read_query(text: str) -> Query:
    """
    Read what somebody has typed.

    Raises:
        InvalidEvent: If there is no word in it, or too much.

    """
    if len(text) > QUERY_CHARS_MAX:
        raise InvalidEvent(f"q may have {QUERY_CHARS_MAX} characters.", field="q")
    terms = [term for term in _terms_of(text) if term.words]
    if not terms:
        raise InvalidEvent("q must have a word to look for, for example q=hola.", field="q")
    return Query(tuple(terms[:TERMS_MAX]))


def marks_in(text: str, query: Query) -> Sequence[Mark] | None:
    """Return where *text* says what is looked for, in order; None if it doesn't."""
    words = list(words_of(text))
    found: set[tuple[int, int]] = set()
    for term in query.terms:
        places = list(_places_of(term, words))
        if not places:
            return None
        found.update(places)
    return _joined(sorted(found))


def excerpt_of(text: str, marks: Sequence[Mark]) -> Excerpt:
    """Return the part of *text* around the first mark, cut between words where it is cut."""
    first = marks[0].start if marks else 0
    start = 0
    if first > _LEAD_CHARS:
        start = first - _LEAD_CHARS
        gap = re.compile(r"\s").search(text, start, first)
        start = gap.end() if gap else start
    end = min(len(text), start + EXCERPT_CHARS_MAX)
    head, tail = "…" if start else "", "…" if end < len(text) else ""
    shift = len(head) - start
    return Excerpt(
        f"{head}{text[start:end]}{tail}",
        [
            Mark(mark.start + shift, min(mark.end, end) + shift)
            for mark in marks
            if mark.start < end
        ],
    )


def _terms_of(text: str) -> Iterator[Term]:
    parts = list(_PARTS.finditer(text))
    for place, part in enumerate(parts):
        quoted, bare = part.groups()
        words = tuple(word.text for word in words_of(quoted if bare is None else bare))
        is_last = bare is not None and place == len(parts) - 1
        is_begun = is_last and bool(words) and len(words[-1]) >= BEGUN_CHARS_MIN
        yield Term(words, is_begun=is_begun)


def _places_of(term: Term, words: Sequence[Word]) -> Iterator[tuple[int, int]]:
    *whole, last = term.words
    count = len(term.words)
    for place in range(len(words) - count + 1):
        here = words[place : place + count]
        ending = here[-1].text
        if [word.text for word in here[:-1]] != whole:
            continue
        if ending == last or (term.is_begun and ending.startswith(last)):
            yield here[0].start, here[-1].end


def _joined(places: Sequence[tuple[int, int]]) -> Sequence[Mark]:
    marks: list[Mark] = []
    for start, end in places:
        if marks and start <= marks[-1].end:
            marks[-1] = Mark(marks[-1].start, max(end, marks[-1].end))
        else:
            marks.append(Mark(start, end))
    return marks
