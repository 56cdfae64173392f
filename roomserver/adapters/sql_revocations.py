"""The revocations in SQL. Those that belong to another change go into its transaction."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import Connection, bindparam, delete, func, insert, select, text

from roomserver.adapters.sql_engine import Database
from roomserver.adapters.sql_schema import revocations
from roomserver.core.model import RoomId, UserId
from roomserver.core.revoked import Revoked
from roomserver.ports.clock import Clock
from roomserver.ports.revocations import Revision

KEPT_MS: Final = 30 * 24 * 3_600_000
"""How long an instance may have been without the database and still learn all it missed."""

_LOCK: Final = 0x7265766F
"""PostgreSQL's advisory locks are numbers; this one spells "revo"."""

_LAST: Final = select(func.max(revocations.c.number))

# Every instance asks it twice a second. To put it together costs as much as to answer it.
_BEHIND: Final = (
    select(revocations)
    .where(revocations.c.number > bindparam("number"))
    .order_by(revocations.c.number)
)


class SqlRevocations:
    """A :class:`~roomserver.ports.revocations.RevocationLog` on SQLAlchemy Core."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def last(self) -> int:
        ((number,),) = await self._database.ask(_LAST)
        return number or 0

    async def after(self, number: int) -> Sequence[Revision]:
        return [
            Revision(
                row.number,
                Revoked(
                    user_id=None if row.user_id is None else UserId(row.user_id),
                    room_id=None if row.room_id is None else RoomId(row.room_id),
                    session_id=row.session_id,
                    code=row.code,
                    message=row.message,
                    close_code=row.close_code,
                ),
            )
            for row in await self._database.ask(_BEHIND, {"number": number})
        ]

    async def add(self, revoked: Sequence[Revoked]) -> None:
        if revoked:
            now_ms = self._clock.now_ms()
            await self._database.write(lambda tx: add_revocations(tx, revoked, now_ms=now_ms))


def add_revocations(tx: Connection, revoked: Sequence[Revoked], *, now_ms: int) -> None:
    """Note *revoked* as part of the transaction that takes the right away."""
    if not revoked:
        return
    if tx.dialect.name == "postgresql":
        # Numbers follow the order of commits: whoever has seen N must not miss a late N - 1.
        tx.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK})"))
    last = tx.execute(_LAST).scalar_one() or 0
    rows = [
        {
            "number": last + place,
            "at_ms": now_ms,
            "user_id": each.user_id,
            "room_id": each.room_id,
            "session_id": each.session_id,
            "code": each.code,
            "message": each.message,
            "close_code": each.close_code,
        }
        for place, each in enumerate(revoked, start=1)
    ]
    tx.execute(insert(revocations), rows)
    is_old = revocations.c.at_ms < now_ms - KEPT_MS
    tx.execute(delete(revocations).where(is_old, revocations.c.number <= last))
