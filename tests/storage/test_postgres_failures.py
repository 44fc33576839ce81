"""What goes wrong with a PostgreSQL server is said in our words, and mends itself afterwards."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from bot.errors import StoreBusy, StoreDamaged, StoreError, StoreFull, StoreNotWritable
from storage.address import PostgresAddress
from storage.postgres import PostgresDatabase
from storage.sqlstates import SqlState, translated
from storage.store import SqlStore, open_store
from tests.contracts.store import KEY, OTHER, SetClock, leased, said
from tests.postgres import ROLE, PostgresServer
from tests.storage.every_call import READS, WRITES, calls
from tests.storage.test_processes import transaction

ADDRESS = PostgresAddress(host="h", port=1, database="d")


@pytest.fixture
def url(postgres_url: str) -> str:
    """These are about servers."""
    return postgres_url


@pytest.fixture
async def doomed(
    postgres: PostgresServer, postgres_copy: str, clock: SetClock
) -> AsyncIterator[SqlStore]:
    """A store over a database that is the test's own."""
    async with open_store(postgres.url(postgres_copy), clock=clock) as store:
        yield store


def failing(state: str) -> str:
    """A statement that fails with an SQLSTATE."""
    return f"DO $$ BEGIN RAISE EXCEPTION 'no luck' USING ERRCODE = '{state}'; END $$"


class Attempts:
    """A transaction that notes what it did, and fails a few times.

    Args:
        failure: what makes it fail.
        times: how often it does.
    """

    def __init__(self, failure: Callable[[Connection], object], times: int) -> None:
        self.made = 0
        self._failure = failure
        self._times = times

    def __call__(self, db: Connection) -> int:
        """Try."""
        self.made += 1
        db.execute(text("INSERT INTO checks (id, checked_at) VALUES (:n, 0)"), {"n": self.made})
        if self.made <= self._times:
            self._failure(db)
        return self.made


async def checks(store: SqlStore) -> list[int]:
    """What such transactions left."""
    return await store._database.read(
        lambda db: list(db.execute(text("SELECT id FROM checks ORDER BY id")).scalars())
    )


# --- what is tried again --------------------------------------------------------------------


@pytest.mark.parametrize("state", [SqlState.SERIALIZATION_FAILURE, SqlState.DEADLOCK_DETECTED])
async def test_conflicts_are_tried_again(store: SqlStore, state: str) -> None:
    """A transaction that others got in the way of is run again, and leaves its last try only."""
    work = Attempts(lambda db: db.execute(text(failing(state))), times=2)
    assert await store._database.write(work) == 3
    assert await checks(store) == [3]


async def test_conflicts_are_not_tried_for_ever(store: SqlStore) -> None:
    """A conflict that does not end is told."""
    work = Attempts(lambda db: db.execute(text(failing(SqlState.DEADLOCK_DETECTED))), times=99)
    with pytest.raises(StoreBusy, match="held up"):
        await store._database.write(work)
    assert work.made == 5
    assert await checks(store) == []


async def test_a_deadlock(store: SqlStore) -> None:
    """Of two transactions that wait for each other, one is run again; both are kept."""
    await store.append(said("1"))
    await store.append(said("1", key=OTHER))
    locked: set[int] = set()
    runs: list[int] = []

    def lock(db: Connection, thread: int) -> None:
        db.execute(
            text("UPDATE threads SET generation = generation + 1 WHERE id = :id"), {"id": thread}
        )
        locked.add(thread)

    def both(first: int, second: int) -> Callable[[Connection], None]:
        def work(db: Connection) -> None:
            runs.append(first)
            lock(db, first)
            while second not in locked:
                db.execute(text("SELECT 1"))  # the other one goes on meanwhile
            lock(db, second)

        return work

    await asyncio.gather(store._database.write(both(1, 2)), store._database.write(both(2, 1)))
    assert len(runs) == 3
    for key in (KEY, OTHER):
        thread = await store.thread(key)
        assert thread is not None
        assert thread.generation == 3


async def test_a_lost_connection_is_replaced(store: SqlStore) -> None:
    """A transaction whose connection is lost in the middle is run again on another one."""
    work = Attempts(
        lambda db: db.execute(text("SELECT pg_terminate_backend(pg_backend_pid())")), times=2
    )
    assert await store._database.write(work) == 3
    assert await checks(store) == [3]


async def test_all_connections_lost(store: SqlStore, postgres: PostgresServer) -> None:
    """When the server cuts all connections, nothing is noticed but the time it takes."""
    await asyncio.gather(*(store.append(said(f"{number}")) for number in range(9)))
    await cut(postgres)
    found = await asyncio.gather(*(store.append(said(f"{number}")) for number in range(20)))
    assert sum(each.is_new for each in found) == 11


async def test_a_server_that_crashes(store: SqlStore, postgres: PostgresServer) -> None:
    """After a crash of the server the store goes on by itself, as soon as it is back."""
    await store.append(said("1"))

    def own(db: Connection) -> int:
        return int(db.execute(text("SELECT pg_backend_pid()")).scalar_one())

    os.kill(await store._database.read(own), signal.SIGKILL)
    while True:
        try:
            await store.append(said("2"))
        except StoreError as error:
            assert "PostgreSQL" in str(error) or "connection" in str(error)  # noqa: PT017
        else:
            break
    assert await store.thread(KEY) is not None


async def test_a_connection_that_does_not_answer(store: SqlStore) -> None:
    """A connection on which nothing comes back is cut and replaced."""
    assert isinstance(store._database, PostgresDatabase)
    store._database.patience_s = 0.2
    stopped: list[int] = []

    def stop(db: Connection) -> None:
        stopped.append(db.execute(text("SELECT pg_backend_pid()")).scalar_one())
        os.kill(stopped[-1], signal.SIGSTOP)
        db.execute(text("SELECT 1"))

    work = Attempts(stop, times=1)
    try:
        assert await store._database.write(work) == 2
    finally:
        os.kill(stopped[0], signal.SIGCONT)
    assert await checks(store) == [2]


async def test_a_commit_that_is_not_answered(
    doomed: SqlStore, postgres: PostgresServer, postgres_copy: str
) -> None:
    """A transaction whose commit was not answered is not run again: it may have been kept."""
    await postgres.run(
        "CREATE FUNCTION cut() RETURNS trigger LANGUAGE plpgsql AS "
        "'BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END'",
        "CREATE CONSTRAINT TRIGGER cut AFTER INSERT ON checks DEFERRABLE INITIALLY DEFERRED "
        "FOR EACH ROW EXECUTE FUNCTION cut()",
        f"GRANT pg_signal_backend TO {ROLE}",
        database=postgres_copy,
    )
    work = Attempts(lambda db: None, times=0)
    with pytest.raises(StoreError, match="not known whether it was kept"):
        await doomed._database.write(work)
    assert work.made == 1
    await doomed.append(said("1"))


# --- what is told ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("state", "kind"),
    [
        (SqlState.DISK_FULL, StoreFull),
        (SqlState.DATA_CORRUPTED, StoreDamaged),
        (SqlState.INDEX_CORRUPTED, StoreDamaged),
        (SqlState.READ_ONLY_SQL_TRANSACTION, StoreNotWritable),
        (SqlState.INSUFFICIENT_PRIVILEGE, StoreNotWritable),
        (SqlState.LOCK_NOT_AVAILABLE, StoreBusy),
        (SqlState.QUERY_CANCELED, StoreBusy),
        (SqlState.TOO_MANY_CONNECTIONS, StoreBusy),
        ("XX000", StoreError),
        ("58030", StoreError),
    ],
)
async def test_kinds(store: SqlStore, state: str, kind: type[StoreError]) -> None:
    """What the server says is told by its SQLSTATE, once, in a sentence with the way out."""
    work = Attempts(lambda db: db.execute(text(failing(state))), times=99)
    with pytest.raises(
        StoreError, match=r"database test at 127\.0\.0\.1:\d+|PostgreSQL at"
    ) as caught:
        await store._database.write(work)
    assert type(caught.value) is kind
    assert work.made == 1
    assert ": " in str(caught.value)
    assert await checks(store) == []


async def test_what_people_said_is_not_told(store: SqlStore) -> None:
    """An error about a value does not repeat the value."""
    with pytest.raises(StoreError, match="cannot hold a value") as caught:
        await store._database.write(
            lambda db: db.execute(text("SELECT CAST(:said AS INTEGER)"), {"said": "a secret"})
        )
    assert "a secret" not in str(caught.value)


def test_no_connection_is_free() -> None:
    """Where all connections are in use for too long, the database does not keep up."""
    with pytest.raises(StoreBusy, match="does not keep up"), translated(ADDRESS):
        raise PoolTimeoutError("all in use")


async def test_the_lists_are_complete(store: SqlStore, clock: SetClock) -> None:
    """Every method of the store is tried."""
    methods = {
        name for name in dir(store) if not name.startswith("_") and callable(getattr(store, name))
    }
    assert set(await calls(store, clock)) == {*WRITES, *READS}
    assert methods - {*WRITES, *READS} == {"files", "listen", "void_leases"}


async def test_rows_that_others_hold(url: str, clock: SetClock, postgres: PostgresServer) -> None:
    """Where somebody holds rows for too long, StoreBusy says where to look; then it goes on."""
    needs_none = {"check", "keep_defaults", "spend", "raise_budget", "warn_of"}
    async with open_store(url, clock=clock, busy_timeout_s=0.02) as store:
        every = await calls(store, clock)
        async with transaction(postgres) as they:
            for table in ("threads", "entries", "requests", "comparisons", "moves"):
                await they.execute(f"SELECT FROM {table} FOR UPDATE")
            for name in WRITES:
                if name not in needs_none:
                    with pytest.raises(StoreBusy, match="pg_stat_activity"):
                        await every[name]()
        await every["finish"]()


async def test_reading_goes_on(store: SqlStore, clock: SetClock, postgres: PostgresServer) -> None:
    """Reading waits for nobody."""
    every = await calls(store, clock)
    async with transaction(postgres) as they:
        await they.execute("UPDATE threads SET title = 'new'")
        await they.execute("UPDATE entries SET text = 'new'")
        for name in READS:
            await every[name]()


async def test_read_only(
    doomed: SqlStore, clock: SetClock, postgres: PostgresServer, postgres_copy: str
) -> None:
    """A standby, or a database that was made read-only, is StoreNotWritable."""
    every = await calls(doomed, clock)
    await postgres.run(f"ALTER DATABASE {postgres_copy} SET default_transaction_read_only = on")
    await cut(postgres, postgres_copy)
    for name in WRITES:
        with pytest.raises(StoreNotWritable, match="read-only"):
            await every[name]()
    assert await doomed.thread(KEY) is not None
    await postgres.run(f"ALTER DATABASE {postgres_copy} RESET default_transaction_read_only")
    await cut(postgres, postgres_copy)
    await every["finish"]()


async def test_permission(
    doomed: SqlStore, clock: SetClock, postgres: PostgresServer, postgres_copy: str
) -> None:
    """A role that may not use the tables is StoreNotWritable."""
    every = await calls(doomed, clock)
    await postgres.run(f"REASSIGN OWNED BY {ROLE} TO postgres", database=postgres_copy)
    for name in (*WRITES, *READS):
        with pytest.raises(StoreNotWritable, match="permission denied"):
            await every[name]()


async def test_tables_gone(
    doomed: SqlStore, clock: SetClock, postgres: PostgresServer, postgres_copy: str
) -> None:
    """Where the tables are gone, the error is ours as well."""
    await doomed.append(said("1"))
    await leased(doomed, clock)
    await postgres.run("DROP TABLE threads CASCADE", database=postgres_copy)
    with pytest.raises(StoreError, match="threads"):
        await doomed.thread(KEY)


async def cut(postgres: PostgresServer, database: str = "test") -> None:
    """Cut all connections to a database."""
    connection = await postgres.administrator()
    await connection.execute(
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = $1", database
    )
    await connection.close()
