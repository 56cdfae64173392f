"""
How the databases find rows: by an index, always.

PostgreSQL keeps the plan of a statement that it has seen a few times. One that was made
while the tables were small, and reads all of them, would go on reading all of them when
they are large: so what is shown here are the plans of empty tables, which are the worst.
"""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine

from roomserver.adapters.sql_engine import Database
from roomserver.adapters.sql_log import SqlLog
from roomserver.adapters.sql_rooms import SqlRooms
from roomserver.adapters.system_clock import SystemClock
from roomserver.core.model import RoomId, Seq
from tests.support.builders import a_draft

Statement = tuple[str, Any]
"""Its text, and its parameters as the driver gets them."""


@contextmanager
def noting_statements(engine: AsyncEngine) -> Iterator[list[Statement]]:
    noted: list[Statement] = []

    def note(
        _conn: object, _cursor: object, statement: str, parameters: object, *_: object
    ) -> None:
        noted.append((statement, parameters))

    event.listen(engine.sync_engine, "before_cursor_execute", note)
    yield noted
    event.remove(engine.sync_engine, "before_cursor_execute", note)


async def everything_asked(database: Database) -> Sequence[Statement]:
    """Use the log in every way; return what the database was asked."""
    directory = SqlRooms(database, SystemClock())
    rooms = [(await directory.make(RoomId(at), name=str(at)))[0] for at in (1, 2, 3)]
    drafts = [a_draft(room=room, client_id="a") for room in rooms]
    log = SqlLog(database)
    with (
        noting_statements(database.writer) as written,
        noting_statements(database.reader) as asked,
    ):
        await log.append(drafts)
        await log.append(drafts)
        await log.head(RoomId(1))
        await log.after(RoomId(1), Seq(0), limit=10)
        await log.before(RoomId(1), Seq(9), limit=10)
        await directory.find(RoomId(1))
        await directory.find("1")
    return [
        (statement, parameters)
        for statement, parameters in (*written, *asked)
        if statement.startswith(("SELECT", "UPDATE", "INSERT"))
    ]


async def test_sqlite_never_reads_a_whole_table(sqlite: Database) -> None:
    statements = await everything_asked(sqlite)

    assert len(statements) >= 10
    async with sqlite.reader.connect() as connection:
        for statement, parameters in statements:
            first = parameters[0] if isinstance(parameters, list) else parameters
            plan = await connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", first)
            steps = [step for *_, step in plan]
            scanned = [step for step in steps if step.startswith(("SCAN entries", "SCAN rooms"))]
            assert scanned == [], f"{statement}\n{steps}"


async def plan_that_may_be_kept(driver: Any, statement: str) -> str:
    """Return the plan that PostgreSQL makes for any parameters."""
    arguments = ", ".join(["NULL"] * len(set(re.findall(r"\$\d+", statement))))
    await driver.execute(f"PREPARE asked AS {statement}")
    plan = await driver.fetch(f"EXPLAIN EXECUTE asked({arguments})")
    await driver.execute("DEALLOCATE asked")
    return "\n".join(step for (step,) in plan)


async def test_postgresql_never_reads_a_whole_table(postgresql: Database) -> None:
    statements = await everything_asked(postgresql)

    assert len(statements) >= 10
    async with postgresql.reader.connect() as connection:
        driver: Any = (await connection.get_raw_connection()).driver_connection
        await driver.execute("SET plan_cache_mode = force_generic_plan")
        await driver.execute("TRUNCATE rooms CASCADE")
        await driver.execute("VACUUM ANALYZE")
        for statement, _parameters in statements:
            plan = await plan_that_may_be_kept(driver, statement)
            assert "Seq Scan on" not in plan, f"{statement}\n{plan}"
