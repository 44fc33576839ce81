"""What Copilot asks people, with the real runtime, on both platforms."""

from __future__ import annotations

import asyncio
import os
import signal

import pytest

from tests.e2e.stage import Side, Stage

pytestmark = [pytest.mark.runtime, pytest.mark.asyncio(loop_scope="package")]


async def test_a_stop_sign_ends_an_answer(play: Stage, side: Side) -> None:
    """A stop sign on what is being answered ends it; what was written stays."""
    prompt = f"slow 6 to be stopped on {side.name}"
    gate = play.brain.hold(prompt, after=2)
    thread = await side.mention(prompt)
    await side.writing(thread, "word1")
    await side.react(thread)
    await side.offered(thread, "word1")
    play.brain._gates.remove(gate)
    await side.follow_up(thread, "echo: works")
    await side.answered(thread, "works")


async def test_a_question_outlives_bot_and_runtime(play: Stage) -> None:
    """Asked before both are killed, it is answered by its button before the bot looks again."""
    threads = [(side, await side.mention("ask: Which way? | left | right")) for side in play.sides]
    asked = [await side.offered(thread, "Which way?", "right") for side, thread in threads]
    os.kill(await play.bot.runtime_pid(), signal.SIGKILL)
    await play.bot.end(signal.SIGKILL)
    await play.start()

    async def answer(number: int) -> None:
        side, thread = threads[number]
        await side.press(asked[number], "right", who="ben")
        await side.until(lambda: [told for told in side.told("ben") if "asked" in told.shown])
        await side.press(asked[number], "right")
        await side.answered(thread, "User selected: right")
        question, _ = side.messages(thread)
        assert question.id == asked[number].id

    await asyncio.gather(*(answer(number) for number in range(len(threads))))
