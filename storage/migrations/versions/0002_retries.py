"""How often a message was queued once more, so that it then begins from scratch."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add the count."""
    op.add_column("entries", sa.Column("retries", sa.Integer(), nullable=False, server_default="0"))
