"""What a message carries: its files, and what its session knows of what was said before."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add the columns. What a session was told so far, nobody knows: it may be told it again."""
    op.add_column("threads", sa.Column("seen_until", sa.BigInteger()))
    op.add_column("entries", sa.Column("files", sa.Text(), nullable=False, server_default="[]"))
