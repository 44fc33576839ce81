"""Comparing models in a thread: blind answers, a vote, the reveal, and going on with one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest

from bot.budgets import Scope, Spent
from bot.errors import ModelUnknown, StoreBusy, StoreError
from bot.events import TextDelta, UsageReported
from bot.gate import Access
from bot.mailbox import Entry, EntryKind, EntryState
from bot.messages import IncomingMessage, Person
from bot.phrases import compare as phrases
from bot.ports import Model, ReplyState, ThreadStatus
from bot.workplace import Limits
from tests.bot.stage import Stage, assembled, settle, staged
from tests.fakes.chat import ANN, BEN, FakeMessage

EVE = Person(id="U-eve", name="Eve")
_MODELS = ("model-x", "model-y", "model-z")


def offer(stage: Stage, *models: str) -> None:
    """Say which models there are."""
    stage.runtime.offered = [Model(id=name, name=name) for name in models or _MODELS]


@pytest.fixture(name="stage")
async def _stage() -> AsyncIterator[Stage]:
    async with staged() as stage:
        offer(stage)
        yield stage


async def compare(
    stage: Stage,
    said: IncomingMessage,
    question: str = "who are you",
    *,
    models: Sequence[str] = ("model-x", "model-y"),
    by: Person = ANN,
) -> str:
    """Somebody asks for a comparison in a message's thread; returns what they are told."""
    argument = " ".join([*models, question])
    answer = await stage.chat.command("compare", key=said.key, by=by, argument=argument)
    await settle()
    return answer.text


def comparison_entry(stage: Stage, said: IncomingMessage) -> Entry:
    """What asked for the newest comparison."""
    entries = stage.store.entries(said.key)
    return [entry for entry in entries if entry.kind is EntryKind.COMPARE][-1]


def answers(stage: Stage, said: IncomingMessage) -> list[FakeMessage]:
    """The blind answers, in the order in which they stand."""
    return [message for message in stage.chat.seen(said.key) if message.strand > 0]


def summary(stage: Stage, said: IncomingMessage) -> FakeMessage:
    """The message with the vote and its outcome."""
    found = comparison_entry(stage, said)
    [message] = [
        message
        for message in stage.chat.seen(said.key)
        if message.entry_id == found.id and message.strand == 0
    ]
    return message


def labels(message: FakeMessage) -> list[str]:
    """What can be pressed under a message."""
    return [button.label for button in message.buttons]


def model_of(stage: Stage, said: IncomingMessage, label: str) -> str:
    """The model behind a label, as the database has it."""
    [comparison] = [each for each in stage.store._comparisons.values() if each.key == said.key]
    candidate = comparison.candidate(label)
    assert candidate is not None
    return candidate.model


# --- answers --------------------------------------------------------------------------------


async def test_answers_stand_blind_in_the_order_of_their_labels(stage: Stage) -> None:
    """Each model answers in a message of its own, under a label, and nothing tells which it is."""
    said = await stage.say("echo: hello")
    await compare(stage, said, "count to 3", models=_MODELS)
    shown = answers(stage, said)
    assert [message.text for message in shown] == [
        f"### Answer {label}\n\n1 2 3" for label in "ABC"
    ]
    assert {message.footer for message in shown} == {""}
    vote = summary(stage, said)
    assert labels(vote) == ["A", "B", "C", "None better", "Reveal models"]
    everything = repr([*shown, vote])
    assert not any(model in everything for model in _MODELS)
    opened = sorted(spec.model or "" for spec in stage.runtime.opened[1:])
    assert opened == sorted(_MODELS)
    logged = [each for each in stage.logs if any(m in repr(each) for m in _MODELS)]
    assert logged == []


async def test_each_model_knows_the_conversation(stage: Stage) -> None:
    """The answers are given with what was said before, and are nothing to the thread's session."""
    said = await stage.say("remember the word heron")
    await compare(stage, said, "what was the word?")
    assert [message.text for message in answers(stage, said)] == [
        f"### Answer {label}\n\nThe word was heron." for label in "AB"
    ]
    assert len(stage.runtime.live) == 0
    again = await stage.say("what was the word?", to=said)
    assert stage.answer(again).text == "The word was heron."


async def test_answers_grow_side_by_side(stage: Stage) -> None:
    """All answers are announced in their order, and grow at once."""
    hold = stage.runtime.hold("count to", after=2)
    said = await stage.say("echo: hello")
    await compare(stage, said, "count to 9")
    await stage.pass_time(2)
    assert [message.text for message in answers(stage, said)] == [
        "### Answer A\n\n1 2",
        "### Answer B\n\n1 2",
    ]
    assert stage.chat.statuses[-1] == (said.key, ThreadStatus.WORKING, "")
    hold.release()
    await settle()
    assert stage.chat.statuses[-1] == (said.key, ThreadStatus.IDLE, "count to 9")


async def test_a_comparison_waits_its_turn(stage: Stage) -> None:
    """Asked for during a turn, a comparison comes after it, and what is said then after that."""
    hold = stage.runtime.hold("count to 9")
    said = await stage.say("count to 9")
    told = await compare(stage, said, "count to 2")
    assert told == phrases.WAITS
    after = await stage.say("echo: after", to=said)
    assert answers(stage, said) == []
    hold.release()
    await settle()
    assert len(answers(stage, said)) == 2
    assert stage.answer(after).text == "after"
    order = [prompt.rpartition("\n\n")[2] for prompt in stage.prompts()]
    assert order == ["count to 9", "count to 2", "count to 2", "echo: after"]


async def test_one_live_session_is_enough() -> None:
    """Where only one session may be live, the answers come one after the other."""
    async with staged(limits=Limits(live_sessions=1, has_footer=False)) as stage:
        offer(stage)
        first = await stage.say("echo: other")
        said = await stage.say("echo: hello")
        await compare(stage, said, "count to 3", models=_MODELS)
        assert len(answers(stage, said)) == 3
        assert labels(summary(stage, said))[:3] == ["A", "B", "C"]
        again = await stage.say("echo: again", to=first)
        assert stage.answer(again).text == "again"
        assert stage.sessions.live_sessions == 1


async def test_two_comparisons_with_too_few_places_both_end() -> None:
    """Comparisons that share fewer places than they have answers do not wait for each other."""
    async with staged(limits=Limits(live_sessions=2, has_footer=False)) as stage:
        offer(stage)
        both = [await stage.say(f"echo: {number}") for number in range(2)]
        hold = stage.runtime.hold("count to")
        for said in both:
            await compare(stage, said, "count to 3", models=_MODELS)
        assert stage.sessions.live_sessions == 2
        hold.release()
        await settle()
        for said in both:
            assert labels(summary(stage, said))[:3] == ["A", "B", "C"]
        assert stage.sessions.live_sessions == 0


async def test_what_a_model_asks_is_left_to_it(stage: Stage) -> None:
    """Nobody is asked a question or a permission while answers are compared."""
    said = await stage.say("echo: hello")
    await compare(stage, said, "ask: Which? | red | blue")
    assert phrases.NOBODY_TO_ASK in answers(stage, said)[0].text
    await compare(stage, said, "run: ls")
    assert "denied" in answers(stage, said)[-1].text
    assert phrases.NOT_IN_A_COMPARISON in answers(stage, said)[-1].text
    assert await stage.store.open_requests(said.key) == []


async def test_what_it_took_counts(stage: Stage) -> None:
    """All that the answers took counts as spent by who asked for them."""
    said = await stage.say("echo: one two")
    await compare(stage, said, "count to 5")
    found = comparison_entry(stage, said)
    assert found.state is EntryState.DONE
    [(_, usage)] = [each for each in stage.store.usages if each[0] == found.id]
    assert (usage.output_tokens, usage.model) == (10, "model-x, model-y")


# --- failures -------------------------------------------------------------------------------


async def test_one_model_that_fails_shows_the_others(stage: Stage) -> None:
    """A model that fails is not named before the reveal, and then with its reason."""
    stage.runtime.failing["model-y"] = ModelUnknown("no model-y")
    said = await stage.say("echo: hello")
    await compare(stage, said, "count to 3", models=_MODELS)
    [failed] = [each for each in answers(stage, said) if each.state is ReplyState.FAILED]
    assert failed.notice == "No answer: why is told with the models."
    assert "model-y" not in repr(stage.chat.seen(said.key))
    vote = summary(stage, said)
    left = [label for label in "ABC" if f"Answer {label}" not in failed.text]
    assert labels(vote) == [*left, "None better", "Reveal models"]
    await stage.press(vote, "Reveal models")
    told = summary(stage, said).text
    assert "model-y** gave no answer. It is not known here" in told


async def test_where_there_is_no_choice_there_is_no_vote(stage: Stage) -> None:
    """With one answer or none the models are told at once."""
    stage.runtime.failing["model-y"] = ModelUnknown("no")
    said = await stage.say("echo: hello")
    await compare(stage, said, "count to 3")
    outcome = summary(stage, said)
    assert "model-y" in outcome.text
    [button] = labels(outcome)
    assert button.startswith("Continue with")
    stage.runtime.failing["model-x"] = ModelUnknown("no")
    await compare(stage, said, "count to 3")
    outcome = summary(stage, said)
    assert "No model gave an answer" in outcome.text
    assert labels(outcome) == []
    assert comparison_entry(stage, said).state is EntryState.FAILED


async def test_stop_ends_all_answers(stage: Stage) -> None:
    """A stop ends every answer; what was written stays, and the thread goes on."""
    stage.runtime.hold("count to", after=3)
    said = await stage.say("echo: hello")
    await compare(stage, said, "count to 9")
    await stage.stop(said)
    assert [message.state for message in answers(stage, said)] == [ReplyState.STOPPED] * 2
    assert all("1 2 3" in message.text for message in answers(stage, said))
    assert comparison_entry(stage, said).state is EntryState.STOPPED
    again = await stage.say("echo: again", to=said)
    assert stage.answer(again).text == "again"


async def test_a_stop_before_it_begins() -> None:
    """Stopped while it waits for a place, no answer is begun."""
    async with staged(limits=Limits(live_sessions=1, has_footer=False)) as stage:
        offer(stage)
        said = await stage.say("echo: hello")
        hold = stage.runtime.hold("busy")
        await stage.say("echo: busy")
        await compare(stage, said, "count to 9")
        await stage.stop(said)
        assert comparison_entry(stage, said).state is EntryState.STOPPED
        hold.release()
        await settle()
        assert "count to 9" not in stage.prompts()


async def test_an_answer_that_takes_too_long_is_ended() -> None:
    """An answer may take as long as any turn."""
    async with staged(limits=Limits(turn_s=60, has_footer=False)) as stage:
        offer(stage)
        stage.runtime.hold("count to", after=1)
        said = await stage.say("echo: hello")
        await compare(stage, said, "count to 9")
        await stage.pass_time(61)
        assert "It took longer than the operator allows." in summary(stage, said).text


async def test_a_reset_during_a_comparison_ends_it(stage: Stage) -> None:
    """A reset drops the comparison, with its sessions, and the thread begins afresh."""
    stage.runtime.hold("count to", after=1)
    said = await stage.say("remember the word heron")
    await compare(stage, said, "count to 9")
    await stage.reset(said)
    assert "afresh" in stage.last(said).text
    assert comparison_entry(stage, said).state is EntryState.WITHDRAWN
    assert [each for each in stage.store._trees if "-g0" in each] == []
    again = await stage.say("what was the word?", to=said)
    assert stage.answer(again).text == "No word was told here."


async def test_deleted_during_a_comparison(stage: Stage) -> None:
    """What is deleted goes with what is being compared, and the thread can be used after."""
    hold = stage.runtime.hold("count to", after=1)
    said = await stage.say("remember the word heron")
    await compare(stage, said, "count to 9")
    asked = await stage.chat.command("delete", key=said.key)
    hold.release()  # while it is deleted, the answers are written on
    await stage.chat.press_button(asked.buttons[0], said.key)
    await settle()
    again = await stage.say("what was the word?", to=said)
    assert stage.answer(again).text == "No word was told here."
    assert stage.store._comparisons == {}
    assert stage.sessions.live_sessions == 1


async def test_what_a_deleted_comparison_took_counts(stage: Stage) -> None:
    """What is spent outlives what was said, also of the answers that a deletion ended."""
    stage.runtime.script = lambda _: [
        UsageReported(model="fake", input_tokens=3, output_tokens=1),
        TextDelta(text="one"),
    ]
    stage.runtime.hold("count to", after=2)
    said = await stage.say("hello")
    await compare(stage, said, "count to 9")
    asked = await stage.chat.command("delete", key=said.key)
    await stage.chat.press_button(asked.buttons[0], said.key)
    await settle()
    assert stage.store._comparisons == {}
    spent = await stage.store.spent(Scope.PERSON, said.key, ANN.id, None)
    assert spent == Spent(tokens=3 * 4, turns=2)


async def test_too_many_at_once() -> None:
    """A comparison counts towards what somebody may have answered in a minute."""
    async with staged(rate=1) as stage:
        offer(stage)
        told = [
            (await stage.chat.command("compare", argument="model-x model-y why?")).text
            for _ in range(2)
        ]
        assert told[0] == phrases.BEGUN
        assert "more than I take from one person" in told[1]


async def test_the_runtime_dies_in_the_middle(stage: Stage) -> None:
    """When the runtime dies, each answer is given again in its own message."""
    hold = stage.runtime.hold("count to", after=3)
    said = await stage.say("remember the word heron")
    await compare(stage, said, "count to 5")
    await stage.pass_time(2)
    before = [message.reference for message in answers(stage, said)]
    hold.release()
    stage.runtime.kill()
    await settle()
    shown = answers(stage, said)
    assert [message.reference for message in shown] == before
    assert [message.text for message in shown] == [
        f"### Answer {label}\n\n1 2 3 4 5" for label in "AB"
    ]


@pytest.mark.parametrize("after", [0, 1, 3, 100])
async def test_the_process_dies_in_the_middle(after: int) -> None:
    """Whenever the process dies, the next one goes on in the same messages, and votes are asked."""
    first = assembled()
    offer(first)
    await first.start()
    said = await first.say("remember the word heron")
    if after < 100:
        first.runtime.hold("count to", after=after or 1)
    if after == 0:
        first.store.fail("deliver", error=StoreError("no answer"), times=2, after=True)
    await compare(first, said, "count to 5")
    await first.pass_time(2)
    await first.kill()
    first.runtime._holds.clear()
    first.clock.jump(60)
    second = assembled(beside=first, owner="the next process")
    await second.start()
    try:
        assert [message.text for message in answers(second, said)] == [
            f"### Answer {label}\n\n1 2 3 4 5" for label in "AB"
        ]
        assert labels(summary(second, said))[:2] == ["A", "B"]
        assert comparison_entry(second, said).state is EntryState.DONE
        assert len(second.chat.seen(said.key)) == 5
        answer = await second.say("what was the word?", to=said)
        assert second.answer(answer).text == "The word was heron."
    finally:
        await second.end()


@pytest.mark.parametrize(
    "call", ["begin_comparison", "copy_session", "end_candidate", "open_votes", "finish"]
)
@pytest.mark.parametrize("after", [False, True])
async def test_the_database_fails_in_the_middle(stage: Stage, call: str, after: bool) -> None:
    """Wherever the database fails, people are told, and the comparison goes on later, once."""
    said = await stage.say("echo: hello")
    stage.store.fail(call, error=StoreBusy("busy"), after=after, times=1)
    await compare(stage, said, "count to 3")
    assert "busy" in stage.last(said).text
    await stage.pass_time(60)
    assert labels(summary(stage, said))[:2] == ["A", "B"]
    assert len(answers(stage, said)) == 2


async def test_given_up_after_three_attempts(stage: Stage) -> None:
    """A comparison during which the process dies again and again is given up."""
    said = await stage.say("echo: hello")
    stage.runtime.hold("count to", after=1)
    await compare(stage, said, "count to 5")
    await stage.pass_time(1)
    process = stage
    for number in range(3):
        await process.kill()
        process.clock.jump(60)
        process = assembled(beside=process, owner=f"process {number}")
        await process.start()
        await process.pass_time(1)
    assert "It was cut off three times." in summary(process, said).text
    stage.running = process.running
    stage.sessions = process.sessions


# --- the vote -------------------------------------------------------------------------------


async def test_votes_are_counted_and_nobody_sees_whose(stage: Stage) -> None:
    """Each person has a vote that can be changed; people see how many there are, and no more."""
    said = await stage.say("echo: hello")
    await stage.say("echo: me too", to=said, by=BEN)
    await compare(stage, said, "count to 3")
    vote = summary(stage, said)
    assert "No vote yet" in vote.text
    assert await stage.press(vote, "A", by=EVE) == "You voted for A."
    assert "One vote so far" in summary(stage, said).text
    assert await stage.press(vote, "B", by=EVE) == "You voted for B."
    assert "One vote so far" in summary(stage, said).text
    await stage.press(vote, "None better", by=ANN)
    shown = summary(stage, said)
    assert "2 votes so far" in shown.text
    assert not any(name in shown.text for name in ("Eve", EVE.id))


async def test_all_have_voted(stage: Stage) -> None:
    """Once all have voted who spoke to the bot there, the models are told, and the winner."""
    said = await stage.say("echo: hello")
    await stage.say("echo: me too", to=said, by=BEN)
    await compare(stage, said, "count to 3")
    vote = summary(stage, said)
    await stage.press(vote, "B", by=ANN)
    await stage.press(vote, "B", by=BEN)
    outcome = summary(stage, said)
    assert outcome.text.startswith(f"### B, {model_of(stage, said, 'B')}, won")
    told = f"- **B: {model_of(stage, said, 'B')}** · 2 votes · began after 0.0 s · "
    assert told + "1 tokens read, 3 written" in outcome.text
    assert labels(outcome) == ["Continue with A", "Continue with B"]
    assert await stage.press(vote, "A", by=BEN) == phrases.NOT_NOW


async def test_in_a_direct_message_one_vote_reveals(stage: Stage) -> None:
    """In a direct message there is nobody else to wait for."""
    said = await stage.say("echo: hello", is_direct=True)
    await compare(stage, said, "count to 3")
    await stage.press(summary(stage, said), "A")
    assert "won" in summary(stage, said).text


@pytest.mark.parametrize("role", ["approvers", "admins"])
async def test_who_may_reveal_and_continue(role: str) -> None:
    """Who asked, approvers and administrators end the vote and choose; others change nothing."""
    async with staged(access=Access(**{role: frozenset({EVE.id})})) as stage:
        offer(stage)
        said = await stage.say("echo: hello")
        await compare(stage, said, "count to 3")
        vote = summary(stage, said)
        assert await stage.press(vote, "Reveal models", by=BEN) == phrases.NOT_YOURS
        assert summary(stage, said) == vote
        await stage.press(vote, "Reveal models", by=EVE)
        outcome = summary(stage, said)
        assert "Nobody voted" in outcome.text
        assert await stage.press(outcome, "Continue with A", by=BEN) == phrases.NOT_YOURS
        assert summary(stage, said) == outcome
        assert await stage.press(outcome, "Continue with A", by=EVE) == ""
        assert "goes on with A" in summary(stage, said).text


async def test_who_may_not_use_the_bot_has_no_vote() -> None:
    """Only those who may use the bot there can vote, and nobody in the direct message of others."""
    async with staged(access=Access(people=frozenset({ANN.id, BEN.id}))) as stage:
        offer(stage)
        said = await stage.say("echo: hello")
        await compare(stage, said, "count to 3")
        assert "may not use me" in await stage.press(summary(stage, said), "A", by=EVE)
        direct = await stage.say("echo: hello", is_direct=True)
        await compare(stage, direct, "count to 3")
        assert "someone else" in await stage.press(summary(stage, direct), "A", by=BEN)
        assert "No vote yet" in summary(stage, direct).text


async def test_a_button_of_another_thread_does_nothing(stage: Stage) -> None:
    """What a button carries counts in its own thread alone."""
    direct = await stage.say("echo: hello", is_direct=True)
    await compare(stage, direct, "count to 3")
    vote = summary(stage, direct)
    elsewhere = await stage.say("echo: hello", by=BEN)
    for button in vote.buttons:
        told = await stage.chat.press_button(button, elsewhere.key, by=BEN)
        assert told.text == phrases.NO_COMPARISON
    assert summary(stage, direct) == vote


async def test_time_reveals() -> None:
    """What nobody reveals is revealed after a time, also when no process worked meanwhile."""
    async with staged(limits=Limits(compare_s=600, has_footer=False)) as stage:
        offer(stage)
        said = await stage.say("echo: hello")
        await compare(stage, said, "count to 3")
        await stage.press(summary(stage, said), "A", by=BEN)
        await stage.pass_time(599)
        assert "Which answer is best?" in summary(stage, said).text
        await stage.pass_time(61)
        assert "won" in summary(stage, said).text


async def test_many_press_at_once(stage: Stage) -> None:
    """People who vote, reveal and choose at the same moment bring about one outcome."""
    said = await stage.say("echo: hello")
    await compare(stage, said, "count to 3")
    vote = summary(stage, said)
    presses: list[Any] = [stage.chat.press(vote, "Reveal models") for _ in range(2)]
    presses += [stage.chat.press(vote, "A", by=person) for person in (ANN, BEN, EVE)]
    await asyncio.gather(*presses)
    await settle()
    outcome = summary(stage, said)
    both = [stage.chat.press(outcome, f"Continue with {label}") for label in "AB"]
    told = [answer.text for answer in await asyncio.gather(*both)]
    await settle()
    assert sorted(told) == sorted(["", phrases.CHOSEN_ALREADY])
    chosen = "AB"[told.index("")]
    assert f"goes on with {chosen}" in summary(stage, said).text
    thread = await stage.store.thread(said.key)
    assert thread is not None
    assert thread.generation == 2


async def test_every_button_works_after_a_restart() -> None:
    """Votes, reveal and choice count in whichever process hears of them."""
    process = assembled()
    offer(process)
    await process.start()
    said = await process.say("remember the word heron")
    await compare(process, said, "what was the word?")
    for label in ("A", "Reveal models", "Continue with B"):
        await process.kill()
        process.clock.jump(60)
        process = assembled(beside=process, owner=f"before {label}")
        await process.start()
        await process.press(summary(process, said), label)
    assert "goes on with B" in summary(process, said).text
    await process.end()


# --- going on -------------------------------------------------------------------------------


async def test_the_thread_goes_on_with_an_answer(stage: Stage) -> None:
    """The session of the answer becomes the thread's own, with its model; the others are gone."""
    said = await stage.say("remember the word heron")
    await compare(stage, said, "remember the word swan", models=_MODELS)
    await stage.press(summary(stage, said), "Reveal models")
    await stage.press(summary(stage, said), "Continue with B")
    outcome = summary(stage, said)
    assert f"goes on with B: `{model_of(stage, said, 'B')}`" in outcome.text
    assert labels(outcome) == []
    thread = await stage.store.thread(said.key)
    assert thread is not None
    assert thread.choices.model == model_of(stage, said, "B")
    kept = await stage.store.sessions(said.key)
    assert [(each.generation, each.is_current) for each in kept] == [(2, True), (1, False)]
    assert len([name for name in stage.store._trees if "-g0" in name]) == 1
    again = await stage.say("what was the word?", to=said)
    assert stage.answer(again).text == "The word was swan."


async def test_going_on_waits_for_the_answer_that_is_written(stage: Stage) -> None:
    """Chosen during a turn, the thread goes on with the answer once the turn is over."""
    said = await stage.say("echo: hello")
    await compare(stage, said, "remember the word swan")
    await stage.press(summary(stage, said), "Reveal models")
    hold = stage.runtime.hold("count to")
    running = await stage.say("count to 3", to=said)
    told = await stage.press(summary(stage, said), "Continue with A")
    assert told == phrases.CONTINUING
    hold.release()
    await settle()
    assert stage.answer(running).text == "1 2 3"
    assert "goes on with A" in summary(stage, said).text
    again = await stage.say("what was the word?", to=said)
    assert stage.answer(again).text == "The word was swan."


async def test_what_began_afresh_does_not_go_back(stage: Stage) -> None:
    """After a reset no answer of before can be gone on with."""
    said = await stage.say("echo: hello")
    await compare(stage, said, "count to 3")
    await stage.press(summary(stage, said), "Reveal models")
    await stage.reset(said)
    told = await stage.press(summary(stage, said), "Continue with A")
    assert told == phrases.CONTINUED_TOO_LATE
    thread = await stage.store.thread(said.key)
    assert thread is not None
    assert thread.generation == 2


async def test_without_a_choice_the_session_is_told_of_the_answers(stage: Stage) -> None:
    """The thread's own session goes on, and knows once what was asked and answered."""
    said = await stage.say("echo: hello")
    await compare(stage, said, "count to 3")
    await stage.say("echo: next", to=said)
    told = stage.prompts()[-1]
    assert '"Ann" asked:\n> count to 3\nAnswer A, by one of the models:\n> 1 2 3' in told
    assert not any(model in told for model in _MODELS)
    await stage.press(summary(stage, said), "Reveal models")
    await compare(stage, said, "count to 2")
    await stage.press(summary(stage, said), "Reveal models")
    await stage.say("echo: once more", to=said)
    told = stage.prompts()[-1]
    assert "> count to 3" not in told
    assert "> count to 2" in told
    assert "Answer A, by model-" in told
    await stage.say("echo: again", to=said)
    assert stage.prompts()[-1] == "echo: again"
    # Nothing that a model wrote can pass for something else.
    assert stage.prompts()[-2].count("</compared_before>") == 1


# --- the command ----------------------------------------------------------------------------


async def test_typed_in_a_channel_it_begins_a_thread(stage: Stage) -> None:
    """`/copilot compare` in a channel begins a thread that shows what is asked."""
    told = await stage.chat.command("compare", argument="model-x model-y why is the sky blue?")
    await settle()
    assert told.text == phrases.BEGUN
    [key] = {message.key for message in stage.chat.shown.values()}
    root, *shown = stage.chat.seen(key)
    assert root.text == "**Ann asks 2 models:**\n\n> why is the sky blue?"
    assert [message.text.split("\n")[0] for message in shown[:2]] == [
        "### Answer A",
        "### Answer B",
    ]
    thread = await stage.store.thread(key)
    assert thread is not None
    assert thread.title == "why is the sky blue?"
    assert thread.sole_speaker == ANN.id


@pytest.mark.parametrize(
    ("argument", "told"),
    [
        ("model-x", "I only know `model-x` of those."),
        ("nothing else", "I know none of those models."),
        ("model-x model-y", phrases.NO_QUESTION),
        ("", "I know none of those models."),
        ("stats", phrases.NO_STATS),
    ],
)
async def test_what_cannot_be_compared_is_told(stage: Stage, argument: str, told: str) -> None:
    """What lacks models or a question is told, and nothing begins."""
    answer = await stage.chat.command("compare", argument=argument)
    assert answer.text.startswith(told)
    assert stage.chat.shown == {}


async def test_too_many_and_too_few_models(stage: Stage) -> None:
    """There are labels for four; with one model alone there is nothing to compare."""
    offer(stage, *"vwxyz")
    answer = await stage.chat.command("compare", argument="v, W x y z why?")
    assert answer.text.startswith("I compare 4 models at most.")
    offer(stage, "alone")
    answer = await stage.chat.command("compare", argument="alone alone why?")
    assert answer.text.startswith("There is only `alone` here")


async def test_models_are_offered(stage: Stage) -> None:
    """While a model is typed, those are offered that were not named yet."""
    command = stage.chat.commanded("compare", argument="model-y")
    assert await stage.intake.choices(command, "first", "st") == ["stats"]
    assert await stage.intake.choices(command, "second", "model") == ["model-x", "model-z"]


async def test_stats(stage: Stage) -> None:
    """How often models have won is told of channels, and of one's own direct messages."""
    for is_direct in (False, True):
        said = await stage.say("echo: hello", is_direct=is_direct)
        await compare(stage, said, "count to 3")
        comparison = list(stage.store._comparisons.values())[-1]
        [label] = [each.label for each in comparison.candidates if each.model == "model-x"]
        await stage.press(summary(stage, said), label)
        if not is_direct:
            await stage.press(summary(stage, said), "Reveal models")
    told = (await stage.chat.command("compare", argument="stats")).text
    assert "of 2 comparisons" in told
    assert "| model-x | 2 | 0 | 2 |\n| model-y | 0 | 0 | 2 |" in told
    told = (await stage.chat.command("compare", argument="stats", by=BEN)).text
    assert "of one comparison" in told


async def test_what_is_said_with_models_is_a_command_and_other_words_are_not() -> None:
    """Only words that begin with two models and a question make `compare` a command."""
    from bot.commands import spoken

    assert spoken("compare gpt-5 claude-sonnet-4.5 why is it so?") == (
        "compare",
        "gpt-5 claude-sonnet-4.5 why is it so?",
    )
    assert spoken("compare gpt-5, o3, which one?") is not None
    assert spoken("compare stats") is not None
    for words in (
        "compare the two approaches above",
        "compare gpt-5 claude-sonnet-4.5",
        "compare Rust and Go, please",
        "compare these",
    ):
        assert spoken(words) is None
