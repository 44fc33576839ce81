"""What outlives the bot and the runtime: everything."""

import os
import shutil
import signal
from pathlib import Path

import pytest

from tests.e2e.stage import Stage, stage

pytestmark = pytest.mark.runtime


async def _cut_off(play: Stage, words: str) -> str:
    """Mention the bot, and return once part of the answer is seen and the rest is held."""
    gate = play.brain.hold(words, after=3)
    thread = await play.mention(words)
    await gate.reached()
    await play.slack.until(
        lambda: [m for m in play.slack.replies("general", thread) if "word1" in m.text],
        timeout_s=30,
    )
    return thread


async def _answered_once(play: Stage, thread: str, text: str) -> None:
    await play.slack.until(lambda: text in play.answers(thread), timeout_s=40)
    await play.follow_up(thread, "echo: after")
    await play.slack.until(lambda: "after" in play.answers(thread), timeout_s=30)
    assert play.answers(thread) == [text, "after"]


async def test_a_thread_goes_on_after_a_restart_even_without_the_runtimes_home(
    tmp_path: Path,
) -> None:
    """Stop the bot, delete the runtime's home, start the bot: the thread remembers."""
    async with stage(tmp_path) as play:
        thread = await play.mention("remember the word falcon")
        await play.answer(thread)
        assert await play.bot.end() == 0
        shutil.rmtree(tmp_path / "home")
        await play.bot.start()
        await play.connected()
        await play.follow_up(thread, "what was the word?")
        assert await play.answer(thread, 2) == "The word was falcon."
        assert "Traceback" not in play.bot.said


async def test_a_killed_runtime_costs_no_answer(tmp_path: Path) -> None:
    """`kill -9` the runtime in mid-answer: the thread gets its answer, once."""
    async with stage(tmp_path) as play:
        thread = await _cut_off(play, "slow 6 killed")
        pid = await play.bot.runtime_pid()
        play.brain._gates.clear()
        os.kill(pid, signal.SIGKILL)
        await _answered_once(play, thread, "word1 word2 word3 word4 word5 word6")


async def test_a_killed_bot_costs_no_answer(tmp_path: Path) -> None:
    """`kill -9` the bot in mid-answer and start it again: the same."""
    async with stage(tmp_path) as play:
        thread = await _cut_off(play, "slow 6 killed")
        play.brain._gates.clear()
        await play.bot.end(signal.SIGKILL)
        await play.bot.start()
        await _answered_once(play, thread, "word1 word2 word3 word4 word5 word6")


async def test_what_is_left_when_the_patience_ends_is_resumed(tmp_path: Path) -> None:
    """A stop waits THREADPILOT_DRAIN_S for running turns; the next start takes up the rest."""
    async with stage(tmp_path, settings={"THREADPILOT_DRAIN_S": "0.2"}) as play:
        thread = await _cut_off(play, "slow 6 drained")
        play.brain._gates.clear()
        assert await play.bot.end() == 0
        await play.bot.start()
        await _answered_once(play, thread, "word1 word2 word3 word4 word5 word6")


async def test_a_running_turn_may_end_while_the_bot_stops(tmp_path: Path) -> None:
    """During the drain a running answer goes on to its end, and nothing new is begun."""
    async with stage(tmp_path) as play:
        gate = play.brain.hold("slow 3 to the end", after=1)
        thread = await play.mention("slow 3 to the end")
        await gate.reached()
        play.bot.signal(signal.SIGTERM)
        later = await play.mention("echo: later")
        await play.slack.until(lambda: "draining" in play.bot.said, timeout_s=20)
        gate.release()
        assert await play.bot.ended() == 0
        assert play.answers(thread) == ["word1 word2 word3"]
        assert play.answers(later) == []
        await play.bot.start()
        assert await play.answer(later) == "later"


async def test_what_was_said_while_the_bot_was_away_is_answered(tmp_path: Path) -> None:
    """Slack delivers again what was not acknowledged, and the bot answers it."""
    async with stage(tmp_path) as play:
        await play.bot.end(signal.SIGKILL)
        thread = await play.mention("echo: are you there")
        await play.bot.start()
        assert await play.answer(thread) == "are you there"
