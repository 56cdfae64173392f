"""
How the databases find rows: by an index, always.

PostgreSQL keeps the plan of a statement that it has seen a few times. One that was made
while the tables were small, and reads all of them, would go on reading all of them when
they are large: so what is shown here are the plans of empty tables, which are the worst.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from msgspec.structs import replace
from sqlalchemy import Connection, Engine, event, text
from sqlalchemy.dialects.sqlite import dialect as sqlite_dialect

from roomserver.adapters.sql_engine import Database, Prepared
from roomserver.adapters.sql_log import SqlLog
from roomserver.adapters.sql_members import SqlMembers
from roomserver.adapters.sql_people import SqlPeople
from roomserver.adapters.sql_revocations import SqlRevocations
from roomserver.adapters.sql_rooms import SqlRooms
from roomserver.adapters.sql_rows import RowsParameter
from roomserver.adapters.sql_search import SqlSearch
from roomserver.adapters.sql_sessions import SqlEntryLinks, SqlSessions
from roomserver.adapters.system_clock import SystemClock
from roomserver.core.model import EntryId, Head, Kind, Receipt, Room, RoomId, Seq, User, UserId
from roomserver.core.people import (
    EntryLink,
    LinkKind,
    Person,
    PersonKind,
    Session,
    SessionKind,
)
from roomserver.core.searching import read_query
from roomserver.ports.members import Reading, Sighting, Span
from tests.support.builders import ANA, a_draft
from tests.support.databases import engines_of, reading

WHOLE_TABLE = re.compile(
    "SCAN (entries|rooms|members|mentions|users|sessions|entry_links|revocations)"
)
KINDS = ("SELECT", "UPDATE", "INSERT", "WITH RECURSIVE", "WITH newest", "WITH found")

LAST = "Index Only Scan Backward"
"""How the largest number is found: one step from the index's end."""

Statement = tuple[str, Any]
"""Its text, and its parameters as the driver gets them."""


@contextmanager
def noting_statements(engine: Engine) -> Iterator[list[Statement]]:
    noted: list[Statement] = []

    def note(
        _conn: object, _cursor: object, statement: str, parameters: object, *_: object
    ) -> None:
        noted.append((statement, parameters))

    event.listen(engine, "before_cursor_execute", note)
    yield noted
    event.remove(engine, "before_cursor_execute", note)


def note_prepared(database: Database, noted: list[Statement]) -> None:
    """Note what SQLite's driver is told without SQLAlchemy, which has no event for it."""
    original = database.prepared

    def prepared(statement: str, rows: RowsParameter) -> Prepared:
        say, compiled = original(statement, rows), text(statement).compile(dialect=sqlite_dialect())

        def noting(tx: Connection, about: Iterable[Sequence[object]]) -> Sequence[Sequence[Any]]:
            about = list(about)
            noted.extend((compiled.string, tuple(row)) for row in about)
            return say(tx, about)

        return noting

    database.prepared = prepared  # type: ignore[method-assign]


async def everything_asked(database: Database) -> Sequence[Statement]:
    """Use the tables in every way; return what the database was asked."""
    directory = SqlRooms(database, SystemClock())
    rooms = [(await directory.make(RoomId(at), name=str(at)))[0] for at in (1, 2, 3)]
    with (
        noting_statements(engines_of(database)[0]) as written,
        noting_statements(engines_of(database)[1]) as asked,
    ):
        if database.kind == "sqlite":
            note_prepared(database, written)
        await use_log(SqlLog(database), rooms)
        await use_members(SqlMembers(database), rooms)
        await use_search(SqlSearch(database), rooms)
        await use_people(database)
        await directory.find(RoomId(1))
        await directory.find("1")
    return [
        (statement, parameters)
        for statement, parameters in (*written, *asked)
        if statement.startswith(
            ("SELECT", "UPDATE", "INSERT", "WITH RECURSIVE", "WITH newest", "WITH found")
        )
    ]


async def use_log(log: SqlLog, rooms: Sequence[Room]) -> None:
    drafts = [a_draft(room=room, client_id="a") for room in rooms]
    (said, *_), _again = [await log.append(drafts) for _ in range(2)]
    assert isinstance(said, Receipt)
    await log.append([a_draft("@Ana", room=rooms[0], reply_to=said.entry.id)])
    about = a_draft(room=rooms[0])
    await log.append([replace(about, kind=Kind.EDIT, target_id=said.entry.id)])
    await log.append([a_draft(room=rooms[0], reply_to=said.entry.id)])
    for kind in (Kind.REACTION, Kind.REACTION_END, Kind.EDIT, Kind.DELETION):
        await log.append([replace(about, kind=kind, target_id=said.entry.id)])
    await log.heads([room.id for room in rooms])
    await log.moved({room.id: Head(Seq(0), room.epoch) for room in rooms})
    await log.after(rooms[0].id, Seq(0), limit=10)
    await log.before(rooms[0].id, Seq(9), limit=10)
    await log.place_of(rooms[0].id, said.entry.id)
    await log.first_at(rooms[0].id, 1)
    await log.about(rooms[0].id, [said.entry.id], behind=Seq(1), limit=10)


async def use_search(search: SqlSearch, rooms: Sequence[Room]) -> None:
    # Whose logs are behind is asked once, at the start, of all rooms: that is left out.
    await search.advance(rooms[0].id, limit=100)
    for query in ("hola", "hola begun", '"side by side" ho'):
        await search.find(rooms[0].id, read_query(query), before=Seq(9), limit=10)


async def use_members(members: SqlMembers, rooms: Sequence[Room]) -> None:
    await members.note_sightings(
        [Sighting(room.id, ANA, is_online=True, at_ms=1) for room in rooms]
    )
    await members.note_readings([Reading(room.id, ANA, EntryId(2), 1) for room in rooms])
    await members.read_marks([(room.id, ANA.user_id) for room in rooms])
    await members.listing(rooms[0].id)
    await members.unread(ANA.user_id, count_max=10)
    await members.marks_of([ANA.user_id])
    await members.moved_since(1)
    span = Span(rooms[0].id, ANA.user_id, Seq(0), Seq(9), Seq(0))
    await members.count([span], count_max=10)


async def use_people(database: Database) -> None:
    clock = SystemClock()
    people, sessions = SqlPeople(database, clock), SqlSessions(database, clock)
    links = SqlEntryLinks(database)
    ana = Person(user=User(UserId(2**40), "Ana"), kind=PersonKind.ACCOUNT)
    await links.make(EntryLink(kind=LinkKind.SIGN_UP, created_at_ms=1, expires_at_ms=9), "link")
    await links.find("link", 2)
    await people.add(ana, link_hash="link", link_kind=LinkKind.SIGN_UP, now_ms=2)
    await people.find(ana.user.user_id)
    await people.find_by_name("Ana")
    await people.number_of("subject", "Eva", 1)
    await people.has_owner()
    await people.listing(PersonKind.ACCOUNT)
    await people.listing(PersonKind.PROGRAM, maker_id=ana.user.user_id)
    session = Session(id="s", kind=SessionKind.BROWSER, created_at_ms=1, used_at_ms=1)
    await sessions.open(session, ana.user.user_id, "secret")
    await sessions.find("secret", 2)
    await sessions.touch("s", 2)
    await sessions.listing([ana.user.user_id], SessionKind.BROWSER)
    await people.set_password(ana.user.user_id, "hash")
    await sessions.end([ana.user.user_id], session_id="s")
    await people.set_disabled(ana.user.user_id, is_disabled=True)
    revocations = SqlRevocations(database, clock)
    await revocations.after(await revocations.last())


async def test_sqlite_never_reads_a_whole_table(sqlite: Database) -> None:
    statements = await everything_asked(sqlite)

    assert len(statements) >= 20
    assert any("INSERT INTO entries" in statement for statement, _parameters in statements)
    async with reading(sqlite) as connection:
        for statement, parameters in statements:
            first = parameters[0] if isinstance(parameters, list) else parameters
            plan = await connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", first)
            steps = [step for *_, step in plan]
            scans = [step for step in steps if WHOLE_TABLE.match(step)]
            assert scans == [], f"{statement}\n{steps}"


async def test_postgresql_never_reads_a_whole_table(postgresql: Database) -> None:
    statements = await everything_asked(postgresql)

    assert len(statements) >= 20
    assert any("INSERT INTO entries" in statement for statement, _parameters in statements)
    async with reading(postgresql) as connection:
        driver: Any = await connection.driver()
        await driver.execute("SET plan_cache_mode = force_generic_plan")
        await driver.execute("TRUNCATE rooms CASCADE")
        await driver.execute("VACUUM ANALYZE")
        for statement, _parameters in statements:
            plan = await plan_that_may_be_kept(driver, statement)
            assert "Seq Scan on" not in plan, f"{statement}\n{plan}"
            searches = len(re.findall("Index (?:Only )?Scan", plan))
            assert searches <= plan.count("Index Cond") + plan.count(LAST), f"{statement}\n{plan}"


async def what_was_done_is_asked(database: Database) -> Statement:
    with noting_statements(engines_of(database)[1]) as asked:
        await SqlLog(database).about(RoomId(1), [EntryId(1), EntryId(2)], behind=Seq(1), limit=10)
    (statement,) = asked
    return statement


async def test_sqlite_finds_what_was_done_to_a_page_by_its_messages(sqlite: Database) -> None:
    statement, parameters = await what_was_done_is_asked(sqlite)
    async with reading(sqlite) as connection:
        # With figures of a large table or without any: never by reading all that came later.
        for prepare in ("", "ANALYZE"):
            if prepare:
                await connection.exec_driver_sql(prepare)
            plan = await connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
            steps = [step for *_, step in plan]
            assert "SEARCH entries USING INDEX entries_target_id (target_id=?)" in steps, steps


async def test_postgresql_finds_what_was_done_to_a_page_by_its_messages(
    postgresql: Database,
) -> None:
    statement, _parameters = await what_was_done_is_asked(postgresql)
    async with reading(postgresql) as connection:
        driver: Any = await connection.driver()
        await driver.execute("SET plan_cache_mode = force_generic_plan")
        plan = await plan_that_may_be_kept(driver, statement)
        assert "on entries_target_id" in plan, plan


async def plan_that_may_be_kept(driver: Any, statement: str) -> str:
    """Return the plan that PostgreSQL makes for any parameters."""
    arguments = ", ".join(["NULL"] * len(set(re.findall(r"\$\d+", statement))))
    await driver.execute(f"PREPARE asked AS {statement}")
    execution = f"asked({arguments})" if arguments else "asked"
    plan = await driver.fetch(f"EXPLAIN EXECUTE {execution}")
    await driver.execute("DEALLOCATE asked")
    return "\n".join(step for (step,) in plan)
