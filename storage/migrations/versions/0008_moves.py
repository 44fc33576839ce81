"""Leave to go on with a session elsewhere."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "moves",
        sa.Column("code_hash", sa.Text(), nullable=False),
        sa.Column("thread_id", _ID, nullable=False),
        sa.Column("session", _ID, nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("code_hash", name="pk_moves"),
        sa.ForeignKeyConstraint(
            ["thread_id"], ["threads.id"], name="fk_moves_thread_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["session"], ["sessions.id"], name="fk_moves_session", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_moves_session", "moves", ["session"])
    op.create_index("ix_moves_thread", "moves", ["thread_id"])
