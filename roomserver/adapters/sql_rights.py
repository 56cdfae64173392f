"""Rights and decisions in SQL."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

import msgspec
from sqlalchemy import Connection, Row, Select, and_, bindparam, func, insert, select, text, update

from roomserver.adapters.sql_engine import Database
from roomserver.adapters.sql_revocations import add_revocations
from roomserver.adapters.sql_rights_schema import audit, grants, room_rights
from roomserver.adapters.sql_schema import members, rooms, users
from roomserver.core.deeds import Decision, Facts, Noted
from roomserver.core.errors import Forbidden, RoomNotFound
from roomserver.core.model import Grant, Role, RoomId, RoomState, User, UserId
from roomserver.ports.clock import Clock
from roomserver.ports.rights import RoomRights

_LOCK: Final = 0x72697465
"""PostgreSQL's advisory locks are numbers; this one spells "rite"."""

_STATE: Final = (
    rooms.c.archived_at_ms,
    room_rights.c.is_private,
    room_rights.c.is_announce_only,
    room_rights.c.slow_mode_s,
    room_rights.c.people_max,
)


# Every instance asks it twice a second.
_CHANGED: Final = select(room_rights.c.room_id, room_rights.c.revision).where(
    room_rights.c.revision > bindparam("since")
)


class SqlRights:
    """A :class:`~roomserver.ports.rights.RightsStore` on SQLAlchemy Core."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        # The two dialects have their own, equal, "on conflict do update".
        self._insert = database.insert

    async def revision(self) -> int:
        ((newest,),) = await self._database.ask(select(func.max(room_rights.c.revision)))
        return newest or 0

    async def changed(self, since: int) -> Mapping[RoomId, int]:
        found = await self._database.ask(_CHANGED, {"since": since})
        return {RoomId(room_id): revision for room_id, revision in found}

    async def of_room(self, room_id: RoomId, *, grants_max: int) -> RoomRights | None:
        # In one statement: a state and grants of different moments could let somebody in.
        is_theirs = grants.c.room_id == rooms.c.id
        query = select(*_STATE, grants.c.user_id, *_GRANT).select_from(rooms)
        query = query.outerjoin(room_rights, room_rights.c.room_id == rooms.c.id)
        query = query.outerjoin(grants, is_theirs).where(rooms.c.id == room_id)
        rows = await self._database.ask(query.limit(grants_max + 1))
        if not rows:
            return None
        found = [_grant(row) for row in rows if row.user_id is not None]
        is_whole = len(found) <= grants_max
        known = {grant.user.user_id: grant for grant in found} if is_whole else {}
        return RoomRights(_state(rows[0]), known, is_whole)

    async def grants(self, room_id: RoomId, user_ids: Collection[UserId]) -> Sequence[Grant]:
        wanted = _grants_of(room_id).where(grants.c.user_id.in_(sorted(user_ids)))
        return [_grant(row) for row in await self._database.ask(wanted)]

    async def listing(self, room_id: RoomId) -> Sequence[Grant]:
        by_name = _grants_of(room_id).order_by(grants.c.username, grants.c.user_id)
        return [_grant(row) for row in await self._database.ask(by_name)]

    async def private_rooms(self, user_id: UserId | None) -> Mapping[RoomId, Grant | None]:
        is_same_room = grants.c.room_id == room_rights.c.room_id
        is_theirs = and_(is_same_room, grants.c.user_id == (user_id or 0))
        query = select(room_rights.c.room_id, grants.c.user_id, *_GRANT).select_from(room_rights)
        query = query.outerjoin(grants, is_theirs).where(room_rights.c.is_private == 1)
        return {
            RoomId(row.room_id): None if row.user_id is None else _grant(row)
            for row in await self._database.ask(query)
        }

    async def decide(self, decision: Decision) -> None:
        await self._database.write(lambda tx: self._decide(tx, decision))

    async def audit(self, room_id: RoomId, *, before: int | None, limit: int) -> Sequence[Noted]:
        query = select(audit).where(audit.c.room_id == room_id)
        if before is not None:
            query = query.where(audit.c.id < before)
        rows = await self._database.ask(query.order_by(audit.c.id.desc()).limit(limit))
        return [_noted(row) for row in rows]

    async def name_of(self, user_id: UserId) -> str | None:
        query = select(members.c.username).where(members.c.user_id == user_id)
        found = await self._database.ask(query.order_by(members.c.last_seen_at_ms.desc()).limit(1))
        return found[0].username if found else None

    async def is_server_owner(self, user_id: UserId) -> bool:
        query = select(users.c.id).where(users.c.id == user_id, users.c.is_owner == 1)
        return bool(await self._database.ask(query))

    def _decide(self, tx: Connection, decision: Decision) -> None:
        now_ms = self._clock.now_ms()
        self.raise_revision(tx, decision.room_id, decision.state)
        if decision.facts:
            _change_room(tx, decision, now_ms=now_ms)
        if decision.target is not None and decision.grant:
            self._keep_an_owner(tx, decision, decision.target)
            self.set_grant(tx, decision.room_id, decision.target, decision.grant)
        note(tx, decision, now_ms=now_ms)
        add_revocations(tx, decision.revoked, now_ms=now_ms)

    def raise_revision(self, tx: Connection, room_id: RoomId, state: Facts) -> None:
        """
        Note that a room's rights change in this transaction, and change its *state*.

        Raises:
            RoomNotFound: If there is no such room.

        """
        if tx.dialect.name == "postgresql":
            # Revisions follow the order of commits: nobody who has seen N misses a late N - 1.
            tx.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK})"))
        if tx.scalar(select(rooms.c.id).where(rooms.c.id == room_id)) is None:
            raise RoomNotFound
        newest = tx.scalar(select(func.max(room_rights.c.revision))) or 0
        values = {"revision": newest + 1, **{name: int(state[name] or 0) for name in state}}
        insertion = self._insert(room_rights).values({"room_id": room_id, **values})
        tx.execute(insertion.on_conflict_do_update(index_elements=["room_id"], set_=values))

    def set_grant(self, tx: Connection, room_id: RoomId, target: User, changes: Facts) -> None:
        """Change what was decided about *target*, as part of a transaction."""
        values = {"username": target.username, **changes}
        key = {"room_id": room_id, "user_id": target.user_id}
        insertion = self._insert(grants).values({**key, **values})
        tx.execute(
            insertion.on_conflict_do_update(index_elements=["room_id", "user_id"], set_=values)
        )

    def _keep_an_owner(self, tx: Connection, decision: Decision, target: User) -> None:
        if "role" not in decision.grant or decision.grant["role"] == Role.OWNER:
            return
        # Its rights are locked by now: nobody else takes the other owner away meanwhile.
        owners = select(grants.c.user_id).where(
            grants.c.room_id == decision.room_id, grants.c.role == Role.OWNER.value
        )
        if list(tx.scalars(owners)) == [target.user_id]:
            raise Forbidden("A room keeps its last owner: make somebody else one first.")


def _change_room(tx: Connection, decision: Decision, *, now_ms: int) -> None:
    values = dict(decision.facts)
    if "is_archived" in values:
        values["archived_at_ms"] = now_ms if values.pop("is_archived") else None
    tx.execute(update(rooms).where(rooms.c.id == decision.room_id).values(values))


def note(tx: Connection, decision: Decision, *, now_ms: int) -> None:
    """Add *decision* to the audit log, as part of the transaction that carries it out."""
    target = decision.target
    values = {
        "room_id": decision.room_id,
        "at_ms": now_ms,
        "actor_id": decision.actor.user_id,
        "actor_name": decision.actor.username,
        "deed": decision.deed,
        "target_id": None if target is None else target.user_id,
        "target_name": None if target is None else target.username,
        "details": msgspec.json.encode(decision.details).decode(),
    }
    tx.execute(insert(audit).values(values))


_GRANT: Final = (
    grants.c.username,
    grants.c.role,
    grants.c.muted_until_ms,
    grants.c.banned_until_ms,
)


def _grants_of(room_id: RoomId) -> Select[Any]:
    return select(grants).where(grants.c.room_id == room_id)


def _grant(row: Row[Any]) -> Grant:
    return Grant(
        user=User(UserId(row.user_id), row.username),
        role=None if row.role is None else Role(row.role),
        muted_until_ms=row.muted_until_ms,
        banned_until_ms=row.banned_until_ms,
    )


def _state(row: Row[Any]) -> RoomState:
    return RoomState(
        is_private=bool(row.is_private),
        is_announce_only=bool(row.is_announce_only),
        is_archived=row.archived_at_ms is not None,
        slow_mode_s=row.slow_mode_s or 0,
        people_max=row.people_max or 0,
    )


def _noted(row: Row[Any]) -> Noted:
    target = None if row.target_id is None else User(UserId(row.target_id), row.target_name)
    return Noted(
        id=row.id,
        at_ms=row.at_ms,
        actor=User(UserId(row.actor_id), row.actor_name),
        deed=row.deed,
        target=target,
        details=msgspec.json.decode(row.details),
    )
