"""From the oldest schema to the newest: nothing is lost, and no crash in between does harm."""

from __future__ import annotations

import asyncio
import shutil
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from alembic import command
from sqlalchemy import Connection, MetaData, create_engine, select

from bot.clock import SystemClock
from bot.keys import SessionKey
from storage.address import PostgresAddress, parse
from storage.migrate import config, revision
from storage.postgres import PostgresDatabase
from storage.schema import REVISION, metadata
from storage.store import open_store
from tests.postgres import ROLE, PostgresServer

_OLDEST = "0001"
_KEY = SessionKey(platform="slack", workspace="T1", channel="C1", thread="1.0")
_ROWS: dict[str, dict[str, Any]] = {
    "threads": {
        "id": 1,
        "platform": "slack",
        "workspace": "T1",
        "channel": "C1",
        "thread": "1.0",
        "is_shared": False,
        "generation": 1,
        "session_id": "tp-1-g1",
        "has_session": True,
        "title": "A title",
        "last_active": 1,
        "fence": 7,
    },
    "entries": {
        "id": 1,
        "thread_id": 1,
        "kind": "message",
        "state": "queued",
        "source_id": "1.0",
        "author_id": "U1",
        "author_name": "Ann",
        "author_is_bot": False,
        "text": "hello",
        "reference": "",
        "sent_at": 1,
        "attempts": 0,
    },
    "deliveries": {"entry_id": 1, "part": 0, "reference": "2.0", "is_open": True},
    "sessions": {
        "id": 1,
        "thread_id": 1,
        "session_id": "tp-1-g1",
        "generation": 1,
        "began_at": 1,
    },
    "files": {
        "id": 1,
        "session": 1,
        "path": "/desk/a",
        "is_directory": False,
        "created_at": 1,
        "changed_at": 1,
        "size": 1,
        "content": b"a",
    },
    "chunks": {"id": 1, "file_id": 1, "size": 1, "added_at": 1, "content": b"b"},
}
"""A row for each table of the oldest schema."""


def make_oldest(db: Connection) -> None:
    """Make the oldest schema, with something in it."""
    command.upgrade(config(db), _OLDEST)
    tables = MetaData()
    tables.reflect(db)
    for name, row in _ROWS.items():
        db.execute(tables.tables[name].insert().values(row))


def check_newest(db: Connection) -> None:
    """Look whether the schema is the newest, and all of that is still there."""
    assert revision(db) == REVISION
    for name, row in _ROWS.items():
        table = metadata.tables[name]
        [found] = db.execute(select(*(table.c[column] for column in row))).all()
        kept = [getattr(value, "timestamp", lambda value=value: value)() for value in found]
        expected = [1e-6 * value if column in _MOMENTS else value for column, value in row.items()]
        assert kept == expected


_MOMENTS = {"last_active", "sent_at", "began_at", "created_at", "changed_at", "added_at"}


class Dying:
    """The process of `dying`.

    Args:
        process: running.
    """

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def open(self, url: str, at: int = 0) -> str:
        """Open a database, and die before one of the statements; returns what it says."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{url} {at}\n".encode())
        return (await self._process.stdout.readline()).decode().strip()


@asynccontextmanager
async def dying() -> AsyncIterator[Dying]:
    """Run that process."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.storage.dying",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        yield Dying(process)
    finally:
        assert process.stdin is not None
        process.stdin.close()
        await process.wait()


def points(statements: int, *, most: int) -> list[int]:
    """Before which statements it is cut off: the first, the last, and some between."""
    return sorted({1 + number * (statements - 1) // (most - 1) for number in range(most)})


async def test_a_file_whose_migration_is_killed(tmp_path: Path) -> None:
    """`kill -9` anywhere in the migrations of a file: the next start does all of them."""
    oldest = tmp_path / "oldest.db"
    engine = create_engine(f"sqlite:///{oldest}")
    with engine.begin() as db:
        make_oldest(db)
    engine.dispose()

    def fresh(name: str) -> str:
        return f"sqlite:///{shutil.copy(oldest, tmp_path / f'{name}.db')}"

    async with dying() as process:
        statements = int(await process.open(fresh("whole")))
        for at in points(statements, most=12):
            url = fresh(str(at))
            assert await process.open(url, at) == "killed"
            async with open_store(url, clock=SystemClock()) as store:
                await store._database.read(check_newest)
                assert list(await store.waiting()) == [_KEY]


async def test_a_server_whose_client_is_killed_while_it_migrates(
    postgres: PostgresServer,
) -> None:
    """`kill -9` of the process anywhere in the migrations of a server's database: the same."""
    await postgres.run(f"CREATE DATABASE oldest OWNER {ROLE}")
    address = parse(postgres.url("oldest"))
    assert isinstance(address, PostgresAddress)
    database = PostgresDatabase(address, 5.0, None)
    await database.write(make_oldest)
    await database.close()
    try:
        async with dying() as process:
            statements = await _on_copy(postgres, process)
            assert statements is not None
            for at in points(statements, most=4):
                assert await _on_copy(postgres, process, at) is None
    finally:
        await postgres.run("DROP DATABASE oldest WITH (FORCE)")


async def _on_copy(postgres: PostgresServer, process: Dying, at: int = 0) -> int | None:
    """Migrate a copy, killed at a point; returns how many statements it took, None if killed."""
    url = postgres.url("copy")
    await postgres.run(f"CREATE DATABASE copy TEMPLATE oldest OWNER {ROLE}")
    try:
        said = await process.open(url, at)
        async with open_store(url, clock=SystemClock()) as store:
            await store._database.read(check_newest)
            assert list(await store.waiting()) == [_KEY]
    finally:
        await postgres.run("DROP DATABASE copy WITH (FORCE)")
    return None if said == "killed" else int(said)
