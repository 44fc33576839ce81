"""The main job: a mention is answered by that thread's own Copilot session."""

from __future__ import annotations

import asyncio
import socket

import pytest

from tests.e2e.stage import Side, Stage

pytestmark = [pytest.mark.runtime, pytest.mark.asyncio(loop_scope="package")]


async def test_a_follow_up_sees_the_earlier_turns(side: Side) -> None:
    """In one's own thread one goes on without a mention, and the session remembers."""
    thread = await side.mention("remember the word heron")
    assert await side.answer(thread) == "I will remember heron."
    await side.follow_up(thread, "what was the word?")
    assert await side.answer(thread, 2) == "The word was heron."


async def test_ten_threads_at_once_do_not_mix(side: Side) -> None:
    """Each thread is told a secret, and each gives its own back."""
    words = [f"secret{number}" for number in range(10)]
    threads = [await side.mention(f"remember the word {word}") for word in words]
    await asyncio.gather(*(side.answer(thread) for thread in threads))
    for thread in threads:
        await side.follow_up(thread, "what was the word?")
    told = await asyncio.gather(*(side.answer(thread, 2) for thread in threads))
    assert told == [f"The word was {word}." for word in words]


async def test_another_person_must_mention_the_bot(side: Side) -> None:
    """Once others have joined a thread, only a mention counts there."""
    thread = await side.mention("echo: one")
    await side.answer(thread)
    await side.follow_up(thread, "I think so too", who="ben")
    await side.follow_up(thread, "Good to know")
    await side.call(thread, "echo: two", who="ben")
    assert await side.answer(thread, 2) == "two"
    assert side.answers(thread) == ["one", "two"]


async def test_messages_during_a_turn_wait_their_turn_and_are_seen_to(
    play: Stage, side: Side
) -> None:
    """What is said during a turn is answered after it, in order, and marked until then."""
    gate = play.brain.hold(f"slow 3 for order on {side.name}", after=2)
    thread = await side.mention(f"slow 3 for order on {side.name}")
    await gate.reached()
    second = await side.follow_up(thread, "echo: second")
    third = await side.follow_up(thread, "echo: third")
    await side.until(lambda: side.waits(thread, second) and side.waits(thread, third))
    gate.release()
    assert await side.answer(thread, 3) == "third"
    assert side.answers(thread) == ["word1 word2 word3", "second", "third"]
    await side.until(lambda: not side.waits(thread, second) and not side.waits(thread, third))


async def test_a_message_that_waits_can_be_changed_and_taken_back(play: Stage, side: Side) -> None:
    """An edit counts and a deletion drops, as long as the message was not begun."""
    gate = play.brain.hold(f"slow 3 for edits on {side.name}", after=1)
    thread = await side.mention(f"slow 3 for edits on {side.name}")
    await gate.reached()
    changed = await side.follow_up(thread, "echo: before")
    dropped = await side.follow_up(thread, "echo: dropped")
    await side.until(lambda: side.waits(thread, dropped))
    await side.edit(thread, changed, "echo: after")
    await side.delete(thread, dropped)
    await play.bot.logged("message.revised", thread.id)
    await play.bot.logged("message.withdrawn", thread.id)
    gate.release()
    assert await side.answer(thread, 2) == "after"
    await side.follow_up(thread, "echo: last")
    assert await side.answer(thread, 3) == "last"


async def test_a_stop_ends_the_answer_and_keeps_what_was_written(play: Stage, side: Side) -> None:
    """Stop ends the turn, what was written stays, and the next message works."""
    gate = play.brain.hold(f"slow 9 to stop on {side.name}", after=4)
    thread = await side.mention(f"slow 9 to stop on {side.name}")
    await gate.reached()
    await side.writing(thread, "word2")
    await side.stop(thread)
    text = await side.answer(thread)
    assert text.startswith("word1 word2")
    assert "word9" not in text
    await side.follow_up(thread, "echo: still here")
    assert await side.answer(thread, 2) == "still here"


async def test_a_reset_in_the_thread_begins_afresh(side: Side) -> None:
    """`@copilot reset` makes the thread forget, and says so in it."""
    thread = await side.mention("remember the word swan")
    await side.answer(thread)
    await side.call(thread, "reset")
    assert "afresh" in await side.answer(thread, 2)
    await side.follow_up(thread, "what was the word?")
    assert await side.answer(thread, 3) == "No word was told here."


async def test_a_reset_during_a_turn_ends_it(play: Stage, side: Side) -> None:
    """A reset stops the answer that is being written, and the thread is usable after."""
    gate = play.brain.hold(f"slow 5 to reset on {side.name}", after=2)
    thread = await side.mention(f"slow 5 to reset on {side.name}")
    await gate.reached()
    await side.call(thread, "reset")
    assert "afresh" in await side.answer(thread, 2)
    await side.follow_up(thread, "echo: fresh")
    assert await side.answer(thread, 3) == "fresh"


async def test_the_command_in_a_channel_offers_ones_own_threads(side: Side) -> None:
    """`/copilot reset` in a channel lists the person's threads there with a button each."""
    thread = await side.mention("remember the word crane", who="ada", channel="random")
    await side.answer(thread)
    await side.command("reset", who="ada", channel="random")
    offers = await side.until(lambda: [each for each in side.told("ada") if each.buttons])
    assert len(offers[-1].buttons) == 1
    assert not [each for each in side.told("ben") if each.buttons]
    await side.press(offers[-1], offers[-1].buttons[0], who="ada")
    assert "afresh" in await side.answer(thread, 2)
    await side.follow_up(thread, "what was the word?", who="ada")
    assert await side.answer(thread, 3) == "No word was told here."


async def test_a_question_is_answered_by_a_button_or_by_words(side: Side) -> None:
    """When Copilot asks, a choice is a button, and the next message is an answer as well."""
    thread = await side.mention("ask: Which colour? | red | blue")
    question = await side.offered(thread, "Which colour?", "blue")
    await side.press(question, "blue")
    await side.until(
        lambda: [t for t in side.answers(thread) if "ask_user answered" in t and "blue" in t]
    )

    thread = await side.mention("ask: Which tree?")
    await side.until(lambda: [m for m in side.messages(thread) if "Which tree?" in m.text])
    await side.follow_up(thread, "the old oak")
    await side.until(
        lambda: [t for t in side.answers(thread) if "the old oak" in t and "answered" in t]
    )


async def test_a_file_is_made_on_the_desk_and_shown_as_a_quiet_line(side: Side) -> None:
    """Copilot makes a file for the thread without touching the host, and remembers it."""
    thread = await side.mention("file notes.txt: the heron stands")
    assert "create answered" in await side.answer(thread)
    await side.follow_up(thread, 'tool: view {"path": "/desk/notes.txt"}')
    await side.answered(thread, "the heron stands")


async def test_the_hosts_files_cannot_be_seen(side: Side) -> None:
    """A session has no way to a file of the machine that it runs on."""
    thread = await side.mention('tool: view {"path": "/etc/hostname"}')
    assert socket.gethostname() not in await side.answer(thread)
