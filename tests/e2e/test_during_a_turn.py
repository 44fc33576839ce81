"""What is said and chosen while an answer is being written."""

from __future__ import annotations

import pytest

from tests.e2e.stage import Side, Stage, Thread

pytestmark = [pytest.mark.runtime, pytest.mark.asyncio(loop_scope="package")]


async def told(side: Side, thread: Thread, words: str, sentence: str) -> None:
    """Say a command to the bot in a thread, and wait for what it says to it, as it does there."""
    await side.call(thread, words)
    direct = side.direct("ann")
    await side.until(
        lambda: (
            sentence in "".join(each.shown for each in (*side.told("ann"), *side.messages(direct)))
        )
    )


async def test_what_is_said_steers_the_turn(play: Stage, side: Side) -> None:
    """In the mode `steer` it is answered in the same reply, and the thread is usable after."""
    thread = await side.mention(f"echo: steering on {side.name}")
    await side.answer(thread)
    await told(side, thread, "mode steer", "reaches that answer")
    gate = play.brain.hold(f"slow 20 at 0.1 on {side.name}", after=2)
    await side.follow_up(thread, f"slow 20 at 0.1 on {side.name}")
    await gate.reached()
    message = await side.follow_up(thread, "echo: north")
    await side.until(lambda: side.waits(thread, message))
    gate.release()
    await side.answered(thread, "north")
    [text] = [each for each in side.answers(thread) if "word20" in each]
    assert text.endswith("north")
    await side.until(lambda: not side.waits(thread, message))
    await side.follow_up(thread, "echo: usable after")
    await side.answered(thread, "usable after")


async def test_what_is_said_interrupts_the_turn(play: Stage, side: Side) -> None:
    """In the mode `interrupt` the turn is stopped, what was written stays, and it is next."""
    thread = await side.mention(f"echo: interrupting on {side.name}")
    await side.answer(thread)
    await told(side, thread, "mode interrupt", "stops that answer")
    gate = play.brain.hold(f"slow 9 to interrupt on {side.name}", after=4)
    await side.follow_up(thread, f"slow 9 to interrupt on {side.name}")
    await gate.reached()
    await side.writing(thread, "word2")
    await side.follow_up(thread, "echo: at once")
    await side.answered(thread, "at once")
    [stopped] = [each for each in side.messages(thread) if "word2" in each.text]
    assert "word9" not in stopped.text
    assert "Stopped for what was said next" in stopped.shown


async def test_a_model_is_chosen_during_a_turn(play: Stage, side: Side) -> None:
    """The turn ends with its own; one that turns out to be gone is given up, and Retry works."""
    gate = play.brain.hold(f"slow 3 before a model on {side.name}", after=1)
    thread = await side.mention(f"slow 3 before a model on {side.name}")
    await gate.reached()
    await told(side, thread, "model quick-1", "Once this answer is written")
    gate.release()
    await side.answered(thread, "word1 word2 word3")
    await side.follow_up(thread, "who are you?")
    await side.answered(thread, "I am quick-1")
    await told(side, thread, "model gone-3", "goes on with `gone-3`")
    await side.follow_up(thread, "who are you?")
    offer = await side.offered(thread, "is not there any more")
    await side.press(offer, "Retry")
    await side.answered(thread, "I am playground")
