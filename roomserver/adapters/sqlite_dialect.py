"""
SQLAlchemy's SQLite, called where one is: it answers on the spot, so nothing waits.

The engine counts as asynchronous, so that the same statements serve SQLite and PostgreSQL.
The threads that it works in are our own (``sql_engine``): a whole transaction goes there at
once. A driver with a thread of its own would be sent every statement by itself, and a busy
loop would make each of them wait.
"""

import sqlite3
from pathlib import Path
from typing import Any

from sqlalchemy import QueuePool
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.engine import URL
from sqlalchemy.util.concurrency import await_only


class _Pool(QueuePool):
    """A pool for several threads, of an engine that counts as asynchronous."""

    _is_asyncio = True


class _Cursor(sqlite3.Cursor):
    async def _async_soft_close(self) -> None:
        """Keep the rows that haven't been fetched: nobody else waits for this cursor."""


class _Connection(sqlite3.Connection):
    def cursor(self, *_: Any) -> _Cursor:  # type: ignore[override]  # the dialect asks for none
        return super().cursor(_Cursor)


class SqliteOnTheSpot(SQLiteDialect_pysqlite):
    """The standard library's ``sqlite3``, behind an asynchronous engine."""

    driver = "onthespot"
    is_async = True
    supports_statement_cache = True

    @classmethod
    def get_pool_class(cls, url: URL) -> type[_Pool]:  # noqa: ARG003 - every file has the same
        return _Pool

    def create_connect_args(self, url: URL) -> Any:
        arguments, options = super().create_connect_args(url)
        return arguments, {**options, "factory": _Connection}

    def do_execute(self, cursor: Any, *statement: Any) -> None:
        _wait_for_nothing()
        super().do_execute(cursor, *statement)  # type: ignore[no-untyped-call]

    def do_execute_no_params(self, cursor: Any, *statement: Any) -> None:
        _wait_for_nothing()
        super().do_execute_no_params(cursor, *statement)  # type: ignore[no-untyped-call]

    def do_executemany(self, cursor: Any, *statement: Any) -> None:
        _wait_for_nothing()
        super().do_executemany(cursor, *statement)  # type: ignore[no-untyped-call]


def _wait_for_nothing() -> None:
    # SQLAlchemy takes a statement that doesn't wait for the mistake of a driver that can't.
    await_only(_nothing())


async def _nothing() -> None:
    pass


registry.register("sqlite.onthespot", __name__, "SqliteOnTheSpot")


def url_of(path: Path) -> str:
    return f"sqlite+onthespot:///{path}"
