"""
Ways to break what the promise stands on, so that a run shows it: a check that cannot fail
proves nothing.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Any, Final, TypeVar

from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncEngine

from roomserver.adapters.sql_engine import Prepared
from tests.support.databases import engines_of, writing
from tests.torture.failpoints import place

T = TypeVar("T")

COMMIT_LATER_S: Final = 0.05
LOOK_AWAY_S: Final = 0.1
DROPPED: Final = 0.01
RANDOM: Final = random.Random()


def asynchronous_commit() -> None:
    """Let PostgreSQL report commits that are not on disk."""
    from roomserver.adapters import sql_postgresql

    original: Callable[..., AsyncEngine] = vars(sql_postgresql)["create_async_engine"]

    def create(url: Any, **options: Any) -> AsyncEngine:
        options["connect_args"]["server_settings"]["synchronous_commit"] = "off"
        return original(url, **options)

    vars(sql_postgresql)["create_async_engine"] = create


def early_acknowledgement() -> None:
    """Acknowledge what will be committed in a moment."""
    from roomserver.adapters.sql_engine import Database

    place(Database, "write")
    under_way: set[asyncio.Task[None]] = set()

    async def write(self: Database, work: Callable[[Connection], T]) -> T:
        done: asyncio.Future[T] = asyncio.get_running_loop().create_future()

        async def really() -> None:
            async with writing(self) as transaction:
                done.set_result(await transaction.run_sync(work))
                await asyncio.sleep(COMMIT_LATER_S)

        task = asyncio.create_task(really())
        under_way.add(task)
        task.add_done_callback(under_way.discard)
        first: list[asyncio.Future[Any]] = [task, done]
        await asyncio.wait(first, return_when=asyncio.FIRST_COMPLETED)
        if not done.done():
            await task
        return await done

    Database.write = write  # type: ignore[method-assign]


def numbers_from_a_sequence() -> None:
    """Take numbers from where a rollback doesn't bring them back."""
    from roomserver.adapters.sql_log import SqlLog
    from roomserver.core.model import Draft, RoomId, Seq

    original = place(SqlLog, "_lock_rooms")

    def lock_rooms(
        self: SqlLog, tx: Connection, drafts: Iterable[Draft], lock: Prepared
    ) -> dict[RoomId, Seq]:
        drafts = list(drafts)
        heads: Mapping[RoomId, Seq] = original(self, tx, drafts, lock)
        numbered: dict[RoomId, Seq] = {}
        with engines_of(self._database)[1].connect() as connection:
            for room in heads:
                count = sum(draft.room_id == room for draft in drafts)
                connection.execute(text(f"CREATE SEQUENCE IF NOT EXISTS room_{room}"))
                numbers = f"SELECT nextval('room_{room}') FROM generate_series(1, {count})"
                first = min(connection.scalars(text(numbers)))
                numbered[room] = Seq(first - 1)
        return numbered

    SqlLog._lock_rooms = lock_rooms  # type: ignore[method-assign]


def no_deduplication() -> None:
    """Store what is sent again as if it were new."""
    from roomserver.adapters.sql_engine import Database
    from roomserver.adapters.sql_log import SqlLog
    from roomserver.bootstrap import database

    place(SqlLog, "_find_known")
    original: Callable[[Database], Awaitable[None]] = vars(database)["migrate"]

    async def migrate(database: Database) -> None:
        await original(database)
        async with writing(database) as transaction:
            await transaction.execute(
                text(
                    "ALTER TABLE entries DROP CONSTRAINT IF EXISTS entries_room_id_author_client_id"
                )
            )

    def find_known(*_: object) -> Sequence[object]:
        return []

    vars(database)["migrate"] = migrate
    SqlLog._find_known = find_known  # type: ignore[assignment,method-assign]


def dropped_publications() -> None:
    """Lose one publication in a hundred, and never look for what is missing."""
    from roomserver.adapters.redis_bus import RedisBus
    from roomserver.core.frame import Parcel
    from roomserver.core.model import RoomId
    from roomserver.service import relay

    publish = place(RedisBus, "publish")
    place(relay.Relay, "_fill")
    place(relay.Relay, "_look_at_heads")
    place(relay._Stream, "take")

    def publish_most(self: RedisBus, room_id: RoomId, parcels: Sequence[Parcel]) -> None:
        if RANDOM.random() >= DROPPED:
            publish(self, room_id, parcels)

    def take(self: relay._Stream, parcels: Iterable[Parcel]) -> list[Parcel]:
        turn: list[Parcel] = []
        for parcel in parcels:
            if parcel.seq is None:
                turn.append(parcel)
            elif self.told is not None and parcel.seq > self.told:
                self.told = self.head = parcel.seq
                turn.append(parcel)
        return turn

    async def look_away(*_: object) -> None:
        pass

    RedisBus.publish = publish_most  # type: ignore[method-assign]
    relay._Stream.take = take  # type: ignore[method-assign]
    relay.Relay._fill = lambda *_: None  # type: ignore[method-assign]
    relay.Relay._look_at_heads = look_away  # type: ignore[assignment,method-assign]


def history_before_registering() -> None:
    """Read the history first, and only then begin to listen."""
    from roomserver.core.model import RoomId, User
    from roomserver.ports.connection import Connection
    from roomserver.service.hub import Hub, Member
    from roomserver.service.visit import Visit

    enter = place(Hub, "enter")
    opening = place(Visit, "_opening")
    late: dict[int, Member] = {}

    def enter_later(
        self: Hub, room_id: RoomId, user: User, connection: Connection, **how: bool
    ) -> Member:
        member: Member = enter(self, room_id, user, connection, **how)
        self.leave(member)
        late[id(connection)] = member
        return member

    async def open_first(self: Visit, *arguments: Any) -> Any:
        opened = await opening(self, *arguments)
        await asyncio.sleep(LOOK_AWAY_S)
        member = late.pop(id(self._connection))
        self._to.hub._rooms.setdefault(member.room_id, set()).add(member)
        return opened

    Hub.enter = enter_later  # type: ignore[method-assign]
    Visit._opening = open_first  # type: ignore[assignment,method-assign]


def cache_without_head_check() -> None:
    """Believe the cache about the end of a log."""
    from roomserver.core.model import Head, RoomId
    from roomserver.service.archive import Archive

    head = place(Archive, "head")

    async def cached_head(self: Archive, room_id: RoomId) -> Head:
        window = await self._recent.window(room_id)
        last: Head = await head(self, room_id)
        return Head(window.last_seq or last.seq, last.epoch)

    Archive.head = cached_head  # type: ignore[method-assign]


SABOTAGES: Final[Mapping[str, Callable[[], None]]] = {
    "asynchronous-commit": asynchronous_commit,
    "early-acknowledgement": early_acknowledgement,
    "numbers-from-a-sequence": numbers_from_a_sequence,
    "no-deduplication": no_deduplication,
    "dropped-publications": dropped_publications,
    "history-before-registering": history_before_registering,
    "cache-without-head-check": cache_without_head_check,
}
