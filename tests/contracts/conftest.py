"""A migrated database file for each test, without migrating each time."""

import asyncio
import shutil
from pathlib import Path

import pytest

from storage.store import open_store
from tests.contracts.store import SetClock


@pytest.fixture(scope="session")
def sqlite_master(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with the newest schema and nothing in it."""
    path = tmp_path_factory.mktemp("database") / "master.db"

    async def make() -> None:
        async with open_store(f"sqlite:///{path}", clock=SetClock()):
            pass

    asyncio.run(make())
    return path


@pytest.fixture
def sqlite_copy(sqlite_master: Path, tmp_path: Path) -> Path:
    """A copy of it for one test."""
    return Path(shutil.copy(sqlite_master, tmp_path / "test.db"))
