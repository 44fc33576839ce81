"""A session that goes on elsewhere may be summed up for that."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Add the column."""
    op.add_column("moves", sa.Column("summary", sa.Text(), nullable=False, server_default=""))
