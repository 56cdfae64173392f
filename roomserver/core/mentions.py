"""
Whom a text names: ``@Ana``, ``@ana maría``.

A name may have blanks and points in it, so only those who know the people of a room can
say where it ends. A text says which names it may hold; whoever knows the people says which
of them there are; and the longest at each ``@`` is meant.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Final

from roomserver.core.model import UserId
from roomserver.core.text import USERNAME_CHARS_MAX
from roomserver.core.words import folded

MENTIONS_MAX: Final = 50
"""People that one message may name; whoever is beyond isn't told."""

_SIGNS_MAX: Final = 20
"""``@`` in one message that are looked at."""

_ENDS_MAX: Final = 8
"""Places where a name may end that are tried: a name of more parts isn't found."""

# What stands behind a letter is an address: ana@example.com
_SIGN: Final = re.compile(r"(?<!\w)@(?=\S)")
_END: Final = re.compile(r"(?<=\w)(?!\w)|(?<=[^\w\s])")

People = Mapping[str, Collection[UserId]]
"""People by their folded names: several may have the same."""


def possible_names(content: str) -> frozenset[str]:
    """Return every name, folded, that *content* may be naming."""
    if "@" not in content:
        return frozenset()
    return frozenset(name for names in _names_at_signs(content) for name in names)


def mentioned(content: str, people: People) -> Sequence[UserId]:
    """Return whom of *people* the text names, at most :data:`MENTIONS_MAX`, by their numbers."""
    found: set[UserId] = set()
    for names in _names_at_signs(content):
        longest = next((name for name in reversed(names) if name in people), None)
        if longest is not None:
            found.update(people[longest])
    return sorted(found)[:MENTIONS_MAX]


def _names_at_signs(content: str) -> Iterator[Sequence[str]]:
    """Yield, for each ``@``, the names that may stand there, the shortest first."""
    for count, sign in enumerate(_SIGN.finditer(content)):
        if count == _SIGNS_MAX:
            return
        # One character more than a name has: to see whether it ends there.
        line = content[sign.end() : sign.end() + USERNAME_CHARS_MAX + 1].split("\n", 1)[0]
        ends = [end.start() for end in _END.finditer(line)][:_ENDS_MAX]
        yield [folded(line[:end]) for end in ends if end <= USERNAME_CHARS_MAX]
