"""The index by what is changed holds changes alone: most entries are messages."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

_IS_CHANGE = sa.text("target_id IS NOT NULL")


def upgrade() -> None:
    op.drop_index("entries_target_id_author_id", "entries")
    op.create_index(
        "entries_target_id",
        "entries",
        ["target_id"],
        sqlite_where=_IS_CHANGE,
        postgresql_where=_IS_CHANGE,
    )
