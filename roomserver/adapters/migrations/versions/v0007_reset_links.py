"""Links by which somebody gets a new password are somebody's."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

_BIG = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.add_column("entry_links", sa.Column("user_id", _BIG))
