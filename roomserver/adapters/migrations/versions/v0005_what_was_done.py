"""An index to find what somebody last did to a message, however often they did it."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

_IS_DONE = sa.text("kind IN ('deletion', 'reaction', 'reaction_end')")


def upgrade() -> None:
    op.create_index(
        "entries_done",
        "entries",
        ["target_id", "author_id", "content", "seq"],
        sqlite_where=_IS_DONE,
        postgresql_where=_IS_DONE,
    )
