"""The worker of one thread."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence

import pytest

from bot import phrases
from bot.errors import (
    ChatRefused,
    ChatUnavailable,
    CopilotError,
    LeaseLost,
    ModelUnknown,
    PlaceGone,
    RuntimeLost,
    RuntimeMissing,
    SessionMissing,
    StoreBusy,
    StoreFull,
)
from bot.events import (
    QuestionAsked,
    ReplyEvent,
    TextDelta,
    TextEnded,
    TitleChanged,
    ToolStarted,
    TurnFailed,
    TurnFinished,
)
from bot.mailbox import EntryKind, EntryState, NewEntry
from bot.messages import IncomingMessage
from bot.ports import Image, ThreadStatus
from bot.states import WorkerState
from bot.workplace import Limits
from tests.bot.stage import Stage, assembled, settle, staged
from tests.fakes.chat import ANN, BEN, FakeMessage
from tests.fakes.runtime import say

# --- answering ------------------------------------------------------------------------------


async def test_a_message_is_answered_in_its_thread(stage: Stage) -> None:
    """What is said to the bot is answered in the same thread, and written down as done."""
    said = await stage.say("echo: hello")
    assert stage.texts(said) == ["hello"]
    assert stage.entry_state(said) == "done"
    assert stage.state(said) is WorkerState.IDLE


async def test_a_thread_remembers_and_knows_nothing_of_others(stage: Stage) -> None:
    """The second message of a thread knows the first one; another thread does not."""
    first = await stage.say("remember the word heron")
    await stage.say("what was the word?", to=first)
    other = await stage.say("what was the word?")
    assert stage.texts(first)[-1] == "The word was heron."
    assert stage.texts(other) == ["No word was told here."]


async def test_messages_are_answered_one_at_a_time_in_order(stage: Stage) -> None:
    """What is said during a turn waits, and is answered after it in the order of saying."""
    hold = stage.runtime.hold("one")
    first = await stage.say("echo: one")
    await hold.reached()
    second = await stage.say("echo: two", to=first)
    third = await stage.say("echo: three", to=first)
    assert stage.prompts() == ["echo: one"]
    hold.release()
    await settle()
    assert stage.texts(first) == ["one", "two", "three"]
    assert [stage.entry_state(each) for each in (first, second, third)] == ["done"] * 3


async def test_what_waits_bears_a_mark_until_its_turn(stage: Stage) -> None:
    """A message that has to wait is marked; the mark is taken off as its turn begins."""
    holds = [stage.runtime.hold(word) for word in ("one", "two")]
    first = await stage.say("echo: one")
    second = await stage.say("echo: two", to=first)
    third = await stage.say("echo: three", to=first)
    assert stage.chat.waiting == {second.message_id, third.message_id}
    holds[0].release()
    await settle()
    assert stage.chat.waiting == {third.message_id}
    holds[1].release()
    await settle()
    assert stage.chat.waiting == set()


async def test_the_title_of_the_session_is_kept(stage: Stage) -> None:
    """A title that the session takes is the thread's."""
    stage.runtime.script = lambda prompt: [TitleChanged(title="About herons"), *say("A bird.")]
    said = await stage.say("what is a heron?")
    thread = await stage.store.thread(said.key)
    assert thread is not None
    assert thread.title == "About herons"
    assert stage.chat.statuses[-1] == (said.key, ThreadStatus.IDLE, "About herons")


async def test_a_turn_without_words_is_told(stage: Stage) -> None:
    """When Copilot says nothing at all, people are told so."""
    stage.runtime.script = lambda prompt: []
    said = await stage.say("hm")
    assert stage.last(said).notice == phrases.NO_ANSWER
    assert stage.entry_state(said) == "done"


@pytest.mark.parametrize("error", [ModelUnknown("no"), RuntimeMissing("no")], ids=repr)
async def test_a_failed_turn_is_told_with_retry(stage: Stage, error: CopilotError) -> None:
    """A turn that fails ends with one sentence and Retry, and the next message works."""
    stage.runtime.script = lambda prompt: [TurnFailed(error=error)]
    said = await stage.say("hello")
    assert stage.last(said).notice == phrases.failure(error)
    assert [button.label for button in stage.last(said).buttons] == ["Retry"]
    assert stage.entry_state(said) == "failed"
    stage.runtime.script = None
    await stage.say("echo: works", to=said)
    assert stage.texts(said)[-1] == "works"


async def test_a_session_that_cannot_be_opened_is_told_with_retry(stage: Stage) -> None:
    """An error of opening ends the message like one of the turn."""
    stage.runtime.take_away(RuntimeMissing("There is none."))
    said = await stage.say("echo: hello")
    assert stage.last(said).notice == phrases.failure(RuntimeMissing())
    assert stage.entry_state(said) == "failed"
    assert stage.state(said) is WorkerState.COLD
    stage.runtime.bring_back()
    await stage.press(stage.last(said), "Retry")
    assert stage.texts(said)[-1] == "hello"


async def test_status_goes_with_the_work(stage: Stage) -> None:
    """People see when a thread works, and when it rests."""
    said = await stage.say("echo: hello")
    assert [status for key, status, _ in stage.chat.statuses if key == said.key] == [
        ThreadStatus.WORKING,
        ThreadStatus.IDLE,
    ]


# --- stop -----------------------------------------------------------------------------------


async def test_stop_while_it_opens(stage: Stage) -> None:
    """A stop does not wait for a session that is slow to open."""
    stage.runtime.take_away(open_waits=True)
    said = await stage.say("echo: hello")
    assert stage.state(said) is WorkerState.OPENING
    await stage.stop(said)
    assert stage.entry_state(said) == "stopped"
    assert stage.last(said).notice == phrases.STOPPED
    assert stage.prompts() == []
    stage.runtime.bring_back()
    await stage.say("echo: works", to=said)
    assert stage.texts(said)[-1] == "works"


async def test_stop_while_it_runs(stage: Stage) -> None:
    """A stop ends the answer; what was written stays, and the next message works."""
    stage.runtime.hold("count", after=3)
    said = await stage.say("count to 9")
    assert stage.state(said) is WorkerState.RUNNING
    await stage.stop(said)
    assert stage.entry_state(said) == "stopped"
    assert stage.last(said).text.split() == ["1", "2", "3"]
    assert stage.last(said).notice == phrases.STOPPED
    await stage.say("echo: works", to=said)
    assert stage.texts(said)[-1] == "works"


async def test_stop_while_it_waits_for_an_answer(stage: Stage) -> None:
    """A stop ends a turn that waits for an answer; the question is closed."""
    said = await stage.say("ask: Which? | red | blue")
    assert stage.state(said) is WorkerState.WAITING
    question = stage.last(said)
    await stage.stop(said)
    assert stage.entry_state(said) == "stopped"
    assert stage.chat.shown[question.reference].buttons == ()
    assert stage.state(said) is WorkerState.IDLE


async def test_stop_while_it_recovers(stage: Stage) -> None:
    """A stop ends a message whose runtime is being started again."""
    stage.runtime.hold("count", after=3)
    said = await stage.say("count to 9")
    stage.runtime.take_away(open_waits=True)
    await settle()
    assert stage.state(said) is WorkerState.OPENING
    await stage.stop(said)
    assert stage.entry_state(said) == "stopped"
    assert stage.last(said).text.split() == ["1", "2", "3"]
    stage.runtime.bring_back()
    await stage.say("echo: works", to=said)
    assert stage.texts(said)[-1] == "works"


async def test_stop_at_rest_does_nothing(stage: Stage) -> None:
    """A stop without a turn changes nothing, also not for the next message."""
    said = await stage.say("echo: one")
    await stage.stop(said)
    await stage.say("echo: two", to=said)
    assert stage.texts(said) == ["one", "two"]


async def test_stop_twice(stage: Stage) -> None:
    """A second stop of the same turn does nothing more."""
    stage.runtime.hold("count", after=3)
    said = await stage.say("count to 9")
    await stage.chat.stop(said.key)
    await stage.chat.stop(said.key)
    await settle()
    assert stage.entry_state(said) == "stopped"
    await stage.say("echo: works", to=said)
    assert stage.texts(said)[-1] == "works"


async def test_stop_leaves_what_waits(stage: Stage) -> None:
    """A stop ends the turn that runs; the messages behind it are answered."""
    stage.runtime.hold("count", after=3)
    said = await stage.say("count to 9")
    await stage.say("echo: next", to=said)
    await stage.stop(said)
    assert stage.texts(said)[-1] == "next"


async def test_stop_of_a_message_that_was_not_yet_taken(stage: Stage) -> None:
    """A stop right after a message counts for it, though the worker sees the stop first."""
    stage.store.gates["lease"] = asyncio.Event()
    said = await stage.say("echo: hello")
    await stage.stop(said)
    stage.store.gates["lease"].set()
    await settle()
    assert stage.entry_state(said) == "stopped"
    assert stage.prompts() == []


async def test_stop_before_the_prompt_is_sent(stage: Stage) -> None:
    """A stop between the opened session and the prompt keeps the prompt from being sent."""
    stage.store.gates["begin_session"] = asyncio.Event()
    said = await stage.say("echo: hello")
    await stage.stop(said)
    stage.store.gates["begin_session"].set()
    await settle()
    assert stage.entry_state(said) == "stopped"
    assert stage.prompts() == []


async def test_a_stop_that_the_runtime_does_not_heed(stage: Stage) -> None:
    """A turn that does not end when told to counts as lost after a while, and as stopped."""

    def deaf(prompt: str) -> Iterator[ReplyEvent]:
        yield TextDelta(text="I hear ")

    hold = stage.runtime.hold("deaf", after=1)
    stage.runtime.script = deaf
    said = await stage.say("be deaf")
    [session] = stage.runtime.live.values()
    session.stop = _deaf  # type: ignore[method-assign]
    await stage.stop(said)
    assert stage.state(said) is WorkerState.STOPPING
    await stage.pass_time(11)
    assert stage.entry_state(said) == "stopped"
    hold.release()
    stage.runtime.script = None
    await stage.say("echo: works", to=said)
    assert stage.texts(said)[-1] == "works"


async def test_a_turn_that_takes_too_long_is_stopped() -> None:
    """A turn over the operator's time is stopped, and people are told why."""
    async with staged(limits=Limits(turn_s=60)) as stage:
        stage.runtime.hold("count", after=3)
        said = await stage.say("count to 9")
        await stage.pass_time(59)
        assert stage.state(said) is WorkerState.RUNNING
        await stage.pass_time(2)
        assert stage.entry_state(said) == "stopped"
        assert stage.last(said).notice == phrases.TOO_LONG
        assert stage.last(said).text.split() == ["1", "2", "3"]
        await stage.say("echo: works", to=said)
        assert stage.texts(said)[-1] == "works"


# --- reset ----------------------------------------------------------------------------------


async def test_reset_at_rest(stage: Stage) -> None:
    """After a reset the thread knows nothing of what was said before, and says so."""
    said = await stage.say("remember the word heron")
    await stage.reset(said)
    assert stage.texts(said)[-1] == phrases.FRESH_START
    await stage.say("what was the word?", to=said)
    assert stage.texts(said)[-1] == "No word was told here."
    thread = await stage.store.thread(said.key)
    assert thread is not None
    assert thread.generation == 2


async def test_reset_of_a_thread_whose_session_was_let_go(stage: Stage) -> None:
    """A reset needs no live session."""
    said = await stage.say("remember the word heron")
    await stage.pass_time(700)
    assert stage.sessions.working == 0
    await stage.reset(said)
    assert stage.texts(said)[-1] == phrases.FRESH_START
    await stage.say("what was the word?", to=said)
    assert stage.texts(said)[-1] == "No word was told here."


async def test_reset_while_it_runs(stage: Stage) -> None:
    """A reset ends the running answer and drops what waits; marks are taken off."""
    stage.runtime.hold("count", after=3)
    said = await stage.say("count to 9")
    waiting = await stage.say("echo: never", to=said)
    assert stage.chat.waiting == {waiting.message_id}
    await stage.reset(said)
    assert stage.entry_state(said) == "withdrawn"
    assert stage.entry_state(waiting) == "withdrawn"
    assert stage.chat.waiting == set()
    assert stage.texts(said)[-1] == phrases.FRESH_START
    assert "echo: never" not in stage.prompts()
    stopped = stage.answer(said)
    assert stopped.state == "stopped"
    assert stopped.buttons == ()
    await stage.say("echo: works", to=said)
    assert stage.texts(said)[-1] == "works"


async def test_reset_while_it_opens(stage: Stage) -> None:
    """A reset does not wait for a session that is slow to open."""
    stage.runtime.take_away(open_waits=True)
    said = await stage.say("echo: hello")
    await stage.reset(said)
    assert stage.entry_state(said) == "withdrawn"
    assert stage.texts(said)[-1] == phrases.FRESH_START
    stage.runtime.bring_back()
    await stage.say("echo: works", to=said)
    assert stage.texts(said)[-1] == "works"
    assert stage.runtime.opened[-1].session_id.endswith("-g2")


async def test_reset_while_it_waits_for_an_answer(stage: Stage) -> None:
    """A reset closes the question and ends its turn."""
    said = await stage.say("ask: Which? | red | blue")
    question = stage.last(said)
    await stage.reset(said)
    assert stage.chat.shown[question.reference].buttons == ()
    assert stage.entry_state(said) == "withdrawn"
    assert stage.texts(said)[-1] == phrases.FRESH_START
    await stage.say("echo: works", to=said)
    assert stage.texts(said)[-1] == "works"


async def test_reset_while_it_recovers(stage: Stage) -> None:
    """A reset does not wait for a runtime that is being started again."""
    stage.runtime.hold("count", after=3)
    said = await stage.say("count to 9")
    stage.runtime.take_away(open_waits=True)
    await settle()
    await stage.reset(said)
    assert stage.entry_state(said) == "withdrawn"
    stage.runtime.bring_back()
    await stage.say("echo: works", to=said)
    assert stage.texts(said)[-1] == "works"


async def test_a_reset_as_the_session_is_noted_is_not_undone(stage: Stage) -> None:
    """A reset that comes while the old session is noted as begun: the new one counts."""
    stage.store.gates["begin_session"] = asyncio.Event()
    said = await stage.say("remember the word heron")
    await stage.reset(said)
    stage.store.gates.pop("begin_session").set()
    await settle()
    await stage.say("what was the word?", to=said)
    assert stage.texts(said)[-1] == "No word was told here."
    assert stage.runtime.opened[-1].session_id.endswith("-g2")


async def test_what_is_said_after_a_reset_is_kept(stage: Stage) -> None:
    """A reset drops only what was said before it."""
    stage.store.gates["take_controls"] = asyncio.Event()
    stage.runtime.hold("count", after=3)
    said = await stage.say("count to 9")
    before = await stage.say("echo: before", to=said)
    await stage.reset(said)
    after = await stage.say("echo: after", to=said)
    stage.store.gates["take_controls"].set()
    await settle()
    assert stage.entry_state(before) == "withdrawn"
    assert stage.entry_state(after) == "done"
    assert stage.texts(said)[-1] == "after"


# --- retry ----------------------------------------------------------------------------------


async def test_retry_of_what_failed_begins_from_scratch(stage: Stage) -> None:
    """Retry sends a failed message again, in a message of its own; the earlier one stays."""
    stage.runtime.script = lambda prompt: [TurnFailed(error=ModelUnknown("no"))]
    said = await stage.say("echo: hello")
    failed = stage.last(said)
    stage.runtime.script = None
    assert await stage.press(failed, "Retry") == phrases.RETRYING
    assert stage.entry_state(said) == "done"
    before, after = stage.chat.seen(said.key)
    assert before == failed
    assert (after.text, after.state) == ("hello", "done")


async def test_retry_of_what_was_stopped_begins_from_scratch(stage: Stage) -> None:
    """Retry of a stopped message does not take the half answer for the whole one."""

    def script(prompt: str) -> Iterator[ReplyEvent]:
        yield TextEnded(text="The first half.")
        yield TextEnded(text="The second half.")

    hold = stage.runtime.hold("tell", after=1)
    stage.runtime.script = script
    said = await stage.say("tell me")
    await stage.stop(said)
    stopped = stage.last(said)
    assert (stopped.text, stopped.state) == ("The first half.", "stopped")
    hold.release()
    await stage.press(stopped, "Retry")
    before, after = stage.chat.seen(said.key)
    assert before == stopped
    assert after.text == "The first half.\n\nThe second half."
    assert stage.prompts() == ["tell me"] * 2


async def test_retry_after_a_cut_off_tool_does_all_of_it_again(stage: Stage) -> None:
    """After a tool with an effect outside was cut off, Retry does not ask once more."""

    def script(prompt: str) -> Iterator[ReplyEvent]:
        yield TextDelta(text="Now. ")
        yield ToolStarted(call_id="c", name="deploy", title="deploy it")
        yield TextEnded(text="Done.")

    hold = stage.runtime.hold("make", after=2)
    stage.runtime.script = script
    said = await stage.say("make it")
    stage.runtime.kill()
    await settle()
    assert stage.entry_state(said) == "failed"
    assert stage.last(said).notice == phrases.cut_off(["deploy"])
    assert len(stage.prompts()) == 1
    hold.release()
    await stage.press(stage.last(said), "Retry")
    assert stage.entry_state(said) == "done"
    assert stage.texts(said)[-1] == "Done."


async def test_a_session_of_no_more_use_is_opened_again(stage: Stage) -> None:
    """A runtime that was replaced, or died, between two messages costs no attempt at the second."""
    said = await stage.say("remember the word heron")
    for forget in (stage.runtime.replace, stage.runtime.kill):
        opened = len(stage.runtime.opened)
        forget()
        again = await stage.say("what was the word?", to=said)
        assert len(stage.runtime.opened) == opened + 1
        assert stage.texts(said)[-1] == "The word was heron."
        assert stage.entry(again).attempts == 1
    assert stage.sessions.live_sessions == 1
    assert not [line for line in stage.logs if line["event"] == "turn.lost"]


async def test_retry_keeps_what_was_said_since(stage: Stage) -> None:
    """Retry of an old message takes nothing back that was answered after it."""
    stage.runtime.script = lambda prompt: [TurnFailed(error=ModelUnknown("no"))]
    said = await stage.say("echo: hello")
    failed = stage.last(said)
    stage.runtime.script = None
    await stage.say("remember the word heron", to=said)
    await stage.press(failed, "Retry")
    await stage.say("what was the word?", to=said)
    assert stage.texts(said)[-2:] == ["hello", "The word was heron."]


async def test_a_failed_prompt_is_not_remembered_twice(stage: Stage) -> None:
    """Retry right after the failure takes the failed prompt back before it is sent again."""
    stage.runtime.script = lambda prompt: [TurnFailed(error=ModelUnknown("no"))]
    said = await stage.say("echo: hello")
    stage.runtime.script = None
    await stage.press(stage.last(said), "Retry")
    [session] = stage.runtime.live.values()
    assert [turn.prompt for turn in await session.history()] == ["echo: hello"]


async def test_retry_pressed_twice(stage: Stage) -> None:
    """Two presses of Retry send the message once."""
    stage.runtime.script = lambda prompt: [TurnFailed(error=ModelUnknown("no"))]
    said = await stage.say("echo: hello")
    failed = stage.last(said)
    stage.runtime.script = None
    await stage.chat.press(failed, "Retry")
    await stage.chat.press(failed, "Retry")
    await settle()
    assert stage.prompts() == ["echo: hello"] * 2
    assert await stage.press(failed, "Retry") == phrases.ANSWERED_ALREADY
    assert stage.prompts() == ["echo: hello"] * 2


async def test_retry_after_three_lost_attempts_has_three_more(stage: Stage) -> None:
    """What was given up has all its attempts again on Retry."""
    said = await _given_up(stage)
    holds = [stage.runtime.hold("count", after=2), stage.runtime.hold("count", after=3)]
    await stage.press(stage.chat.shown[said.reference], "Retry")
    stage.runtime.kill()
    await settle()
    for hold in holds:
        hold.release()
    await settle()
    texts = [seen.text for seen in stage.chat.seen(said.key)]
    assert texts[-1].split() == ["1", "2", "3", "4"]


async def test_retry_still_works_after_the_session_was_let_go(stage: Stage) -> None:
    """The retried message begins from scratch also in a thread at rest."""
    hold = stage.runtime.hold("count", after=3)
    said = await stage.say("count to 5")
    await stage.stop(said)
    hold.release()
    await stage.pass_time(700)
    assert stage.sessions.working == 0
    await stage.press(stage.last(said), "Retry")
    assert stage.texts(said)[-1].split() == ["1", "2", "3", "4", "5"]


async def _deaf() -> None:
    """A stop that is not heeded."""


async def _given_up(stage: Stage) -> FakeMessage:
    """A message that was cut off three times."""
    hold = stage.runtime.hold("count", after=1)
    said = await stage.say("count to 4")
    for _ in range(3):
        assert stage.state(said) is WorkerState.RUNNING
        stage.runtime.kill()
        await settle()
    hold.release()
    return stage.last(said)


# --- questions ------------------------------------------------------------------------------


async def test_a_question_answered_by_a_button(stage: Stage) -> None:
    """A pressed choice is the answer; the question closes and shows what was answered."""
    said = await stage.say("ask: Which colour? | red | blue")
    question = stage.last(said)
    assert [button.label for button in question.buttons] == ["red", "blue", "Write an answer"]
    assert phrases.ANSWER_FREELY in question.text
    assert _status(stage) == "waiting"
    await stage.press(question, "blue")
    assert stage.texts(said) == ["Which colour?\n\n*blue*", "ask_user answered: blue"]
    assert stage.chat.shown[question.reference].buttons == ()
    assert stage.entry_state(said) == "done"
    assert _status(stage) == "idle"


def _status(stage: Stage) -> str:
    """What people see last of what a thread does."""
    return stage.chat.statuses[-1][1]


async def test_a_question_answered_in_words(stage: Stage) -> None:
    """What is written while a question is open is its answer, not a new message."""
    said = await stage.say("ask: Which colour? | red | blue")
    await stage.say("mauve, please", to=said)
    assert stage.texts(said)[-1] == "ask_user answered: mauve, please"
    assert len(stage.prompts()) == 1


async def test_a_choice_typed_as_words_is_that_choice(stage: Stage) -> None:
    """A choice may be typed, in whatever case."""
    told: list[tuple[str, bool]] = []
    said = await stage.say("ask: Which colour? | Red | Blue")
    [session] = stage.runtime.live.values()
    answer = session.answer

    async def noted(question_id: str, text: str, *, is_choice: bool) -> None:
        told.append((text, is_choice))
        await answer(question_id, text, is_choice=is_choice)

    session.answer = noted  # type: ignore[method-assign]
    await stage.say(" blue ", to=said)
    assert told == [("Blue", True)]
    assert stage.texts(said)[-1] == "ask_user answered: Blue"


async def test_words_that_come_after_the_question_closed_are_a_message(stage: Stage) -> None:
    """Of two answers at once the first counts; the other is a message, and nothing is lost."""
    said = await stage.say("ask: Which colour? | red | blue")
    stage.store.gates["take_controls"] = asyncio.Event()
    await stage.say("red", to=said)
    await stage.say("echo: blue", to=said, by=BEN)
    stage.store.gates["take_controls"].set()
    await settle()
    assert stage.texts(said)[1:] == ["ask_user answered: red", "blue"]


async def test_two_presses_at_once(stage: Stage) -> None:
    """Of two presses at once the first counts, and the second does nothing."""
    said = await stage.say("ask: Which colour? | red | blue")
    question = stage.last(said)
    await stage.chat.press(question, "red")
    await stage.chat.press(question, "blue", by=BEN)
    await settle()
    assert stage.texts(said)[1:] == ["ask_user answered: red"]
    assert await stage.press(question, "blue") == phrases.QUESTION_OVER


async def test_an_answer_as_the_turn_ends_is_not_lost(stage: Stage) -> None:
    """Words for a question that a stop closes meanwhile become a message."""
    said = await stage.say("ask: Which colour? | red | blue")
    stage.store.gates["take_controls"] = asyncio.Event()
    await stage.stop(said)
    await stage.say("echo: blue", to=said)
    stage.store.gates["take_controls"].set()
    await settle()
    assert stage.entry_state(said) == "stopped"
    assert stage.texts(said)[-1] == "blue"


async def test_two_questions_at_once_are_shown_one_after_the_other(stage: Stage) -> None:
    """A question that comes while another is open waits for its turn."""
    told: dict[str, str] = {}
    asked = [
        QuestionAsked(question_id=name, question=name, choices=(), allows_text=True)
        for name in ("one?", "two?")
    ]

    async def script(prompt: str) -> list[ReplyEvent]:
        return []

    stage.runtime.script = lambda prompt: [*asked, TextDelta(text="so ")]
    hold = stage.runtime.hold("ask", after=3)
    said = await stage.say("ask two things")
    [session] = stage.runtime.live.values()

    async def answer(question_id: str, text: str, *, is_choice: bool) -> None:
        told[question_id] = text

    session.answer = answer  # type: ignore[method-assign]
    shown = [seen.text.partition("\n")[0] for seen in stage.chat.seen(said.key)]
    assert [text for text in shown if text in {"one?", "two?"}] == ["one?"]
    await stage.say("first", to=said)
    shown = [seen.text.partition("\n")[0] for seen in stage.chat.seen(said.key)]
    assert [text for text in shown if text in {"one?", "two?"}] == ["one?", "two?"]
    assert stage.state(said) is WorkerState.WAITING
    await stage.say("second", to=said)
    assert told == {"one?": "first", "two?": "second"}
    hold.release()
    await settle()
    assert stage.entry_state(said) == "done"


async def test_a_question_that_cannot_be_shown_does_not_hang(stage: Stage) -> None:
    """Where a question cannot be posted, Copilot is told that nobody was asked."""
    stage.chat.fail(ChatRefused("no"), on="post")
    said = await stage.say("ask: Which colour? | red | blue")
    assert stage.entry_state(said) == "done"
    assert stage.texts(said) == [f"ask_user answered: {phrases.NOT_ASKED}"]


async def test_an_answer_given_while_the_question_is_posted(stage: Stage) -> None:
    """A question answered before its post is confirmed is closed nevertheless."""
    is_posted, go_on = asyncio.Event(), asyncio.Event()
    post = stage.chat.post

    async def slow(*arguments: object) -> str:
        reference = await post(*arguments)  # type: ignore[arg-type]
        is_posted.set()
        await go_on.wait()
        return reference

    stage.chat.post = slow  # type: ignore[assignment,method-assign]
    said = await stage.say("ask: Which colour? | red | blue")
    assert is_posted.is_set()
    await stage.press(stage.last(said), "red")
    go_on.set()
    await settle()
    assert stage.texts(said) == ["Which colour?\n\n*red*", "ask_user answered: red"]


async def test_a_press_that_names_no_choice_is_no_answer(stage: Stage) -> None:
    """A made-up press does not answer."""
    said = await stage.say("ask: Which colour? | red | blue")
    question = stage.last(said)
    forged = question.buttons[0]
    question.buttons = (type(forged)(action="answer", value=f"{forged.value}7", label="?"),)
    await stage.press(question, "?")
    assert stage.state(said) is WorkerState.WAITING


# --- the runtime is lost --------------------------------------------------------------------


async def test_lost_in_mid_answer(stage: Stage) -> None:
    """A turn that is cut off is sent again, and answered once."""
    hold = stage.runtime.hold("count", after=3)
    said = await stage.say("count to 5")
    stage.runtime.kill()
    hold.release()
    await settle()
    assert [text.split() for text in stage.texts(said)] == [["1", "2", "3", "4", "5"]]
    assert stage.entry_state(said) == "done"
    [session] = stage.runtime.live.values()
    assert len(await session.history()) == 1


async def test_lost_at_rest(stage: Stage) -> None:
    """A runtime that dies between two messages is not noticed by people."""
    said = await stage.say("remember the word heron")
    stage.runtime.kill()
    await stage.say("what was the word?", to=said)
    assert stage.texts(said)[-1] == "The word was heron."


async def test_lost_before_the_prompt(stage: Stage) -> None:
    """A runtime that dies as the session opens is waited for."""
    stage.runtime.take_away(RuntimeLost("It went away."))
    said = await stage.say("echo: hello")
    assert stage.entry_state(said) == "failed"
    assert stage.last(said).notice == phrases.GIVEN_UP
    assert stage.state(said) is WorkerState.COLD
    stage.runtime.bring_back()
    await stage.press(stage.last(said), "Retry")
    assert stage.texts(said)[-1] == "hello"


async def test_lost_three_times(stage: Stage) -> None:
    """After three attempts the thread is told, with Retry, and what was written stays."""
    given_up = await _given_up(stage)
    assert given_up.notice == phrases.GIVEN_UP
    assert given_up.text.strip() == "1"
    assert [button.label for button in given_up.buttons] == ["Retry"]
    assert len(stage.prompts()) == 3
    assert stage.sessions.state_of(given_up.key) is WorkerState.IDLE


async def test_cut_off_while_it_waited_in_line() -> None:
    """However often a message was begun: as long as the model was not told, it is tried."""
    first = assembled()
    key = first.chat.key("1")
    entry = NewEntry(
        key=key,
        kind=EntryKind.MESSAGE,
        source_id="1",
        author=ANN,
        text="echo: hello",
        sent_at=first.clock.now(),
    )
    await first.store.append(entry)
    for number in range(6):
        lease = await first.store.lease(key, f"process {number}", first.clock.now())
        assert lease is not None
        assert await first.store.take(lease) is not None
    async with staged(beside=first) as stage:
        await settle()
        [answer] = stage.chat.seen(key)
        assert answer.text == "hello"
        [known] = stage.store.entries(key)
        assert known.attempts == 7


async def test_lost_after_the_answer_was_there(stage: Stage) -> None:
    """An answer that was whole when the runtime died is delivered, not asked for again."""
    hold = stage.runtime.hold("echo", after=3)  # after the text, before the end
    said = await stage.say("echo: hello")
    [session] = stage.runtime.live.values()
    await session.files.append("/session-state/fake.jsonl", b'{"kind": "end"}\n')
    stage.runtime.kill()
    hold.release()
    await settle()
    assert stage.texts(said) == ["hello"]
    assert len(stage.prompts()) == 1


async def test_lost_while_a_question_is_open(stage: Stage) -> None:
    """Asked again by the prompt that is sent again, a question stays the message it was."""
    said = await stage.say("ask: Which colour? | red | blue")
    question = stage.last(said)
    stage.runtime.kill()
    await settle()
    assert len(stage.prompts()) == 2
    assert stage.state(said) is WorkerState.WAITING
    assert stage.chat.seen(said.key) == [question]
    await stage.press(question, "blue")
    assert stage.texts(said) == ["Which colour?\n\n*blue*", "ask_user answered: blue"]


async def test_an_answer_given_while_the_runtime_is_away_counts(stage: Stage) -> None:
    """What people answer while the runtime is started again is brought to it then."""
    said = await stage.say("ask: Which colour? | red | blue")
    question = stage.last(said)
    stage.runtime.take_away(open_waits=True)
    await settle()
    await stage.press(question, "blue")
    assert stage.texts(said) == ["Which colour?\n\n*blue*"]
    stage.runtime.bring_back()
    await settle()
    assert stage.texts(said) == ["Which colour?\n\n*blue*", "ask_user answered: blue"]


async def test_an_answer_already_given_counts_when_it_is_asked_again(stage: Stage) -> None:
    """People are not asked twice because the runtime died after they had answered."""
    hold = stage.runtime.hold("ask", after=2)
    said = await stage.say("ask: Which colour? | red | blue")
    await stage.press(stage.last(said), "red")
    stage.runtime.kill()
    hold.release()
    await settle()
    assert stage.texts(said) == ["Which colour?\n\n*red*", "ask_user answered: red"]
    assert len(stage.prompts()) == 2


async def test_words_for_a_question_that_is_not_asked_again_are_a_message(stage: Stage) -> None:
    """An answer in words that no runtime heard is not lost."""
    said = await stage.say("ask: Which colour? | red | blue")
    stage.runtime.take_away(open_waits=True)
    await settle()
    await stage.say("echo: blue", to=said)
    stage.runtime.script = lambda prompt: say(f"I heard {prompt}.")
    stage.runtime.bring_back()
    await settle()
    assert stage.texts(said)[1:] == [
        "I heard ask: Which colour? | red | blue.",
        "I heard echo: blue.",
    ]


async def test_another_question_after_the_loss_closes_the_first(stage: Stage) -> None:
    """A question that is not asked again does not stay open beside the new one."""
    said = await stage.say("ask: Which colour? | red | blue")
    first = stage.last(said)

    def script(prompt: str) -> Iterator[ReplyEvent]:
        yield QuestionAsked(question_id="q", question="How?", choices=("so",), allows_text=False)
        yield from say("Well.")

    stage.runtime.script = script
    stage.runtime.kill()
    await settle()
    assert stage.chat.shown[first.reference].buttons == ()
    assert stage.last(said).text == f"How?\n\n_{phrases.ANSWER_BY_CHOICE}_"


async def test_lost_while_it_is_being_stopped(stage: Stage) -> None:
    """A runtime that dies instead of stopping: the message is stopped, not sent again."""
    stage.runtime.hold("count", after=3)
    said = await stage.say("count to 5")
    [session] = stage.runtime.live.values()
    session.stop = _deaf  # type: ignore[method-assign]
    await stage.stop(said)
    stage.runtime.kill()
    await settle()
    assert stage.entry_state(said) == "stopped"
    assert len(stage.prompts()) == 1


async def test_a_stop_that_finds_the_runtime_gone(stage: Stage) -> None:
    """A stop that cannot reach the runtime ends the turn all the same."""
    stage.runtime.hold("count", after=3)
    said = await stage.say("count to 5")
    [session] = stage.runtime.live.values()

    async def gone() -> None:
        raise RuntimeLost("It went away.")

    session.stop = gone  # type: ignore[method-assign]
    await stage.stop(said)
    stage.runtime.kill()
    await settle()
    assert stage.entry_state(said) == "stopped"


async def test_a_session_that_left_nothing_is_begun_anew(stage: Stage) -> None:
    """Where a session was noted but nothing of it kept, a new one is begun under its name."""
    stage.runtime.take_away(RuntimeMissing("no"))
    said = await stage.say("echo: one")
    lease = await stage.store.lease(said.key, "this process", stage.clock.now())
    assert lease is not None
    await stage.store.begin_session(lease)
    files = stage.store.files(lease, lease.thread.session_id)
    await files.write("/session-state/workspace.yaml", b"left by a runtime that was killed")
    stage.runtime.bring_back()
    await stage.say("echo: two", to=said)
    assert stage.texts(said)[-1] == "two"
    assert stage.runtime.opened[-1].is_new


async def test_a_conversation_that_cannot_be_found_is_told(stage: Stage) -> None:
    """Where there was a conversation, none is begun in its stead."""
    said = await stage.say("echo: one")
    await stage.pass_time(700)
    stage.runtime.take_away(SessionMissing("It is gone."))
    second = await stage.say("echo: two", to=said)
    assert stage.last(said).notice == phrases.failure(SessionMissing())
    assert stage.entry_state(second) == "failed"
    stage.runtime.bring_back()
    await stage.say("echo: three", to=said)
    assert stage.texts(said)[-1] == "three"


# --- after a crash of the process -----------------------------------------------------------


async def test_a_prompt_that_never_arrived_is_sent() -> None:
    """What was taken but never sent when the process died is sent by the next one."""
    first = assembled()
    await first.start()
    first.runtime.take_away(open_waits=True)
    said = await first.say("echo: hello")
    await first.kill()
    first.runtime.bring_back()
    async with staged(beside=first, owner="the next process") as stage:
        await stage.pass_time(40)
        assert stage.texts(said) == ["hello"]
        assert stage.prompts() == ["echo: hello"]


async def test_a_turn_cut_off_by_the_process_goes_on_in_the_same_message() -> None:
    """Half an answer that was posted is changed into the whole one, not posted again."""
    first = assembled()
    await first.start()
    hold = first.runtime.hold("count", after=3)
    said = await first.say("count to 5")
    [half] = first.chat.seen(said.key)
    await first.kill()
    hold.release()
    async with staged(beside=first, owner="the next process") as stage:
        await stage.pass_time(40)
        [whole] = stage.chat.seen(said.key)
        assert whole.reference == half.reference
        assert whole.text.split() == ["1", "2", "3", "4", "5"]
        assert stage.entry_state(said) == "done"


async def test_an_answer_that_was_there_is_delivered_into_the_same_message() -> None:
    """An answer that is in the history is delivered: not asked for again, not posted twice."""
    first = assembled()
    await first.start()
    first.store.gates["finish"] = asyncio.Event()
    said = await first.say("echo: hello")
    await first.kill()
    first.store.gates.clear()
    async with staged(beside=first, owner="the next process") as stage:
        await stage.pass_time(40)
        assert stage.texts(said) == ["hello"]
        assert stage.prompts() == ["echo: hello"]
        assert stage.entry_state(said) == "done"


async def test_a_stop_while_no_process_runs_is_heeded() -> None:
    """A stop that is pressed on a half answer before the next process begins ends it."""
    first = assembled()
    await first.start()
    first.runtime.hold("count", after=3)
    said = await first.say("count to 5")
    await first.kill()
    second = assembled(beside=first, owner="the next process")
    await second.intake.stop(said.key, ANN, "press")
    await second.start()
    await second.pass_time(40)
    assert second.entry_state(said) == "stopped"
    assert len(second.prompts()) == 1
    await second.end()


async def test_a_retry_asked_while_no_process_runs_begins_from_scratch() -> None:
    """A retry is the same whichever process does it: a new reply, and no prompt said twice."""
    first = assembled()
    await first.start()
    first.runtime.script = lambda prompt: [TurnFailed(error=ModelUnknown("no"))]
    said = await first.say("echo: hello")
    failed = first.last(said)
    await first.kill()
    first.runtime.script = None
    async with staged(beside=first, owner="the next process") as stage:
        await stage.pass_time(40)
        await stage.press(failed, "Retry")
        before, after = stage.chat.seen(said.key)
        assert before == failed
        assert (after.text, after.state) == ("hello", "done")
        [session] = stage.runtime.live.values()
        assert [turn.prompt for turn in await session.history()] == ["echo: hello"]


async def test_a_retry_cut_off_by_the_process_goes_on_in_its_own_message() -> None:
    """After a crash a retried message's new reply is continued, and the earlier one stays."""
    first = assembled()
    await first.start()
    first.runtime.hold("count", after=2)
    hold = first.runtime.hold("count", after=3)
    said = await first.say("count to 5")
    await first.stop(said)
    stopped = first.last(said)
    await first.press(stopped, "Retry")
    _, half = first.chat.seen(said.key)
    assert half.text.split() == ["1", "2"]
    await first.kill()
    hold.release()
    first.runtime.holds_for("count")[0].release()
    async with staged(beside=first, owner="the next process") as stage:
        await stage.pass_time(40)
        before, whole = stage.chat.seen(said.key)
        assert before == stopped
        assert whole.reference == half.reference
        assert whole.text.split() == ["1", "2", "3", "4", "5"]


async def test_marks_of_an_earlier_process_are_taken_off() -> None:
    """A message that waited before a restart loses its mark when its turn comes."""
    first = assembled()
    await first.start()
    hold = first.runtime.hold("one")
    said = await first.say("echo: one")
    waiting = await first.say("echo: two", to=said)
    assert first.chat.waiting == {waiting.message_id}
    await first.kill()
    hold.release()
    first.clock.jump(60)
    async with staged(beside=first, owner="the next process") as stage:
        await settle()
        assert stage.texts(said) == ["one", "two"]
        assert stage.chat.waiting == set()


# --- the database fails ---------------------------------------------------------------------


_IN_A_TURN = ["lease", "take", "begin_session", "deliver", "writable", "finish"]


@pytest.mark.parametrize("call", _IN_A_TURN)
async def test_a_database_that_fails_is_told_once_and_nothing_is_lost(
    stage: Stage, call: str
) -> None:
    """Whichever call fails: people are told once, and it is answered once the database works."""
    stage.store.fail(call, error=StoreFull("no space"))
    said = await stage.say("echo: hello")
    for _ in range(20):
        await stage.pass_time(7)
    [seen] = stage.chat.seen(said.key)
    if call == "finish":
        assert (seen.text, seen.notice) == ("hello", "")  # the answer is there: nothing to tell
    else:
        assert "no space left" in seen.text + seen.notice
        has_begun = call not in {"lease", "take"}
        assert [button.label for button in seen.buttons] == ["Retry"] * has_begun
    stage.store.mend()
    await _well_again(stage, said)


@pytest.mark.parametrize("call", _IN_A_TURN)
async def test_a_database_that_fails_after_it_did_its_work(stage: Stage, call: str) -> None:
    """Where only the database's answer was lost, nothing is lost and nothing said twice."""
    stage.store.fail(call, error=StoreFull("no space"), after=True)
    said = await stage.say("echo: hello")
    for _ in range(20):
        await stage.pass_time(7)
    assert len(stage.chat.seen(said.key)) == 1
    stage.store.mend()
    await _well_again(stage, said)


async def _well_again(stage: Stage, said: IncomingMessage) -> None:
    """Once the database works, the message is answered, and the thread works on."""
    await stage.pass_time(70)
    assert stage.entry_state(said) == "done"
    assert [seen.text for seen in stage.chat.seen(said.key)].count("hello") == 1
    assert not any(seen.buttons for seen in stage.chat.seen(said.key))
    await stage.say("echo: works", to=said)
    assert stage.texts(said)[-1] == "works"
    await stage.pass_time(700)
    assert stage.sessions.working == 0


@pytest.mark.parametrize("call", ["take", "begin_session"])
async def test_a_trouble_that_could_not_be_told_is_told_later(stage: Stage, call: str) -> None:
    """When the notice cannot be posted either, the next attempt tries to."""
    stage.store.fail(call, error=StoreFull("no space"))
    stage.chat.fail(ChatUnavailable("no"), times=2 if call == "begin_session" else 1, on="post")
    said = await stage.say("echo: hello")
    assert stage.chat.seen(said.key) == []
    await stage.pass_time(60)
    [seen] = stage.chat.seen(said.key)
    assert "no space left" in seen.text + seen.notice
    stage.store.mend()
    await _well_again(stage, said)


async def test_a_database_that_fails_for_long_does_not_use_up_the_attempts(stage: Stage) -> None:
    """Attempts that the database spoiled do not count."""
    stage.store.fail("begin_session", error=StoreBusy("held"))
    said = await stage.say("echo: hello")
    for _ in range(40):
        await stage.pass_time(10)
    assert stage.entry(said).attempts > 3
    stage.store.mend()
    await stage.pass_time(70)
    assert stage.texts(said)[-1] == "hello"


async def test_what_was_shown_is_only_written_down_when_the_database_works_again(
    stage: Stage,
) -> None:
    """An answer that people have, but that could not be noted as such, is not made again."""
    stage.store.fail("finish", error=StoreBusy("held"), times=2)
    said = await stage.say("echo: hello")
    shown = stage.last(said)
    assert stage.entry_state(said) == "running"
    await stage.pass_time(30)
    assert stage.entry_state(said) == "done"
    assert stage.prompts() == ["echo: hello"]
    assert stage.last(said) == shown


async def test_a_stop_is_not_forgotten_because_the_database_failed(stage: Stage) -> None:
    """A turn that somebody stopped is not begun again after a failure of the database."""
    stage.runtime.hold("count", after=3)
    said = await stage.say("count to 5")
    stage.store.fail("writable", error=StoreBusy("held"))
    await stage.stop(said)
    stage.store.mend()
    await stage.pass_time(30)
    assert stage.entry_state(said) == "stopped"
    assert len(stage.prompts()) == 1


async def test_retry_works_while_it_is_paused(stage: Stage) -> None:
    """Retry under the notice tries at once, and does not send the message twice."""
    stage.store.fail("begin_session", error=StoreBusy("held"))
    said = await stage.say("echo: hello")
    notice = stage.last(said)
    stage.store.mend()
    await stage.press(notice, "Retry")
    assert stage.entry_state(said) == "done"
    await stage.pass_time(120)
    assert stage.prompts() == ["echo: hello"]


async def test_controls_are_heeded_again_once_the_database_works(stage: Stage) -> None:
    """A failure to read the controls during a turn costs time, not the control."""
    stage.runtime.hold("count", after=3)
    said = await stage.say("count to 5")
    stage.store.fail("take_controls", error=StoreBusy("held"), times=3)
    await stage.stop(said)
    assert stage.state(said) is WorkerState.RUNNING
    await stage.pass_time(10)
    assert stage.entry_state(said) == "stopped"


@pytest.mark.parametrize("is_answering", [False, True])
async def test_a_reset_that_cannot_be_written_is_told(stage: Stage, is_answering: bool) -> None:
    """A control that was taken but could not be done is not lost in silence."""
    if is_answering:
        hold = stage.runtime.hold("one")
    said = await stage.say("echo: one")
    stage.store.fail("reset", error=StoreBusy("held"), times=1)
    await stage.reset(said)
    assert stage.texts(said)[-1] == phrases.not_done(StoreBusy())
    if is_answering:
        hold.release()
        await settle()
    await stage.say("echo: works", to=said)
    assert stage.texts(said)[-1] == "works"


async def test_a_failure_to_let_go_does_not_leave_the_thread_leased(stage: Stage) -> None:
    """A lease that could not be given back is given back later."""
    said = await stage.say("echo: one")
    stage.store.fail("release", error=StoreBusy("held"), times=2)
    await stage.pass_time(700)
    assert stage.store.owner(said.key) is None
    assert stage.sessions.working == 0


async def test_nothing_is_told_when_nothing_waits(stage: Stage) -> None:
    """A database that fails after the last answer is no news for the thread."""
    said = await stage.say("echo: one")
    stage.store.fail("take", error=StoreBusy("held"))
    hold = stage.runtime.hold("two")
    stage.store.mend()
    await stage.say("echo: two", to=said)
    stage.store.fail("take", error=StoreBusy("held"))
    hold.release()
    await settle()
    await stage.pass_time(20)
    assert stage.texts(said) == ["one", "two"]


# --- the lease is lost ----------------------------------------------------------------------


async def test_nothing_is_posted_after_the_lease_was_lost(stage: Stage) -> None:
    """A worker whose thread was taken over shows nothing more, also not by a growing reply."""
    hold = stage.runtime.hold("count", after=2)
    said = await stage.say("count to 9")
    [half] = stage.chat.seen(said.key)
    calls = list(stage.chat.calls)
    stage.clock.jump(60)  # the process slept
    stage.store.steal(said.key)
    hold.release()
    await stage.pass_time(10)
    assert stage.chat.seen(said.key) == [half]
    assert stage.chat.calls == calls
    assert stage.sessions.working == 0
    assert stage.store.owner(said.key) == "another process"
    assert stage.entry_state(said) == "running"


@pytest.mark.parametrize("hours", [-3, 3])
async def test_a_clock_that_is_set_costs_no_answer(stage: Stage, hours: int) -> None:
    """Whether the wall clock is set forward or back in mid-answer: it goes on, once."""
    hold = stage.runtime.hold("count", after=2)
    said = await stage.say("count to 9")
    stage.clock.set(hours * 3600)
    await stage.pass_time(40)
    assert stage.sessions.working == 1
    hold.release()
    await settle()
    assert stage.texts(said) == ["1 2 3 4 5 6 7 8 9"]
    assert stage.entry(said).attempts == 1


async def test_a_lease_runs_out_though_the_clock_was_set_back(stage: Stage) -> None:
    """A process that slept past its lease says nothing more, whatever its wall clock says."""
    hold = stage.runtime.hold("count", after=2)
    said = await stage.say("count to 9")
    calls = list(stage.chat.calls)
    stage.clock.jump(60)
    stage.clock.set(-60)
    stage.store.steal(said.key)
    hold.release()
    await stage.pass_time(10)
    assert stage.chat.calls == calls
    assert stage.sessions.working == 0


async def test_a_worker_that_lost_its_lease_stops_by_itself(stage: Stage) -> None:
    """A worker learns that it was too late when the leases are renewed, and ends its turn."""
    stage.runtime.hold("count", after=2)
    said = await stage.say("count to 9")
    stage.clock.jump(60)
    stage.store.steal(said.key)
    await stage.pass_time(10)
    assert stage.sessions.working == 0
    assert stage.runtime.live == {}


async def test_a_late_renewal_that_nobody_used_changes_nothing(stage: Stage) -> None:
    """A process that slept too long, but whose thread nobody took, goes on."""
    hold = stage.runtime.hold("count", after=2)
    said = await stage.say("count to 9")
    stage.clock.jump(60)
    await stage.pass_time(10)
    hold.release()
    await settle()
    assert stage.texts(said)[-1].split()[-1] == "9"
    assert stage.entry_state(said) == "done"


async def test_the_end_is_not_shown_before_the_lease_is_sure(stage: Stage) -> None:
    """Where the lease ran out, the database is asked before the end of an answer is shown."""
    hold = stage.runtime.hold("count", after=2)
    said = await stage.say("count to 9")
    stage.clock.jump(60)
    stage.store.gates["take_controls"] = asyncio.Event()
    hold.release()
    await settle()
    assert stage.last(said).state == "working"
    stage.store.gates["take_controls"].set()
    await settle()
    assert stage.last(said).state == "done"


async def test_a_question_is_not_closed_by_a_worker_that_lost_its_lease(stage: Stage) -> None:
    """The message of a question belongs to the worker that has the lease now."""
    said = await stage.say("ask: Which? | red | blue")
    question = stage.last(said)
    stage.store.steal(said.key)
    stage.sessions.wake(said.key)
    await settle()
    assert stage.sessions.working == 0
    assert stage.chat.shown[question.reference].buttons == question.buttons


@pytest.mark.parametrize("call", ["deliver", "finish", "take", "begin_session", "writable"])
async def test_a_lease_lost_at_any_call_posts_nothing(stage: Stage, call: str) -> None:
    """Whichever call says that the lease is lost: the thread is not told anything."""
    stage.store.fail(call, error=LeaseLost("taken"), times=1)
    said = await stage.say("echo: hello")
    assert [seen.text for seen in stage.chat.seen(said.key)] in ([], ["hello"])
    assert not any(seen.notice for seen in stage.chat.seen(said.key))


# --- the chat fails -------------------------------------------------------------------------


async def test_a_reply_that_cannot_be_shown_is_shown_by_the_next_update(stage: Stage) -> None:
    """An update that fails costs nothing: the next one shows all."""
    hold = stage.runtime.hold("count", after=2)
    stage.chat.fail(ChatUnavailable("no"), on="post")
    said = await stage.say("count to 5")
    assert stage.texts(said) == []
    hold.release()
    await settle()
    assert stage.texts(said)[0].split() == ["1", "2", "3", "4", "5"]


async def test_an_end_that_cannot_be_shown_is_not_tried_for_ever(stage: Stage) -> None:
    """When the end cannot be shown, the message counts as dealt with all the same."""
    stage.chat.fail(ChatRefused("no"), times=2, on="post")
    said = await stage.say("echo: hello")
    assert stage.entry_state(said) == "done"
    await stage.pass_time(100)
    assert stage.prompts() == ["echo: hello"]
    await stage.say("echo: works", to=said)
    assert stage.texts(said) == ["works"]


async def test_a_place_that_is_gone_ends_the_turn(stage: Stage) -> None:
    """In a channel that is gone nobody reads: the turn is stopped."""
    hold = stage.runtime.hold("count", after=2)
    stage.chat.fail(PlaceGone("deleted"), times=9)
    said = await stage.say("count to 50")
    hold.release()
    await settle()
    assert stage.entry_state(said) == "stopped"
    [session] = stage.runtime.live.values()
    assert (await session.history())[-1].answer == ""


async def test_a_fresh_start_that_cannot_be_said_is_one(stage: Stage) -> None:
    """A reset counts also where the platform does not take the sentence about it."""
    said = await stage.say("remember the word heron")
    stage.chat.fail(ChatUnavailable("no"), on="post")
    await stage.reset(said)
    await stage.say("what was the word?", to=said)
    assert stage.texts(said)[-1] == "No word was told here."


async def test_a_question_that_cannot_be_closed_is_answered(stage: Stage) -> None:
    """An answer counts though the question's message could not be changed."""
    said = await stage.say("ask: Which? | red | blue")
    stage.chat.fail(ChatUnavailable("no"), on="change")
    await stage.press(stage.last(said), "red")
    assert stage.texts(said)[-1] == "ask_user answered: red"


async def test_an_answer_is_shown_when_the_platform_is_back(stage: Stage) -> None:
    """A platform that is out of reach for minutes costs no answer, and no second turn."""
    stage.chat.fail(ChatUnavailable("out of reach"), times=9, on="post")
    said = await stage.say("echo: hello")
    assert stage.entry_state(said) == "running"
    await stage.pass_time(600)
    assert stage.texts(said) == ["hello"]
    assert stage.entry_state(said) == "done"
    assert stage.prompts() == ["echo: hello"]


async def test_a_platform_that_stays_away_does_not_hold_a_thread_for_ever(stage: Stage) -> None:
    """After an hour the message counts as done with, and the next one has its turn."""
    stage.chat.fail(ChatUnavailable("out of reach"), times=999, on="post")
    said = await stage.say("echo: hello")
    await stage.pass_time(3700)
    assert stage.entry_state(said) == "done"


@pytest.mark.parametrize("is_waiting", [True, False])
async def test_a_mark_that_comes_late_does_not_stay(stage: Stage, is_waiting: bool) -> None:
    """Where another process has taken a message before it bears its mark, the mark goes again."""
    said = await stage.say("echo: hello")

    async def waits() -> bool:
        return is_waiting

    stage.sessions.mark(said.key, said.message_id, waits)
    await settle()
    assert stage.chat.waiting == ({said.message_id} if is_waiting else set())


async def test_a_message_ends_once_its_mark_is_off(stage: Stage) -> None:
    """A process that dies leaves no mark: until it is off, the message has not ended."""
    hold = stage.runtime.hold("one", after=1)
    first = await stage.say("echo: one")
    second = await stage.say("echo: two", to=first)
    off = stage.chat.hold_marks()
    hold.release()
    await settle()
    assert stage.texts(first) == ["one", "two"]
    assert stage.entry_state(second) == "running"
    off.set()
    await settle()
    assert stage.entry_state(second) == "done"


async def test_no_mark_is_taken_off_a_message_that_never_bore_one(stage: Stage) -> None:
    """Right after its start a process knows which messages it took in: those bear no mark."""
    off = stage.chat.hold_marks()
    said = await stage.say("echo: hello")
    assert stage.entry_state(said) == "done"
    off.set()


async def test_a_mark_that_does_not_come_off_delays_no_message_for_long(stage: Stage) -> None:
    """A platform that takes no marks off is waited for ten seconds."""
    hold = stage.runtime.hold("one", after=1)
    first = await stage.say("echo: one")
    second = await stage.say("echo: two", to=first)
    off = stage.chat.hold_marks()
    hold.release()
    await stage.pass_time(10)
    assert stage.entry_state(second) == "done"
    off.set()


async def test_a_mistake_in_the_adapter_does_not_repeat_the_turn(stage: Stage) -> None:
    """A reply that crashes at its end is logged, and the message is done with."""
    stage.chat.fail(ZeroDivisionError("oops"), times=9, on="post")  # type: ignore[arg-type]
    said = await stage.say("echo: hello")
    assert stage.entry_state(said) == "done"
    assert stage.prompts() == ["echo: hello"]


# --- mistakes in the program ----------------------------------------------------------------


async def test_a_crash_costs_only_its_thread_a_pause(stage: Stage) -> None:
    """A worker that crashes is tried again later; other threads go on; then it is told."""

    def script(prompt: str) -> Iterator[ReplyEvent]:
        if "crash" in prompt:
            raise ZeroDivisionError("a mistake")
        yield from say(prompt)

    stage.runtime.script = script
    said = await stage.say("crash")
    assert stage.entry_state(said) == "running"
    assert stage.sessions.working == 0
    other = await stage.say("hello")
    assert stage.texts(other) == ["hello"]
    for _ in range(12):
        await stage.pass_time(5)
    assert stage.entry_state(said) == "failed"
    assert len([prompt for prompt in stage.prompts() if prompt == "crash"]) == 3
    assert stage.last(said).notice == phrases.GIVEN_UP
    await stage.say("hello again", to=said)
    assert stage.texts(said)[-1] == "hello again"


async def test_a_session_that_cannot_be_closed_keeps_nothing(stage: Stage) -> None:
    """A crash as the session is closed gives the thread and the place back all the same."""
    said = await stage.say("echo: one")
    [session] = stage.runtime.live.values()

    async def broken() -> None:
        raise ZeroDivisionError("a mistake")

    session.close = broken  # type: ignore[method-assign]
    await stage.pass_time(700)
    assert stage.sessions.live_sessions == 0
    assert stage.store.owner(said.key) is None
    await stage.say("echo: two", to=said)
    assert stage.texts(said)[-1] == "two"


async def test_a_turn_that_ends_without_saying_how_is_repeated(stage: Stage) -> None:
    """Events that just cease count as a lost runtime."""
    said = await stage.say("echo: one")
    [session] = stage.runtime.live.values()

    async def silent(prompt: str, images: Sequence[Image]) -> AsyncIterator[ReplyEvent]:
        for event in list[ReplyEvent]():
            yield event

    session.turn = silent  # type: ignore[assignment,method-assign]
    await stage.say("echo: two", to=said)
    assert stage.texts(said)[-1] == "two"


def test_the_states_of_entries_are_known() -> None:
    """Every end of a message is one of these four."""
    ends = set(EntryState) - {EntryState.QUEUED, EntryState.RUNNING}
    assert ends == {
        EntryState.DONE,
        EntryState.FAILED,
        EntryState.STOPPED,
        EntryState.WITHDRAWN,
    }
    assert TurnFinished().was_stopped is False
