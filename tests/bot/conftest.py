"""The core on a stage for each test."""

from collections.abc import AsyncIterator

import pytest

from tests.bot.stage import Stage, staged


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    """The core over fakes, running."""
    async with staged() as stage:
        yield stage
