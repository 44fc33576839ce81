"""A stage for each test."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.discord.stage import DiscordStage, staged


@pytest.fixture
def playground_options() -> dict[str, Any]:
    """What is particular about the test's playground; tests override this."""
    return {}


@pytest.fixture
async def stage(playground_options: dict[str, Any]) -> AsyncIterator[DiscordStage]:
    """The Discord adapter running against a playground."""
    async with staged(**playground_options) as running:
        yield running
