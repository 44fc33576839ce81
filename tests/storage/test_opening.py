"""Opening a database file: its schema, its one process."""

import asyncio
import os
import re
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine

from bot.errors import StoreBusy
from bot.mailbox import EntryState
from storage.migrate import config
from storage.schema import REVISION, metadata
from storage.store import SqlStore, open_store
from tests.contracts.store import KEY, SetClock, leased, said, taken


@pytest.fixture
def url(sqlite_copy: Path) -> str:
    """These are about files."""
    return f"sqlite:///{sqlite_copy}"


async def test_new_database(tmp_path: Path, clock: SetClock) -> None:
    """A new database is made with its directories, and what is in it stays."""
    url = f"sqlite:///{tmp_path}/a/b/x.db"
    async with open_store(url, clock=clock) as store:
        await store.append(said("1"))
        await store.check()
    async with open_store(url, clock=clock) as store:
        assert await store.thread(KEY) is not None


async def test_settings_of_the_file(store: SqlStore, sqlite_copy: Path) -> None:
    """Commits are on the disk when they return, and references are checked."""

    def ask(db: Connection) -> list[object]:
        words = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        return [db.exec_driver_sql(f"PRAGMA {word}").scalar() for word in words]

    assert await store._database.write(ask) == ["wal", 2, 1, 50]


def test_newest_revision() -> None:
    """The revision that the store expects is the newest migration, and they are numbered."""
    script = ScriptDirectory.from_config(config())
    assert script.get_current_head() == REVISION
    revisions = [each.revision for each in script.walk_revisions()]
    assert sorted(revisions, reverse=True) == revisions
    assert all(len(each) == 4 and each.isdecimal() for each in revisions)


def test_migrations_make_the_schema(sqlite_copy: Path) -> None:
    """What the migrations make is what the tables say."""
    engine = create_engine(f"sqlite:///{sqlite_copy}")
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
        made = {
            row[0]
            for row in connection.exec_driver_sql("SELECT sql FROM sqlite_master WHERE sql > ''")
        }
    engine.dispose()
    fresh = create_engine("sqlite://")
    with fresh.begin() as connection:
        metadata.create_all(connection)
        wanted = {
            row[0]
            for row in connection.exec_driver_sql("SELECT sql FROM sqlite_master WHERE sql > ''")
        }
    fresh.dispose()

    def words(statements: set[str]) -> set[str]:
        # The order of constraints, and quotes, do not matter.
        return {" ".join(sorted(re.findall(r"\w+", each))) for each in statements}

    assert {each for each in words(made) if "alembic_version" not in each} == words(wanted)


def test_alembic_only_when_needed(sqlite_copy: Path) -> None:
    """A database that is up to date is opened without importing Alembic."""
    program = """
import asyncio, sys
from storage.store import open_store
from tests.contracts.store import SetClock
async def main():
    async with open_store(sys.argv[1], clock=SetClock()):
        pass
asyncio.run(main())
print("alembic" in sys.modules)
"""
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", program, f"sqlite:///{sqlite_copy}"],
        capture_output=True,
        check=True,
        cwd=root,
        text=True,
    )
    assert done.stdout == "False\n"


async def test_one_process(store: SqlStore, clock: SetClock, sqlite_copy: Path) -> None:
    """A database that is in use is not opened a second time; the error says by whom."""
    with pytest.raises(StoreBusy, match=f"in use by process {os.getpid()}:"):
        async with open_store(f"sqlite:///{sqlite_copy}", clock=clock):
            pass
    await store.append(said("1"))


async def test_one_process_by_any_name(
    store: SqlStore, clock: SetClock, sqlite_copy: Path, tmp_path: Path
) -> None:
    """A link to a database is the same database."""
    (tmp_path / "link.db").symlink_to(sqlite_copy)
    with pytest.raises(StoreBusy):
        async with open_store(f"sqlite:///{tmp_path}/link.db", clock=clock):
            pass


async def test_after_a_kill(sqlite_copy: Path, clock: SetClock) -> None:
    """What a killed process held is free at once, and all that it was told is there."""
    program = """
import asyncio, os, signal, sys
from storage.store import open_store
from tests.contracts.store import SetClock, leased, said
async def main():
    clock = SetClock()
    async with open_store(sys.argv[1], clock=clock) as store:
        await store.append(said("1"))
        await store.append(said("2", at=1))
        lease = await leased(store, clock)
        await store.take(lease)
        await store.files(lease, lease.thread.session_id).append("/desk/a", b"1")
        os.kill(os.getpid(), signal.SIGKILL)
asyncio.run(main())
"""
    url = f"sqlite:///{sqlite_copy}"
    done = await asyncio.create_subprocess_exec(
        sys.executable, "-c", program, url, cwd=Path(__file__).parents[2]
    )
    assert await done.wait() == -9
    async with open_store(url, clock=clock) as store:
        assert list(await store.waiting()) == [KEY]
        lease = await leased(store, clock, owner="w2")
        entry = await taken(store, lease)
        assert (entry.source_id, entry.attempts, entry.state) == ("1", 2, EntryState.RUNNING)
        assert await store.files(lease, lease.thread.session_id).read("/desk/a") == b"1"


async def test_leases_do_not_outlive_the_process(sqlite_copy: Path, clock: SetClock) -> None:
    """A lease that was not released is void at the next start: nobody else can hold it."""
    url = f"sqlite:///{sqlite_copy}"
    async with open_store(url, clock=clock) as store:
        await store.append(said("1"))
        before = await leased(store, clock)
    async with open_store(url, clock=clock) as store:
        after = await store.lease(KEY, "w2", clock.now() + timedelta(minutes=1))
        assert after is not None
        assert after.fence > before.fence


async def test_deleting_takes_all(store: SqlStore, clock: SetClock, sqlite_copy: Path) -> None:
    """What belongs to a session goes with it, and what belongs to a thread as well."""
    await store.append(said("1"))
    lease = await leased(store, clock)
    entry = await taken(store, lease)
    files = store.files(lease, lease.thread.session_id)
    await files.append("/desk/a", b"1")

    def count(*tables: str) -> list[int]:
        with closing(sqlite3.connect(sqlite_copy)) as db:
            return [
                db.execute(f"SELECT count(*) FROM {table}").fetchone()[0]  # noqa: S608
                for table in tables
            ]

    assert count("sessions", "files", "chunks") == [1, 1, 1]
    await store._database.write(lambda db: db.exec_driver_sql("DELETE FROM sessions"))
    assert count("sessions", "files", "chunks", "threads") == [0, 0, 0, 1]
    await store._database.write(lambda db: db.exec_driver_sql("DELETE FROM threads"))
    assert count("threads", "entries", "deliveries") == [0, 0, 0]
    again = await store.append(said("1"))
    assert again.entry_id > entry.id
