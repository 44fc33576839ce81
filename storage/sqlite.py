"""SQLite: one process, one thread that writes and one that reads."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any, Final, Generic, TypeVar

from sqlalchemy import Connection, Engine, Table, create_engine, event, text
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.pool import NullPool

from bot.errors import StoreError
from storage.failures import damaged, translated
from storage.migrate import migrate
from storage.process_lock import process_lock

T = TypeVar("T")

SMALL_ENOUGH_TO_CHECK: Final = 256 * 1024 * 1024
"""Bytes; a larger file is checked at start only if it was not closed properly."""

MOST_AT_ONCE: Final = 64
"""How many transactions may share one commit."""


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
            _engine(path, busy_timeout_s, count_statements, is_writer=True),
            name=f"{path.name}: writer",
            at_once=MOST_AT_ONCE,
        )
        reader = Line(
            _engine(path, busy_timeout_s, count_statements, is_writer=False),
            name=f"{path.name}: reader",
            at_once=1,
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

    async def prepare(self, path: Path, *, was_closed: bool) -> None:
        """Check the file and migrate it; nothing else may be called before.

        Args:
            path: the file.
            was_closed: whether the process that had it open before closed it.

        Raises:
            StoreError: it cannot be used.
        """
        self._writer.start()
        self._reader.start()

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
    """A connection in a thread of its own, which runs transactions in the order they come.

    Those that wait when the thread is free can share one commit, which is what takes the time.

    Args:
        engine: makes the connection.
        name: of the thread.
        at_once: how many transactions may share a commit.
    """

    def __init__(self, engine: Engine, *, name: str, at_once: int) -> None:
        self._engine = engine
        self._at_once = at_once
        self._jobs: SimpleQueue[_Job[Any] | None] = SimpleQueue()
        self._thread = Thread(target=self._serve, name=name, daemon=True)
        self._is_started = False
        self._is_closed = False
        self._connection: Connection | None = None

    def start(self) -> None:
        """Start the thread."""
        self._is_started = True
        self._thread.start()

    async def run(
        self, work: Callable[[Connection], T], settled: Callable[[T], None] | None = None
    ) -> T:
        """Run a transaction to its end, also when the caller is cancelled meanwhile.

        Raises:
            StoreError: the connection was closed.
        """
        if self._is_closed:
            raise StoreError("The database is closed: the bot is stopping.")
        job: _Job[T] = _Job(work, asyncio.get_running_loop().create_future())
        self._jobs.put(job)
        cancelled: asyncio.CancelledError | None = None
        while not job.done.done():
            try:
                # Unlike awaiting the future itself, this does not cancel it with the caller.
                await asyncio.wait((job.done,))
            except asyncio.CancelledError as exc:
                cancelled = exc
        error = job.done.exception()
        if error is None and settled is not None:
            settled(job.done.result())
        if cancelled is not None:
            raise cancelled
        return job.done.result()

    async def close(self) -> None:
        """End the thread once all that was asked of it is done."""
        self._is_closed = True
        if self._is_started:
            self._jobs.put(None)
            try:
                await asyncio.to_thread(self._thread.join)
            finally:
                # Cancelled or not, the thread must be gone before the lock file is let go.
                self._thread.join()

    def _serve(self) -> None:
        try:
            while self._serve_next():
                pass
        finally:
            if self._connection is not None:
                self._connection.close()

    def _serve_next(self) -> bool:
        """Wait for what comes next, and run it with all that came meanwhile.

        The jobs are known in here only: while the thread waits, the last ones are let go.

        Returns:
            False at the end.
        """
        job = self._jobs.get()
        jobs: list[_Job[Any]] = []
        while job is not None:
            jobs.append(job)
            if len(jobs) == self._at_once:
                break
            try:
                job = self._jobs.get_nowait()
            except Empty:
                break
        if jobs:
            try:
                self._connection = self._connection or self._engine.connect()
            except Exception as exc:  # noqa: BLE001 - handed to those who asked
                for each in jobs:
                    each.error = exc
            else:
                _run(self._connection, jobs)
        for each in jobs:
            each.report()
        return job is not None


class _Job(Generic[T]):
    """A transaction, and who waits for it."""

    __slots__ = ("done", "error", "result", "work")

    def __init__(self, work: Callable[[Connection], T], done: asyncio.Future[T]) -> None:
        self.work = work
        self.done = done
        self.result: T | None = None
        self.error: Exception | None = None

    def report(self) -> None:
        """Tell the event loop; called in the thread."""
        try:
            self.done.get_loop().call_soon_threadsafe(self._tell)
        except RuntimeError:
            # The loop is closed: nobody waits any more.
            return

    def _tell(self) -> None:
        if self.done.cancelled():
            return
        if self.error is not None:
            self.done.set_exception(self.error)
        else:
            self.done.set_result(self.result)  # type: ignore[arg-type]


def _run(connection: Connection, jobs: list[_Job[Any]]) -> None:
    if len(jobs) > 1:
        try:
            _run_together(connection, jobs)
        except Exception:  # noqa: BLE001 - each is run again, and gets the error that is its own
            for job in jobs:
                job.result = job.error = None
        else:
            return
    for job in jobs:
        try:
            with connection.begin():
                job.result = job.work(connection)
        except Exception as exc:  # noqa: BLE001 - handed to the one who asked
            job.error = exc


def _run_together(connection: Connection, jobs: list[_Job[Any]]) -> None:
    driver: Any = connection.connection.dbapi_connection
    with connection.begin():
        for job in jobs:
            driver.execute("SAVEPOINT job")
            try:
                job.result = job.work(connection)
            except Exception as exc:
                if not driver.in_transaction:
                    # Some failures, such as a full disk, undo the transaction as a whole.
                    raise
                driver.execute("ROLLBACK TO job")
                job.error = exc
            driver.execute("RELEASE job")


def _engine(
    path: Path,
    busy_timeout_s: float,
    count_statements: Callable[[str], None] | None,
    *,
    is_writer: bool,
) -> Engine:
    engine = create_engine(
        f"sqlite:///{path}",
        poolclass=NullPool,
        connect_args={
            "check_same_thread": False,
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

    @event.listens_for(engine, "connect")
    def _configure(connection: Any, _record: Any) -> None:
        for pragma in pragmas:
            connection.execute(f"PRAGMA {pragma}")

    begin = "BEGIN IMMEDIATE" if is_writer else "BEGIN"

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        driver: Any = connection.connection.dbapi_connection
        driver.execute(begin)

    if count_statements is not None:
        count = count_statements

        @event.listens_for(engine, "before_cursor_execute")
        def _count(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
            count(statement)

    return engine
