"""Slack's own habits: threads in a channel and in a direct message, shortcuts, redelivery."""

from __future__ import annotations

import pytest

from tests.e2e.stage import SlackSide, Stage, Thread

pytestmark = [pytest.mark.runtime, pytest.mark.asyncio(loop_scope="package")]


@pytest.fixture(name="side")
def _side(play: Stage) -> SlackSide:
    return play.on_slack


async def test_a_mention_is_answered_in_its_own_thread(side: SlackSide) -> None:
    """The reply to a mention is in the thread of that mention, and nowhere else."""
    before = len(side.slack.messages("general"))
    thread = await side.mention("echo: a mutex is a lock")
    assert await side.answer(thread) == "a mutex is a lock"
    assert len(side.slack.messages("general")) == before + 1


async def test_a_thread_in_a_direct_message_is_its_own_session(side: SlackSide) -> None:
    """A thread under a direct message knows nothing of the top level."""
    top = side.direct("ann")
    await side.follow_up(top, "remember the word lotus")
    await side.answered(top, "I will remember lotus.")
    root = await side.follow_up(top, "echo: root")
    await side.answered(top, "root")
    thread = Thread(channel=top.channel, id=root)
    await side.follow_up(thread, "what was the word?")
    assert await side.answer(thread) == "No word was told here."


@pytest.mark.parametrize("fault", ["redeliver", "double_mention"])
async def test_one_utterance_as_several_events_is_answered_once(
    side: SlackSide, fault: str
) -> None:
    """The same event twice, or one mention as two events, is answered once."""
    side.slack.faults.turn_on(fault)
    try:
        thread = await side.mention("echo: once")
        assert await side.answer(thread) == "once"
        await side.until(lambda: not side.slack.socket.unacknowledged)
    finally:
        side.slack.faults.turn_off(fault)
    await side.follow_up(thread, "echo: twice")
    assert await side.answer(thread, 2) == "twice"
    assert side.answers(thread) == ["once", "twice"]


async def test_the_shortcut_resets_the_thread(side: SlackSide) -> None:
    """The message shortcut in a thread starts it afresh."""
    thread = await side.mention("remember the word tern")
    await side.answer(thread)
    shortcut = side.slack.manifest.shortcuts[0]
    await side.slack.person("ann").shortcut(shortcut.callback_id, "general", thread.id)
    assert "afresh" in await side.answer(thread, 2)


async def test_a_dropped_socket_in_mid_answer_costs_nothing(play: Stage, side: SlackSide) -> None:
    """What was said while the socket was down is answered once it is back, once."""
    gate = play.brain.hold("slow 4 while dropped", after=2)
    thread = await side.mention("slow 4 while dropped")
    await side.writing(thread, "word1")
    side.drop()
    await side.until(lambda: not side.is_connected())
    missed = await side.mention("echo: said meanwhile")
    gate.release()
    assert await side.answer(thread) == "word1 word2 word3 word4"
    assert await side.answer(missed) == "said meanwhile"
    await side.follow_up(missed, "echo: and on")
    assert await side.answer(missed, 2) == "and on"
    assert side.answers(missed) == ["said meanwhile", "and on"]


async def test_malformed_and_oversized_events_do_no_harm(side: SlackSide) -> None:
    """Nonsense is logged, and the socket lives on."""
    for event in (
        {"type": "message"},
        {"type": "message", "channel": 7, "ts": None, "text": ["x"], "user": {}},
        {"type": "app_mention", "channel": "C1", "text": "x" * 100_000},
        {"type": "never_heard_of"},
        {},
    ):
        side.slack._deliver(event)
    thread = await side.mention("echo: alive")
    assert await side.answer(thread) == "alive"
