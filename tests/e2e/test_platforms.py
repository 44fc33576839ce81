"""One process serves Slack and Discord, and either being down does not disturb the other."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.e2e.door import Door
from tests.e2e.stage import Side, Stage, stage

pytestmark = pytest.mark.runtime


@asynccontextmanager
async def _with_door(directory: Path, down: str) -> AsyncIterator[tuple[Stage, Side, Side, Door]]:
    """A stage whose bot reaches one platform through a door.

    Yields:
        The stage, that side, the other side, and the door.
    """
    async with stage(directory, starts=False) as play:
        server = urlsplit(play.playground.url)
        assert server.port is not None
        async with Door(server.port) as door:
            for name, address in play.bot.environment.items():
                if name.startswith(f"{down.upper()}_") and name.endswith("_URL"):
                    through = address.replace(f":{server.port}/", f":{door.port}/")
                    play.bot.environment[name] = through
            other = play.on_discord if down == "slack" else play.on_slack
            yield play, play.side(down), other, door


@pytest.mark.parametrize("down", ["slack", "discord"])
async def test_a_platform_that_is_down_at_the_start_is_waited_for(
    tmp_path: Path, down: str
) -> None:
    """The other one is served meanwhile; when it is back, it is served as well."""
    async with _with_door(tmp_path, down) as (play, side, other, door):
        await door.shut()
        await play.bot.start()
        await other.until(other.is_connected)
        thread = await other.mention("echo: nothing wrong here")
        assert await other.answer(thread) == "nothing wrong here"
        assert not side.is_connected()
        await door.open()
        await side.until(side.is_connected)
        thread = await side.mention("echo: back again")
        assert await side.answer(thread) == "back again"
        assert not play.bot.traces


@pytest.mark.parametrize("down", ["slack", "discord"])
async def test_a_platform_that_goes_down_in_mid_answer_takes_nothing_with_it(
    tmp_path: Path, down: str
) -> None:
    """The other one's answer goes on; the answer here is finished when it is back, once."""
    async with _with_door(tmp_path, down) as (play, side, other, door):
        await play.start()
        gate = play.brain.hold("slow 4 on both", after=2)
        here, there = await side.mention("slow 4 on both"), await other.mention("slow 4 on both")
        await side.writing(here, "word1")
        await other.writing(there, "word1")
        await door.shut()
        side.drop()
        gate.release()
        assert await other.answer(there) == "word1 word2 word3 word4"
        await other.follow_up(there, "echo: undisturbed")
        assert await other.answer(there, 2) == "undisturbed"
        await door.open()
        assert await side.answer(here) == "word1 word2 word3 word4"
        await side.follow_up(here, "echo: and on")
        await side.answered(here, "and on")
        assert side.answers(here) == ["word1 word2 word3 word4", "and on"]
