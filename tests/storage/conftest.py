"""A migrated database for each test, on both databases, and the store over it."""

import itertools
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from storage.store import SqlStore, open_store
from tests.contracts.conftest import sqlite_copy, sqlite_master
from tests.contracts.store import SetClock
from tests.postgres import PostgresServer, empty
from tests.storage.fresh import fresh

__all__ = ["clock", "sqlite_copy", "sqlite_master", "statements", "store"]


@pytest.fixture
def clock() -> SetClock:
    """A clock that stands until it is moved."""
    return SetClock()


@pytest.fixture
def statements() -> list[str]:
    """The statements that the store ran."""
    return []


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest) -> str:
    """The address of an empty database of each kind; a module may bind it to one."""
    if request.param == "postgres":
        return str(request.getfixturevalue("postgres_url"))
    return f"sqlite:///{request.getfixturevalue('sqlite_copy')}"


@pytest.fixture
async def store(clock: SetClock, url: str, statements: list[str]) -> AsyncIterator[SqlStore]:
    """A store over a database of its own."""
    async with open_store(
        url,
        clock=clock,
        count_statements=statements.append,
        # Nothing holds a file but what a test holds it with; rows have other holders.
        busy_timeout_s=0.05 if url.startswith("sqlite") else 5.0,
    ) as store:
        statements.clear()
        yield store


@pytest.fixture
def fresh_sqlite(sqlite_master: Path, tmp_path: Path) -> None:
    """Lets examples begin with a file of their own."""
    numbers = itertools.count()

    async def copy() -> str:
        return f"sqlite:///{shutil.copy(sqlite_master, tmp_path / f'{next(numbers)}.db')}"

    fresh["sqlite"] = copy


@pytest.fixture
def fresh_postgres(postgres: PostgresServer) -> None:
    """Lets examples begin with an empty database on a server."""

    async def emptied() -> str:
        await empty(postgres)
        return postgres.url("test")

    fresh["postgres"] = emptied
