"""One process serves Slack and Discord, and either being down does not disturb the other."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from urllib.parse import urlsplit

import pytest
import pytest_asyncio

from tests.e2e.door import Door
from tests.e2e.stage import Side, Stage, stage

pytestmark = [pytest.mark.runtime, pytest.mark.asyncio(loop_scope="package")]


@dataclass(frozen=True, kw_only=True)
class Outage:
    """A bot that reaches one of its platforms through a door.

    Args:
        play: the stage.
        side: the platform behind the door.
        other: the other one.
        door: shut at first.
    """

    play: Stage
    side: Side
    other: Side
    door: Door


@pytest_asyncio.fixture(
    loop_scope="package", scope="module", name="outage", params=["slack", "discord"]
)
async def _outage(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Outage]:
    down = request.param
    async with stage(tmp_path_factory.mktemp(down), starts=False) as play:
        port = urlsplit(play.playground.url).port
        assert port is not None
        async with Door(port) as door:
            for name, address in play.bot.environment.items():
                if name.startswith(f"{down.upper()}_") and name.endswith("_URL"):
                    play.bot.environment[name] = address.replace(f":{port}/", f":{door.port}/")
            await door.shut()
            await play.bot.start()
            side, other = play.side(down), play.side("discord" if down == "slack" else "slack")
            yield Outage(play=play, side=side, other=other, door=door)
            await play.bot.end()  # while it can still say goodbye


async def test_a_platform_that_is_down_at_the_start_is_waited_for(outage: Outage) -> None:
    """The other one is served meanwhile; when it is back, it is served as well."""
    side, other = outage.side, outage.other
    await other.until(other.is_connected)
    thread = await other.mention("echo: nothing wrong here")
    assert await other.answer(thread) == "nothing wrong here"
    assert not side.is_connected()
    await outage.door.open()
    await side.until(side.is_connected)
    thread = await side.mention("echo: back again")
    assert await side.answer(thread) == "back again"
    assert not outage.play.bot.traces


async def test_a_platform_that_goes_down_in_mid_answer_takes_nothing_with_it(
    outage: Outage,
) -> None:
    """The other one's answer goes on; the answer here is finished when it is back, once."""
    side, other = outage.side, outage.other
    await outage.door.open()
    await outage.play.connected()
    gate = outage.play.brain.hold("slow 4 on both", after=2)
    here, there = await side.mention("slow 4 on both"), await other.mention("slow 4 on both")
    await side.writing(here, "word1")
    await other.writing(there, "word1")
    await outage.door.shut()
    side.drop()
    gate.release()
    assert await other.answer(there) == "word1 word2 word3 word4"
    await other.follow_up(there, "echo: undisturbed")
    assert await other.answer(there, 2) == "undisturbed"
    await outage.door.open()
    assert await side.answer(here) == "word1 word2 word3 word4"
    await side.follow_up(here, "echo: and on")
    await side.answered(here, "and on")
    assert side.answers(here) == ["word1 word2 word3 word4", "and on"]
