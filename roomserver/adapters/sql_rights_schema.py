"""
The tables of rights, as the newest migration leaves them.

A room's rights are not in its own row: that one is locked by whoever posts.
"""

from typing import Final

from sqlalchemy import BigInteger, Column, ForeignKey, Identity, Index, Integer, Table, Text

from roomserver.adapters.sql_schema import metadata

_Big = BigInteger().with_variant(Integer, "sqlite")

room_rights: Final = Table(
    "room_rights",
    metadata,
    Column("room_id", _Big, ForeignKey("rooms.id"), primary_key=True, autoincrement=False),
    Column("is_private", _Big, nullable=False, server_default="0"),
    Column("is_announce_only", _Big, nullable=False, server_default="0"),
    Column("slow_mode_s", _Big, nullable=False, server_default="0"),
    Column("people_max", _Big, nullable=False, server_default="0"),
    Column("revision", _Big, nullable=False),
    Index("room_rights_revision", "revision"),
    Index("room_rights_is_private", "is_private"),
)
"""How a room is used, if anything has been decided about it or somebody in it."""

grants: Final = Table(
    "grants",
    metadata,
    Column("room_id", _Big, ForeignKey("rooms.id"), primary_key=True),
    Column("user_id", _Big, primary_key=True, autoincrement=False),
    Column("username", Text, nullable=False),
    Column("role", Text),
    Column("muted_until_ms", _Big, nullable=False, server_default="0"),
    Column("banned_until_ms", _Big, nullable=False, server_default="0"),
    Index("grants_user_id", "user_id"),
)
"""What has been decided about somebody in a room."""

invitations: Final = Table(
    "invitations",
    metadata,
    Column("id", _Big, Identity(always=False), primary_key=True),
    Column("room_id", _Big, ForeignKey("rooms.id"), nullable=False),
    Column("secret_hash", Text, nullable=False, unique=True),
    Column("role", Text, nullable=False),
    Column("maker_id", _Big, nullable=False),
    Column("maker_name", Text, nullable=False),
    Column("created_at_ms", _Big, nullable=False),
    Column("expires_at_ms", _Big, nullable=False),
    Column("uses", _Big, nullable=False, server_default="0"),
    Column("uses_max", _Big, nullable=False),
    Index("invitations_room_id", "room_id"),
    sqlite_autoincrement=True,
)

audit: Final = Table(
    "audit",
    metadata,
    Column("id", _Big, Identity(always=False), primary_key=True),
    Column("room_id", _Big, ForeignKey("rooms.id"), nullable=False),
    Column("at_ms", _Big, nullable=False),
    Column("actor_id", _Big, nullable=False),
    Column("actor_name", Text, nullable=False),
    Column("deed", Text, nullable=False),
    Column("target_id", _Big),
    Column("target_name", Text),
    Column("details", Text, nullable=False, server_default="{}"),
    Index("audit_room_id_id", "room_id", "id"),
    sqlite_autoincrement=True,
)
"""Who decided what about whom."""
