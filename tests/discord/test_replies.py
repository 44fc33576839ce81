"""Replies: what is lost on the way, what is too long, and what Discord's limits take."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import pytest

from bot import fence
from bot.clock import SystemClock
from bot.errors import ChatUnavailable, LeaseLost
from bot.mailbox import Delivery
from bot.messages import IncomingMessage
from bot.pace import interval_s
from bot.ports import ReplyState, ReplyView, ToolLine, ToolState
from playground.fault_switches import Chances
from tests.contracts.chat import Deliveries, LostAfter, asked, done, replying
from tests.discord.stage import DiscordStage, HastyClock, adapter_for, playing, running, staged

TOOL = ToolLine(id="1", title="create /desk/a.md", state=ToolState.RUNNING)


async def test_an_answer_past_five_messages_ends_in_a_file(stage: DiscordStage) -> None:
    """All of it goes up as a file with the fifth message; nobody sees a sixth."""
    prompt = await asked(stage)
    delivered = Deliveries()
    reply = replying(stage, prompt, delivered)
    parts = tuple(f"part {number}" for number in range(9))
    await reply.show(ReplyView(parts=parts[:7]))
    assert [seen.text for seen in stage.seen(prompt.key)] == list(parts[:5])
    assert "as a file" in stage.seen(prompt.key)[-1].all
    whole = "\n\n".join(parts)
    await reply.close(ReplyView(parts=parts, state=ReplyState.DONE, whole=whole))
    messages = stage.messages(prompt.key)
    assert len(messages) == 5
    [file] = messages[-1].attachments
    assert file.filename == "answer.md"
    assert file.content.decode() == whole
    assert stage.seen(prompt.key)[-1].text.startswith("part 4\n\nThe answer goes on")
    assert [each.part for each in delivered.newest] == [0, 1, 2, 3, 4]


async def test_a_thread_that_is_lost_while_discord_lets_us_wait_is_left_alone(
    stage: DiscordStage,
) -> None:
    """The question whose the thread is is asked again when the wait is over."""
    prompt = await asked(stage, is_direct=True)
    reply = replying(stage, prompt)
    stage.discord.faults.turn_on(
        "rate_limit", calls=1, retry_after_s=0.01, routes=["create_message"]
    )
    with fence.within(LostAfter(1)), pytest.raises(LeaseLost):
        await reply.show(ReplyView(parts=("Too late",)))
    assert len(stage.discord.record.calls("create_message")) == 1
    assert stage.seen(prompt.key) == []


async def test_a_message_is_found_as_soon_as_somebody_is_signed_in(stage: DiscordStage) -> None:
    """A reply that is begun before the platform has said who we are finds its message."""
    prompt = await asked(stage)
    await replying(stage, prompt).close(done("A lock."))
    stage.running.cancel()
    await asyncio.wait([stage.running])
    stage.adapter = adapter_for(stage.discord, stage.clock)
    lost = (Delivery(entry_id=7, part=0, reference=""),)
    reply = replying(stage, prompt, earlier=lost)
    closing = asyncio.create_task(reply.close(done("A lock, whole.")))
    stage.running = asyncio.create_task(stage.adapter.run(stage.intake))
    await closing
    assert [seen.text for seen in stage.seen(prompt.key)] == ["A lock, whole."]


async def test_a_change_whose_answer_was_lost_does_not_stay(stage: DiscordStage) -> None:
    """What a message says after a change that was cut off is not known: the next one is made."""
    prompt = await asked(stage)
    reply = replying(stage, prompt)
    await reply.show(ReplyView(parts=("The first.", "The sec")))
    stage.discord.faults.turn_on("server_error", calls=1, after=True, routes=["update_message"])
    with pytest.raises(ChatUnavailable):
        await reply.show(ReplyView(parts=("The",)))
    await reply.close(done("The first.", "The second."))
    assert [seen.text for seen in stage.seen(prompt.key)] == ["The first.", "The second."]


async def test_a_file_of_an_earlier_attempt_is_taken_back(stage: DiscordStage) -> None:
    """When the second try is short, neither surplus messages nor the file stay."""
    prompt = await asked(stage)
    delivered = Deliveries()
    await replying(stage, prompt, delivered).close(done(*(f"part {n}" for n in range(9))))
    again = replying(stage, prompt, earlier=delivered.newest)
    await again.close(done("0", "1", "2", "3", "4"))
    assert [seen.text for seen in stage.seen(prompt.key)] == ["0", "1", "2", "3", "4"]
    assert stage.messages(prompt.key)[-1].attachments == []
    await replying(stage, prompt, earlier=delivered.newest).close(done("Short."))
    assert [seen.text for seen in stage.seen(prompt.key)] == ["Short."]


async def test_the_model_can_ping_nobody(stage: DiscordStage) -> None:
    """Posted or changed, no mention in an answer notifies anybody."""
    prompt = await asked(stage)
    ping = f"@everyone <@{stage.person('ben').id}> <@&{stage.discord.guild_id}>"
    reply = replying(stage, prompt)
    await reply.show(ReplyView(parts=(ping,)))
    await reply.close(done(f"{ping}!"))
    [message] = stage.messages(prompt.key)
    assert ping in message.content
    assert message.mentions.pinged == frozenset()
    for call in [*stage.calls("create_message"), *stage.calls("update_message")]:
        assert call.arguments["allowed_mentions"] == {"parse": [], "replied_user": False}


async def test_what_is_the_same_is_not_sent_again(stage: DiscordStage) -> None:
    """A message is changed only when it says something else."""
    prompt = await asked(stage)
    reply = replying(stage, prompt)
    for _ in range(3):
        await reply.show(ReplyView(parts=("A lock",)))
    assert stage.calls("update_message") == []


async def test_tools_stay_with_the_text_that_they_came_with(stage: DiscordStage) -> None:
    """A tool's line stands over the message in which it ended."""
    prompt = await asked(stage)
    reply = replying(stage, prompt)
    await reply.show(ReplyView(parts=("one",), tools=(TOOL,)))
    ended = ToolLine(id="1", title=TOOL.title, state=ToolState.DONE)
    second = ToolLine(id="2", title="view /desk/b.md", state=ToolState.RUNNING)
    await reply.show(ReplyView(parts=("one",), tools=(ended,)))
    await reply.close(
        ReplyView(parts=("one", "two"), tools=(ended, second), state=ReplyState.STOPPED)
    )
    first, last = stage.seen(prompt.key)
    assert "✓ create /desk/a.md" in first.all
    assert "✗ view /desk/b.md" in last.all


async def test_an_answer_that_is_lost_is_not_posted_twice(stage: DiscordStage) -> None:
    """Discord posts and then fails to say so: the next try finds the message."""
    prompt = await asked(stage)
    stage.discord.faults.turn_on(
        "server_error", calls=1, status=503, routes=["create_message"], after=True
    )
    delivered = Deliveries()
    reply = replying(stage, prompt, delivered)
    with pytest.raises(ChatUnavailable):
        await reply.show(ReplyView(parts=("A lo",)))
    await reply.show(ReplyView(parts=("A lock",)))
    await reply.close(done("A lock."))
    [seen] = stage.seen(prompt.key)
    assert seen.text == "A lock."
    assert delivered.newest[0].reference == seen.reference


async def test_a_kill_between_posting_and_noting_is_not_seen() -> None:
    """After a restart a message that still has its stop button is known by it."""
    async with playing() as discord:
        async with running(discord) as stage:
            prompt = await asked(stage)
            await replying(stage, prompt).show(ReplyView(parts=("A lo",)))
        for message in stage.messages(prompt.key):
            message.nonce = None  # Discord forgets it after some minutes
        lost = (Delivery(entry_id=7, part=0, reference=""),)
        async with running(discord) as stage:
            await replying(stage, prompt, earlier=lost).close(done("A lock."))
            assert [seen.text for seen in stage.seen(prompt.key)] == ["A lock."]


async def test_a_message_that_somebody_deleted_is_posted_anew(stage: DiscordStage) -> None:
    """What is deleted in mid-answer does not keep the answer from coming."""
    prompt = await asked(stage)
    reply = replying(stage, prompt)
    await reply.show(ReplyView(parts=("A lo",)))
    [before] = stage.seen(prompt.key)
    await stage.remove(prompt.key, before.reference)
    await reply.close(done("A lock."))
    [after] = stage.seen(prompt.key)
    assert after.text == "A lock."
    assert after.reference != before.reference


async def test_the_end_is_tried_until_discord_is_back(stage: DiscordStage) -> None:
    """A failure at the end is waited out."""
    prompt = await asked(stage)
    stage.discord.faults.turn_on("server_error", calls=3, status=503, routes=["create_message"])
    await replying(stage, prompt).close(done("A lock."))
    assert [seen.text for seen in stage.seen(prompt.key)] == ["A lock."]
    assert isinstance(stage.clock, HastyClock)
    assert [each for each in stage.clock.slept if each in {1.0, 2.0, 4.0}] == [1.0, 2.0, 4.0]


async def test_a_reply_that_says_nothing_posts_nothing(stage: DiscordStage) -> None:
    """Where there is neither a word nor a notice, there is no message."""
    prompt = await asked(stage)
    reply = replying(stage, prompt)
    await reply.show(ReplyView())
    await reply.close(ReplyView(state=ReplyState.DONE, footer="gpt-5 · 1 s"))
    assert stage.seen(prompt.key) == []


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_whatever_goes_wrong_each_answer_is_there_once(
    stage: DiscordStage, seed: int
) -> None:
    """Calls fail, are limited and lose their answers: each thread ends with its whole answer."""
    prompts = [await asked(stage, f"q {number}") for number in range(8)]
    chances = Chances(rate_limit=0.05, server_error=0.05, lost_answer=0.1)

    async def answer(number: int, prompt: IncomingMessage) -> None:
        reply = replying(stage, prompt, entry_id=number)
        for step in range(4):
            with suppress(ChatUnavailable):
                await reply.show(ReplyView(parts=(f"{number}: {step}",)))
        await reply.close(done(f"{number}: whole", "and more"))

    stage.discord.faults.seed(seed, chances)
    async with asyncio.TaskGroup() as tasks:
        for number, prompt in enumerate(prompts):
            tasks.create_task(answer(number, prompt))
    stage.discord.faults.clear()
    for number, prompt in enumerate(prompts):
        assert [seen.text for seen in stage.seen(prompt.key)] == [f"{number}: whole", "and more"]
    assert stage.discord.record.calls(ok=False)


async def test_fifty_threads_at_once_meet_no_limit() -> None:
    """Fifty replies grow at the pace that the core keeps, and Discord refuses no call."""
    threads, updates = 50, 4
    async with staged(clock=SystemClock(), limits=True) as stage:
        people = [stage.discord.person(name) for name in ("ann", "ben")]
        said = [
            await people[number % 2].say("general", people[number % 2].mention(f"q {number}"))
            for number in range(threads)
        ]
        prompts = [await stage.heard(each) for each in said]
        pause_s = interval_s(stage.adapter.capabilities, threads)

        async def answer(number: int, prompt: IncomingMessage) -> None:
            reply = replying(stage, prompt, entry_id=number)
            for step in range(updates):
                await reply.show(ReplyView(parts=(f"{number}: {step}",)))
                await asyncio.sleep(pause_s)
            await reply.close(done(f"{number}: whole"))

        async with asyncio.TaskGroup() as tasks:
            for number, prompt in enumerate(prompts):
                tasks.create_task(answer(number, prompt))
        for number, prompt in enumerate(prompts):
            assert [seen.text for seen in stage.seen(prompt.key)] == [f"{number}: whole"]
            assert stage.chain(prompt.key) == []
        assert stage.discord.record.calls(http_status=429) == []
        # Discord takes 50 threads in five minutes: the next conversation is a chain, at once.
        more = await asked(stage, "one more")
        await replying(stage, more, entry_id=99).close(done("A chain."))
        assert [seen.text for seen in stage.seen(more.key)] == ["A chain."]
        assert len(stage.chain(more.key)) == 1
        assert stage.discord.record.calls(http_status=429) == []
