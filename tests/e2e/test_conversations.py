"""Conversations are forked, taken back, written down, brought back, deleted and moved."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import pytest

from tests.e2e.side import Side, Thread
from tests.e2e.stage import Stage

pytestmark = [pytest.mark.runtime, pytest.mark.asyncio(loop_scope="package")]


def linked(text: str, thread: Thread) -> Thread:
    """The thread of the same channel that a text links to."""
    address = re.search(r"https?://[^\s)>|]+", text)
    assert address is not None, text
    last = urlsplit(address[0]).path.rpartition("/")[2]
    slack = re.fullmatch(r"p(\d+)(\d{6})", last)
    return Thread(channel=thread.channel, id=f"{slack[1]}.{slack[2]}" if slack else last)


async def remembering(side: Side, *words: str, channel: str = "general") -> Thread:
    """A thread in which words were told, one after the other."""
    thread = await side.mention(f"remember the word {words[0]}", channel=channel)
    await side.answer(thread)
    for number, word in enumerate(words[1:], 2):
        await side.follow_up(thread, f"remember the word {word}")
        await side.answer(thread, number)
    return thread


async def test_a_fork_goes_on_by_itself(side: Side) -> None:
    """A new thread knows what was said before a point; both go on, without a mention."""
    thread = await remembering(side, "heron", "stork")
    await side.call(thread, "fork 1")
    other = linked(await side.answer(thread, 3), thread)
    assert other.id != thread.id
    await side.follow_up(other, "what was the word?")
    await side.answered(other, "The word was heron.")
    await side.follow_up(thread, "what was the word?")
    assert await side.answer(thread, 4) == "The word was stork."


async def test_a_private_fork_stays_private(play: Stage) -> None:
    """In a direct message on Slack, the new thread is one of the same direct message."""
    side = play.side("slack")
    direct = side.direct("ben")
    await side.follow_up(direct, "remember the word heron", who="ben")
    await side.answered(direct, "I will remember heron.")
    await side.follow_up(direct, "fork", who="ben")
    await side.answered(direct, "A new thread goes on")
    other = linked(side.answers(direct)[-1], direct)
    await side.follow_up(other, "what was the word?", who="ben")
    await side.answered(other, "The word was heron.")


async def test_a_prompt_is_taken_back(side: Side) -> None:
    """It is shown and forgotten, and the answer to it says that it was taken back."""
    thread = await remembering(side, "heron", "stork")
    await side.call(thread, "rewind")
    assert "remember the word stork" in await side.answer(thread, 3)
    await side.until(lambda: "taken back" in side.answers(thread)[1])
    await side.follow_up(thread, "what was the word?")
    assert await side.answer(thread, 4) == "The word was heron."


async def test_an_older_conversation_goes_on(side: Side) -> None:
    """After a fresh start, the one of before is brought back by its number."""
    thread = await remembering(side, "heron")
    await side.call(thread, "reset")
    await side.answer(thread, 2)
    await side.call(thread, "resume 1")
    await side.answered(thread, "goes on from here")
    await side.follow_up(thread, "what was the word?")
    await side.answered(thread, "The word was heron.")


async def test_a_conversation_is_summed_up_and_written_down(side: Side) -> None:
    """A summary makes it smaller and nothing is forgotten; its export is files in the thread."""
    thread = await remembering(side, "heron")
    await side.call(thread, "compact")
    await side.answer(thread, 2)
    await side.call(thread, "export")
    await side.until(lambda: len(side.messages(thread)) >= 3)
    await side.follow_up(thread, "what was the word?")
    await side.answered(thread, "The word was heron.")


async def test_a_conversation_is_deleted(side: Side) -> None:
    """From a channel, after the thread was chosen and the question answered; then it is gone."""
    thread = await remembering(side, "ibis", channel="random")
    before = len(side.told("ann"))
    await side.command("delete", channel="random")
    offer = await side.until(lambda: [m for m in side.told("ann")[before:] if m.buttons])
    await side.press(offer[-1], offer[-1].buttons[0])
    asked = await side.until(
        lambda: [m for m in side.told("ann") if "Delete all of it" in m.buttons]
    )
    await side.press(asked[-1], "Delete all of it")
    await side.answered(thread, "is deleted")
    await side.follow_up(thread, "what was the word?")
    await side.answered(thread, "No word was told here.")


async def test_a_conversation_goes_on_on_the_other_platform(play: Stage) -> None:
    """A code of Slack, said in a direct message on Discord, brings it there with its memory."""
    slack, discord = play.side("slack"), play.side("discord")
    thread = await remembering(slack, "kiwi", channel="random")
    before = len(slack.told("ann"))
    await slack.command("move", channel="random")
    offer = await slack.until(lambda: [m for m in slack.told("ann")[before:] if m.buttons])
    await slack.press(offer[-1], offer[-1].buttons[0])
    pattern = re.compile(r"[A-Z2-9]{4}-[A-Z2-9]{4}-[A-Z2-9]{4}")
    told = await slack.until(
        lambda: [found for m in slack.told("ann") if (found := pattern.search(m.shown))]
    )
    direct = discord.direct("ben")
    await discord.follow_up(direct, f"resume {told[-1][0]}", who="ben")
    await discord.answered(direct, "goes on here")
    await discord.follow_up(direct, "what was the word?", who="ben")
    await discord.answered(direct, "The word was kiwi.")
    await slack.answered(thread, "goes on in a thread on Discord")


async def test_a_summary_goes_on_on_the_other_platform(play: Stage) -> None:
    """A code comes in private; with it Copilot is told on Slack what was said on Discord."""
    slack, discord = play.side("slack"), play.side("discord")
    direct = discord.direct("ann")
    await discord.follow_up(direct, "remember the word kakapo")
    await discord.answered(direct, "I will remember kakapo.")
    await discord.follow_up(direct, "move summary")
    pattern = re.compile(r"[A-Z2-9]{4}-[A-Z2-9]{4}-[A-Z2-9]{4}")
    told = await discord.until(
        lambda: [found for m in discord.messages(direct) if (found := pattern.search(m.shown))]
    )
    thread = await slack.mention("echo: here")
    await slack.answer(thread)
    await slack.call(thread, f"resume {told[-1][0]}")
    offer = await slack.until(
        lambda: [m for m in slack.told("ann") if "Carry it here" in m.buttons]
    )
    await slack.press(offer[-1], "Carry it here")
    await slack.answered(thread, "held elsewhere")
    await discord.answered(direct, "goes on in")
