"""SQLite over aiosqlite: one process, one connection that writes and one that reads."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path
from typing import Any, Final, TypeVar

from sqlalchemy import Connection, Table, event, text
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from storage.failures import damaged, translated
from storage.migrate import migrate
from storage.process_lock import process_lock
from storage.undisturbed import Undisturbed

T = TypeVar("T")

SMALL_ENOUGH_TO_CHECK: Final = 256 * 1024 * 1024
"""Bytes; a larger file is checked at start only if it was not closed properly."""


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
        writer = Line(_engine(path, busy_timeout_s, count_statements, is_writer=True))
        reader = Line(_engine(path, busy_timeout_s, count_statements, is_writer=False))
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

    async def listen(self) -> AsyncGenerator[str | None, None]:
        """See Database: nobody tells anything."""
        yield None
        await asyncio.Event().wait()

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
        problem = connection.execute(text("PRAGMA quick_check(1)")).scalar_one()
        if problem != "ok":
            raise damaged(self._name, str(problem))


class Line:
    """A connection that runs one transaction at a time, in the order they come.

    Args:
        engine: makes the connection.
    """

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._turn = asyncio.Lock()
        self._undisturbed = Undisturbed()
        self._connection: AsyncConnection | None = None

    async def run(
        self, work: Callable[[Connection], T], settled: Callable[[T], None] | None = None
    ) -> T:
        """Run a transaction to its end, also when the caller is cancelled meanwhile.

        Raises:
            StoreError: the connection was closed.
        """
        return await self._undisturbed.run(self._transact(work), settled)

    async def close(self) -> None:
        """Close the connection once all that was asked of it is done."""
        await self._undisturbed.close()
        if self._connection is not None:
            await self._connection.close()
        await self._engine.dispose()

    async def _transact(self, work: Callable[[Connection], T]) -> T:
        async with self._turn:
            if self._connection is None:
                self._connection = await self._engine.connect()
            async with self._connection.begin():
                return await self._connection.run_sync(work)


def _engine(
    path: Path,
    busy_timeout_s: float,
    count_statements: Callable[[str], None] | None,
    *,
    is_writer: bool,
) -> AsyncEngine:
    engine = create_async_engine(
        f"sqlite+aiosqlite:///{path}",
        poolclass=NullPool,
        connect_args={
            "timeout": busy_timeout_s,
            # We begin transactions ourselves; the driver would do it too late.
            "isolation_level": None,
            "cached_statements": 256,
        },
    )
    pragmas = ["foreign_keys = ON"]
    if is_writer:
        # A commit is on the disk when it returns.
        pragmas += ["journal_mode = WAL", "synchronous = FULL"]
    else:
        pragmas += ["query_only = ON"]

    @event.listens_for(engine.sync_engine, "connect")
    def _configure(connection: Any, _record: Any) -> None:
        cursor = connection.cursor()
        for pragma in pragmas:
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    begin = "BEGIN IMMEDIATE" if is_writer else "BEGIN"

    @event.listens_for(engine.sync_engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    if count_statements is not None:
        count = count_statements

        @event.listens_for(engine.sync_engine, "before_cursor_execute")
        def _count(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
            if statement != begin:
                count(statement)

    return engine
