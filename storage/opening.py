"""Opening a database by its address."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from storage.address import SqliteAddress, parse
from storage.database import Database
from storage.sqlite import open_sqlite


@asynccontextmanager
async def open_database(
    url: str,
    *,
    count_statements: Callable[[str], None] | None = None,
    busy_timeout_s: float = 5.0,
) -> AsyncIterator[Database]:
    """Open a database, bring it up to date, and close it at the end.

    Args:
        url: `sqlite:///data/x.db` (from the working directory), `sqlite:////srv/x.db`, or
            `postgresql://user:password@host:5432/name`.
        count_statements: called with each statement, in the database's own thread if it has one.
        busy_timeout_s: how long to wait for another program that holds the file or rows locked.

    Raises:
        SettingsError: the URL names nothing that can be opened.
        StoreError: the database cannot be used; the message says what to do.
    """
    address = parse(url)
    if isinstance(address, SqliteAddress):
        async with open_sqlite(
            address.path, busy_timeout_s=busy_timeout_s, count_statements=count_statements
        ) as file:
            yield file
    else:
        # The driver is imported only where it is wanted.
        from storage.postgres import open_postgres

        async with open_postgres(
            address, busy_timeout_s=busy_timeout_s, count_statements=count_statements
        ) as server:
            yield server
