"""Sides to play on, and the bot's log beside what failed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Generator

import pytest
import pytest_asyncio

from playground.discord.options import ChannelOption, DiscordOptions
from playground.slack.options import PlaygroundOptions
from tests.e2e.side import Side
from tests.e2e.stage import Stage, stage

# What cannot be kept is delivered again after a second, not after minutes.
_SLACK = PlaygroundOptions(limits=False, retry_delays_s=(0.0, 0.5, 1.0))
_DISCORD = DiscordOptions(
    limits=False,
    channels=(
        ChannelOption(name="flat", denied=("CREATE_PUBLIC_THREADS", "CREATE_PRIVATE_THREADS")),
        ChannelOption(name="quiet", denied=("SEND_MESSAGES", "SEND_MESSAGES_IN_THREADS")),
        ChannelOption(name="doomed"),
    ),
)
# A turn that does not end by itself holds a stop up for no longer than this.
_SETTINGS = {"THREADPILOT_DRAIN_S": "5"}


@pytest_asyncio.fixture(loop_scope="package", scope="package", name="shared")
async def _shared(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    async with stage(
        tmp_path_factory.mktemp("shared"), options=_SLACK, discord=_DISCORD, settings=_SETTINGS
    ) as made:
        yield made


@pytest_asyncio.fixture(loop_scope="package", name="play")
async def _play(shared: Stage) -> Stage:
    """The stage that tests share: a start takes longer than most of them. Its bot runs."""
    if not shared.bot.is_running:
        await shared.start()
    return shared


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
