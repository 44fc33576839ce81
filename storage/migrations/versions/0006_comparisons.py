"""Comparisons of models: the answers, and what people voted."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the tables."""
    op.add_column("threads", sa.Column("compared_at", sa.BigInteger()))
    op.create_table(
        "comparisons",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("thread_id", _ID, nullable=False),
        sa.Column("entry_id", _ID, nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("asked_by", sa.Text(), nullable=False),
        sa.Column("asked_by_name", sa.Text(), nullable=False),
        sa.Column("began_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger()),
        sa.Column("revealed_by", sa.Text(), nullable=False),
        sa.Column("chosen", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_comparisons"),
        sa.UniqueConstraint("entry_id", name="uq_comparisons_entry_id"),
        sa.ForeignKeyConstraint(
            ["thread_id"], ["threads.id"], name="fk_comparisons_thread_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["entries.id"], name="fk_comparisons_entry_id", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_comparisons_thread", "comparisons", ["thread_id", "began_at"])
    op.create_index(
        "ix_comparisons_voting",
        "comparisons",
        ["expires_at"],
        sqlite_where=sa.text("state = 'voting'"),
        postgresql_where=sa.text("state = 'voting'"),
    )
    op.create_table(
        "candidates",
        sa.Column("comparison_id", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("session_id", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("first_text_s", sa.Float()),
        sa.Column("seconds", sa.Float(), nullable=False),
        sa.Column("input_tokens", sa.BigInteger(), nullable=False),
        sa.Column("output_tokens", sa.BigInteger(), nullable=False),
        sa.Column("cost", sa.Float(), nullable=False),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("comparison_id", "label", name="pk_candidates"),
        sa.UniqueConstraint("session_id", name="uq_candidates_session_id"),
        sa.ForeignKeyConstraint(
            ["comparison_id"],
            ["comparisons.id"],
            name="fk_candidates_comparison_id",
            ondelete="CASCADE",
        ),
    )
    op.create_table(
        "votes",
        sa.Column("comparison_id", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("comparison_id", "person", name="pk_votes"),
        sa.ForeignKeyConstraint(
            ["comparison_id"],
            ["comparisons.id"],
            name="fk_votes_comparison_id",
            ondelete="CASCADE",
        ),
    )
