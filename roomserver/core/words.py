"""
Words as a search compares them: without accents, and without regard to upper and lower case.

``Canción``, ``CANCION`` and ``cancion`` are one word. There are no stems and no stop words,
so that English and Spanish are found alike, and what was written is what is found.
"""

import re
import unicodedata
from collections.abc import Iterator
from typing import Final, NamedTuple

WORD_CHARS_MAX: Final = 64
"""A longer word is known by its beginning."""

# A letter may be followed by accents that are characters of their own.
_WORD: Final = re.compile(r"(?:[^\W_][\u0300-\u036f]*)+")


class Word(NamedTuple):
    """A word, and where it stands in the text: from *start* up to *end*, in characters."""

    text: str
    start: int
    end: int


def folded(text: str) -> str:
    """Return *text* in lower case and without accents: ``Canción`` → ``cancion``."""
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    # Once more: what was decomposed may have got letters of its own.
    return "".join(char for char in decomposed if not unicodedata.combining(char)).casefold()


def words_of(text: str) -> Iterator[Word]:
    """Yield the words of *text* in order, folded."""
    for match in _WORD.finditer(text):
        word = match[0]
        if word.isascii():
            plain = word.lower()
        else:
            # Signs that stand for several characters may turn into brackets: (1) for ⑴.
            plain = "".join(char for char in folded(word) if char.isalnum())
        if plain:
            yield Word(plain[:WORD_CHARS_MAX], match.start(), match.end())
