"""Discord's own habits: threads, posts, chains of replies, commands, and what may go wrong."""

from __future__ import annotations

import pytest

from playground.discord.intents import Intent
from tests.e2e.stage import DiscordSide, Stage, Thread

pytestmark = [pytest.mark.runtime, pytest.mark.asyncio(loop_scope="package")]


@pytest.fixture(name="side")
def _side(play: Stage) -> DiscordSide:
    return play.on_discord


async def _held(play: Stage, words: str, *, channel: str = "general") -> Thread:
    """Mention the bot; returns once part of the answer is seen, with the rest held."""
    play.brain.hold(words, after=2)
    thread = await play.on_discord.mention(words, channel=channel)
    await play.on_discord.writing(thread, "word1")
    return thread


def _go_on(play: Stage) -> None:
    for gate in play.brain._gates:
        gate.release()


# --- where it answers -------------------------------------------------------------------------


async def test_a_mention_starts_a_thread_that_is_named_after_it(side: DiscordSide) -> None:
    """The thread starts from the message, and its name is the message's beginning."""
    before = len(side.discord.replies("general"))
    thread = await side.mention("echo: a **mutex** is a lock, " + "at length " * 30)
    await side.answer(thread)
    started = side.discord.thread(thread.id)
    assert started is not None
    assert started.name is not None
    assert "a mutex is a lock" in started.name
    assert "<@" not in started.name
    assert len(started.name) <= 100
    assert len(side.discord.replies("general")) == before


@pytest.mark.parametrize("forum", ["help", "gallery"])
async def test_a_post_is_answered_in_place(side: DiscordSide, forum: str) -> None:
    """In a forum or media channel the post is the thread: it is answered there."""
    ann = side.discord.person("ann")
    post = await ann.start_post(forum, "A bird", ann.mention("remember the word heron"))
    thread = Thread(channel=forum, id=post)
    assert await side.answer(thread) == "I will remember heron."
    await side.follow_up(thread, "what was the word?")
    assert await side.answer(thread, 2) == "The word was heron."
    assert len(side.discord.threads(forum)) == 1


async def test_a_mention_in_somebodys_thread_is_answered_in_place(side: DiscordSide) -> None:
    """A thread that a person started becomes a conversation when the bot is mentioned in it."""
    ann = side.discord.person("ann")
    thread = Thread(channel="general", id=await ann.start_thread("general", "About birds"))
    await side.follow_up(thread, "nobody asked the bot yet")
    await side.call(thread, "echo: here")
    assert await side.answer(thread) == "here"
    started = side.discord.thread(thread.id)
    assert started is not None
    assert started.name == "About birds"


async def test_where_there_may_be_no_thread_a_chain_of_replies_is_the_conversation(
    side: DiscordSide,
) -> None:
    """The bot replies to the message, and who replies to the bot goes on from there."""
    ann, ben = side.discord.person("ann"), side.discord.person("ben")
    thread = await side.mention("remember the word crake", channel="flat")
    other = await side.mention("echo: another", channel="flat", who="ben")
    assert await side.answer(thread) == "I will remember crake."
    assert await side.answer(other) == "another"
    await ann.say("flat", "what was the word?", reply_to=side.chain(thread)[0].id)
    assert await side.answer(thread, 2) == "The word was crake."
    await ben.say("flat", "what was the word?", reply_to=side.chain(other)[0].id)
    assert await side.answer(other, 2) == "No word was told here."


# --- commands ---------------------------------------------------------------------------------


async def test_ask_copilot_about_this_answers_in_a_thread_of_the_message(
    side: DiscordSide,
) -> None:
    """The context menu asks about somebody else's message, and tells where the answer is."""
    ben, ann = side.discord.person("ben"), side.discord.person("ann")
    said = await ben.say("general", "echo: what ben said")
    await side.registered()
    await ann.context_menu("Ask Copilot about this", "general", said)
    assert await side.answer(Thread(channel="general", id=said)) == "what ben said"
    await side.until(lambda: [each for each in side.told("ann") if said in each.text])


async def test_reset_this_thread_is_in_the_context_menu(side: DiscordSide) -> None:
    """The context menu of a message in the thread starts it afresh."""
    thread = await side.mention("remember the word tern")
    await side.answer(thread)
    await side.registered()
    message = side.raw(thread)[0]
    await side.discord.person("ann").context_menu("Reset this thread", thread.id, message.id)
    assert "afresh" in await side.answer(thread, 2)
    await side.follow_up(thread, "what was the word?")
    assert await side.answer(thread, 3) == "No word was told here."


async def test_the_command_in_a_thread_is_about_that_thread(side: DiscordSide) -> None:
    """`/copilot status` and `/copilot reset` work in a thread, as nowhere on Slack."""
    thread = await side.mention("remember the word smew")
    await side.answer(thread)
    before = len(side.told("ann"))
    await side.command("status", channel=thread.id)
    told = await side.until(lambda: side.told("ann")[before:])
    assert "ready" in told[0].text
    await side.command("reset", channel=thread.id)
    assert "afresh" in await side.answer(thread, 2)


# --- what it says -----------------------------------------------------------------------------


async def test_the_model_can_never_ping_anyone(side: DiscordSide) -> None:
    """Whatever an answer says, nobody is notified by it."""
    ben = side.discord.person("ben")
    role = side.discord.guild_id  # that of everyone
    thread = await side.mention(f"echo: @everyone @here <@{ben.id}> <@&{role}>")
    assert "@everyone" in await side.answer(thread)
    assert not any(message.mentions.pinged for message in side.raw(thread))
    calls = side.discord.record.calls("create_message") + side.discord.record.calls(
        "update_message"
    )
    assert calls
    assert all(call.arguments["allowed_mentions"]["parse"] == [] for call in calls)


async def test_a_long_answer_goes_on_in_further_messages_and_cuts_no_fence(
    play: Stage, side: DiscordSide
) -> None:
    """Past 2,000 characters the answer continues; each message is whole Markdown."""
    lines = [f"line_{number} = {number}" for number in range(250)]
    program = "\n".join(lines)
    play.brain.on("a long program", f"Here it is:\n\n```python\n{program}\n```\n\nThat is all.")
    thread = await side.mention("a long program")
    await side.until(lambda: "That is all." in "".join(side.answers(thread)))
    answers = side.answers(thread)
    assert 2 <= len(answers) <= 5
    assert all(len(answer) <= 2_000 and answer.count("```") % 2 == 0 for answer in answers)
    written = [line for answer in answers for line in answer.split("\n")]
    assert [line for line in written if line.startswith("line_")] == lines


async def test_past_five_messages_all_of_it_is_in_a_file(play: Stage, side: DiscordSide) -> None:
    """An answer that five messages do not hold is attached to the fifth, and nothing is missing."""
    lines = [f"{number}. " + "word " * 15 for number in range(1, 201)]
    play.brain.on("a very long list", "\n".join(lines))
    thread = await side.mention("a very long list")
    messages = await side.until(
        lambda: side.raw(thread) if any(one.attachments for one in side.raw(thread)) else []
    )
    assert len(messages) == 5
    (whole,) = messages[-1].attachments
    expected = [str(number) for number in range(1, 201)]
    assert _numbered(whole.content.decode()) == expected
    shown = _numbered("\n".join(side.answers(thread)))
    assert len(shown) > 50
    assert shown == expected[: len(shown)]


def _numbered(text: str) -> list[str]:
    return [line.split(".")[0] for line in text.split("\n") if "word" in line]


# --- what may go wrong ------------------------------------------------------------------------


async def test_a_thread_that_was_archived_meanwhile_is_opened_again(
    play: Stage, side: DiscordSide
) -> None:
    """An answer that ends in an archived thread arrives all the same."""
    thread = await _held(play, "slow 4 to archive")
    await side.discord.person("ada").archive_thread(thread.id)
    _go_on(play)
    assert await side.answer(thread) == "word1 word2 word3 word4"


async def test_a_locked_thread_is_told_to_whom_it_concerns(play: Stage, side: DiscordSide) -> None:
    """Where the bot may not write any more, the person learns of it in private, once."""
    ada = side.discord.person("ada")
    thread = await _held(play, "slow 4 to lock")
    await ada.lock_thread(thread.id)
    await ada.archive_thread(thread.id)
    await _is_told(play, thread, "slow 4 to lock")


async def test_a_missing_permission_is_told_to_whom_it_concerns(
    play: Stage, side: DiscordSide
) -> None:
    """The same where the bot may not write at all."""
    thread = await side.mention("echo: not to be said", channel="quiet")
    await _is_told(play, thread, "echo: not to be said")
    assert not side.raw(thread)


async def test_a_deleted_channel_is_told_to_whom_it_concerns(
    play: Stage, side: DiscordSide
) -> None:
    """The same where there is no channel any more."""
    thread = await _held(play, "slow 4 to delete", channel="doomed")
    doomed = side.discord.channel("doomed")
    await side.discord.person("ada").delete_channel(doomed)
    await _is_told(play, Thread(channel=doomed, id=thread.id), "slow 4 to delete")


def _prompts(play: Stage) -> int:
    """How often the model was asked something, other than for a title."""
    return sum(count for script, count in play.brain.counts.items() if script != "title")


async def _is_told(play: Stage, thread: Thread, words: str) -> None:
    """Ann is told in private, the log says so once, and it is not tried again."""
    side = play.on_discord
    before = len(side.answers(side.direct("ann")))
    _go_on(play)
    await side.until(lambda: len(side.answers(side.direct("ann"))) > before)
    assert "I could not answer you" in side.answers(side.direct("ann"))[-1]
    await play.bot.logged("reply.not_shown", thread.id)
    failed = len(side.discord.record.calls(ok=False))
    asked = _prompts(play)
    # Time passes, and other threads are served.
    other = await side.mention("echo: elsewhere")
    assert await side.answer(other) == "elsewhere"
    assert _prompts(play) == asked + 1
    assert len(side.discord.record.calls(ok=False)) == failed
    assert play.bot.times("reply.not_shown", thread.id) == 1
    assert len(side.answers(side.direct("ann"))) == before + 1


async def test_malformed_events_do_no_harm(play: Stage, side: DiscordSide) -> None:
    """Nonsense is logged once, and the connection lives on."""
    connected = side.discord.gateway.identified
    for event, data in (
        ("MESSAGE_CREATE", {}),
        ("MESSAGE_CREATE", {"id": 7, "channel_id": None, "content": ["x"], "author": "ann"}),
        ("MESSAGE_UPDATE", {"id": "x", "channel_id": "y"}),
        ("MESSAGE_DELETE", {"ids": 7}),
        ("INTERACTION_CREATE", {"type": 2, "data": 7}),
        ("CHANNEL_CREATE", {"id": "not a number"}),
        ("NEVER_HEARD_OF", {"d": []}),
    ):
        for _ in range(2):
            side.discord.gateway.dispatch(event, Intent.NONE, data)
    thread = await side.mention("echo: alive")
    assert await side.answer(thread) == "alive"
    assert side.discord.gateway.identified == connected
    assert not play.bot.traces
