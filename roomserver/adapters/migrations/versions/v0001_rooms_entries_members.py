"""Rooms, the entries of their logs, and their members."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_BIG = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.create_table(
        "rooms",
        sa.Column("id", _BIG, primary_key=True, autoincrement=False),
        sa.Column("slug", sa.Text, nullable=False, unique=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("epoch", sa.Text, nullable=False),
        sa.Column("last_seq", _BIG, nullable=False, server_default="0"),
        sa.Column("created_at_ms", _BIG, nullable=False),
    )
    op.create_table(
        "entries",
        sa.Column("id", _BIG, sa.Identity(always=False), primary_key=True),
        sa.Column("room_id", _BIG, sa.ForeignKey("rooms.id"), nullable=False),
        sa.Column("seq", _BIG, nullable=False),
        sa.Column("author_id", _BIG, nullable=False),
        sa.Column("author_name", sa.Text, nullable=False),
        sa.Column("content", sa.Text, nullable=False),
        sa.Column("client_id", sa.Text),
        sa.Column("created_at_ms", _BIG, nullable=False),
        sa.Column("kind", sa.Text, nullable=False, server_default="message"),
        sa.Column("target_id", _BIG),
        sa.Column("is_deleted", _BIG, nullable=False, server_default="0"),
        sa.UniqueConstraint("room_id", "seq", name="entries_room_id_seq"),
        sa.UniqueConstraint(
            "room_id", "author_id", "client_id", name="entries_room_id_author_client_id"
        ),
        sqlite_autoincrement=True,
    )
    op.create_index("entries_target_id_author_id", "entries", ["target_id", "author_id"])
    op.create_table(
        "members",
        sa.Column("room_id", _BIG, sa.ForeignKey("rooms.id"), primary_key=True),
        sa.Column("user_id", _BIG, primary_key=True),
        sa.Column("username", sa.Text, nullable=False),
        sa.Column("is_online", _BIG, nullable=False, server_default="0"),
        sa.Column("last_seen_at_ms", _BIG, nullable=False),
        sa.Column("read_seq", _BIG, nullable=False, server_default="0"),
    )
    op.create_index("members_user_id", "members", ["user_id"])
