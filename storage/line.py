"""A connection to a SQLite file that goes to its thread once for a whole transaction."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import aiosqlite
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.pool import NullPool

from storage.undisturbed import Undisturbed

T = TypeVar("T")


class Driver(aiosqlite.Connection):
    """aiosqlite's connection and thread, in which functions of ours can be run as well.

    Args:
        path: the file.
        busy_timeout_s: how long to wait for another program that holds it locked.
    """

    def __init__(self, path: Path, busy_timeout_s: float) -> None:
        super().__init__(
            partial(
                sqlite3.connect,
                path,
                timeout=busy_timeout_s,
                # We begin transactions ourselves; sqlite3 would do it too late.
                isolation_level=None,
                cached_statements=256,
            ),
            iter_chunk_size=64,
        )
        self._thread.daemon = True

    @property
    def sqlite(self) -> sqlite3.Connection:
        """What may be used in the thread only."""
        return self._conn

    async def run(self, work: Callable[[], T]) -> T:
        """Run a function in the thread, after all that was asked before."""
        # The thread keeps hold of the last function and what it returned.
        works, results = [work], list[T]()
        await self._execute(lambda: results.append(works.pop()()))  # type: ignore[no-untyped-call]
        return results.pop()


class Line:
    """A connection that runs one transaction at a time, in the order they come.

    SQLAlchemy's own dialect for aiosqlite goes to the thread and back for each cursor,
    statement, fetch and close. Here SQLAlchemy is in the thread.

    Args:
        path: the file.
        busy_timeout_s: how long to wait for another program that holds it locked.
        pragmas: what is set at first.
        begin: how a transaction begins.
        count_statements: called with each statement, in the thread.
    """

    def __init__(
        self,
        path: Path,
        busy_timeout_s: float,
        *,
        pragmas: list[str],
        begin: str,
        count_statements: Callable[[str], None] | None,
    ) -> None:
        self._path = path
        self._busy_timeout_s = busy_timeout_s
        self._pragmas = pragmas
        self._begin = begin
        self._count_statements = count_statements
        self._undisturbed = Undisturbed()
        self._opening = asyncio.Lock()
        self._opened: tuple[Driver, Connection] | None = None

    async def run(
        self, work: Callable[[Connection], T], settled: Callable[[T], None] | None = None
    ) -> T:
        """Run a transaction to its end, also when the caller is cancelled meanwhile.

        Raises:
            StoreError: the connection was closed.
        """
        return await self._undisturbed.run(self._transact(work), settled)

    async def driver(self) -> Driver:
        """The driver's connection, opened if it is not."""
        return (await self._open())[0]

    async def close(self) -> None:
        """Close the connection once all that was asked of it is done."""
        await self._undisturbed.close()
        if self._opened is not None:
            driver, connection = self._opened
            try:
                await driver.run(connection.close)
            finally:
                await driver.close()

    async def _transact(self, work: Callable[[Connection], T]) -> T:
        driver, connection = self._opened or await self._open()
        return await driver.run(partial(_in_transaction, connection, work))

    async def _open(self) -> tuple[Driver, Connection]:
        async with self._opening:
            if self._opened is None:
                driver = Driver(self._path, self._busy_timeout_s)
                await driver
                try:
                    self._opened = driver, await driver.run(self._engine(driver).connect)
                except BaseException:
                    await driver.close()
                    raise
            return self._opened

    def _engine(self, driver: Driver) -> Engine:
        # The one connection that this makes is the driver's.
        engine = create_engine("sqlite://", creator=lambda: driver.sqlite, poolclass=NullPool)

        @event.listens_for(engine, "connect")
        def _configure(connection: sqlite3.Connection, _record: Any) -> None:
            for pragma in self._pragmas:
                connection.execute(f"PRAGMA {pragma}")

        @event.listens_for(engine, "begin")
        def _begin(connection: Connection) -> None:
            connection.exec_driver_sql(self._begin)

        if self._count_statements is not None:
            count = self._count_statements

            @event.listens_for(engine, "before_cursor_execute")
            def _count(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
                if statement != self._begin:
                    count(statement)

        return engine


def _in_transaction(connection: Connection, work: Callable[[Connection], T]) -> T:
    with connection.begin():
        return work(connection)
