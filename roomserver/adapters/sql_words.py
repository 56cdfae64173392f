"""
The tables of the search index, which each store has in its own way.

What is indexed are words of our own making (see :mod:`roomserver.core.words`): folded, so
that both stores find the same, in English and Spanish alike. A room's number is a word
too, which leads the index to the room's messages alone.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any, Final, NamedTuple, Protocol

from sqlalchemy import ColumnClause, TextClause, column, text

from roomserver.adapters.sql_rows import BIG, TEXT, RowsParameter
from roomserver.core.model import INTEGER_MAX, Entry, EntryId, RoomId, Seq
from roomserver.core.searching import Query, Term
from roomserver.core.words import words_of

TABLE: Final = "words"

MAKE_WORDS: Final = {
    # The tokenizer cuts at ASCII characters that are neither letter nor digit: at our blanks.
    # A prefix of two to four letters has an index of its own; a longer one is rare enough.
    "sqlite": (
        (
            f"CREATE VIRTUAL TABLE {TABLE} USING fts5(room, content, seq UNINDEXED,"
            " text_seq UNINDEXED, tokenize = 'ascii', prefix = '2 3 4', columnsize = 0)"
        ),
        # Left to itself, it merges much at once, and nobody can commit meanwhile.
        "INSERT INTO words (words, rank) VALUES ('automerge', 0)",
        "INSERT INTO words (words, rank) VALUES ('crisismerge', 1000)",
    ),
    # What waits to be sorted into the index is read by every search, so not much may wait.
    "postgresql": (
        (
            f"CREATE TABLE {TABLE} (id BIGINT PRIMARY KEY, room_id BIGINT NOT NULL,"
            " seq BIGINT NOT NULL, text_seq BIGINT NOT NULL, content TSVECTOR NOT NULL)"
        ),
        f"CREATE UNIQUE INDEX {TABLE}_room_id_seq ON {TABLE} (room_id, seq)",
        (
            f"CREATE INDEX {TABLE}_content ON {TABLE} USING gin (content)"
            " WITH (gin_pending_list_limit = 256)"
        ),
    ),
}
"""``seq`` is a message's place, ``text_seq`` that of the entry with its newest text."""

NEWEST: Final = {"sqlite": 1_000, "postgresql": 4_000}
"""Messages that are read from a room's end before an index is asked that is slow at the common."""

_MERGED_PAGES: Final = 100
"""Pages of the index that SQLite puts in order with each step: some milliseconds' worth."""

_INDEXED_BEGINNING_CHARS_MAX: Final = 4
"""A longer beginning has no index of its own: all words that begin so are put together."""

_BEGUN_CHARS_MIN: Final = 3
"""A shorter beginning stands for so many words that PostgreSQL looks at the others first."""

_POSITION_MAX: Final = 16_383
"""The last position in a text that PostgreSQL tells from others."""

# The first of them. Not by a LIMIT: a plan from when the table was small may sort all there are.
_NEWEST_FROM: Final = (
    "(SELECT CASE WHEN last_seq < :before THEN last_seq + 1 ELSE :before END"
    " FROM rooms WHERE id = :room_id) - :newest"
)

Question = tuple[TextClause, Mapping[str, object]]


class WordRow(NamedTuple):
    """A message in the index."""

    id: int
    room_id: int
    seq: int
    text_seq: int
    words: Sequence[str]

    @classmethod
    def of(cls, entry: Entry, message_id: EntryId, seq: Seq) -> "WordRow":
        """Make it from *entry*, which has the text, for the message at *seq*."""
        words = [word.text for word in words_of(entry.content)]
        return cls(message_id, entry.room_id, seq, entry.seq, words)


class Words(Protocol):
    """How one store writes and asks."""

    key: ColumnClause[Any]
    """The column with a message's id."""

    insert: TextClause
    update: TextClause
    tidy: TextClause | None
    """What is to be done after each step, if anything."""

    def rows(self, rows: Iterable[WordRow]) -> Mapping[str, object]:
        """Return the parameters of :attr:`insert`."""
        ...

    def change(self, row: WordRow) -> Mapping[str, object]:
        """Return the parameters of :attr:`update`."""
        ...

    def questions(
        self, room_id: RoomId, query: Query, *, before: Seq | None, limit: int
    ) -> Iterator[Question]:
        """Yield questions for places, newest first: the next one if one finds too little."""
        ...


class SqliteWords:
    """FTS5. Its rows come in the order of their ids, so the newest are found without the rest."""

    def __init__(self) -> None:
        columns = {"id": BIG, "room": TEXT, "content": TEXT, "seq": BIG, "text_seq": BIG}
        self._new = RowsParameter("new_words", kind="sqlite", columns=columns)
        self.key: ColumnClause[Any] = column("rowid")
        self.insert = text(
            f"INSERT INTO {TABLE} (rowid, room, content, seq, text_seq)"  # noqa: S608 - our names
            f" SELECT {self._new.columns} FROM {self._new.table}"
        )
        self.update = text(
            f"UPDATE {TABLE} SET content = :content, text_seq = :text_seq WHERE rowid = :id"  # noqa: S608
        )
        self.tidy: TextClause | None = text(
            "INSERT INTO words (words, rank) VALUES ('merge', :pages)"
        ).bindparams(pages=_MERGED_PAGES)
        self._find = text(
            f"SELECT seq, text_seq FROM {TABLE} WHERE {TABLE} MATCH :query"  # noqa: S608 - our names
            " AND rowid < COALESCE((SELECT id FROM entries WHERE room_id = :room_id"
            " AND seq = :before), :all) ORDER BY rowid DESC LIMIT :limit"
        )

    def rows(self, rows: Iterable[WordRow]) -> Mapping[str, object]:
        return self._new.bind(
            (row.id, f"r{row.room_id}", " ".join(row.words), row.seq, row.text_seq) for row in rows
        )

    def change(self, row: WordRow) -> Mapping[str, object]:
        return {"id": row.id, "content": " ".join(row.words), "text_seq": row.text_seq}

    def questions(
        self, room_id: RoomId, query: Query, *, before: Seq | None, limit: int
    ) -> Iterator[Question]:
        common = {
            "room_id": room_id,
            "before": INTEGER_MAX if before is None else before,
            "limit": limit,
        }
        if any(_is_slow(term) for term in query.terms):
            likes = {f"term_{at}": _in_like(term) for at, term in enumerate(query.terms)}
            yield _newest_like(len(likes)), {**common, **likes, "newest": NEWEST["sqlite"]}
        terms = " AND ".join(_in_fts5(term) for term in query.terms)
        words = f'room : "r{room_id}" AND content : ({terms})'
        yield self._find, {**common, "query": words, "all": INTEGER_MAX}


class PostgresqlWords:
    """
    A GIN index finds all messages with a word, and only then which are the newest.

    For a common word that would take long. So the newest messages are read first, among
    which a common word is found often enough.
    """

    def __init__(self) -> None:
        columns = {"id": BIG, "room_id": BIG, "seq": BIG, "text_seq": BIG, "content": TEXT}
        self._new = RowsParameter("new_words", kind="postgresql", columns=columns)
        self.key: ColumnClause[Any] = column("id")
        self.tidy: TextClause | None = None
        self.insert = text(
            f"INSERT INTO {TABLE} ({self._new.columns})"  # noqa: S608 - names of ours only
            " SELECT id, room_id, seq, text_seq, CAST(content AS tsvector)"
            f" FROM {self._new.table}"
        )
        self.update = text(
            f"UPDATE {TABLE} SET content = CAST(CAST(:content AS text) AS tsvector),"  # noqa: S608
            " text_seq = :text_seq WHERE id = :id"
        )
        self._newest = text(
            f"WITH newest AS MATERIALIZED (SELECT seq, text_seq, content FROM {TABLE}"  # noqa: S608
            f" WHERE room_id = :room_id AND seq < :before AND seq >= {_NEWEST_FROM})"
            " SELECT seq, text_seq FROM newest"
            " WHERE content @@ CAST(CAST(:query AS text) AS tsquery) ORDER BY seq DESC LIMIT :limit"
        )
        self._exactly = text(
            f"WITH found AS MATERIALIZED (SELECT seq, text_seq FROM {TABLE}"  # noqa: S608 - our names
            " WHERE content @@ CAST(CAST(:narrow AS text) AS tsquery))"
            " SELECT seq, text_seq FROM found WHERE seq < :before ORDER BY seq DESC LIMIT :limit"
        )
        self._roughly = text(
            f"WITH found AS MATERIALIZED (SELECT seq, text_seq, content FROM {TABLE}"  # noqa: S608
            " WHERE content @@ CAST(CAST(:narrow AS text) AS tsquery))"
            " SELECT seq, text_seq FROM found WHERE seq < :before"
            " AND content @@ CAST(CAST(:query AS text) AS tsquery) ORDER BY seq DESC LIMIT :limit"
        )

    def rows(self, rows: Iterable[WordRow]) -> Mapping[str, object]:
        return self._new.bind(
            (row.id, row.room_id, row.seq, row.text_seq, _as_tsvector(row)) for row in rows
        )

    def change(self, row: WordRow) -> Mapping[str, object]:
        return {"id": row.id, "content": _as_tsvector(row), "text_seq": row.text_seq}

    def questions(
        self, room_id: RoomId, query: Query, *, before: Seq | None, limit: int
    ) -> Iterator[Question]:
        whole = [_in_tsquery(term) for term in query.terms]
        common = {
            "query": " & ".join(whole),
            "before": INTEGER_MAX if before is None else before,
            "limit": limit,
        }
        yield self._newest, {**common, "room_id": room_id, "newest": NEWEST["postgresql"]}
        telling = [term for term in query.terms if _is_telling(term)] or list(query.terms)
        narrow = " & ".join([_room_word(room_id), *(_in_tsquery(term) for term in telling)])
        if len(telling) == len(query.terms):
            exactly = {"narrow": narrow, "before": common["before"], "limit": limit}
            yield self._exactly, exactly
        else:
            yield self._roughly, {**common, "narrow": narrow}


def words_of_store(kind: str) -> Words:
    """Return how the store of that *kind* writes and asks."""
    return SqliteWords() if kind == "sqlite" else PostgresqlWords()


def _in_fts5(term: Term) -> str:
    # Words are letters and digits only: nothing in them ends a string.
    return f'"{" ".join(term.words)}"{" *" if term.is_begun else ""}'


def _is_slow(term: Term) -> bool:
    return term.is_begun and len(term.words[-1]) > _INDEXED_BEGINNING_CHARS_MAX


def _in_like(term: Term) -> str:
    # Words are letters and digits only: nothing in them stands for others.
    return f"% {' '.join(term.words)}{'' if term.is_begun else ' '}%"


@cache
def _newest_like(terms: int) -> TextClause:
    likes = "".join(f" AND content LIKE :term_{at}" for at in range(terms))
    return text(
        "WITH newest AS MATERIALIZED (SELECT entries.seq, text_seq,"  # noqa: S608 - our names only
        f" ' ' || {TABLE}.content || ' ' AS content FROM entries JOIN {TABLE}"
        f" ON {TABLE}.rowid = entries.id WHERE entries.room_id = :room_id"
        f" AND entries.seq < :before AND entries.seq >= {_NEWEST_FROM}"
        " AND entries.kind = 'message')"
        f" SELECT seq, text_seq FROM newest WHERE true{likes} ORDER BY seq DESC LIMIT :limit"
    )


def _in_tsquery(term: Term) -> str:
    words = [f"'{word}'" for word in term.words]
    if term.is_begun:
        words[-1] += ":*"
    return f"({' <-> '.join(words)})"


def _is_telling(term: Term) -> bool:
    return len(term.words) > 1 or not term.is_begun or len(term.words[0]) >= _BEGUN_CHARS_MIN


def _as_tsvector(row: WordRow) -> str:
    words = (f"'{word}':{at}" for at, word in enumerate(row.words[:_POSITION_MAX], 1))
    return " ".join([_room_word(RoomId(row.room_id)), *words])


def _room_word(room_id: RoomId) -> str:
    # No word of a text has a colon.
    return f"'room:{room_id}'"
