"""
Brings the tables up to date at start, one instance at a time.

An empty database gets them as they are now; one that has been used, by the steps it lacks.
"""

from pathlib import Path
from typing import Final

from sqlalchemy import Connection, inspect, text

from roomserver.adapters import sql_rights_schema, sql_schema
from roomserver.adapters.sql_engine import Database
from roomserver.adapters.sql_errors import answered
from roomserver.adapters.sql_words import MAKE_WORDS
from roomserver.core.errors import CannotStart

LOCK: Final = 0x726F6F6D
"""PostgreSQL's advisory locks are numbers; this one spells "room"."""

_MAKE_VERSION: Final = (
    "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL,"
    " CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num))"
)
"""Alembic's own table, for the day on which the first step is to be applied."""


async def migrate(database: Database) -> None:
    """
    Make the tables of *database*, or apply the migrations that it lacks, under a lock.

    Raises:
        CannotStart: If the database was made by a newer roomserver.
        StorageUnavailable: If it doesn't answer.

    """
    await database.ask(text("SELECT 1"))
    with answered:
        await database.alter(_migrate)


def _migrate(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"SELECT pg_advisory_xact_lock({LOCK})"))
    version = _version(connection)
    if version == sql_schema.VERSION:
        return
    if version is None:
        _make(connection)
        return
    if version > sql_schema.VERSION:
        raise CannotStart(
            f"The database is at version {version}, this roomserver knows {sql_schema.VERSION}. "
            "Run the newer roomserver that made it, or restore a backup."
        )
    upgrade(connection, "head")


def _make(connection: Connection) -> None:
    # Tested to leave what all the migrations leave, in a tenth of their time.
    # The tables of rights are among them once their file is imported.
    tables = sql_rights_schema.grants.metadata
    tables.create_all(connection, checkfirst=False)
    for statement in (*MAKE_WORDS[connection.dialect.name], _MAKE_VERSION):
        connection.execute(text(statement))
    version = {"version": sql_schema.VERSION}
    connection.execute(text("INSERT INTO alembic_version VALUES (:version)"), version)


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
