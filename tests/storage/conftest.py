"""A migrated database file for each test, and the store over it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from storage.store import SqlStore, open_store
from tests.contracts.conftest import sqlite_copy, sqlite_master
from tests.contracts.store import SetClock

__all__ = ["clock", "sqlite_copy", "sqlite_master", "statements", "store"]


@pytest.fixture
def clock() -> SetClock:
    """A clock that stands until it is moved."""
    return SetClock()


@pytest.fixture
def statements() -> list[str]:
    """The statements that the store ran."""
    return []


@pytest.fixture
async def store(
    clock: SetClock, sqlite_copy: Path, statements: list[str]
) -> AsyncIterator[SqlStore]:
    """A store over a file of its own."""
    async with open_store(
        f"sqlite:///{sqlite_copy}",
        clock=clock,
        count_statements=statements.append,
        busy_timeout_s=0.05,
    ) as store:
        statements.clear()
        yield store
