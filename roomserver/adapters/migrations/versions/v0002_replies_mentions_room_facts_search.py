"""Replies, mentions, what a room is about, when somebody has read, and the search index."""

import sqlalchemy as sa
from alembic import op

from roomserver.adapters.sql_words import MAKE_WORDS
from roomserver.core.words import folded

revision = "0002"
down_revision = "0001"

_BIG = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_IS_REPLY = sa.text("reply_to IS NOT NULL")


def upgrade() -> None:
    for column in (
        sa.Column("description", sa.Text, nullable=False, server_default=sa.text("''")),
        sa.Column("archived_at_ms", _BIG),
    ):
        op.add_column("rooms", column)
    for column in (
        sa.Column("reply_to", _BIG),
        sa.Column("quote_author_id", _BIG),
        sa.Column("quote_author_name", sa.Text),
        sa.Column("quote_content", sa.Text),
        sa.Column("mentions", sa.Text),
    ):
        op.add_column("entries", column)
    op.create_index(
        "entries_reply_to",
        "entries",
        ["reply_to"],
        sqlite_where=_IS_REPLY,
        postgresql_where=_IS_REPLY,
    )
    op.create_table(
        "mentions",
        sa.Column("user_id", _BIG, primary_key=True, autoincrement=False),
        sa.Column("room_id", _BIG, sa.ForeignKey("rooms.id"), primary_key=True),
        sa.Column("seq", _BIG, primary_key=True, autoincrement=False),
    )
    op.add_column(
        "members", sa.Column("name_key", sa.Text, nullable=False, server_default=sa.text("''"))
    )
    op.add_column("members", sa.Column("read_at_ms", _BIG))
    op.create_index("members_room_id_name_key", "members", ["room_id", "name_key"])
    op.create_index("members_read_at_ms", "members", ["read_at_ms"])
    _fold_names()
    op.create_table(
        "indexed",
        sa.Column("room_id", _BIG, sa.ForeignKey("rooms.id"), primary_key=True),
        sa.Column("seq", _BIG, nullable=False),
    )
    for statement in MAKE_WORDS[op.get_bind().dialect.name]:
        op.execute(statement)


def _fold_names() -> None:
    members = sa.table("members", sa.column("username"), sa.column("name_key"))
    names = op.get_bind().scalars(sa.select(members.c.username).distinct()).all()
    for name in names:
        op.execute(
            sa.update(members).where(members.c.username == name).values(name_key=folded(name))
        )
