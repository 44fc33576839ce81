"""What the bot says of itself at `/readyz`."""

import pytest

from bot.errors import ChatRefused, StoreFull
from bot.wiring import Bot
from tests.bot.stage import Stage


@pytest.fixture
def bot(stage: Stage) -> Bot:
    """The parts of a bot that runs."""
    return Bot(
        store=stage.store,
        runtime=stage.runtime,
        chats={stage.chat.platform: stage.chat},
        sessions=stage.sessions,
    )


async def test_all_is_well(bot: Bot) -> None:
    """Each part is named, with nothing against it."""
    assert await bot.readiness() == {"database": "", "copilot": "", "fake": ""}


async def test_the_database_fails(bot: Bot, stage: Stage) -> None:
    """A database that cannot be written is told in its own words, until it can."""
    stage.store.fail("check", error=StoreFull("No space is left."), times=1)
    assert (await bot.readiness())["database"] == "No space is left."
    assert (await bot.readiness())["database"] == ""


async def test_a_platform_that_refuses_us(bot: Bot, stage: Stage) -> None:
    """Why a platform refused us for good is told."""
    bot.refusals["fake"] = ChatRefused("the token was revoked")
    stage.chat._connected.clear()
    assert (await bot.readiness())["fake"] == "the token was revoked"
