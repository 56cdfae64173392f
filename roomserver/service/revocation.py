"""
What was taken back ends at once: on this instance now, on the others within two seconds.

Every stay is watched. What is revoked is written to the database, which numbers it; each
instance asks for new numbers once a second and closes whatever they concern. The time at
which a token expires is looked at by the same clock.

A change of somebody's rights and its revocation belong in one transaction (an adapter's
business); call :meth:`Revocations.look` after it, so that this instance doesn't wait.
"""

import asyncio
import logging
from collections import deque
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import Final

from roomserver.core import wire
from roomserver.core.errors import RoomError, StorageUnavailable, TokenExpired
from roomserver.core.events import Error
from roomserver.core.frame import Bundle
from roomserver.core.model import Caller, RoomId
from roomserver.core.revoked import Revoked
from roomserver.ports.clock import Clock
from roomserver.ports.connection import Connection
from roomserver.ports.revocations import RevocationLog
from roomserver.service.tasks import Loop, in_background

log = logging.getLogger(__name__)

LOOK_EVERY_S: Final = 1.0

REMEMBERED_MAX: Final = 1_000
"""Revocations that are kept for whoever is on the way in while they arrive."""


class Watch:
    """One stay in one room, which may be ended from outside."""

    __slots__ = ("_connection", "caller", "room_id")

    def __init__(self, caller: Caller, room_id: RoomId, connection: Connection) -> None:
        self.caller = caller
        """Who stays: see :meth:`Revocations.renew` for when they show a newer token."""

        self.room_id = room_id
        self._connection = connection

    def has_expired(self, now_ms: int) -> bool:
        expires_at_ms = self.caller.expires_at_ms
        return expires_at_ms is not None and expires_at_ms <= now_ms

    def end(self, code: str, message: str, close_code: int) -> None:
        """Say why, and hang up."""
        event = Error(message=message, code=code, retryable=False)
        self._connection.deliver(Bundle.of(wire.encode(event)))
        self._connection.close(close_code, code)


class Revocations:
    """Takes back, and sees to it that nobody stays on what was taken back."""

    def __init__(self, revocation_log: RevocationLog, clock: Clock) -> None:
        self._log = revocation_log
        self._clock = clock
        self._watches: set[Watch] = set()
        self._known = 0
        """The number of the last revocation that was carried out here."""

        self._carried_out = 0
        self._recent: deque[tuple[int, Revoked]] = deque(maxlen=REMEMBERED_MAX)
        self._turn = asyncio.Lock()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Sequence[Loop]]:
        """
        Look for news once a second until the block ends.

        Raises:
            StorageUnavailable: If the database can't say where to begin.

        """
        self._known = await self._log.last()
        async with in_background(revocations=self._keep_looking()) as loops:
            yield loops

    @property
    def moment(self) -> int:
        """Where this instance stands. Take it before asking who somebody is."""
        return self._carried_out

    def watch(
        self, caller: Caller, room_id: RoomId, connection: Connection, *, since: int
    ) -> Watch:
        """
        Let *caller*'s stay be ended from outside, until :meth:`unwatch`.

        *since* is the :attr:`moment` before it was asked who they are: what has been
        revoked after that counts, too.
        """
        watch = Watch(caller, room_id, connection)
        self._watches.add(watch)
        self._catch_up(watch, since)
        return watch

    def unwatch(self, watch: Watch) -> None:
        """Leave the stay alone from now on. Twice is harmless."""
        self._watches.discard(watch)

    @contextmanager
    def watching(
        self, caller: Caller, room_id: RoomId, connection: Connection, *, since: int
    ) -> Iterator[Watch]:
        """Let *caller*'s stay be ended from outside (:meth:`watch`) for as long as the block."""
        watch = self.watch(caller, room_id, connection, since=since)
        try:
            yield watch
        finally:
            self.unwatch(watch)

    def renew(self, watch: Watch, caller: Caller, *, since: int) -> None:
        """
        Go on watching the stay by what *caller* is known by now.

        *since* is the :attr:`moment` before that was asked.
        """
        watch.caller = caller
        self._catch_up(watch, since)

    async def revoke(self, *revoked: Revoked) -> None:
        """
        Take back: here now, everywhere soon.

        Raises:
            StorageUnavailable: If it is unknown whether it was written.

        """
        await self._log.add(revoked)
        await self.look()

    async def look(self) -> None:
        """
        Carry out what is new.

        Raises:
            StorageUnavailable: If the database didn't answer.

        """
        async with self._turn:
            for number, revoked in await self._log.after(self._known):
                self._known = number
                self._carry_out(revoked)

    def expire(self) -> None:
        """End the stays whose time is over."""
        now_ms = self._clock.now_ms()
        for watch in [watch for watch in self._watches if watch.has_expired(now_ms)]:
            self._end(watch, TokenExpired())

    async def _keep_looking(self) -> None:
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            self.expire()
            with suppress(StorageUnavailable):
                await self.look()

    def _carry_out(self, revoked: Revoked) -> None:
        self._carried_out += 1
        self._recent.append((self._carried_out, revoked))
        for watch in list(self._watches):
            self._end_if_concerned(watch, revoked)

    def _catch_up(self, watch: Watch, since: int) -> None:
        for moment, revoked in self._recent:
            if moment > since:
                self._end_if_concerned(watch, revoked)

    def _end_if_concerned(self, watch: Watch, revoked: Revoked) -> None:
        if revoked.concerns(watch.caller, watch.room_id):
            self._watches.discard(watch)
            watch.end(revoked.code, revoked.message, revoked.close_code)

    def _end(self, watch: Watch, error: RoomError) -> None:
        self._watches.discard(watch)
        watch.end(error.code, str(error), error.close_code)
