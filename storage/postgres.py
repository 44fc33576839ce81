"""PostgreSQL over asyncpg: what several processes share."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any, Final, TypeVar

import asyncpg
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Table,
    cast,
    event,
    extract,
    func,
    literal,
    text,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from tenacity import (
    AsyncRetrying,
    retry_if_exception,
    stop_after_attempt,
    stop_after_delay,
    wait_random_exponential,
)

from storage.address import PostgresAddress
from storage.database import Tell
from storage.listening import Listening
from storage.migrate import is_newest, migrate
from storage.sqlstates import CommitUnknown, is_surely_undone, too_old, translated
from storage.undisturbed import Undisturbed

T = TypeVar("T")

OLDEST_SERVER: Final = 14
"""The oldest version of PostgreSQL that is kept up by its makers."""

CHANNEL: Final = "threadpilot"
"""What processes tell each other on, see NOTIFY."""

_CONNECTIONS: Final = 5
"""How many connections transactions share; see docs/decisions.md."""

_ATTEMPTS: Final = 5
_LONGEST_TRYING_S: Final = 5.0
"""How often and for how long a transaction is tried that surely left nothing behind."""

_STATEMENT_S: Final = 20.0
"""How long the server works on a statement."""

_TRANSACTION_S: Final = 30.0
"""How long a transaction may take in all."""

_MIGRATION_S: Final = 600.0
"""How long a process waits while another one migrates."""

_MIGRATING: Final = 0x7470_6D69_6772_6174
"""The advisory lock of whoever migrates the database."""


@asynccontextmanager
async def open_postgres(
    address: PostgresAddress,
    *,
    busy_timeout_s: float,
    count_statements: Callable[[str], None] | None,
    oldest_server: int = OLDEST_SERVER,
) -> AsyncIterator[PostgresDatabase]:
    """Open a database and bring its schema up to date.

    Args:
        address: where it is.
        busy_timeout_s: how long to wait for a lock.
        count_statements: called with each statement.
        oldest_server: the least version of a server that is good enough.

    Raises:
        StoreError: it cannot be used; the message says what to do.
    """
    database = PostgresDatabase(address, busy_timeout_s, count_statements)
    try:
        await database.prepare(oldest_server)
        yield database
    finally:
        await database.close()


class PostgresDatabase:
    """A Database on a server. Made by `open_postgres`.

    Args:
        address: where it is.
        busy_timeout_s: how long to wait for a lock.
        count_statements: called with each statement.

    Attributes:
        patience_s: after this a connection that does not answer counts as dead.
    """

    def __init__(
        self,
        address: PostgresAddress,
        busy_timeout_s: float,
        count_statements: Callable[[str], None] | None,
    ) -> None:
        self._address = address
        self._busy_timeout_s = busy_timeout_s
        self.patience_s = _TRANSACTION_S
        self._origin = secrets.token_hex(4)
        self._undisturbed = Undisturbed()
        self._engine = _engine(self._connect, count_statements)
        # A statement by itself is a transaction, and needs no BEGIN and COMMIT.
        self._reading = self._engine.execution_options(isolation_level="AUTOCOMMIT")

    @property
    def insert(self) -> Callable[[Table], Any]:
        """PostgreSQL's own insert."""
        return insert

    @property
    def tell(self) -> Tell:
        """Tells by NOTIFY; who told comes before the word."""
        return lambda word: func.pg_notify(CHANNEL, literal(f"{self._origin} ").concat(word))

    @property
    def now(self) -> ColumnElement[int]:
        """The server's clock; within a transaction it goes on."""
        return cast(extract("epoch", func.clock_timestamp()) * 1_000_000, BigInteger)

    def listen(self) -> AsyncGenerator[str | None, None]:
        """See Database."""
        return Listening(self._connect, CHANNEL, origin=self._origin).words()

    async def prepare(self, oldest_server: int) -> None:
        """Look at the server and migrate the database; nothing else may be called before.

        Args:
            oldest_server: the least version that is good enough.

        Raises:
            StoreError: it cannot be used.
        """
        name = str(self._address)

        def look(db: Connection) -> tuple[str, bool]:
            version = db.execute(text("SHOW server_version")).scalar_one()
            return version, is_newest(db, name)

        def work(db: Connection) -> None:
            for setting in ("lock_timeout", "statement_timeout"):
                db.execute(text(f"SET LOCAL {setting} = '{_MIGRATION_S:.0f}s'"))
            # Whoever comes second finds the work done. The lock goes with the transaction.
            db.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": _MIGRATING})
            migrate(db, name)

        version, is_done = await self.read(look)
        if int(version.split(".")[0]) < oldest_server:
            raise too_old(self._address, version, oldest_server)
        if not is_done:
            await self._run(self._engine, work, limit_s=2 * _MIGRATION_S)

    async def read(self, work: Callable[[Connection], T]) -> T:
        """See Database."""
        return await self._run(self._reading, work)

    async def write(
        self, work: Callable[[Connection], T], settled: Callable[[T], None] | None = None
    ) -> T:
        """See Database."""
        return await self._run(self._engine, work, settled)

    async def close(self) -> None:
        """Close all connections once all that was asked is done."""
        await self._undisturbed.close()
        await self._engine.dispose()

    async def _run(
        self,
        engine: AsyncEngine,
        work: Callable[[Connection], T],
        settled: Callable[[T], None] | None = None,
        *,
        limit_s: float | None = None,
    ) -> T:
        trying = self._persist(engine, work, limit_s or self.patience_s)
        with translated(self._address):
            return await self._undisturbed.run(trying, settled)

    async def _persist(
        self, engine: AsyncEngine, work: Callable[[Connection], T], limit_s: float
    ) -> T:
        """Run a transaction, again where others got in its way or its connection was dead."""
        trying = AsyncRetrying(
            retry=retry_if_exception(is_surely_undone),
            stop=stop_after_attempt(_ATTEMPTS) | stop_after_delay(_LONGEST_TRYING_S),
            wait=wait_random_exponential(multiplier=0.01, max=0.5),
            reraise=True,
        )
        return await trying(self._transact, engine, work, limit_s)

    async def _transact(
        self, engine: AsyncEngine, work: Callable[[Connection], T], limit_s: float
    ) -> T:
        has_run = False
        try:
            async with engine.connect() as connection:
                raw = await connection.get_raw_connection()
                with _patience(raw.driver_connection, limit_s):
                    async with connection.begin():
                        result = await connection.run_sync(work)
                        has_run = True
        except (DBAPIError, OSError) as exc:
            if has_run and (isinstance(exc, OSError) or exc.connection_invalidated):
                raise CommitUnknown from exc
            raise
        return result

    async def _connect(self) -> asyncpg.Connection:
        address = self._address
        return await asyncpg.connect(
            # What is given beside the DSN wins over it.
            address.tls_dsn,
            host=address.host,
            port=address.port,
            user=address.user,
            password=address.password,
            database=address.database,
            timeout=address.connect_timeout_s,
            server_settings={
                "application_name": address.application_name,
                # Rows are locked where it matters, whatever the server's own default is.
                "default_transaction_isolation": "read committed",
                "lock_timeout": f"{self._busy_timeout_s * 1000:.0f}",
                "statement_timeout": f"{_STATEMENT_S * 1000:.0f}",
                # A process that was stopped in a transaction must not hold its locks for long.
                "idle_in_transaction_session_timeout": f"{_TRANSACTION_S * 1000:.0f}",
                **({"options": address.options} if address.options else {}),
            },
        )


@contextmanager
def _patience(connection: asyncpg.Connection, seconds: float) -> Iterator[None]:
    """Cut a connection that takes longer: whoever waits for it learns that it is lost."""
    timer = asyncio.get_running_loop().call_later(seconds, connection.terminate)
    try:
        yield
    finally:
        timer.cancel()


def _engine(
    connect: Callable[[], Awaitable[asyncpg.Connection]],
    count_statements: Callable[[str], None] | None,
) -> AsyncEngine:
    engine = create_async_engine(
        "postgresql+asyncpg://",
        async_creator=connect,
        pool_size=_CONNECTIONS,
        max_overflow=0,
        pool_timeout=_TRANSACTION_S,
        # The connections that a rush needed are not kept busy after it.
        pool_use_lifo=True,
    )
    if count_statements is not None:
        count = count_statements

        @event.listens_for(engine.sync_engine, "before_cursor_execute")
        def _count(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
            count(statement)

    return engine
