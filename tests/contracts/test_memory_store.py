"""The store in memory keeps the promises of a store."""

import pytest

from bot.ports import Store
from tests.contracts.comparisons import ComparisonsContract
from tests.contracts.directories import DirectoriesContract
from tests.contracts.requests import RequestsContract
from tests.contracts.session_files import SessionFilesContract
from tests.contracts.sessions import SessionsContract
from tests.contracts.spending import SpendingContract
from tests.contracts.steering import SteeringContract
from tests.contracts.store import SetClock, StoreContract
from tests.fakes.memory_store import MemoryStore


class _InMemory:
    @pytest.fixture
    def store(self, clock: SetClock) -> Store:
        return MemoryStore(clock, files_limit=1_000_000)


class TestStore(_InMemory, StoreContract):
    pass


class TestSessionFiles(_InMemory, SessionFilesContract):
    pass


class TestRequests(_InMemory, RequestsContract):
    pass


class TestSessions(_InMemory, SessionsContract):
    pass


class TestComparisons(_InMemory, ComparisonsContract):
    pass


class TestSteering(_InMemory, SteeringContract):
    pass


class TestSpending(_InMemory, SpendingContract):
    pass


class TestDirectories(_InMemory, DirectoriesContract):
    pass
