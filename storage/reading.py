"""Reading the log of what was decided, also while the bot runs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.audit import AuditEntry
from bot.errors import StoreError
from storage import audit
from storage.address import SqliteAddress, parse
from storage.failures import translated
from storage.line import Line
from storage.opening import open_database

_BUSY_S = 5.0


async def read_audit(
    url: str, *, limit: int, since: datetime | None = None
) -> Sequence[AuditEntry]:
    """What was decided, newest first.

    A SQLite file is read beside the bot that has it open: it is neither locked nor migrated.

    Args:
        url: as for `open_store`.
        limit: how many at most.
        since: only what was decided from then on (UTC).

    Raises:
        SettingsError: the URL names nothing that can be opened.
        StoreError: the database cannot be read; the message says what to do.
    """
    address = parse(url)
    work = audit.listing(limit, since)
    if not isinstance(address, SqliteAddress):
        async with open_database(url) as database:
            return await database.read(work)
    path = address.path
    if not path.is_file():
        raise StoreError(f"There is no database {path}: set DATABASE_URL as the bot has it.")
    reader = Line(
        path,
        _BUSY_S,
        pragmas=["query_only = ON"],
        begin="BEGIN",
        count_statements=None,
    )
    try:
        with translated(str(path)):
            return await reader.run(work)
    finally:
        await reader.close()
