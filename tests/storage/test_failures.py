"""What goes wrong with a database is said in our words, and mends itself once the cause is gone."""

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import aiosqlite
import pytest
from sqlalchemy import Connection

from bot.errors import (
    StoreBusy,
    StoreDamaged,
    StoreError,
    StoreFull,
    StoreNotWritable,
    StoreTooNew,
)
from storage.schema import metadata
from storage.sqlite import SqliteDatabase
from storage.store import SqlStore, open_store
from tests.contracts.store import KEY, SetClock, leased, said
from tests.storage.every_call import READS, WRITES, calls, unread

NOT_ONE_PAGE_MORE = "PRAGMA max_page_count = 1"
PAGES_ENOUGH = "PRAGMA max_page_count = 1000000"


@pytest.fixture
def url(sqlite_copy: Path) -> str:
    """These are about files."""
    return f"sqlite:///{sqlite_copy}"


async def writer(store: SqlStore) -> aiosqlite.Connection:
    """The connection that writes, to change something about it while it rests."""
    database = store._database
    assert isinstance(database, SqliteDatabase)
    connection = await database._writer.driver()
    assert isinstance(connection, aiosqlite.Connection)
    return connection


async def execute(connection: aiosqlite.Connection, statement: str) -> None:
    """Run a statement beside the store."""
    await connection.execute(statement)


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold a database's lock, as a careless visitor does."""
    with closing(sqlite3.connect(path, isolation_level=None)) as visitor:
        visitor.execute("BEGIN IMMEDIATE")
        yield
        visitor.execute("ROLLBACK")


@pytest.mark.parametrize("name", WRITES)
async def test_read_only(store: SqlStore, clock: SetClock, name: str) -> None:
    """Where the database may not be written, StoreNotWritable says whose permission is missing."""
    call = (await calls(store, clock))[name]
    thread = await store.thread(KEY)
    connection = await writer(store)
    await connection.execute("PRAGMA query_only = ON")
    with pytest.raises(StoreNotWritable, match="write the file and its directory"):
        await call()
    await connection.execute("PRAGMA query_only = OFF")
    assert await store.thread(KEY) == thread
    await call()


@pytest.mark.parametrize("name", ["append", "revise", "deliver", "finish", "files.append"])
async def test_disk_full(store: SqlStore, clock: SetClock, name: str) -> None:
    """Where no space is left, StoreFull says so, nothing is half done, and it goes on later."""
    call = (await calls(store, clock))[name]
    before = await snapshot(store)
    connection = await writer(store)
    await connection.execute(NOT_ONE_PAGE_MORE)
    with pytest.raises(StoreFull, match="free some"):
        await call()
    assert await snapshot(store) == before
    await connection.execute(PAGES_ENOUGH)
    await call()
    assert await snapshot(store) != before


async def test_disk_full_for_files(store: SqlStore, clock: SetClock) -> None:
    """A file that could not be written is as it was before, and what waited still waits."""
    await store.append(said("1"))
    lease = await leased(store, clock)
    files = store.files(lease, lease.thread.session_id)
    await files.append("/desk/a", b"1")
    await files.write("/desk/pending", b"2")
    connection = await writer(store)
    await connection.execute(NOT_ONE_PAGE_MORE)
    with pytest.raises(StoreFull):
        await files.append("/desk/a", b"x" * 100_000)
    with pytest.raises(StoreFull):
        await files.append("/desk/new", b"x" * 100_000)
    with pytest.raises(StoreFull):
        await files.write("/desk/a", b"x" * 100_000)
    assert await files.read("/desk/a") == b"1"
    assert await files.read("/desk/pending") == b"2"
    assert [each.path for each in await files.list("/desk")] == ["/desk/a", "/desk/pending"]
    await connection.execute(PAGES_ENOUGH)
    await files.append("/desk/a", b"3")
    again = unread(store, lease)
    assert await again.read("/desk/a") == b"13"
    assert await again.read("/desk/pending") == b"2"


@pytest.mark.parametrize("name", WRITES)
async def test_locked(store: SqlStore, clock: SetClock, sqlite_copy: Path, name: str) -> None:
    """Where another program holds the file, StoreBusy says to close it."""
    call = (await calls(store, clock))[name]
    with locked(sqlite_copy), pytest.raises(StoreBusy, match="close whatever has it open"):
        await call()
    await call()


async def test_reading_goes_on(store: SqlStore, clock: SetClock, sqlite_copy: Path) -> None:
    """Reading needs no lock."""
    every = await calls(store, clock)
    with locked(sqlite_copy):
        for name in READS:
            await every[name]()


async def test_damaged_while_open(store: SqlStore, clock: SetClock) -> None:
    """Where the tables are gone, the error is ours as well."""
    every = await calls(store, clock)
    connection = await writer(store)
    for table in metadata.tables:
        await connection.execute(f"ALTER TABLE {table} RENAME TO gone_{table}")
    for name in (*WRITES, *READS):
        with pytest.raises(StoreError):
            await every[name]()


async def test_garbage(tmp_path: Path, clock: SetClock) -> None:
    """A file that is no database is refused with a way out, and left as it is."""
    path = tmp_path / "x.db"
    path.write_bytes(b"not a database " * 1000)
    with pytest.raises(StoreDamaged, match="backup"):
        async with open_store(f"sqlite:///{path}", clock=clock):
            pass
    assert path.read_bytes() == b"not a database " * 1000


async def test_damaged_pages(sqlite_copy: Path, clock: SetClock) -> None:
    """A database with damaged pages is found out at the start."""
    with sqlite_copy.open("r+b") as file:
        file.seek(4096 * 3)
        file.write(b"\xa5" * 4096 * 5)
    with pytest.raises(StoreDamaged, match="recover"):
        async with open_store(f"sqlite:///{sqlite_copy}", clock=clock):
            pass


async def test_foreign_database(tmp_path: Path, clock: SetClock) -> None:
    """Another program's database is refused, and not changed."""
    path = tmp_path / "x.db"
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE theirs (id)")
    with pytest.raises(StoreDamaged, match="another program"):
        async with open_store(f"sqlite:///{path}", clock=clock):
            pass


async def test_too_new(sqlite_copy: Path, clock: SetClock) -> None:
    """An older bot does not touch a newer schema."""
    with closing(sqlite3.connect(sqlite_copy)) as newer:
        newer.execute("UPDATE alembic_version SET version_num = '9999'")
        newer.commit()
    with pytest.raises(StoreTooNew, match="update Threadpilot"):
        async with open_store(f"sqlite:///{sqlite_copy}", clock=clock):
            pass


async def test_no_directory(tmp_path: Path, clock: SetClock) -> None:
    """A place where nothing can be written is StoreNotWritable at the start."""
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreNotWritable, match="DATABASE_URL"):
        async with open_store(f"sqlite:///{tmp_path}/file/x.db", clock=clock):
            pass
    (tmp_path / "directory.db").mkdir()
    with pytest.raises(StoreNotWritable, match="DATABASE_URL"):
        async with open_store(f"sqlite:///{tmp_path}/directory.db", clock=clock):
            pass


async def test_no_space_at_start() -> None:
    """A full disk is told apart where the lock file cannot be written either."""
    from storage.failures import translated

    with pytest.raises(StoreFull), translated("x.db"):
        raise OSError(28, "No space left on device")


async def test_cancelled_in_a_transaction(
    store: SqlStore, clock: SetClock, sqlite_copy: Path
) -> None:
    """A caller that is cancelled learns so once the transaction has come to its end."""
    await store.append(said("1"))
    lease = await leased(store, clock)
    files = store.files(lease, lease.thread.session_id)
    task = asyncio.create_task(files.append("/desk/a", b"1"))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    in_memory = [each.size for each in await files.list("/desk")]
    stored = [each.size for each in await unread(store, lease).list("/desk")]
    assert in_memory == stored


async def snapshot(store: SqlStore) -> list[object]:
    """All that is in the tables that a failed transaction could have touched."""

    def work(db: Connection) -> list[object]:
        return [
            tuple(row)
            for table in ("threads", "entries", "deliveries", "files", "chunks")
            for row in db.exec_driver_sql(f"SELECT * FROM {table}")  # noqa: S608
        ]

    return await store._database.read(work)
