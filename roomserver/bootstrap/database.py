"""The database: opened, and with the tables that this program knows."""

from contextlib import AbstractAsyncContextManager, AsyncExitStack
from pathlib import Path

from roomserver.adapters.file_lock import locked_folder
from roomserver.adapters.sql_engine import Database
from roomserver.adapters.sql_migrate import migrate
from roomserver.adapters.sql_sqlite import sqlite_database
from roomserver.config import Config
from roomserver.core.errors import CannotStart, StorageUnavailable

SQLITE_FILE = "roomserver.sqlite3"


def database_at(url: str) -> AbstractAsyncContextManager[Database]:
    """Open the PostgreSQL database at *url*."""
    # Imported only here: who has none need not wait for its driver.
    from roomserver.adapters.sql_postgresql import postgresql_database

    return postgresql_database(url)


async def open_database(
    stack: AsyncExitStack, config: Config, *, is_server: bool = True
) -> Database:
    if config.database.url:
        database: Database = await stack.enter_async_context(database_at(config.database.url))
    else:
        folder = Path(config.server.data_dir)
        if is_server:
            stack.enter_context(locked_folder(folder))
        elif not (folder / SQLITE_FILE).exists():
            raise CannotStart(f"There is no {folder / SQLITE_FILE}. Is --data-dir right?")
        database = await stack.enter_async_context(sqlite_database(folder / SQLITE_FILE))
    try:
        await migrate(database)
    except StorageUnavailable as error:
        raise CannotStart(
            f"The database does not answer ({error.__cause__}). "
            "Is it running, and is [database] url right?"
        ) from error
    return database
