"""Mentions in SQL: whom a room's texts may be naming, and what somebody hasn't read of it."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Connection, delete, text, tuple_

from roomserver.adapters.sql_rows import BIG, TEXT, RowsParameter
from roomserver.adapters.sql_schema import mentions
from roomserver.core.mentions import mentioned, possible_names
from roomserver.core.model import Draft, Entry, Kind, Place, RoomId, Target, UserId

_FIND: Final = {
    # As arrays they are looked up in the index; a plan for a join may read all members.
    "postgresql": "SELECT room_id, name_key, user_id FROM members"
    " WHERE room_id = ANY(ARRAY(SELECT room_id FROM {named}))"
    " AND name_key = ANY(ARRAY(SELECT name_key FROM {named}))",
    "sqlite": "SELECT room_id, name_key, user_id FROM members"
    " WHERE room_id IN (SELECT room_id FROM {named})"
    " AND name_key IN (SELECT name_key FROM {named})",
}

_SAYING: Final = (Kind.MESSAGE, Kind.EDIT)


class Mentions:
    """The statements about whom the texts of a batch name."""

    def __init__(self, kind: str) -> None:
        self._named = RowsParameter("named", kind=kind, columns={"room_id": BIG, "name_key": TEXT})
        self._find = text(_FIND[kind].format(named=self._named.table))
        self._new = RowsParameter(
            "new_mentions", kind=kind, columns={"user_id": BIG, "room_id": BIG, "seq": BIG}
        )
        self._insert = text(
            f"INSERT INTO mentions ({self._new.columns})"  # noqa: S608 - names of ours only
            f" SELECT {self._new.columns} FROM {self._new.table}"
        )

    def of(self, tx: Connection, drafts: Mapping[Place, Draft]) -> Mapping[Place, Sequence[UserId]]:
        """Return whom each of *drafts* names, its author left out; nobody for most."""
        named = {
            (draft.room_id, name)
            for draft in drafts.values()
            if draft.kind in _SAYING
            for name in possible_names(draft.content)
        }
        if not named:
            return {}
        people: dict[RoomId, dict[str, set[UserId]]] = {}
        for room_id, name_key, user_id in tx.execute(self._find, self._named.bind(named)):
            names = people.setdefault(RoomId(room_id), {})
            names.setdefault(name_key, set()).add(UserId(user_id))
        found = {
            place: _whom(draft, people.get(draft.room_id, {})) for place, draft in drafts.items()
        }
        return {place: whom for place, whom in found.items() if whom}

    def insert(self, tx: Connection, entries: Iterable[Entry]) -> None:
        """Note whom new messages name. An edit names people for the page, and tells nobody."""
        rows = [
            (user_id, entry.room_id, entry.seq)
            for entry in entries
            for user_id in entry.mentions
            if entry.kind is Kind.MESSAGE
        ]
        if rows:
            tx.execute(self._insert, self._new.bind(rows))


def forget_mentions(tx: Connection, deleted: Iterable[Target]) -> None:
    """Take back whom deleted messages named."""
    keys = [
        (user_id, target.room_id, target.seq) for target in deleted for user_id in target.mentions
    ]
    if keys:
        key = tuple_(mentions.c.user_id, mentions.c.room_id, mentions.c.seq)
        tx.execute(delete(mentions).where(key.in_(keys)))


def written(whom: Sequence[UserId]) -> str | None:
    """Return *whom* as a column holds them."""
    return json.dumps(list(whom)) if whom else None


def read(column: Any) -> Sequence[UserId]:
    """Read back what :func:`written` wrote; whatever else stands there names nobody."""
    try:
        return [UserId(int(user_id)) for user_id in json.loads(column)] if column else ()
    except (TypeError, ValueError):
        return ()


def _whom(draft: Draft, people: Mapping[str, set[UserId]]) -> Sequence[UserId]:
    if not people or draft.kind not in _SAYING:
        return ()
    whom = mentioned(draft.content, people)
    return [user_id for user_id in whom if user_id != draft.author.user_id]
