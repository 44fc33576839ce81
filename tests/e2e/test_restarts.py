"""What outlives the bot and the runtime: everything, on both platforms at once."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
from pathlib import Path

import pytest

from playground.slack.options import PlaygroundOptions
from tests.e2e.stage import Side, Stage, Thread, stage

pytestmark = [pytest.mark.runtime, pytest.mark.asyncio(loop_scope="package")]

WHOLE = "word1 word2 word3 word4 word5 word6"


async def _cut_off(play: Stage) -> list[tuple[Side, Thread]]:
    """Mention the bot everywhere; returns once part of each answer is seen, the rest held."""
    gate = play.brain.hold("slow 6 to cut off", after=3)
    threads = [(side, await side.mention("slow 6 to cut off")) for side in play.sides]
    await asyncio.gather(*(side.writing(thread, "word1") for side, thread in threads))
    play.brain._gates.remove(gate)  # what is asked again is answered at once
    return threads


async def _answered_once(threads: list[tuple[Side, Thread]]) -> None:
    """The answers come, once, and the threads go on."""

    async def check(side: Side, thread: Thread) -> None:
        await side.answered(thread, WHOLE, timeout_s=60)
        await side.follow_up(thread, "echo: after")
        await side.answered(thread, "after", timeout_s=60)
        assert side.answers(thread) == [WHOLE, "after"]

    await asyncio.gather(*(check(side, thread) for side, thread in threads))


async def test_a_thread_goes_on_after_a_restart_even_without_the_runtimes_home(
    play: Stage,
) -> None:
    """Stop the bot, delete the runtime's home, start the bot: the threads remember."""
    threads = [(side, await side.mention("remember the word falcon")) for side in play.sides]
    for side, thread in threads:
        await side.answer(thread)
    assert await play.bot.end() == 0
    shutil.rmtree(play.bot.directory / "home")
    await play.start()
    for side, thread in threads:
        await side.follow_up(thread, "what was the word?")
    for side, thread in threads:
        assert await side.answer(thread, 2) == "The word was falcon."


async def test_a_killed_runtime_costs_no_answer(play: Stage) -> None:
    """`kill -9` the runtime in mid-answer: the threads get their answers, once."""
    threads = await _cut_off(play)
    os.kill(await play.bot.runtime_pid(), signal.SIGKILL)
    await _answered_once(threads)


async def test_a_runtime_killed_at_a_sessions_first_word_costs_no_answer(
    play: Stage, side: Side
) -> None:
    """The same where the runtime had not yet kept anything of the session."""
    await side.answer(await side.mention("echo: the runtime is up"))
    gate = play.brain.hold(f"slow 6 just begun on {side.name}", after=1)
    pid = await play.bot.runtime_pid()
    thread = await side.mention(f"slow 6 just begun on {side.name}")
    await side.writing(thread, "word1")
    play.brain._gates.remove(gate)
    os.kill(pid, signal.SIGKILL)
    await _answered_once([(side, thread)])


async def test_a_killed_bot_costs_no_answer(play: Stage) -> None:
    """`kill -9` the bot in mid-answer and start it again: the same."""
    threads = await _cut_off(play)
    await play.bot.end(signal.SIGKILL)
    await play.start()
    await _answered_once(threads)


async def test_what_is_left_when_the_patience_ends_is_resumed(play: Stage) -> None:
    """A stop waits THREADPILOT_DRAIN_S for running turns; the next start takes up the rest."""
    threads = await _cut_off(play)
    assert await play.bot.end() == 0
    await play.start()
    await _answered_once(threads)


async def test_a_running_turn_may_end_while_the_bot_stops(play: Stage) -> None:
    """During the drain a running answer goes on to its end, and nothing new is begun."""
    gate = play.brain.hold("slow 3 to the end", after=1)
    running = [(side, await side.mention("slow 3 to the end")) for side in play.sides]
    for side, thread in running:
        await side.writing(thread, "word1")
    drained = play.bot.times("draining")
    play.bot.signal(signal.SIGTERM)
    await play.bot.logged("draining", times=drained + 1)
    later = [(side, await side.mention("echo: later")) for side in play.sides]
    for _, thread in later:
        await play.bot.logged("message.accepted", thread.id)
    gate.release()
    assert await play.bot.ended() == 0
    for side, thread in running:
        assert side.answers(thread) == ["word1 word2 word3"]
    for side, thread in later:
        assert side.answers(thread) == []
    await play.start()
    for side, thread in later:
        assert await side.answer(thread) == "later"


async def test_what_was_said_while_the_bot_was_away_is_answered(play: Stage) -> None:
    """Slack delivers again what was not acknowledged, and on Discord the bot looks for it.

    Discord lists no direct messages: those are looked at that the bot knows.
    """
    private = [(side, side.direct("ann")) for side in play.sides]
    for side, thread in private:
        await side.follow_up(thread, "echo: we know each other")
        await side.answered(thread, "we know each other")
    await play.bot.end(signal.SIGKILL)
    threads = [(side, await side.mention("echo: are you there")) for side in play.sides]
    for side, thread in private:
        await side.follow_up(thread, "echo: are you away")
    await play.start()
    for side, thread in threads:
        assert await side.answer(thread) == "are you there"
    for side, thread in private:
        await side.answered(thread, "are you away")
        assert side.answers(thread).count("are you away") == 1


async def test_what_was_missed_in_its_threads_is_answered_once(tmp_path: Path) -> None:
    """A mention that nobody delivers any more is looked for; of what is too old people are told."""
    async with stage(
        tmp_path,
        options=PlaygroundOptions(limits=False, undelivered_s=0),
        settings={"THREADPILOT_CATCH_UP_S": "3600"},
    ) as play:
        threads = [(side, await side.mention("echo: hello")) for side in play.sides]
        for side, thread in threads:
            await side.answered(thread, "hello")
            await side.follow_up(thread, "I am here as well", who="ben")
        await play.bot.end(signal.SIGKILL)
        for side, thread in threads:
            await side.call(thread, "echo: while you were away", who="ben")
        await play.start()
        for side, thread in threads:
            await side.answered(thread, "while you were away")
        # Once more: what was found is known, and what is too old is only told of.
        await play.bot.end(signal.SIGKILL)
        for side, thread in threads:
            await side.call(thread, "echo: long ago", who="ben")
        play.bot.environment["THREADPILOT_CATCH_UP_S"] = "0.001"
        await play.start()
        for side, thread in threads:
            notice = await side.offered(thread, "I was away when you said", "Answer now")
            assert side.answers(thread)[:2] == ["hello", "while you were away"]
            await side.press(notice, "Answer now", who="ben")
            await side.answered(thread, "long ago")
