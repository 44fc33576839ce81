"""The store over PostgreSQL keeps the promises of a store."""

from collections.abc import AsyncIterator

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


class _OverPostgres:
    @pytest.fixture
    async def store(self, clock: SetClock, postgres_url: str) -> AsyncIterator[Store]:
        async with open_store(postgres_url, clock=clock, files_limit=1_000_000) as store:
            yield store


class TestStore(_OverPostgres, StoreContract):
    pass


class TestSessionFiles(_OverPostgres, SessionFilesContract):
    pass


class TestRequests(_OverPostgres, RequestsContract):
    pass


class TestSessions(_OverPostgres, SessionsContract):
    pass


class TestComparisons(_OverPostgres, ComparisonsContract):
    pass


class TestSteering(_OverPostgres, SteeringContract):
    pass


class TestSpending(_OverPostgres, SpendingContract):
    pass


class TestDirectories(_OverPostgres, DirectoriesContract):
    pass
