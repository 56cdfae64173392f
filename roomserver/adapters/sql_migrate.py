"""Brings the tables up to date at start, one instance at a time."""

from pathlib import Path
from typing import Final

from sqlalchemy import Connection, inspect, text

from roomserver.adapters import sql_schema
from roomserver.adapters.sql_engine import Database
from roomserver.adapters.sql_errors import answered
from roomserver.core.errors import CannotStart

LOCK: Final = 0x726F6F6D
"""PostgreSQL's advisory locks are numbers; this one spells "room"."""


async def migrate(database: Database) -> None:
    """
    Apply the migrations that *database* lacks, under a lock.

    Raises:
        CannotStart: If the database was made by a newer roomserver.
        StorageUnavailable: If it doesn't answer.

    """
    await database.ask(text("SELECT 1"))
    with answered():
        await database.alter(_migrate)


def _migrate(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"SELECT pg_advisory_xact_lock({LOCK})"))
    version = _version(connection)
    if version == sql_schema.VERSION:
        return
    if version is not None and version > sql_schema.VERSION:
        raise CannotStart(
            f"The database is at version {version}, this roomserver knows {sql_schema.VERSION}. "
            "Run the newer roomserver that made it, or restore a backup."
        )
    upgrade(connection, "head")


def upgrade(connection: Connection, version: str) -> None:
    """Apply what *connection*'s database lacks of *version*."""
    # Imported only when there is something to do: it costs a third of a second.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, version)


def _version(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    version: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return version
