"""The store over SQLite keeps the promises of a store."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.ports import Store
from storage.store import open_store
from tests.contracts.comparisons import ComparisonsContract
from tests.contracts.directories import DirectoriesContract
from tests.contracts.requests import RequestsContract
from tests.contracts.session_files import SessionFilesContract
from tests.contracts.sessions import SessionsContract
from tests.contracts.spending import SpendingContract
from tests.contracts.steering import SteeringContract
from tests.contracts.store import SetClock, StoreContract


class _OverSqlite:
    @pytest.fixture
    async def store(self, clock: SetClock, sqlite_copy: Path) -> AsyncIterator[Store]:
        async with open_store(
            f"sqlite:///{sqlite_copy}", clock=clock, files_limit=1_000_000
        ) as store:
            yield store


class TestStore(_OverSqlite, StoreContract):
    pass


class TestSessionFiles(_OverSqlite, SessionFilesContract):
    pass


class TestRequests(_OverSqlite, RequestsContract):
    pass


class TestSessions(_OverSqlite, SessionsContract):
    pass


class TestComparisons(_OverSqlite, ComparisonsContract):
    pass


class TestSteering(_OverSqlite, SteeringContract):
    pass


class TestSpending(_OverSqlite, SpendingContract):
    pass


class TestDirectories(_OverSqlite, DirectoriesContract):
    pass
