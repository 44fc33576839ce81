"""The directories that threads work in, and which tools with an effect outside a turn began."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add the column and the table."""
    op.add_column("entries", sa.Column("acts", sa.Text(), nullable=False, server_default="[]"))
    op.create_table(
        "directories",
        sa.Column("thread_id", _ID, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("repository", sa.Text(), nullable=False),
        sa.Column("branch", sa.Text(), nullable=False),
        sa.Column("base", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("thread_id", name="pk_directories"),
        sa.UniqueConstraint("name", name="uq_directories_name"),
        sa.ForeignKeyConstraint(
            ["thread_id"], ["threads.id"], name="fk_directories_thread_id", ondelete="CASCADE"
        ),
    )
