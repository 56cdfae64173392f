"""People that the server knows, what lets them in, and what was taken back."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_BIG = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.create_table(
        "users",
        sa.Column("id", _BIG, primary_key=True, autoincrement=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("username", sa.Text, nullable=False),
        sa.Column("skeleton", sa.Text, unique=True),
        sa.Column("subject", sa.Text, unique=True),
        sa.Column("password_hash", sa.Text),
        sa.Column("is_owner", _BIG, nullable=False, server_default="0"),
        sa.Column("is_disabled", _BIG, nullable=False, server_default="0"),
        sa.Column("room_id", _BIG, sa.ForeignKey("rooms.id")),
        sa.Column("maker_id", _BIG),
        sa.Column("created_at_ms", _BIG, nullable=False),
    )
    op.create_index("users_kind_username", "users", ["kind", "username"])
    op.create_index("users_maker_id", "users", ["maker_id"])
    op.create_table(
        "sessions",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("secret_hash", sa.Text, nullable=False, unique=True),
        sa.Column("user_id", _BIG, sa.ForeignKey("users.id"), nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("label", sa.Text, nullable=False),
        sa.Column("rooms", sa.Text),
        sa.Column("rights", sa.Text),
        sa.Column("created_at_ms", _BIG, nullable=False),
        sa.Column("used_at_ms", _BIG, nullable=False),
        sa.Column("expires_at_ms", _BIG),
    )
    op.create_index("sessions_user_id", "sessions", ["user_id"])
    op.create_table(
        "entry_links",
        sa.Column("secret_hash", sa.Text, primary_key=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("maker_id", _BIG),
        sa.Column("created_at_ms", _BIG, nullable=False),
        sa.Column("expires_at_ms", _BIG, nullable=False),
        sa.Column("uses_left", _BIG, nullable=False),
    )
    op.create_index("entry_links_kind", "entry_links", ["kind"])
    op.create_table(
        "revocations",
        sa.Column("number", _BIG, primary_key=True, autoincrement=False),
        sa.Column("at_ms", _BIG, nullable=False),
        sa.Column("user_id", _BIG),
        sa.Column("room_id", _BIG),
        sa.Column("session_id", sa.Text),
        sa.Column("code", sa.Text, nullable=False),
        sa.Column("message", sa.Text, nullable=False),
        sa.Column("close_code", _BIG, nullable=False),
    )
