"""What the bot says of itself at `/readyz`."""

from dataclasses import replace

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


async def test_numbers(bot: Bot, stage: Stage) -> None:
    """What an operator watches: what is worked on, what waits and for how long."""
    bot = replace(bot, clock=stage.clock)
    stage.runtime.hold("hold")
    said = await stage.say("echo: hold")
    await stage.say("echo: waits", to=said)
    await stage.pass_time(10)
    told = {number.name: number.value for number in await bot.numbers()}
    assert told.pop("oldest_queued_seconds") > 5
    assert told.pop("tasks") > 1
    assert told == {
        "threads_working": 1,
        "sessions_live": 1,
        "sessions_waiting": 0,
        "runtime_up": 1,
        "platform_connected": 1,
        "messages_queued": 1,
        "messages_running": 1,
    }
    stage.store.fail("backlog", error=StoreFull("No space is left."), times=1)
    assert "messages_queued" not in {number.name for number in await bot.numbers()}


async def test_a_platform_that_refuses_us(bot: Bot, stage: Stage) -> None:
    """Why a platform refused us for good is told."""
    bot.refusals["fake"] = ChatRefused("the token was revoked")
    stage.chat._connected.clear()
    assert (await bot.readiness())["fake"] == "the token was revoked"
