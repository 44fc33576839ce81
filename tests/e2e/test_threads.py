"""The main job: a mention is answered by that thread's own Copilot session."""

import asyncio
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from playground.slack.message import Message
from tests.e2e.stage import WAIT_S, Stage, stage

pytestmark = [pytest.mark.runtime, pytest.mark.asyncio(loop_scope="module")]


@pytest_asyncio.fixture(loop_scope="module", scope="module", name="play")
async def _play(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    directory: Path = tmp_path_factory.mktemp("threads")
    async with stage(directory) as made:
        yield made


async def test_a_mention_is_answered_in_its_own_thread(play: Stage) -> None:
    """The reply to a mention is in the thread of that mention, and nowhere else."""
    before = len(play.slack.messages("general"))
    thread = await play.mention("echo: a mutex is a lock")
    assert await play.answer(thread) == "a mutex is a lock"
    assert len(play.slack.messages("general")) == before + 1


async def test_a_follow_up_sees_the_earlier_turns(play: Stage) -> None:
    """In one's own thread one goes on without a mention, and the session remembers."""
    thread = await play.mention("remember the word heron")
    await play.answer(thread)
    await play.follow_up(thread, "what was the word?")
    assert await play.answer(thread, 2) == "The word was heron."


async def test_ten_threads_at_once_do_not_mix(play: Stage) -> None:
    """Each thread is told a secret, and each gives its own back."""
    words = [f"secret{number}" for number in range(10)]
    threads = [await play.mention(f"remember the word {word}") for word in words]
    await asyncio.gather(*(play.answer(thread) for thread in threads))
    for thread in threads:
        await play.follow_up(thread, "what was the word?")
    told = await asyncio.gather(*(play.answer(thread, 2) for thread in threads))
    assert told == [f"The word was {word}." for word in words]


async def test_another_person_must_mention_the_bot(play: Stage) -> None:
    """Once others have joined a thread, only a mention counts there."""
    thread = await play.mention("echo: one")
    await play.answer(thread)
    await play.follow_up(thread, "echo: from ben", who="ben")
    await play.follow_up(thread, "echo: from ann again")
    ben = play.slack.person("ben")
    await ben.say("general", ben.mention("echo: two"), thread_ts=thread)
    assert await play.answer(thread, 2) == "two"
    assert play.answers(thread) == ["one", "two"]


async def test_messages_during_a_turn_wait_their_turn_and_are_seen_to(play: Stage) -> None:
    """What is said during a turn is answered after it, in order, and marked until then."""
    gate = play.brain.hold("slow 3 for order", after=2)
    thread = await play.mention("slow 3 for order")
    await gate.reached()
    second = await play.follow_up(thread, "echo: second")
    third = await play.follow_up(thread, "echo: third")

    def marks(ts: str) -> set[str]:
        message = next(m for m in play.slack.messages("general", thread) if m.ts == ts)
        return {name for name, users in message.reactions.items() if users}

    await play.slack.until(lambda: marks(second) and marks(third), timeout_s=WAIT_S)
    assert marks(second) == {"hourglass_flowing_sand"}
    gate.release()
    assert await play.answer(thread, 3) == "third"
    assert play.answers(thread) == ["word1 word2 word3", "second", "third"]
    await play.slack.until(lambda: not marks(second) and not marks(third), timeout_s=WAIT_S)


async def test_a_message_that_waits_can_be_changed_and_taken_back(play: Stage) -> None:
    """An edit counts and a deletion drops, as long as the message was not begun."""
    ann = play.slack.person("ann")
    gate = play.brain.hold("slow 3 for edits", after=1)
    thread = await play.mention("slow 3 for edits")
    await gate.reached()
    changed = await play.follow_up(thread, "echo: before")
    dropped = await play.follow_up(thread, "echo: dropped")
    await ann.edit("general", changed, "echo: after")
    await ann.delete("general", dropped)
    await play.slack.until(lambda: not play.slack.socket.unacknowledged, timeout_s=WAIT_S)
    gate.release()
    assert await play.answer(thread, 2) == "after"
    await play.follow_up(thread, "echo: last")
    assert await play.answer(thread, 3) == "last"


async def test_the_stop_button_ends_the_answer_and_keeps_what_was_written(play: Stage) -> None:
    """Stop ends the turn, what was written stays, and the next message works."""
    gate = play.brain.hold("slow 9 to stop", after=4)
    thread = await play.mention("slow 9 to stop")
    await gate.reached()
    channel = play.slack.channel("general")

    def may_stop() -> bool:
        session = play.slack.session(channel, thread)
        texts = [m.text for m in play.slack.replies("general", thread)]
        return bool(session and session.status == "processing" and texts and "word2" in texts[0])

    await play.slack.until(may_stop, timeout_s=WAIT_S)
    await play.slack.person("ann").stop("general", thread)
    text = await play.answer(thread)
    assert text.startswith("word1 word2")
    assert "word9" not in text
    await play.follow_up(thread, "echo: still here")
    assert await play.answer(thread, 2) == "still here"


async def test_one_utterance_as_several_events_is_answered_once(play: Stage) -> None:
    """The same event twice, or one mention as two events, is answered once."""
    play.slack.faults.turn_on("redeliver")
    try:
        thread = await play.mention("echo: once")
        assert await play.answer(thread) == "once"
        await play.slack.until(lambda: not play.slack.socket.unacknowledged, timeout_s=WAIT_S)
    finally:
        play.slack.faults.turn_off("redeliver")
    await play.follow_up(thread, "echo: twice")
    assert await play.answer(thread, 2) == "twice"
    assert play.answers(thread) == ["once", "twice"]


async def test_a_reset_in_the_thread_begins_afresh(play: Stage) -> None:
    """`@copilot reset` makes the thread forget, and says so in it."""
    thread = await play.mention("remember the word swan")
    await play.answer(thread)
    ann = play.slack.person("ann")
    await ann.say("general", ann.mention("reset"), thread_ts=thread)
    assert "afresh" in await play.answer(thread, 2)
    await play.follow_up(thread, "what was the word?")
    assert await play.answer(thread, 3) == "No word was told here."


async def test_a_reset_during_a_turn_ends_it(play: Stage) -> None:
    """A reset stops the answer that is being written, and the thread is usable after."""
    gate = play.brain.hold("slow 5 to reset", after=2)
    thread = await play.mention("slow 5 to reset")
    await gate.reached()
    ann = play.slack.person("ann")
    await ann.say("general", ann.mention("reset"), thread_ts=thread)
    assert "afresh" in await play.answer(thread, 2)
    await play.follow_up(thread, "echo: fresh")
    assert await play.answer(thread, 3) == "fresh"


async def test_the_command_in_a_channel_offers_ones_own_threads(play: Stage) -> None:
    """`/copilot reset` in a channel lists the person's threads there with a button each."""
    thread = await play.mention("remember the word crane", who="ada", channel="random")
    await play.answer(thread, channel="random")
    ada = play.slack.person("ada")
    await ada.slash("/copilot", "reset", "random")

    def offered() -> list[str]:
        shown = play.slack.ephemerals(ada.id, play.slack.channel("random"))
        return [
            element["action_id"]
            for message in shown
            for block in message.blocks or []
            if block["type"] == "actions"
            for element in block["elements"]
        ]

    buttons = await play.slack.until(offered, timeout_s=WAIT_S)
    assert len(buttons) == 1
    shown = play.slack.ephemerals(ada.id, play.slack.channel("random"))[-1]
    await ada.press(shown, buttons[0])
    assert "afresh" in await play.answer(thread, 2, channel="random")
    await ada.say("random", "what was the word?", thread_ts=thread)
    assert await play.answer(thread, 3, channel="random") == "No word was told here."


async def test_the_shortcut_resets_the_thread(play: Stage) -> None:
    """The message shortcut in a thread starts it afresh."""
    thread = await play.mention("remember the word tern")
    await play.answer(thread)
    ann = play.slack.person("ann")
    shortcut = play.slack.manifest.shortcuts[0]
    await ann.shortcut(shortcut.callback_id, "general", thread)
    assert "afresh" in await play.answer(thread, 2)


async def test_a_question_is_answered_by_a_button_or_by_words(play: Stage) -> None:
    """When Copilot asks, a choice is a button, and the next message is an answer as well."""
    thread = await play.mention("ask: Which colour? | red | blue")

    def asked() -> tuple[Message, str, str] | None:
        for message in play.slack.replies("general", thread):
            for block in message.blocks or []:
                if block["type"] == "actions":
                    for element in block["elements"]:
                        if element["text"]["text"] == "blue":
                            return message, element["action_id"], block["block_id"]
        return None

    found = await play.slack.until(asked, timeout_s=WAIT_S)
    assert found is not None
    message, action, block = found
    await play.slack.person("ann").press(message, action, block_id=block)
    await play.slack.until(
        lambda: [t for t in play.answers(thread) if "ask_user answered" in t and "blue" in t],
        timeout_s=WAIT_S,
    )

    thread = await play.mention("ask: Which tree?")
    await play.slack.until(
        lambda: [t for t in play.answers(thread) if "Which tree?" in t], timeout_s=WAIT_S
    )
    await play.follow_up(thread, "the old oak")
    await play.slack.until(
        lambda: [t for t in play.answers(thread) if "the old oak" in t and "answered" in t],
        timeout_s=WAIT_S,
    )


async def test_a_file_is_made_on_the_desk_and_shown_as_a_quiet_line(play: Stage) -> None:
    """Copilot makes a file for the thread without touching the host, and remembers it."""
    thread = await play.mention("file notes.txt: the heron stands")
    text = await play.answer(thread)
    assert "create answered" in text
    await play.follow_up(thread, 'tool: view {"path": "/desk/notes.txt"}')
    assert "the heron stands" in await play.answer(thread, 2)


async def test_the_hosts_files_cannot_be_seen(play: Stage) -> None:
    """A session has no way to a file of the machine that it runs on."""
    thread = await play.mention('tool: view {"path": "/etc/hostname"}')
    text = await play.answer(thread)
    assert socket.gethostname() not in text


async def test_malformed_and_oversized_events_do_no_harm(play: Stage) -> None:
    """Nonsense is logged, and the socket lives on."""
    for event in (
        {"type": "message"},
        {"type": "message", "channel": 7, "ts": None, "text": ["x"], "user": {}},
        {"type": "app_mention", "channel": "C1", "text": "x" * 100_000},
        {"type": "never_heard_of"},
        {},
    ):
        play.slack._deliver(event)
    thread = await play.mention("echo: " + "long " * 9000)
    assert (await play.answer(thread)).startswith("long long")
    thread = await play.mention("echo: alive")
    assert await play.answer(thread) == "alive"
