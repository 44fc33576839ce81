"""Sides to play on, and the bot's log beside what failed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Generator

import pytest
import pytest_asyncio

from tests.e2e.side import Side
from tests.e2e.stage import Stage, stage


@pytest_asyncio.fixture(loop_scope="module", scope="module", name="play")
async def _play(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    """A stage that the tests of a module share."""
    async with stage(tmp_path_factory.mktemp("shared")) as made:
        yield made


@pytest.fixture(name="side", params=["slack", "discord"])
def _side(request: pytest.FixtureRequest, play: Stage) -> Side:
    """Each of the platforms, on the stage that the module shares."""
    return play.side(request.param)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show what the bot said lately where a test failed."""
    report = yield
    play = getattr(item, "funcargs", {}).get("play")
    if report.failed and isinstance(play, Stage):
        report.sections.append(("the bot's log", play.bot.said[-8000:]))
    return report
