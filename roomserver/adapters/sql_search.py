"""
Full-text search in SQL: FTS5 on SQLite, a GIN index over ``tsvector`` on PostgreSQL.

Both hold the words that :mod:`roomserver.core.words` makes of a text. A room's position
is moved on in the same transaction that indexes, and only by whoever finds it where it
was read: so each entry is indexed once, whoever else is at it.
"""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, Row, delete, select, table, text

from roomserver.adapters import sql_places
from roomserver.adapters.sql_changed import entry_of
from roomserver.adapters.sql_engine import Database
from roomserver.adapters.sql_schema import entries
from roomserver.adapters.sql_words import TABLE, WordRow, words_of_store
from roomserver.core.model import Entry, EntryId, Kind, RoomId, Seq
from roomserver.core.searching import Query
from roomserver.ports.search import Found, Progress

_PROGRESS: Final = text(
    "SELECT last_seq, COALESCE((SELECT seq FROM indexed WHERE room_id = :room_id), 0) AS position"
    " FROM rooms WHERE id = :room_id"
)

_MOVE: Final = text(
    "INSERT INTO indexed (room_id, seq) VALUES (:room_id, :seq)"
    " ON CONFLICT (room_id) DO UPDATE SET seq = excluded.seq WHERE indexed.seq = :position"
)

# Every room is looked at, once, when the server starts.
_BEHIND: Final = text(
    "SELECT id FROM rooms WHERE id > 0 AND last_seq >"
    " COALESCE((SELECT seq FROM indexed WHERE room_id = rooms.id), 0) ORDER BY id LIMIT :limit"
)


class _Step(NamedTuple):
    """What a part of a log changes in the index."""

    position: Seq
    to: Seq
    texts: Mapping[EntryId, WordRow]
    edits: Mapping[EntryId, WordRow]
    gone: frozenset[EntryId]


class SqlSearch:
    """A :class:`~roomserver.ports.search.SearchIndex` on both stores."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._words = words_of_store(database.kind)

    async def advance(self, room_id: RoomId, *, limit: int) -> Progress:
        found = await self._database.ask(_PROGRESS, {"room_id": room_id})
        if not found:
            return Progress(Seq(0), Seq(0))
        head, position = Seq(found[0].last_seq), Seq(found[0].position)
        if position >= head:
            return Progress(position, head)
        page = {"room_id": room_id, "seq": position, "limit": limit}
        rows = await self._database.ask(sql_places.AFTER, page)
        if not rows:
            return Progress(position, head)
        step = _step(position, [entry_of(row) for row in rows])
        moved = await self._database.write(partial(self._index, room_id, step))
        # Somebody else moved it on meanwhile: where to, the next call will say.
        return Progress(step.to if moved else position, head)

    async def behind(self, *, limit: int) -> Sequence[RoomId]:
        return [RoomId(row.id) for row in await self._database.ask(_BEHIND, {"limit": limit})]

    async def find(
        self, room_id: RoomId, query: Query, *, before: Seq | None, limit: int
    ) -> Sequence[Found]:
        places: Sequence[Row[Any]] = []
        for question in self._words.questions(room_id, query, before=before, limit=limit):
            places = await self._database.ask(*question)
            if len(places) >= limit:
                break
        if not places:
            return []
        messages = await self._read(room_id, [row.seq for row in places])
        edited = [row.text_seq for row in places if row.text_seq != row.seq]
        texts = await self._read(room_id, edited) if edited else {}
        return [
            Found(
                message=messages[row.seq],
                content=texts.get(row.text_seq, messages[row.seq]).content,
                is_edited=row.text_seq in texts,
            )
            for row in places
            if row.seq in messages
        ]

    async def _read(self, room_id: RoomId, seqs: Sequence[int]) -> Mapping[int, Entry]:
        wanted = select(entries).where(entries.c.room_id == room_id, entries.c.seq.in_(seqs))
        return {row.seq: entry_of(row) for row in await self._database.ask(wanted)}

    def _index(self, room_id: RoomId, step: _Step, tx: Connection) -> bool:
        move = {"room_id": room_id, "seq": step.to, "position": step.position}
        if (tx.execute(_MOVE, move)).rowcount != 1:
            return False
        words = self._words
        if step.texts:
            tx.execute(words.insert, words.rows(step.texts.values()))
        if step.edits:
            tx.execute(words.update, [words.change(row) for row in step.edits.values()])
        if step.gone:
            tx.execute(delete(table(TABLE)).where(words.key.in_(step.gone)))
        if words.tidy is not None:
            tx.execute(words.tidy)
        return True


def _step(position: Seq, part: Sequence[Entry]) -> _Step:
    texts: dict[EntryId, WordRow] = {}
    edits: dict[EntryId, WordRow] = {}
    gone: set[EntryId] = set()
    for entry in part:
        if entry.kind is Kind.MESSAGE and not entry.is_deleted:
            texts[entry.id] = WordRow.of(entry, entry.id, entry.seq)
        elif entry.kind is Kind.EDIT and not entry.is_deleted and entry.target_id is not None:
            if (known := texts.get(entry.target_id)) is not None:
                texts[entry.target_id] = WordRow.of(entry, entry.target_id, Seq(known.seq))
            else:
                # The place of the message is in the index already.
                edits[entry.target_id] = WordRow.of(entry, entry.target_id, entry.seq)
        elif entry.kind is Kind.DELETION and entry.target_id is not None:
            for known_texts in (texts, edits):
                known_texts.pop(entry.target_id, None)
            gone.add(entry.target_id)
    return _Step(position, part[-1].seq, texts, edits, frozenset(gone))
