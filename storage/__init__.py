"""The database: one schema, one store.

`open_store` is all that others need. What is slow to import is imported when it is called.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.ports import Clock
    from storage.store import SqlStore

__all__ = ["open_store"]


@asynccontextmanager
async def open_store(
    url: str,
    *,
    clock: Clock,
    count_statements: Callable[[str], None] | None = None,
    busy_timeout_s: float = 5.0,
    files_limit: int = 64 * 1024 * 1024,
) -> AsyncIterator[SqlStore]:
    """Open the database, bring it up to date, and close it at the end.

    Args:
        url: `sqlite:///data/x.db` (from the working directory) or `sqlite:////srv/x.db`.
        clock: tells what time it is.
        count_statements: called with each statement, in the database's own thread.
        busy_timeout_s: how long to wait for another program that has the file locked.
        files_limit: the most bytes that the files of one session may take together.

    Raises:
        SettingsError: the URL names nothing that can be opened.
        StoreError: the database cannot be used; the message says what to do.
    """
    from storage.address import parse
    from storage.sqlite import open_sqlite
    from storage.store import SqlStore

    path = parse(url)
    async with open_sqlite(
        path, busy_timeout_s=busy_timeout_s, count_statements=count_statements
    ) as database:
        store = SqlStore(database, clock=clock, files_limit=files_limit)
        await store.void_leases()
        yield store
