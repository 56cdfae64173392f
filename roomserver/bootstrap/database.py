"""The database: opened, and with the tables that this program knows."""

from contextlib import AsyncExitStack
from pathlib import Path

from roomserver.adapters.file_lock import locked_folder
from roomserver.adapters.sql_engine import Database, postgresql_database, sqlite_database
from roomserver.adapters.sql_migrate import migrate
from roomserver.config import Config
from roomserver.core.errors import CannotStart, StorageUnavailable

SQLITE_FILE = "roomserver.sqlite3"


async def open_database(
    stack: AsyncExitStack, config: Config, *, is_server: bool = True
) -> Database:
    if config.database.url:
        database = await stack.enter_async_context(postgresql_database(config.database.url))
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
