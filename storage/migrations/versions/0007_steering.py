"""What people choose for a thread, what is brought into a running turn, and what is spent."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Add the columns and tables; what was spent so far is counted by what entries say."""
    for name in ("model", "effort", "mode", "profile"):
        op.add_column("threads", sa.Column(name, sa.Text(), nullable=False, server_default=""))
    op.add_column(
        "threads", sa.Column("is_muted", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    op.add_column("threads", sa.Column("unheard_at", sa.BigInteger()))
    row_id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.add_column("entries", sa.Column("steered_into", row_id))
    op.add_column("entries", sa.Column("rank", sa.Integer(), nullable=False, server_default="0"))
    op.create_table(
        "spending",
        sa.Column("platform", sa.Text(), nullable=False),
        sa.Column("workspace", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("thread", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("day", sa.Integer(), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("turns", sa.BigInteger(), nullable=False),
        sa.Column("tokens", sa.BigInteger(), nullable=False),
        sa.Column("credits", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint(
            "platform",
            "workspace",
            "channel",
            "thread",
            "person",
            "day",
            "model",
            name="pk_spending",
        ),
    )
    op.create_index(
        "ix_spending_person", "spending", ["platform", "person", "day", "tokens", "credits"]
    )
    op.create_index("ix_spending_day", "spending", ["day", "tokens", "credits"])
    op.create_table(
        "allowances",
        sa.Column("budget", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("day", sa.Integer(), nullable=False),
        sa.Column("raised", sa.Float(), nullable=False),
        sa.Column("warned_at", sa.BigInteger()),
        sa.PrimaryKeyConstraint("budget", "subject", "day", name="pk_allowances"),
    )
    op.execute(
        "INSERT INTO spending (platform, workspace, channel, thread, person, day, model, turns, "
        "tokens, credits) "
        "SELECT t.platform, t.workspace, t.channel, t.thread, e.author_id, "
        "CAST(e.ended_at / 86400000000 AS INTEGER), e.model, COUNT(*), "
        "SUM(e.input_tokens + e.output_tokens), SUM(e.cost) "
        "FROM entries e JOIN threads t ON t.id = e.thread_id "
        "WHERE e.ended_at IS NOT NULL AND e.input_tokens + e.output_tokens > 0 "
        "GROUP BY t.platform, t.workspace, t.channel, t.thread, e.author_id, "
        "CAST(e.ended_at / 86400000000 AS INTEGER), e.model"
    )
