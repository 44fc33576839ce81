"""Comparing models: blind answers, votes, the reveal, and going on with one."""

from __future__ import annotations

import asyncio
import os
import re
import signal

import pytest

from playground.discord.commands import CommandType
from tests.e2e.stage import UNKNOWN, DiscordSide, Said, Side, SlackSide, Stage, Thread

pytestmark = [pytest.mark.runtime, pytest.mark.asyncio(loop_scope="package")]

WHOLE = "word1 word2 word3 word4 word5 word6"
MODELS = "quick-1 calm-2"


def blind(side: Side, thread: Thread) -> dict[str, str]:
    """What each label has said so far."""
    found = (re.match(r"### Answer (\w)\s*(.*)", m.text, re.DOTALL) for m in side.messages(thread))
    return {match[1]: match[2].strip() for match in found if match}


async def voting(side: Side, thread: Thread) -> Said:
    """Wait for the vote."""
    return await side.offered(thread, "Which answer is best?", "Reveal models")


async def outcome(side: Side, thread: Thread) -> Said:
    """Wait until the models are told."""
    await side.until(
        lambda: [m for m in side.messages(thread) if any("Continue" in b for b in m.buttons)]
    )
    return side.messages(thread)[-1]


async def test_models_are_compared_in_a_thread(side: Side) -> None:
    """Blind answers with the thread's context, a vote, the models, and going on with one."""
    thread = await side.mention("remember the word heron")
    await side.answer(thread)
    await side.call(thread, f"compare {MODELS} who are you?")
    vote = await voting(side, thread)
    said = blind(side, thread)
    assert sorted(said) == ["A", "B"]
    assert not any(model in vote.shown for model in MODELS.split())
    await side.press(vote, "B")
    await _says(side, thread, "One vote so far")
    await side.press(vote, "Reveal models")
    told = await outcome(side, thread)
    model = next(name for name in MODELS.split() if name in said["B"])
    assert f"B, {model}, won" in told.shown
    assert f"**B: {model}** · one vote · began after" in told.shown
    await side.press(told, "Continue with B")
    await _says(side, thread, "goes on with B")
    await side.follow_up(thread, "what was the word?")
    await side.answered(thread, "The word was heron.")
    await side.follow_up(thread, "who are you?")
    await side.until(lambda: f"I am {model}." in side.answers(thread)[-1])


async def test_a_mention_begins_a_thread_and_one_model_fails(side: Side) -> None:
    """Said in a channel it begins a thread; a model that is not there is named at the reveal."""
    thread = await side.mention(f"compare {MODELS} {UNKNOWN} echo: alike")
    vote = await voting(side, thread)
    said = blind(side, thread)
    assert sorted(said.values())[1:] == ["alike", "alike"]
    assert UNKNOWN not in "".join(m.shown for m in side.messages(thread))
    assert len([label for label in vote.buttons if label in "ABC"]) == 2
    await side.press(vote, "Reveal models")
    assert "It is not known here" in (await outcome(side, thread)).shown


async def test_in_a_direct_message_one_vote_reveals(side: Side) -> None:
    """Alone with the bot, one vote tells the models; without a choice the session goes on."""
    thread = side.direct("ada")
    await side.follow_up(thread, f"compare {MODELS} echo: private", who="ada")
    vote = await voting(side, thread)
    await side.press(vote, "None better", who="ada")
    assert "None was found better" in (await outcome(side, thread)).shown
    await side.follow_up(thread, "echo: on", who="ada")
    await side.answered(thread, "on")


async def _both_write(side: Side, thread: Thread) -> None:
    """Wait until part of both answers is seen."""
    await side.until(lambda: len([said for said in blind(side, thread).values() if said]) == 2)


async def _says(side: Side, thread: Thread, words: str) -> None:
    """Wait until the newest message of the bot's has these words in it."""
    await side.until(lambda: words in side.messages(thread)[-1].shown)


async def _cut_off(play: Stage) -> list[tuple[Side, Thread]]:
    """Compare everywhere; returns once part of each answer is seen, the rest held."""
    gate = play.brain.hold("slow 6 to compare", after=3)
    threads = [(side, await side.mention("echo: before")) for side in play.sides]
    for side, thread in threads:
        await side.answer(thread)
        await side.call(thread, f"compare {MODELS} slow 6 to compare")
    await asyncio.gather(*(_both_write(side, thread) for side, thread in threads))
    play.brain._gates.remove(gate)
    return threads


async def _compared_once(threads: list[tuple[Side, Thread]]) -> None:
    async def check(side: Side, thread: Thread) -> None:
        await side.offered(thread, "Which answer is best?", "Reveal models", timeout_s=60)
        assert blind(side, thread) == {"A": WHOLE, "B": WHOLE}
        assert len(side.messages(thread)) == 4

    await asyncio.gather(*(check(side, thread) for side, thread in threads))


async def test_a_killed_runtime_costs_no_answer(play: Stage) -> None:
    """`kill -9` the runtime in the middle: each answer comes, once, in its own message."""
    threads = await _cut_off(play)
    os.kill(await play.bot.runtime_pid(), signal.SIGKILL)
    await _compared_once(threads)


async def test_a_killed_bot_costs_no_answer_and_its_buttons_work(play: Stage) -> None:
    """`kill -9` the bot in the middle, and again before each press: the same, and they count."""
    threads = await _cut_off(play)
    await play.bot.end(signal.SIGKILL)
    await play.start()
    await _compared_once(threads)
    presses = {"A": "One vote", "Reveal models": "won", "Continue with A": "goes on"}
    for label, told in presses.items():
        await play.bot.end(signal.SIGKILL)
        await play.start()
        for side, thread in threads:
            await side.press(side.messages(thread)[-1], label)
        await asyncio.gather(*(_says(side, thread, told) for side, thread in threads))


async def test_a_stop_ends_all_answers(play: Stage, side: Side) -> None:
    """Stop ends every answer that is being written, and the thread goes on."""
    gate = play.brain.hold(f"slow 6 to stop all on {side.name}", after=3)
    thread = await side.mention("echo: before")
    await side.answer(thread)
    await side.call(thread, f"compare {MODELS} slow 6 to stop all on {side.name}")
    await _both_write(side, thread)
    await side.stop(thread)
    await _says(side, thread, "No model gave an answer")
    gate.release()
    await side.follow_up(thread, "echo: still here")
    await side.answered(thread, "still here")


async def test_typed_in_a_channel_of_slack(play: Stage) -> None:
    """`/copilot compare` begins a thread with a message that shows what is asked."""
    side: SlackSide = play.on_slack
    await side.command(f"compare {MODELS} echo: typed", who="ben", channel="random")
    [root] = await side.until(
        lambda: [m for m in side.slack.messages("random") if m.by_bot and "echo: typed" in m.text]
    )
    thread = Thread(channel="random", id=root.ts)
    vote = await voting(side, thread)
    assert blind(side, thread) == {"A": "typed", "B": "typed"}
    await side.press(vote, "Reveal models", who="ben")
    await outcome(side, thread)
    await side.command("compare stats", who="ben", channel="random")
    await side.until(lambda: [t for t in side.told("ben") if "Wins by model" in t.shown])


async def test_typed_in_a_channel_of_discord(play: Stage) -> None:
    """The same on Discord, where models are offered while they are typed."""
    side: DiscordSide = play.on_discord
    await side.registered()
    person = side.discord.person("ben")
    offered = await person.autocomplete("copilot", "compare", "second", "c", {"first": "quick-1"})
    assert "calm-2" in [each["value"] for each in offered]
    assert "quick-1" not in [each["value"] for each in offered]
    options = {"first": "quick-1", "second": "calm-2", "question": "echo: typed here"}
    await person.command("copilot", "compare", options, channel="random")
    [root] = await side.until(
        lambda: [m for m in side.discord.replies("random") if "echo: typed here" in m.content]
    )
    thread = Thread(channel="random", id=root.id)
    await voting(side, thread)
    assert blind(side, thread) == {"A": "typed here", "B": "typed here"}
    assert side.discord.commands.find("copilot", CommandType.SLASH)
