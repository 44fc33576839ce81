"""The tables.

    threads 1 ── n entries 1 ── n deliveries
    entries 1 ── n requests
    entries 1 ── 1 comparisons 1 ── n candidates
    comparisons 1 ── n votes
    threads 1 ── n sessions 1 ── n files 1 ── n chunks
    sessions 1 ── n moves

Whatever belongs to a row goes with it; what was decided stays in `audit`, what was spent in
`spending`. An entry waits or is
being worked on as long as its `ended_at` is null; the index over those is small however many
there were.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    false,
    text,
)

from storage.columns import Files, Moment, RowId, WordList, Words

REVISION = "0011"
"""The newest revision in `migrations`; revisions are numbered, so that two can be compared."""

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

threads = Table(
    "threads",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("platform", Words, nullable=False),
    Column("workspace", Words, nullable=False),
    Column("channel", Words, nullable=False),
    Column("thread", Words, nullable=False),
    Column("owner", Words),
    # The first person who spoke there; is_shared tells whether there were others.
    Column("first_speaker", Words),
    Column("is_shared", Boolean, nullable=False),
    Column("generation", Integer, nullable=False),
    Column("session_id", Text, nullable=False, unique=True),
    Column("has_session", Boolean, nullable=False),
    # The current session's; an older one's is with it.
    Column("title", Words, nullable=False),
    Column("is_named", Boolean, nullable=False, server_default=false()),
    Column("last_active", Moment, nullable=False),
    Column("seen_until", Moment),
    Column("compared_at", Moment),
    # When something was last said that was not for the bot, and that it may not know of.
    Column("unheard_at", Moment),
    # What its people chose; empty where nobody did.
    Column("model", Words, nullable=False, server_default=""),
    Column("effort", Words, nullable=False, server_default=""),
    Column("mode", Text, nullable=False, server_default=""),
    Column("profile", Text, nullable=False, server_default=""),
    Column("is_muted", Boolean, nullable=False, server_default=false()),
    Column("lease_owner", Text),
    Column("lease_until", Moment),
    Column("fence", BigInteger, nullable=False),
    UniqueConstraint("platform", "workspace", "channel", "thread"),
)

Index(
    "ix_threads_leased",
    threads.c.lease_owner,
    sqlite_where=threads.c.lease_owner.is_not(None),
    postgresql_where=threads.c.lease_owner.is_not(None),
)

# What people chose for the threads that they begin; empty where they did not.
people = Table(
    "people",
    metadata,
    Column("platform", Words, primary_key=True),
    Column("person", Words, primary_key=True),
    Column("model", Words, nullable=False),
    Column("effort", Words, nullable=False),
    Column("mode", Text, nullable=False),
)

entries = Table(
    "entries",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("thread_id", RowId, ForeignKey("threads.id", ondelete="CASCADE"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("source_id", Words, nullable=False),
    Column("author_id", Words, nullable=False),
    Column("author_name", Words, nullable=False),
    Column("author_is_bot", Boolean, nullable=False),
    Column("text", Words, nullable=False),
    Column("files", Files, nullable=False, server_default="[]"),
    Column("reference", Words, nullable=False),
    Column("sent_at", Moment, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("retries", Integer, nullable=False, server_default="0"),
    # The tools with an effect outside that its turn has perhaps begun.
    Column("acts", WordList, nullable=False, server_default="[]"),
    Column("taken_at", Moment),
    Column("ended_at", Moment),
    # Which session it was told; empty as long as it was told none.
    Column("session_id", Text, nullable=False, server_default=""),
    # The message into whose turn this one was brought; it ends as that one does.
    Column("steered_into", RowId),
    # What has a higher one is taken first.
    Column("rank", Integer, nullable=False, server_default="0"),
    # What its turns took, all attempts together; the model is the last one.
    Column("model", Words, nullable=False, server_default=""),
    Column("input_tokens", BigInteger, nullable=False, server_default="0"),
    Column("output_tokens", BigInteger, nullable=False, server_default="0"),
    Column("cost", Float, nullable=False, server_default="0"),
    Column("seconds", Float, nullable=False, server_default="0"),
    UniqueConstraint("thread_id", "kind", "source_id"),
    # Ids grow for ever, also after the newest entries were deleted.
    sqlite_autoincrement=True,
)

Index(
    "ix_entries_pending",
    entries.c.thread_id,
    entries.c.sent_at,
    entries.c.id,
    sqlite_where=entries.c.ended_at.is_(None),
    postgresql_where=entries.c.ended_at.is_(None),
)
Index("ix_entries_author", entries.c.author_id, entries.c.thread_id)

deliveries = Table(
    "deliveries",
    metadata,
    Column("entry_id", RowId, ForeignKey("entries.id", ondelete="CASCADE"), primary_key=True),
    Column("part", Integer, primary_key=True),
    Column("reference", Words, nullable=False),
    # Closed as well once its entry has ended.
    Column("is_open", Boolean, nullable=False),
)

requests = Table(
    "requests",
    metadata,
    Column("id", Words, primary_key=True),
    Column("thread_id", RowId, ForeignKey("threads.id", ondelete="CASCADE"), nullable=False),
    Column("entry_id", RowId, ForeignKey("entries.id", ondelete="CASCADE"), nullable=False),
    Column("generation", Integer, nullable=False),
    Column("kind", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("fingerprint", Text, nullable=False),
    Column("scope", Text, nullable=False),
    Column("text", Words, nullable=False),
    Column("detail", Words, nullable=False),
    Column("choices", WordList, nullable=False),
    Column("allows_text", Boolean, nullable=False),
    Column("asked_of", Words, nullable=False),
    Column("needed", Integer, nullable=False),
    Column("allowed_by", WordList, nullable=False),
    Column("reference", Words, nullable=False),
    Column("answer", Words, nullable=False),
    Column("decided_by", Words, nullable=False),
    Column("opened_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
)

Index("ix_requests_entry", requests.c.entry_id)
Index("ix_requests_thread", requests.c.thread_id, requests.c.scope)
Index(
    "ix_requests_open",
    requests.c.expires_at,
    sqlite_where=requests.c.state == text("'open'"),
    postgresql_where=requests.c.state == text("'open'"),
)

comparisons = Table(
    "comparisons",
    metadata,
    Column("id", Words, primary_key=True),
    Column("thread_id", RowId, ForeignKey("threads.id", ondelete="CASCADE"), nullable=False),
    Column(
        "entry_id",
        RowId,
        ForeignKey("entries.id", ondelete="CASCADE"),
        nullable=False,
        unique=True,
    ),
    Column("generation", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("asked_by", Words, nullable=False),
    Column("asked_by_name", Words, nullable=False),
    Column("began_at", Moment, nullable=False),
    Column("expires_at", Moment),
    Column("revealed_by", Words, nullable=False),
    Column("chosen", Text, nullable=False),
)

Index("ix_comparisons_thread", comparisons.c.thread_id, comparisons.c.began_at)
Index(
    "ix_comparisons_voting",
    comparisons.c.expires_at,
    sqlite_where=comparisons.c.state == text("'voting'"),
    postgresql_where=comparisons.c.state == text("'voting'"),
)

candidates = Table(
    "candidates",
    metadata,
    Column(
        "comparison_id", Words, ForeignKey("comparisons.id", ondelete="CASCADE"), primary_key=True
    ),
    Column("label", Words, primary_key=True),
    Column("model", Words, nullable=False),
    Column("session_id", Text, nullable=False, unique=True),
    Column("state", Text, nullable=False),
    Column("first_text_s", Float),
    Column("seconds", Float, nullable=False),
    Column("input_tokens", BigInteger, nullable=False),
    Column("output_tokens", BigInteger, nullable=False),
    Column("cost", Float, nullable=False),
    Column("problem", Words, nullable=False),
    Column("answer", Words, nullable=False),
)

votes = Table(
    "votes",
    metadata,
    Column(
        "comparison_id", Words, ForeignKey("comparisons.id", ondelete="CASCADE"), primary_key=True
    ),
    Column("person", Words, primary_key=True),
    Column("label", Words, nullable=False),
)

# Names the thread by its key: it stays when the thread is deleted, and tells nothing that was said.
audit = Table(
    "audit",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("at", Moment, nullable=False),
    Column("platform", Words, nullable=False),
    Column("workspace", Words, nullable=False),
    Column("channel", Words, nullable=False),
    Column("thread", Words, nullable=False),
    Column("person", Words, nullable=False),
    Column("action", Text, nullable=False),
    Column("about", Words, nullable=False),
    Column("detail", Text, nullable=False),
    sqlite_autoincrement=True,
)

# What was spent, added up by the day: it stays when a thread is deleted.
spending = Table(
    "spending",
    metadata,
    Column("platform", Words, primary_key=True),
    Column("workspace", Words, primary_key=True),
    Column("channel", Words, primary_key=True),
    Column("thread", Words, primary_key=True),
    Column("person", Words, primary_key=True),
    Column("day", Integer, primary_key=True, autoincrement=False),
    Column("model", Words, primary_key=True),
    Column("turns", BigInteger, nullable=False),
    Column("tokens", BigInteger, nullable=False),
    Column("credits", Float, nullable=False),
)

Index(
    "ix_spending_person",
    spending.c.platform,
    spending.c.person,
    spending.c.day,
    spending.c.tokens,
    spending.c.credits,
)
Index("ix_spending_day", spending.c.day, spending.c.tokens, spending.c.credits)

# What was added to budgets, and who knows that little is left: the day is 0 for those without one.
allowances = Table(
    "allowances",
    metadata,
    Column("budget", Text, primary_key=True),
    Column("subject", Words, primary_key=True),
    Column("day", Integer, primary_key=True, autoincrement=False),
    Column("raised", Float, nullable=False),
    Column("warned_at", Moment),
)

directories = Table(
    "directories",
    metadata,
    Column(
        "thread_id",
        RowId,
        ForeignKey("threads.id", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
    ),
    Column("name", Text, nullable=False, unique=True),
    Column("host", Words, nullable=False),
    Column("repository", Words, nullable=False),
    Column("branch", Words, nullable=False),
    Column("base", Words, nullable=False),
)

sessions = Table(
    "sessions",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("thread_id", RowId, ForeignKey("threads.id", ondelete="CASCADE"), nullable=False),
    Column("session_id", Text, nullable=False, unique=True),
    # Of the thread, when it was last its current session; 0 for a copy that never was.
    Column("generation", Integer, nullable=False),
    Column("began_at", Moment, nullable=False),
    # Whoever opened its thread with it; else those have a part in it who spoke to it.
    Column("began_by", Words, nullable=False, server_default=""),
    # As it was when another became the current one.
    Column("title", Words, nullable=False, server_default=""),
    Column("is_named", Boolean, nullable=False, server_default=false()),
)

Index("ix_sessions_thread", sessions.c.thread_id)

files = Table(
    "files",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("session", RowId, ForeignKey("sessions.id", ondelete="CASCADE"), nullable=False),
    Column("path", Text, nullable=False),
    Column("is_directory", Boolean, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("changed_at", Moment, nullable=False),
    Column("size", BigInteger, nullable=False),
    # What was last written as a whole. What was appended since then is in chunks.
    Column("content", LargeBinary),
    UniqueConstraint("session", "path"),
)

chunks = Table(
    "chunks",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("file_id", RowId, ForeignKey("files.id", ondelete="CASCADE"), nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("added_at", Moment, nullable=False),
    Column("content", LargeBinary, nullable=False),
    sqlite_autoincrement=True,
)

# Covers the sum of a file's chunks, so that listing a session reads no content.
Index("ix_chunks_file", chunks.c.file_id, chunks.c.id, chunks.c.size, chunks.c.added_at)

# Leave to go on elsewhere, for whoever has the code.
moves = Table(
    "moves",
    metadata,
    Column("code_hash", Text, primary_key=True),
    Column("thread_id", RowId, ForeignKey("threads.id", ondelete="CASCADE"), nullable=False),
    Column("session", RowId, ForeignKey("sessions.id", ondelete="CASCADE"), nullable=False),
    Column("person", Words, nullable=False),
    Column("expires_at", Moment, nullable=False),
    # What goes on in place of the session; empty where that does.
    Column("summary", Words, nullable=False, server_default=""),
)

Index("ix_moves_session", moves.c.session)
Index("ix_moves_thread", moves.c.thread_id)

checks = Table(
    "checks",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("checked_at", Moment, nullable=False),
)
