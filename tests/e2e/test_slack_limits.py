"""Slack's limits: long answers, calls refused for a while, streams refused altogether."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.e2e.stage import SlackSide, Stage, Thread, stage

pytestmark = [pytest.mark.runtime, pytest.mark.asyncio(loop_scope="package")]


@pytest_asyncio.fixture(loop_scope="package", scope="module", name="play")
async def _play(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    """A stage of their own: what Slack refused is remembered for minutes, for all threads."""
    async with stage(tmp_path_factory.mktemp("limits")) as made:
        yield made


@pytest.fixture(name="side")
def _side(play: Stage) -> SlackSide:
    return play.on_slack


def _written(side: SlackSide, thread: Thread) -> list[str]:
    """The Markdown of each message: what stands in its blocks, or was streamed."""
    return [
        "\n".join(block["text"] for block in message.blocks or [] if block["type"] == "markdown")
        or (message.stream.text if message.stream is not None else "")
        for message in side.raw(thread)
    ]


@pytest.mark.parametrize("is_streamed", [True, False], ids=["streamed", "posted"])
@pytest.mark.parametrize("word", ["wording", "互斥锁是一种锁"], ids=["English", "Chinese"])
async def test_a_long_answer_goes_on_in_a_second_message(
    play: Stage, side: SlackSide, word: str, *, is_streamed: bool
) -> None:
    """Past what a message holds the answer continues, whatever its letters weigh."""
    lines = [f"{number}. {word * 14}" for number in range(1, 161)]
    name = f"a long {'streamed' if is_streamed else 'posted'} text of {word}"
    play.brain.on(name, "\n".join(lines))
    if not is_streamed:
        side.slack.faults.turn_on("refuse_streams")
    try:
        # That streams are refused in a channel is remembered.
        thread = await side.mention(name, channel="general" if is_streamed else "random")
        await side.until(lambda: "160. " in "".join(_written(side, thread)))
        assert (await side.answer(thread, 2)).strip()
    finally:
        side.slack.faults.turn_off("refuse_streams")
    written = "\n".join(_written(side, thread))
    assert [line for line in written.split("\n") if line] == lines


async def test_calls_that_are_refused_for_a_while_lose_nothing(
    play: Stage, side: SlackSide
) -> None:
    """A 429 is waited for as told: before the answer, while it grows, and at its end."""
    methods = ["chat.startStream", "chat.postMessage", "chat.appendStream", "chat.update"]
    side.slack.faults.turn_on("rate_limit", calls=2, retry_after_s=1, methods=methods)
    gate = play.brain.hold("slow 8 at 0.2 refused", after=4)
    thread = await side.mention("slow 8 at 0.2 refused")
    await side.writing(thread, "word1")
    side.slack.faults.turn_on(
        "rate_limit", calls=3, retry_after_s=1, methods=[*methods, "chat.stopStream"]
    )
    gate.release()
    assert await side.answer(thread) == " ".join(f"word{number}" for number in range(1, 9))
    refused = [c for c in side.slack.record.calls(ok=False) if c.error == "ratelimited"]
    assert len(refused) == 5
    side.slack.faults.turn_off("rate_limit")
    await side.follow_up(thread, "echo: and on")
    assert await side.answer(thread, 2) == "and on"
    assert len(side.answers(thread)) == 2


async def test_where_streams_are_refused_the_answer_is_posted_and_updated(
    play: Stage, side: SlackSide
) -> None:
    """The answer grows in one message that is changed in place."""
    side.slack.faults.turn_on("refuse_streams")
    try:
        gate = play.brain.hold("slow 6 unstreamed", after=3)
        thread = await side.mention("slow 6 unstreamed", channel="random")
        await side.writing(thread, "word1")
        gate.release()
        assert await side.answer(thread) == "word1 word2 word3 word4 word5 word6"
    finally:
        side.slack.faults.turn_off("refuse_streams")
    (message,) = side.raw(thread)
    assert message.stream is None
