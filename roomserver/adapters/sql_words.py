"""
The tables of the search index, which each store has in its own way.

What is indexed are words of our own making (see :mod:`roomserver.core.words`): folded, so
that both stores find the same, in English and Spanish alike. A room's number is a word
too, which leads the index to the room's messages alone.
"""

from typing import Final

TABLE: Final = "words"

MAKE_WORDS: Final = {
    # The tokenizer cuts at ASCII characters that are neither letter nor digit: at our blanks.
    # A prefix of two to four letters has an index of its own; a longer one is rare enough.
    "sqlite": (
        (
            f"CREATE VIRTUAL TABLE {TABLE} USING fts5(room, content, seq UNINDEXED,"
            " text_seq UNINDEXED, tokenize = 'ascii', prefix = '2 3 4', columnsize = 0)"
        ),
    ),
    "postgresql": (
        (
            f"CREATE TABLE {TABLE} (id BIGINT PRIMARY KEY, room_id BIGINT NOT NULL,"
            " seq BIGINT NOT NULL, text_seq BIGINT NOT NULL, content TSVECTOR NOT NULL)"
        ),
        f"CREATE UNIQUE INDEX {TABLE}_room_id_seq ON {TABLE} (room_id, seq)",
        f"CREATE INDEX {TABLE}_content ON {TABLE} USING gin (content)",
    ),
}
"""``seq`` is a message's place, ``text_seq`` that of the entry with its newest text."""
