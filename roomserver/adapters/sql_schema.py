"""
The tables, as the newest migration leaves them.

A room's row counts its log. Raising ``last_seq`` in the transaction that inserts takes
the row's lock, so numbers follow the order of commits and never have a gap. An identity
column read by ``id > last`` would lose rows for ever: its numbers are taken before commit.
"""

import secrets
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

VERSION: Final = "0007"
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
)

_IS_CHANGE: Final = text("target_id IS NOT NULL")
_IS_REPLY: Final = text("reply_to IS NOT NULL")
IS_DONE: Final = "kind IN ('deletion', 'reaction', 'reaction_end')"
"""What is done to a message once, or taken back: not an edit, of which each is new."""

_IS_DONE: Final = text(IS_DONE)

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
    Index(
        "entries_target_id",
        "target_id",
        sqlite_where=_IS_CHANGE,
    ),
    Index(
        "entries_done",
        "target_id",
        "author_id",
        "content",
        "seq",
        sqlite_where=_IS_DONE,
    ),
    Index(
        "entries_reply_to",
        "reply_to",
        sqlite_where=_IS_REPLY,
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

users: Final = Table(
    "users",
    metadata,
    Column("id", _Big, primary_key=True, autoincrement=False),
    Column("kind", Text, nullable=False),
    Column("username", Text, nullable=False),
    Column("skeleton", Text, unique=True),
    Column("subject", Text, unique=True),
    Column("password_hash", Text),
    Column("is_owner", _Big, nullable=False, server_default="0"),
    Column("is_disabled", _Big, nullable=False, server_default="0"),
    Column("room_id", _Big, ForeignKey("rooms.id")),
    Column("maker_id", _Big),
    Column("created_at_ms", _Big, nullable=False),
    Index("users_kind_username", "kind", "username"),
    Index("users_maker_id", "maker_id"),
)
"""Whom this server knows: accounts, guests, programs, and the people of somebody else's app."""

sessions: Final = Table(
    "sessions",
    metadata,
    Column("id", Text, primary_key=True),
    Column("secret_hash", Text, nullable=False, unique=True),
    Column("user_id", _Big, ForeignKey("users.id"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("label", Text, nullable=False),
    Column("rooms", Text),
    Column("rights", Text),
    Column("created_at_ms", _Big, nullable=False),
    Column("used_at_ms", _Big, nullable=False),
    Column("expires_at_ms", _Big),
    Index("sessions_user_id", "user_id"),
)
"""What lets somebody in without a password: a browser's session, a program's token."""

entry_links: Final = Table(
    "entry_links",
    metadata,
    Column("secret_hash", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("maker_id", _Big),
    Column("created_at_ms", _Big, nullable=False),
    Column("expires_at_ms", _Big, nullable=False),
    Column("uses_left", _Big, nullable=False),
    Column("user_id", _Big),
    Index("entry_links_kind", "kind"),
)
"""Links by which somebody becomes its owner or an account, or gets a new password."""

revocations: Final = Table(
    "revocations",
    metadata,
    Column("number", _Big, primary_key=True, autoincrement=False),
    Column("at_ms", _Big, nullable=False),
    Column("user_id", _Big),
    Column("room_id", _Big),
    Column("session_id", Text),
    Column("code", Text, nullable=False),
    Column("message", Text, nullable=False),
    Column("close_code", _Big, nullable=False),
)


def new_epoch() -> str:
    """Return a name for an incarnation of a log that none has had before."""
    return secrets.token_hex(8)
