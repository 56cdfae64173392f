"""
The tables, as the newest migration leaves them.

A room's row counts its log. Raising ``last_seq`` in the transaction that inserts takes
the row's lock, so numbers follow the order of commits and never have a gap. An identity
column read by ``id > last`` would lose rows for ever: its numbers are taken before commit.
"""

from typing import Final

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Identity,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    text,
)

VERSION: Final = "0002"
"""The newest migration. Tested to be the head of ``migrations/``."""

metadata: Final = MetaData()

_Big = BigInteger().with_variant(Integer, "sqlite")
"""64 bits on both stores: SQLite gives a primary key its row's own number only as INTEGER."""

rooms: Final = Table(
    "rooms",
    metadata,
    Column("id", _Big, primary_key=True, autoincrement=False),
    Column("slug", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("epoch", Text, nullable=False),
    Column("last_seq", _Big, nullable=False, server_default="0"),
    Column("created_at_ms", _Big, nullable=False),
    Column("description", Text, nullable=False, server_default=text("''")),
    Column("archived_at_ms", _Big),
    Column("changed_at_ms", _Big, nullable=False, server_default="0"),
    Index("rooms_changed_at_ms", "changed_at_ms"),
)

_IS_REPLY: Final = text("reply_to IS NOT NULL")

entries: Final = Table(
    "entries",
    metadata,
    Column("id", _Big, Identity(always=False), primary_key=True),
    Column("room_id", _Big, ForeignKey("rooms.id"), nullable=False),
    Column("seq", _Big, nullable=False),
    Column("author_id", _Big, nullable=False),
    Column("author_name", Text, nullable=False),
    Column("content", Text, nullable=False),
    Column("client_id", Text),
    Column("created_at_ms", _Big, nullable=False),
    Column("kind", Text, nullable=False, server_default="message"),
    Column("target_id", _Big),
    Column("is_deleted", _Big, nullable=False, server_default="0"),
    Column("reply_to", _Big),
    Column("quote_author_id", _Big),
    Column("quote_author_name", Text),
    Column("quote_content", Text),
    Column("mentions", Text),
    UniqueConstraint("room_id", "seq", name="entries_room_id_seq"),
    UniqueConstraint("room_id", "author_id", "client_id", name="entries_room_id_author_client_id"),
    Index("entries_target_id_author_id", "target_id", "author_id"),
    Index(
        "entries_reply_to",
        "reply_to",
        sqlite_where=_IS_REPLY,
        postgresql_where=_IS_REPLY,
    ),
    sqlite_autoincrement=True,
)

members: Final = Table(
    "members",
    metadata,
    Column("room_id", _Big, ForeignKey("rooms.id"), primary_key=True),
    Column("user_id", _Big, primary_key=True),
    Column("username", Text, nullable=False),
    Column("is_online", _Big, nullable=False, server_default="0"),
    Column("last_seen_at_ms", _Big, nullable=False),
    Column("read_seq", _Big, nullable=False, server_default="0"),
    Column("name_key", Text, nullable=False, server_default=text("''")),
    Column("read_at_ms", _Big),
    Index("members_user_id", "user_id"),
    Index("members_room_id_name_key", "room_id", "name_key"),
    Index("members_read_at_ms", "read_at_ms"),
)

mentions: Final = Table(
    "mentions",
    metadata,
    Column("user_id", _Big, primary_key=True, autoincrement=False),
    Column("room_id", _Big, ForeignKey("rooms.id"), primary_key=True),
    Column("seq", _Big, primary_key=True, autoincrement=False),
)

indexed: Final = Table(
    "indexed",
    metadata,
    Column("room_id", _Big, ForeignKey("rooms.id"), primary_key=True),
    Column("seq", _Big, nullable=False),
)
"""How far each room's log is in the search index, whose own tables are in ``sql_words``."""
