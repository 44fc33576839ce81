"""SQLite over aiosqlite: one process, one connection that writes and one that reads."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path
from typing import Any, Final, TypeVar

from sqlalchemy import Connection, Table, text
from sqlalchemy.dialects.sqlite import insert

from storage.failures import damaged, translated
from storage.line import Line
from storage.migrate import migrate
from storage.process_lock import process_lock

T = TypeVar("T")

SMALL_ENOUGH_TO_CHECK: Final = 256 * 1024 * 1024
"""Bytes; a larger file is checked at start only if it was not closed properly."""

_SMALL_CACHE: Final = -100
"""Kilobytes, as `PRAGMA cache_size` has them: https://www.sqlite.org/pragma.html."""


@asynccontextmanager
async def open_sqlite(
    path: Path, *, busy_timeout_s: float, count_statements: Callable[[str], None] | None
) -> AsyncIterator[SqliteDatabase]:
    """Open a database file, made where there is none, and bring its schema up to date.

    Raises:
        StoreError: it cannot be used; the message says what to do.
    """
    name = str(path)
    with ExitStack() as stack:
        with translated(name):
            await asyncio.to_thread(path.parent.mkdir, parents=True, exist_ok=True)
            was_closed = stack.enter_context(process_lock(path))
        writer = Line(
            path,
            busy_timeout_s,
            # A commit is on the disk when it returns.
            pragmas=["foreign_keys = ON", "journal_mode = WAL", "synchronous = FULL"],
            begin="BEGIN IMMEDIATE",
            count_statements=count_statements,
        )
        reader = Line(
            path,
            busy_timeout_s,
            pragmas=["foreign_keys = ON", "query_only = ON"],
            begin="BEGIN",
            count_statements=count_statements,
        )
        database = SqliteDatabase(name, writer, reader)
        try:
            await database.prepare(path, was_closed=was_closed)
            yield database
        finally:
            try:
                await reader.close()
            finally:
                await writer.close()


class SqliteDatabase:
    """A Database over a file. Made by `open_sqlite`."""

    def __init__(self, name: str, writer: Line, reader: Line) -> None:
        self._name = name
        self._writer = writer
        self._reader = reader

    @property
    def insert(self) -> Callable[[Table], Any]:
        """SQLite's own insert."""
        return insert

    @property
    def tell(self) -> None:
        """Nobody else has the file open."""
        return None

    @property
    def now(self) -> None:
        """There is one process, which has a clock."""
        return None

    async def listen(self) -> AsyncGenerator[str | None, None]:
        """See Database: nobody tells anything."""
        await asyncio.Event().wait()
        yield None

    async def prepare(self, path: Path, *, was_closed: bool) -> None:
        """Check the file and migrate it; nothing else may be called before.

        Args:
            path: the file.
            was_closed: whether the process that had it open before closed it.

        Raises:
            StoreError: it cannot be used.
        """

        def work(connection: Connection) -> None:
            if not was_closed or path.stat().st_size <= SMALL_ENOUGH_TO_CHECK:
                self._check(connection)
            migrate(connection, self._name)

        await self.write(work)

    async def read(self, work: Callable[[Connection], T]) -> T:
        """See Database."""
        with translated(self._name):
            return await self._reader.run(work)

    async def write(
        self, work: Callable[[Connection], T], settled: Callable[[T], None] | None = None
    ) -> T:
        """See Database."""
        with translated(self._name):
            return await self._writer.run(work, settled)

    def _check(self, connection: Connection) -> None:
        usual = connection.execute(text("PRAGMA cache_size")).scalar_one()
        # All pages are looked at once, and would fill the cache for nothing.
        connection.execute(text(f"PRAGMA cache_size = {_SMALL_CACHE}"))
        problem = connection.execute(text("PRAGMA quick_check(1)")).scalar_one()
        connection.execute(text(f"PRAGMA cache_size = {usual}"))
        if problem != "ok":
            raise damaged(self._name, str(problem))
