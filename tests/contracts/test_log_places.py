"""The contract of :class:`roomserver.ports.log.Log` for places in the middle of a log."""

import time
from collections.abc import Sequence

import pytest
from sqlalchemy import text

from roomserver.adapters.sql_engine import Database
from roomserver.adapters.sql_log import SqlLog
from roomserver.adapters.sql_rooms import SqlRooms
from roomserver.adapters.system_clock import SystemClock
from roomserver.core.model import Draft, Entry, EntryId, Kind, Receipt, Room, RoomId, Seq
from roomserver.ports.log import Log
from tests.support.builders import ANA, JUAN, a_draft
from tests.support.databases import writing

BIG = 100_000
"""Entries in a log that nobody would want to be read from its beginning."""

AT_ONCE = 10_000
"""Entries that a statement writes in time on a busy machine."""

ANSWERS_S_MAX = 1.0
"""Far less than reading them takes, and enough on a busy machine."""


@pytest.fixture
def log(database: Database) -> Log:
    return SqlLog(database)


@pytest.fixture
async def room(database: Database) -> Room:
    made, _is_new = await SqlRooms(database, SystemClock()).make(RoomId(1), name="One")
    return made


@pytest.fixture
async def other_room(database: Database) -> Room:
    made, _is_new = await SqlRooms(database, SystemClock()).make(RoomId(2), name="Two")
    return made


async def appended(log: Log, *drafts: Draft) -> Sequence[Entry]:
    outcomes = await log.append(drafts)
    return [outcome.entry for outcome in outcomes if isinstance(outcome, Receipt)]


async def date(database: Database, *times_ms: int) -> None:
    """Let the first entries of room 1 be from *times_ms*."""
    async with writing(database) as tx:
        for seq, at_ms in enumerate(times_ms, 1):
            await tx.execute(
                text("UPDATE entries SET created_at_ms = :at_ms WHERE room_id = 1 AND seq = :seq"),
                {"at_ms": at_ms, "seq": seq},
            )


async def fill(database: Database, room: Room, count: int) -> None:
    """Write *count* entries, one every ten milliseconds."""
    numbers = {
        "sqlite": "WITH RECURSIVE n(i) AS (SELECT :first UNION ALL SELECT i + 1 FROM n"
        " WHERE i < :last) {insert} FROM n",
        "postgresql": "{insert}"
        " FROM generate_series(CAST(:first AS BIGINT), CAST(:last AS BIGINT)) AS n(i)",
    }[database.kind]
    insert = (
        "INSERT INTO entries (room_id, seq, author_id, author_name, content, created_at_ms)"
        " SELECT CAST(:room_id AS BIGINT), i, 1, 'Ana', 'hola', i * 10"
    )
    # SQLite puts a WITH in front of the INSERT, and so it reads the same.
    statement = numbers.format(insert=insert)
    async with writing(database) as tx:
        for before in range(0, count, AT_ONCE):
            first, last = before + 1, min(before + AT_ONCE, count)
            which = {"first": first, "last": last, "room_id": room.id}
            await tx.execute(text(statement), which)
        await tx.execute(text("UPDATE rooms SET last_seq = :count"), {"count": count})


async def test_a_message_has_a_place_in_its_own_room_only(
    log: Log, room: Room, other_room: Room
) -> None:
    _first, second = await appended(log, a_draft(room=room), a_draft(room=room))
    like = Draft(room_id=room.id, author=JUAN, content="👍", kind=Kind.REACTION)
    [reaction] = await appended(log, replaced(like, second))

    assert await log.place_of(room.id, second.id) == 2
    assert await log.place_of(other_room.id, second.id) is None
    assert await log.place_of(room.id, reaction.id) is None
    assert await log.place_of(room.id, EntryId(2**53 - 1)) is None


def replaced(draft: Draft, target: Entry) -> Draft:
    return Draft(
        room_id=draft.room_id,
        author=draft.author,
        content=draft.content,
        kind=draft.kind,
        target_id=target.id,
    )


@pytest.mark.parametrize(
    ("at_ms", "seq"),
    [(0, 1), (100, 1), (101, 2), (200, 2), (201, 4), (300, 4), (301, 5), (2**53 - 1, 5)],
)
async def test_a_moment_leads_to_the_first_entry_since(
    log: Log, database: Database, room: Room, at_ms: int, seq: int
) -> None:
    await appended(log, *(a_draft(room=room) for _ in range(4)))
    await date(database, 100, 200, 200, 300)

    assert await log.first_at(room.id, at_ms) == seq


async def test_an_empty_room_has_nothing_at_any_moment(log: Log, room: Room) -> None:
    assert await log.first_at(room.id, 0) == 1
    assert await log.first_at(RoomId(999), 0) == 1


@pytest.mark.slow
async def test_a_moment_is_found_as_fast_in_a_large_room(
    log: Log, database: Database, room: Room
) -> None:
    await fill(database, room, BIG)
    await log.first_at(room.id, 1)
    began_s = time.perf_counter()

    found = [await log.first_at(room.id, at_ms) for at_ms in (0, 500_000, 500_001, 10 * BIG)]

    assert found == [1, 50_000, 50_001, BIG]
    assert time.perf_counter() - began_s < ANSWERS_S_MAX


async def test_what_was_done_to_messages_behind_a_place_is_found(
    log: Log, room: Room, other_room: Room
) -> None:
    one, two, three = await appended(log, *(a_draft(room=room) for _ in range(3)))
    [elsewhere] = await appended(log, a_draft(room=other_room))
    like = Draft(room_id=room.id, author=JUAN, content="👍", kind=Kind.REACTION)
    edit = Draft(room_id=room.id, author=ANA, content="adiós", kind=Kind.EDIT)
    await appended(log, *(replaced(edit, each) for each in (one, two, three)), replaced(like, one))

    changes = await log.about(room.id, [one.id, two.id, elsewhere.id], behind=Seq(4), limit=10)
    last = await log.about(room.id, [one.id, two.id], behind=Seq(0), limit=2)

    assert [(each.seq, each.target_id) for each in changes] == [(5, two.id), (7, one.id)]
    assert [each.seq for each in last] == [5, 7]
    assert await log.about(room.id, [], behind=Seq(0), limit=2) == []
