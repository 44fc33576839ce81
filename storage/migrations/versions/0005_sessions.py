"""Each session has a title of its own, and each entry names the session that it was told."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

_TELLS_SESSION = """
UPDATE entries SET session_id = coalesce(
    (
        SELECT sessions.session_id FROM sessions
        WHERE sessions.thread_id = entries.thread_id AND sessions.began_at <= entries.ended_at
        ORDER BY sessions.generation DESC LIMIT 1
    ),
    ''
)
WHERE kind = 'message' AND taken_at IS NOT NULL AND ended_at IS NOT NULL
"""


def upgrade() -> None:
    """Add the columns. What was answered belongs to the newest session that had begun by then."""
    no = sa.false()
    op.add_column("threads", sa.Column("is_named", sa.Boolean(), nullable=False, server_default=no))
    op.add_column("entries", sa.Column("session_id", sa.Text(), nullable=False, server_default=""))
    op.add_column("sessions", sa.Column("began_by", sa.Text(), nullable=False, server_default=""))
    op.add_column("sessions", sa.Column("title", sa.Text(), nullable=False, server_default=""))
    op.add_column(
        "sessions", sa.Column("is_named", sa.Boolean(), nullable=False, server_default=no)
    )
    op.execute(_TELLS_SESSION)
