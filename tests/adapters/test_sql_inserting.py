"""Which ids and which moments entries get, and that what is told of them is what is stored."""

from collections.abc import Sequence

import pytest
from sqlalchemy import Connection, delete, select, text

from roomserver.adapters.sql_clock import NOW_MS
from roomserver.adapters.sql_engine import Database
from roomserver.adapters.sql_log import SqlLog
from roomserver.adapters.sql_rooms import SqlRooms
from roomserver.adapters.sql_schema import entries
from roomserver.adapters.system_clock import SystemClock
from roomserver.core.model import Draft, Entry, EntryId, Kind, Receipt, Seq
from tests.support.builders import OTHER_ROOM, ROOM, a_draft


@pytest.fixture
async def log(database: Database) -> SqlLog:
    directory = SqlRooms(database, SystemClock())
    for room in (ROOM, OTHER_ROOM):
        await directory.make(room.id, name=room.name)
    return SqlLog(database)


async def stored(log: SqlLog, *drafts: Draft) -> Sequence[Entry]:
    receipts = await log.append(drafts)
    assert all(isinstance(receipt, Receipt) for receipt in receipts)
    return [receipt.entry for receipt in receipts if isinstance(receipt, Receipt)]


async def forget(database: Database, entry_ids: Sequence[EntryId]) -> None:
    def forget_them(tx: Connection) -> None:
        tx.execute(delete(entries).where(entries.c.id.in_(entry_ids)))

    await database.write(forget_them)


async def test_what_is_told_of_a_batch_is_what_is_stored(database: Database, log: SqlLog) -> None:
    [said] = await stored(log, a_draft("first"))
    [_edit, *told] = await stored(
        log,
        Draft(room_id=ROOM.id, author=said.author, kind=Kind.EDIT, content="a", target_id=said.id),
        a_draft("b", client_id="b"),
        a_draft("c", room=OTHER_ROOM),
        a_draft("d", reply_to=said.id),
    )

    rows = await database.ask(
        select(entries.c.room_id, entries.c.seq, entries.c.content, entries.c.created_at_ms)
        .where(entries.c.id.in_([entry.id for entry in told]))
        .order_by(entries.c.id)
    )

    facts = [(entry.room_id, entry.seq, entry.content, entry.created_at_ms) for entry in told]
    assert [tuple(row) for row in rows] == facts


async def test_ids_go_up_in_the_order_in_which_it_was_posted(log: SqlLog) -> None:
    told = [
        *await stored(log, *(a_draft(room=room) for room in (ROOM, OTHER_ROOM, ROOM))),
        *await stored(log, a_draft()),
    ]

    ids = [entry.id for entry in told]
    assert ids == sorted(set(ids))


async def test_no_id_is_given_again_after_what_had_it_is_gone(
    database: Database, log: SqlLog
) -> None:
    gone = await stored(log, a_draft("a"), a_draft("b"))
    await forget(database, [entry.id for entry in gone])

    [entry] = await stored(log, a_draft("c"))

    assert entry.id > max(entry.id for entry in gone)


async def test_sqlite_gives_no_id_twice_where_its_count_of_them_was_lost(sqlite: Database) -> None:
    await SqlRooms(sqlite, SystemClock()).make(ROOM.id, name=ROOM.name)
    log = SqlLog(sqlite)
    [before] = await stored(log, a_draft("a"))
    uncount = text("DELETE FROM sqlite_sequence WHERE name = 'entries'")
    await sqlite.write(lambda tx: tx.execute(uncount))

    told = await stored(log, a_draft("b"), a_draft("c"))

    assert [entry.id for entry in told] == [before.id + 1, before.id + 2]
    assert [entry.seq for entry in told] == [Seq(2), Seq(3)]


async def test_an_entry_gets_the_time_of_the_database(database: Database, log: SqlLog) -> None:
    now = text(f"SELECT {NOW_MS[database.kind]}")
    ((before_ms,),) = await database.ask(now)

    [entry] = await stored(log, a_draft())

    ((after_ms,),) = await database.ask(now)
    assert before_ms <= entry.created_at_ms <= after_ms
