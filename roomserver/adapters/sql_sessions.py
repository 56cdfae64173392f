"""What lets people in, in SQL: sessions, and links by which they become known."""

from collections.abc import Collection, Sequence
from typing import Any, Final

import msgspec
from sqlalchemy import ColumnElement, Connection, Row, delete, insert, select, update

from roomserver.adapters.sql_engine import Database
from roomserver.adapters.sql_people import end_sessions, person_of
from roomserver.adapters.sql_schema import entry_links, sessions, users
from roomserver.core.model import RoomId, UserId
from roomserver.core.people import EntryLink, LinkKind, Person, Session, SessionKind
from roomserver.ports.clock import Clock


class SqlSessions:
    """A :class:`~roomserver.ports.people.Sessions` on SQLAlchemy Core."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def open(self, session: Session, user_id: UserId, secret_hash: str) -> None:
        row = insert(sessions).values(
            id=session.id,
            secret_hash=secret_hash,
            user_id=user_id,
            kind=session.kind.value,
            label=session.label,
            rooms=_listed(session.rooms),
            rights=_listed(session.rights),
            created_at_ms=session.created_at_ms,
            used_at_ms=session.used_at_ms,
            expires_at_ms=session.expires_at_ms,
        )
        over = delete(sessions).where(
            sessions.c.user_id == user_id, sessions.c.expires_at_ms <= session.created_at_ms
        )

        def write(tx: Connection) -> None:
            tx.execute(over)
            tx.execute(row)

        await self._database.write(write)

    async def find(self, secret_hash: str, now_ms: int) -> tuple[Person, Session] | None:
        # The session first, whatever a plan that was made for empty tables would begin with.
        opened = (
            select(*(column.label(f"session_{column.name}") for column in sessions.c))
            .where(sessions.c.secret_hash == secret_hash)
            .cte("opened")
            .prefix_with("MATERIALIZED")
        )
        theirs = select(users, opened).join(opened, opened.c.session_user_id == users.c.id)
        found = await self._database.ask(theirs)
        if not found or found[0].is_disabled:
            return None
        session = _session_of(found[0], "session_")
        if session.expires_at_ms is not None and session.expires_at_ms <= now_ms:
            return None
        return person_of(found[0]), session

    async def touch(self, session_id: str, now_ms: int) -> None:
        used = update(sessions).where(sessions.c.id == session_id).values(used_at_ms=now_ms)
        await self._database.write(lambda tx: tx.execute(used))

    async def listing(self, user_ids: Collection[UserId], kind: SessionKind) -> Sequence[Session]:
        theirs = select(sessions).where(
            sessions.c.user_id.in_(user_ids), sessions.c.kind == kind.value
        )
        newest_first = theirs.order_by(sessions.c.created_at_ms.desc(), sessions.c.id)
        return [_session_of(row) for row in await self._database.ask(newest_first)]

    async def end(
        self,
        user_ids: Collection[UserId],
        *,
        kind: SessionKind | None = None,
        session_id: str | None = None,
    ) -> int:
        which: ColumnElement[bool] = sessions.c.user_id.in_(user_ids)
        if kind is not None:
            which &= sessions.c.kind == kind.value
        if session_id is not None:
            which &= sessions.c.id == session_id
        now_ms = self._clock.now_ms()
        ended = await self._database.write(lambda tx: end_sessions(tx, which, now_ms=now_ms))
        return len(ended)


class SqlEntryLinks:
    """An :class:`~roomserver.ports.people.EntryLinks` on SQLAlchemy Core."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def make(self, link: EntryLink, secret_hash: str) -> None:
        same_kind = entry_links.c.kind == link.kind.value
        over = same_kind & (entry_links.c.expires_at_ms <= link.created_at_ms)
        row = insert(entry_links).values(
            secret_hash=secret_hash,
            kind=link.kind.value,
            maker_id=link.maker_id,
            created_at_ms=link.created_at_ms,
            expires_at_ms=link.expires_at_ms,
            uses_left=link.uses_left,
            user_id=link.user_id,
        )

        def write(tx: Connection) -> None:
            replaced = same_kind if link.kind is LinkKind.SET_UP else over
            if link.user_id is not None:
                replaced |= same_kind & (entry_links.c.user_id == link.user_id)
            tx.execute(delete(entry_links).where(replaced))
            tx.execute(row)

        await self._database.write(write)

    async def find(self, secret_hash: str, now_ms: int) -> EntryLink | None:
        good = select(entry_links).where(
            entry_links.c.secret_hash == secret_hash,
            entry_links.c.expires_at_ms > now_ms,
            entry_links.c.uses_left > 0,
        )
        found = await self._database.ask(good)
        if not found:
            return None
        (row,) = found
        return EntryLink(
            kind=LinkKind(row.kind),
            maker_id=None if row.maker_id is None else UserId(row.maker_id),
            user_id=None if row.user_id is None else UserId(row.user_id),
            created_at_ms=row.created_at_ms,
            expires_at_ms=row.expires_at_ms,
            uses_left=row.uses_left,
        )


_COLUMNS: Final = tuple(column.name for column in sessions.c)


def _listed(values: Collection[object] | None) -> str | None:
    return None if values is None else msgspec.json.encode(sorted(values)).decode()


def _session_of(row: Row[Any], prefix: str = "") -> Session:
    fields = {name: getattr(row, prefix + name) for name in _COLUMNS}
    rooms, rights = fields["rooms"], fields["rights"]
    return Session(
        id=fields["id"],
        kind=SessionKind(fields["kind"]),
        label=fields["label"],
        rooms=None if rooms is None else frozenset(map(RoomId, msgspec.json.decode(rooms))),
        rights=None if rights is None else frozenset(map(str, msgspec.json.decode(rights))),
        created_at_ms=fields["created_at_ms"],
        used_at_ms=fields["used_at_ms"],
        expires_at_ms=fields["expires_at_ms"],
    )
