"""Links into rooms, in SQL."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, delete, insert, select, update

from roomserver.adapters.sql_engine import Database
from roomserver.adapters.sql_people import row_of
from roomserver.adapters.sql_rights import SqlRights, note
from roomserver.adapters.sql_rights_schema import grants, invitations
from roomserver.adapters.sql_schema import users
from roomserver.core.deeds import Decision, Invitation
from roomserver.core.model import Role, RoomId, User, UserId
from roomserver.core.people import Person
from roomserver.core.policy import outranks
from roomserver.ports.clock import Clock


class SqlInvitations:
    """An :class:`~roomserver.ports.rights.Invitations` on SQLAlchemy Core."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._rights = SqlRights(database, clock)

    async def add(self, invitation: Invitation, secret_hash: str) -> Invitation:
        return await self._database.write(lambda tx: self._add(tx, invitation, secret_hash))

    async def listing(self, room_id: RoomId, now_ms: int) -> Sequence[Invitation]:
        good = select(invitations).where(invitations.c.room_id == room_id, _is_good(now_ms))
        rows = await self._database.ask(good.order_by(invitations.c.id.desc()))
        return [_invitation(row) for row in rows]

    async def find(self, secret_hash: str, now_ms: int) -> Invitation | None:
        found = await self._database.ask(_by_secret(secret_hash, now_ms))
        return _invitation(found[0]) if found else None

    async def use(
        self, secret_hash: str, user: User, now_ms: int, *, guest: Person | None = None
    ) -> Invitation | None:
        def use(tx: Connection) -> Invitation | None:
            used = self._use(tx, secret_hash, user, now_ms)
            if used is not None and guest is not None:
                tx.execute(insert(users).values(**row_of(guest)))
            return used

        return await self._database.write(use)

    async def take_back(self, room_id: RoomId, invitation_id: int, actor: User) -> bool:
        return await self._database.write(
            lambda tx: self._take_back(tx, room_id, invitation_id, actor)
        )

    def _add(self, tx: Connection, invitation: Invitation, secret_hash: str) -> Invitation:
        now_ms = self._clock.now_ms()
        # What has expired is of no use to anybody.
        is_old = invitations.c.expires_at_ms <= now_ms
        tx.execute(delete(invitations).where(invitations.c.room_id == invitation.room_id, is_old))
        values = {
            "room_id": invitation.room_id,
            "secret_hash": secret_hash,
            "role": invitation.role,
            "maker_id": invitation.maker.user_id,
            "maker_name": invitation.maker.username,
            "created_at_ms": invitation.created_at_ms,
            "expires_at_ms": invitation.expires_at_ms,
            "uses_max": invitation.uses_max,
        }
        made = tx.execute(insert(invitations).values(values).returning(invitations))
        kept = _invitation(made.one())
        self._note(tx, kept, kept.maker, "invite")
        return kept

    def _use(self, tx: Connection, secret_hash: str, user: User, now_ms: int) -> Invitation | None:
        # The row is locked by counting first: nobody slips in on the last use of another.
        used = (
            update(invitations)
            .where(invitations.c.secret_hash == secret_hash, _is_good(now_ms))
            .values(uses=invitations.c.uses + 1)
            .returning(invitations)
        )
        row = (tx.execute(used)).first()
        if row is None:
            return None
        invitation = _invitation(row)
        if not self._gains(tx, invitation, user):
            unused = update(invitations).where(invitations.c.id == invitation.id)
            tx.execute(unused.values(uses=invitations.c.uses - 1))
            return invitation
        self._rights.raise_revision(tx, invitation.room_id, {})
        self._rights.set_grant(tx, invitation.room_id, user, {"role": invitation.role})
        self._note(tx, invitation, user, "join")
        return invitation

    def _gains(self, tx: Connection, invitation: Invitation, user: User) -> bool:
        theirs = select(grants.c.role).where(
            grants.c.room_id == invitation.room_id, grants.c.user_id == user.user_id
        )
        role = (tx.execute(theirs)).scalar_one_or_none()
        return role is None or outranks(Role(invitation.role), Role(role))

    def _take_back(self, tx: Connection, room_id: RoomId, invitation_id: int, actor: User) -> bool:
        gone = (
            delete(invitations)
            .where(invitations.c.id == invitation_id, invitations.c.room_id == room_id)
            .returning(invitations)
        )
        row = (tx.execute(gone)).first()
        if row is None:
            return False
        self._note(tx, _invitation(row), actor, "take_back_invite")
        return True

    def _note(self, tx: Connection, invitation: Invitation, actor: User, deed: str) -> None:
        decision = Decision(
            room_id=invitation.room_id,
            actor=actor,
            deed=deed,
            details={"invite_id": invitation.id, "role": invitation.role},
        )
        note(tx, decision, now_ms=self._clock.now_ms())


def _is_good(now_ms: int) -> ColumnElement[bool]:
    return (invitations.c.expires_at_ms > now_ms) & (invitations.c.uses < invitations.c.uses_max)


def _by_secret(secret_hash: str, now_ms: int) -> Any:
    return select(invitations).where(invitations.c.secret_hash == secret_hash, _is_good(now_ms))


def _invitation(row: Row[Any]) -> Invitation:
    return Invitation(
        id=row.id,
        room_id=RoomId(row.room_id),
        role=row.role,
        maker=User(UserId(row.maker_id), row.maker_name),
        created_at_ms=row.created_at_ms,
        expires_at_ms=row.expires_at_ms,
        uses=row.uses,
        uses_max=row.uses_max,
    )
