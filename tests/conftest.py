"""What holds for all tests."""

import os

import pytest
from hypothesis import settings

# How long something takes is measured by `make bench`, and never fails a test.
settings.register_profile("threadpilot", deadline=None)
settings.load_profile("threadpilot")

_SLOW = ("e2e", "copilot", "browser")


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
