"""Discord's gateway comes and goes, and its limits are kept: nothing is lost or said twice."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from playground.discord.options import DiscordOptions
from tests.e2e.stage import Stage, stage

pytestmark = [pytest.mark.runtime, pytest.mark.asyncio(loop_scope="package")]

THREADS_AT_ONCE = 50


@pytest.mark.parametrize("is_forgotten", [False, True], ids=["resumed", "session forgotten"])
async def test_a_dropped_gateway_in_mid_answer_costs_nothing(
    play: Stage, *, is_forgotten: bool
) -> None:
    """What was said meanwhile is replayed, or looked for where it is not; answered once."""
    side = play.on_discord
    gateway = side.discord.gateway
    resumed, identified = gateway.resumed, gateway.identified
    words = f"slow 5 while forgotten {is_forgotten}"
    gate = play.brain.hold(words, after=2)
    thread = await side.mention(words)
    await side.writing(thread, "word1")
    if is_forgotten:
        side.discord.faults.turn_on("invalid_session", drop=True)
    else:
        side.drop()
    await side.until(lambda: not side.is_connected())
    missed = await side.mention("echo: said meanwhile")
    gate.release()
    assert await side.answer(thread) == "word1 word2 word3 word4 word5"
    assert await side.answer(missed) == "said meanwhile"
    await side.follow_up(missed, "echo: and on")
    assert await side.answer(missed, 2) == "and on"
    assert side.answers(missed) == ["said meanwhile", "and on"]
    assert len(side.answers(thread)) == 1
    if is_forgotten:
        assert gateway.identified == identified + 1
    else:
        assert gateway.resumed == resumed + 1


async def test_buttons_work_after_a_restart(play: Stage) -> None:
    """A button that an earlier process showed does what it says."""
    side = play.on_discord
    thread = await side.mention("remember the word auk", channel="random")
    await side.answer(thread)
    await side.command("reset", channel="random")
    offer = (await side.until(lambda: [each for each in side.told("ann") if each.buttons]))[-1]
    await play.bot.end()
    await play.start()
    await side.press(offer, offer.buttons[0])
    assert "afresh" in await side.answer(thread, 2)
    registered = side.discord.record.calls("bulk_set_application_commands")
    assert len(registered) == 1, "commands are registered only when they changed"


async def test_without_the_privileged_intent_mentions_work_and_the_log_says_what_is_missing(
    tmp_path: Path,
) -> None:
    """The bot runs in mention-only mode; direct messages work as ever."""
    no_intents = DiscordOptions(limits=False, privileged_intents=frozenset())
    async with stage(tmp_path, discord=no_intents) as play:
        await play.bot.logged("discord.no_message_content", "Message Content Intent")
        side = play.on_discord
        thread = await side.mention("remember the word ruff")
        assert await side.answer(thread) == "I will remember ruff."
        await side.follow_up(thread, "echo: not heard")
        await side.call(thread, "what was the word?")
        assert await side.answer(thread, 2) == "The word was ruff."
        assert "not heard" not in "".join(side.answers(thread))
        await side.follow_up(side.direct("ann"), "echo: in private")
        await side.answered(side.direct("ann"), "in private")


@pytest.mark.timeout(240)
async def test_fifty_threads_stream_at_once_within_discords_limits(tmp_path: Path) -> None:
    """On the real limits not one call is refused, and every answer arrives whole."""
    async with stage(tmp_path, discord=DiscordOptions(limits=True)) as play:
        side = play.on_discord
        whole = " ".join(f"word{number}" for number in range(1, 9))
        threads = [
            await side.mention(f"thread {number}: slow 8 at 0.7")
            for number in range(THREADS_AT_ONCE)
        ]
        await asyncio.gather(*(side.answered(thread, whole, timeout_s=150) for thread in threads))
        assert all(side.answers(thread) == [whole] for thread in threads)
        streamed = len(side.discord.record.calls("update_message"))
        assert streamed > THREADS_AT_ONCE, "the answers grew in steps"
        assert not side.discord.record.calls(http_status=429)
        assert not side.discord.record.calls(ok=False)
