"""The people whom this server knows, in SQL."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, delete, insert, or_, select, text, update
from sqlalchemy.exc import IntegrityError

from roomserver.adapters.sql_engine import Database
from roomserver.adapters.sql_revocations import add_revocations
from roomserver.adapters.sql_schema import entry_links, sessions, users
from roomserver.core.model import RoomId, User, UserId
from roomserver.core.names import name_taken
from roomserver.core.people import LinkKind, Person, PersonKind, SessionKind, new_user_id
from roomserver.core.revoked import Revoked
from roomserver.core.skeletons import skeleton_of
from roomserver.ports.clock import Clock
from roomserver.ports.people import Known

_NAMED = (PersonKind.ACCOUNT, PersonKind.PROGRAM)
"""Those whose names nobody else may have, or look like."""


class SqlPeople:
    """A :class:`~roomserver.ports.people.People` on SQLAlchemy Core."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def add(
        self,
        person: Person,
        *,
        password_hash: str | None = None,
        link_hash: str | None = None,
        link_kind: LinkKind | None = None,
        now_ms: int = 0,
    ) -> bool:
        def add(tx: Connection) -> bool:
            if link_hash is not None and not _use(tx, link_hash, link_kind, now_ms):
                return False
            tx.execute(insert(users).values(**row_of(person), password_hash=password_hash))
            if link_kind is LinkKind.SET_UP:
                tx.execute(delete(entry_links).where(entry_links.c.kind == LinkKind.SET_UP.value))
            return True

        if person.kind is PersonKind.GUEST:
            await self._refuse_look_alikes(person.user.username)
        return await self._named(person.user.username, add)

    async def find(self, user_id: UserId) -> Known | None:
        return await self._one(users.c.id == user_id)

    async def find_by_name(self, username: str) -> Known | None:
        return await self._one(users.c.skeleton == skeleton_of(username))

    async def number_of(self, subject: str, username: str, now_ms: int) -> UserId:
        theirs = select(users.c.id).where(users.c.subject == subject)
        while not (found := await self._database.ask(theirs)):
            person = Person(
                user=User(new_user_id(), username), kind=PersonKind.SUBJECT, created_at_ms=now_ms
            )
            row = insert(users).values(**row_of(person), subject=subject)
            try:
                await self._database.write(lambda tx, row=row: tx.execute(row))  # type: ignore[misc]
            except IntegrityError:
                continue  # Another instance has just given them one.
        return UserId(found[0].id)

    async def listing(self, *kinds: PersonKind, maker_id: UserId | None = None) -> Sequence[Person]:
        wanted: ColumnElement[bool] = users.c.kind.in_([kind.value for kind in kinds])
        if maker_id is not None:
            wanted &= users.c.maker_id == maker_id
        in_order = select(users).where(wanted).order_by(users.c.username, users.c.id)
        return [person_of(row) for row in await self._database.ask(in_order)]

    async def has_owner(self) -> bool:
        owners = select(users.c.id).where(
            users.c.kind == PersonKind.ACCOUNT.value, users.c.is_owner == 1
        )
        return bool(await self._database.ask(owners.limit(1)))

    async def set_password(
        self,
        user_id: UserId,
        password_hash: str,
        *,
        keep: str | None = None,
        link_hash: str | None = None,
        now_ms: int = 0,
    ) -> bool:
        def change(tx: Connection) -> bool:
            if link_hash is not None and not _use(tx, link_hash, LinkKind.RESET, now_ms):
                return False
            theirs = update(users).where(users.c.id == user_id)
            tx.execute(theirs.values(password_hash=password_hash))
            browsers = (
                (sessions.c.user_id == user_id)
                & (sessions.c.kind == SessionKind.BROWSER.value)
                & (sessions.c.id != (keep or ""))
            )
            end_sessions(tx, browsers, now_ms=self._clock.now_ms())
            return True

        return await self._database.write(change)

    async def set_disabled(self, user_id: UserId, *, is_disabled: bool) -> None:
        whose = or_(users.c.id == user_id, users.c.maker_id == user_id)

        def change(tx: Connection) -> None:
            changed = update(users).where(whose).values(is_disabled=int(is_disabled))
            rows = (tx.execute(changed.returning(users.c.id))).all()
            if is_disabled:
                ids = [UserId(row.id) for row in rows]
                now_ms = self._clock.now_ms()
                end_sessions(tx, sessions.c.user_id.in_(ids), now_ms=now_ms)
                everywhere = [Revoked(user_id=each) for each in ids]
                add_revocations(tx, everywhere, now_ms=now_ms)

        await self._database.write(change)

    async def upgrade(self, user: User, password_hash: str) -> bool:
        def change(tx: Connection) -> bool:
            guest = update(users).where(
                users.c.id == user.user_id, users.c.kind == PersonKind.GUEST.value
            )
            values = {
                "kind": PersonKind.ACCOUNT.value,
                "username": user.username,
                "skeleton": skeleton_of(user.username),
                "password_hash": password_hash,
                "room_id": None,
            }
            return (tx.execute(guest.values(values))).rowcount == 1

        return await self._named(user.username, change)

    async def _named(self, username: str, work: Any) -> bool:
        try:
            return bool(await self._database.write(work))
        except IntegrityError:
            raise name_taken(username) from None

    async def _refuse_look_alikes(self, username: str) -> None:
        # Guests come and go, so their names are nobody's for good; they just can't be another's.
        if await self.find_by_name(username) is not None:
            raise name_taken(username)

    async def _one(self, which: ColumnElement[bool]) -> Known | None:
        found = await self._database.ask(select(users).where(which))
        return Known(person_of(found[0]), found[0].password_hash) if found else None


def end_sessions(tx: Connection, which: ColumnElement[bool], *, now_ms: int) -> Sequence[str]:
    """End sessions and whatever stays on them, as part of a transaction; return their names."""
    ended = (tx.execute(delete(sessions).where(which).returning(sessions.c.id))).all()
    ids = [row.id for row in ended]
    add_revocations(tx, [Revoked(session_id=each) for each in ids], now_ms=now_ms)
    return ids


def person_of(row: Row[Any]) -> Person:
    """Read a row of the people."""
    return Person(
        user=User(UserId(row.id), row.username),
        kind=PersonKind(row.kind),
        is_owner=bool(row.is_owner),
        is_disabled=bool(row.is_disabled),
        room_id=None if row.room_id is None else RoomId(row.room_id),
        maker_id=None if row.maker_id is None else UserId(row.maker_id),
        created_at_ms=row.created_at_ms,
    )


def _use(tx: Connection, link_hash: str, kind: LinkKind | None, now_ms: int) -> bool:
    # An owner may have been made since by another link or from the command line.
    if kind is LinkKind.SET_UP:
        tx.execute(_ONE_SET_UP_AT_A_TIME[tx.dialect.name])
        owner = select(users.c.id).where(
            users.c.kind == PersonKind.ACCOUNT.value, users.c.is_owner == 1
        )
        if (tx.execute(owner.limit(1))).first() is not None:
            return False
    good = update(entry_links).where(
        entry_links.c.secret_hash == link_hash,
        entry_links.c.kind == (kind.value if kind else ""),
        entry_links.c.expires_at_ms > now_ms,
        entry_links.c.uses_left > 0,
    )
    used = tx.execute(good.values(uses_left=entry_links.c.uses_left - 1))
    return used.rowcount == 1


_ONE_SET_UP_AT_A_TIME = {
    "postgresql": text("SELECT pg_advisory_xact_lock(1937012078)"),
    "sqlite": text("SELECT 1"),  # its one writer holds the lock already
}


def row_of(person: Person) -> dict[str, object]:
    """Return *person* as a row of the people."""
    is_named = person.kind in _NAMED
    return {
        "id": person.user.user_id,
        "kind": person.kind.value,
        "username": person.user.username,
        "skeleton": skeleton_of(person.user.username) if is_named else None,
        "is_owner": int(person.is_owner),
        "is_disabled": int(person.is_disabled),
        "room_id": person.room_id,
        "maker_id": person.maker_id,
        "created_at_ms": person.created_at_ms,
    }
