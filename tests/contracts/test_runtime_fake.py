"""The runtime in memory keeps the contract."""

from __future__ import annotations

import pytest

from tests.contracts.runtime import Gate, RuntimeContract
from tests.fakes.runtime import FakeRuntime


class FakeStage:
    """A fake runtime."""

    def __init__(self) -> None:
        self.runtime = FakeRuntime(has_titles=True)

    def hold(self, pattern: str, *, after: int = 1) -> Gate:
        """Hold some answers."""
        return self.runtime.hold(pattern, after=after)

    def kill(self) -> None:
        """Kill the runtime."""
        self.runtime.kill()


class TestFakeRuntime(RuntimeContract):
    @pytest.fixture
    def stage(self) -> FakeStage:
        """A fake runtime."""
        return FakeStage()
