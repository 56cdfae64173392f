"""What is decided about rooms and the people in them, invitations, and who decided what."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

_BIG = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.create_table(
        "room_rights",
        sa.Column(
            "room_id", _BIG, sa.ForeignKey("rooms.id"), primary_key=True, autoincrement=False
        ),
        sa.Column("is_private", _BIG, nullable=False, server_default="0"),
        sa.Column("is_announce_only", _BIG, nullable=False, server_default="0"),
        sa.Column("slow_mode_s", _BIG, nullable=False, server_default="0"),
        sa.Column("people_max", _BIG, nullable=False, server_default="0"),
        sa.Column("revision", _BIG, nullable=False),
    )
    op.create_index("room_rights_revision", "room_rights", ["revision"])
    op.create_index("room_rights_is_private", "room_rights", ["is_private"])
    op.create_table(
        "grants",
        sa.Column("room_id", _BIG, sa.ForeignKey("rooms.id"), primary_key=True),
        sa.Column("user_id", _BIG, primary_key=True, autoincrement=False),
        sa.Column("username", sa.Text, nullable=False),
        sa.Column("role", sa.Text),
        sa.Column("muted_until_ms", _BIG, nullable=False, server_default="0"),
        sa.Column("banned_until_ms", _BIG, nullable=False, server_default="0"),
    )
    op.create_index("grants_user_id", "grants", ["user_id"])
    op.create_table(
        "invitations",
        sa.Column("id", _BIG, sa.Identity(always=False), primary_key=True),
        sa.Column("room_id", _BIG, sa.ForeignKey("rooms.id"), nullable=False),
        sa.Column("secret_hash", sa.Text, nullable=False, unique=True),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("maker_id", _BIG, nullable=False),
        sa.Column("maker_name", sa.Text, nullable=False),
        sa.Column("created_at_ms", _BIG, nullable=False),
        sa.Column("expires_at_ms", _BIG, nullable=False),
        sa.Column("uses", _BIG, nullable=False, server_default="0"),
        sa.Column("uses_max", _BIG, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("invitations_room_id", "invitations", ["room_id"])
    op.create_table(
        "audit",
        sa.Column("id", _BIG, sa.Identity(always=False), primary_key=True),
        sa.Column("room_id", _BIG, sa.ForeignKey("rooms.id"), nullable=False),
        sa.Column("at_ms", _BIG, nullable=False),
        sa.Column("actor_id", _BIG, nullable=False),
        sa.Column("actor_name", sa.Text, nullable=False),
        sa.Column("deed", sa.Text, nullable=False),
        sa.Column("target_id", _BIG),
        sa.Column("target_name", sa.Text),
        sa.Column("details", sa.Text, nullable=False, server_default="{}"),
        sqlite_autoincrement=True,
    )
    op.create_index("audit_room_id_id", "audit", ["room_id", "id"])
