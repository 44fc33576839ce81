"""What a message's prompt carries: what was said in its thread before."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence

import pytest

from bot.context import NOT_READ, ContextLimits
from bot.errors import ChatUnavailable, ModelUnknown, RuntimeMissing, StoreBusy
from bot.events import ReplyEvent, TurnFailed
from bot.gate import FollowUp
from bot.messages import IncomingMessage, PastMessage
from bot.states import WorkerState
from bot.workplace import Limits
from tests.bot.stage import Stage, assembled, settle, staged
from tests.fakes.chat import ANN, BEN
from tests.fakes.runtime import say

CLEO = type(ANN)(id="U-cleo", name="Cleo")


async def chatter(stage: Stage) -> IncomingMessage:
    """Ben and Cleo speak in a thread that the bot is not called into yet."""
    first = await stage.say("The heron is grey.", by=BEN, mention=False)
    await stage.say("Which heron?", by=CLEO, to=first, mention=False)
    return first


def quoted(prompt: str) -> list[str]:
    """What a prompt quotes of what was said before."""
    _, _, rest = prompt.partition("<said_before>\n")
    return [line for line in rest.partition("</said_before>")[0].splitlines() if line[:1] == ">"]


def readings(stage: Stage) -> list[int]:
    """How many messages were asked for, each time that a history is read from now on."""
    asked: list[int] = []
    read = stage.chat.history

    async def counted(key: object, *, limit: int) -> Sequence[PastMessage]:
        asked.append(limit)
        return await read(key, limit=limit)  # type: ignore[arg-type]

    stage.chat.history = counted  # type: ignore[method-assign]
    return asked


async def test_called_into_a_thread_it_knows_what_was_said(stage: Stage) -> None:
    """A first mention in the middle of a thread tells who said what before."""
    first = await chatter(stage)
    await stage.say("echo: so?", to=first)
    [prompt] = stage.prompts()
    assert '"Ben", 2020-01-01 00:00 UTC:\n> The heron is grey.' in prompt
    assert '"Cleo", 2020-01-01 00:00 UTC:\n> Which heron?' in prompt
    assert prompt.endswith('\n</said_before>\n\n"Ann" says:\n\necho: so?')
    assert stage.texts(first) == ["so?"]


async def test_a_later_mention_tells_only_what_is_new(stage: Stage) -> None:
    """What the session was told, what it was asked and what it said is not told again."""
    first = await chatter(stage)
    await stage.say("echo: one", to=first)
    await stage.say("I disagree.", by=BEN, to=first, mention=False)
    await stage.say("echo: two", to=first)
    await stage.say("echo: three", to=first, by=CLEO)
    assert [quoted(prompt) for prompt in stage.prompts()] == [
        ["> The heron is grey.", "> Which heron?"],
        ["> I disagree."],
        [],
    ]
    assert stage.prompts()[-1] == '"Cleo" says:\n\necho: three'


async def test_it_is_told_after_a_rest_as_well(stage: Stage) -> None:
    """What is known is known also once the session was let go and resumed."""
    first = await chatter(stage)
    await stage.say("echo: one", to=first)
    await stage.pass_time(700)
    assert stage.sessions.working == 0
    await stage.say("Anyone?", by=BEN, to=first, mention=False)
    await stage.say("echo: two", to=first)
    assert quoted(stage.prompts()[-1]) == ["> Anyone?"]


async def test_nothing_of_one_thread_is_told_in_another(stage: Stage) -> None:
    """Each thread's session knows its own thread only."""
    first = await chatter(stage)
    other = await stage.say("Lunch?", by=BEN, mention=False)
    await stage.say("echo: one", to=first)
    await stage.say("echo: two", to=other)
    assert [quoted(prompt) for prompt in stage.prompts()] == [
        ["> The heron is grey.", "> Which heron?"],
        ["> Lunch?"],
    ]


async def test_no_history_is_read_where_nothing_can_be_unseen(stage: Stage) -> None:
    """Not for what begins a thread, not where one person speaks, not in a direct message."""
    asked = readings(stage)
    first = await stage.say("echo: one")
    await stage.say("echo: two", to=first, mention=False)
    await stage.say("echo: three", is_direct=True)
    await stage.say("echo: four", is_direct=True)
    assert stage.prompts() == ["echo: one", "echo: two", "echo: three", "echo: four"]
    assert asked == []


async def test_once_others_speak_the_history_is_read(stage: Stage) -> None:
    """From when somebody else has spoken, each mention tells what is new."""
    asked = readings(stage)
    first = await stage.say("echo: one")
    await stage.say("May I?", by=BEN, to=first, mention=False)
    await stage.say("echo: two", to=first)
    assert quoted(stage.prompts()[-1]) == ["> May I?"]
    assert asked == [100]


@pytest.mark.parametrize(("mode", "read"), [(FollowUp.MENTION, 1), (FollowUp.ALWAYS, 0)])
async def test_it_goes_by_what_counts_as_said_to_the_bot(mode: FollowUp, read: int) -> None:
    """Where only mentions count, what one said oneself may be unseen; where all counts, nothing."""
    limits = Limits(has_footer=False, follow_up=mode)
    async with staged(limits=limits, follow_up=mode) as stage:
        first = await stage.say("echo: one")
        await stage.say("echo: to myself", to=first, mention=False)
        asked = readings(stage)
        await stage.say("echo: two", to=first)
        assert len(asked) == read
        assert quoted(stage.prompts()[-1]) == ["> echo: to myself"] * read


async def test_the_operator_can_have_none_of_it() -> None:
    """With no messages allowed, no history is read."""
    limits = Limits(has_footer=False, context=ContextLimits(messages=0))
    async with staged(limits=limits) as stage:
        first = await chatter(stage)
        asked = readings(stage)
        await stage.say("echo: one", to=first)
        assert stage.prompts() == ["echo: one"]
        assert asked == []


async def test_the_limits_are_the_operators() -> None:
    """No more messages are told than the operator allows."""
    limits = Limits(has_footer=False, context=ContextLimits(messages=1, characters=1_000))
    async with staged(limits=limits) as stage:
        first = await chatter(stage)
        await stage.say("echo: one", to=first)
        assert quoted(stage.prompts()[0]) == ["> Which heron?"]


async def test_a_thread_in_which_others_spoke_is_shared(stage: Stage) -> None:
    """Called into a conversation, the bot does not take every further word as said to it."""
    first = await stage.say("The heron is grey.", mention=False)
    await stage.say("Which heron?", by=BEN, to=first, mention=False)
    await stage.say("echo: one", to=first)
    await stage.say("echo: this is for Ben", to=first, mention=False)
    assert stage.texts(first) == ["one"]


async def test_a_thread_of_ones_own_stays_so(stage: Stage) -> None:
    """Called into a thread in which one spoke alone, it goes on without being mentioned."""
    first = await stage.say("The heron is grey.", mention=False)
    await stage.say("echo: one", to=first)
    await stage.say("echo: two", to=first, mention=False)
    assert stage.texts(first) == ["one", "two"]
    assert quoted(stage.prompts()[0]) == ["> The heron is grey."]
    assert stage.prompts()[1] == "echo: two"


# --- when it cannot be read -----------------------------------------------------------------


@pytest.mark.parametrize("error", [ChatUnavailable("no"), ZeroDivisionError("a mistake")], ids=repr)
async def test_a_history_that_cannot_be_read_keeps_no_answer_away(
    stage: Stage, error: Exception
) -> None:
    """The model is told that it could not be read; the next mention tells it."""
    first = await chatter(stage)
    read = stage.chat.history

    async def failing(*_: object, **__: object) -> Sequence[PastMessage]:
        raise error

    stage.chat.history = failing  # type: ignore[method-assign]
    await stage.say("echo: one", to=first)
    assert stage.prompts() == [f'{NOT_READ}\n\n"Ann" says:\n\necho: one']
    stage.chat.history = read  # type: ignore[method-assign]
    await stage.say("echo: two", to=first)
    assert quoted(stage.prompts()[-1]) == ["> The heron is grey.", "> Which heron?"]
    await stage.say("echo: three", to=first)
    assert quoted(stage.prompts()[-1]) == []


async def _never(*_: object, **__: object) -> Sequence[PastMessage]:
    await asyncio.Event().wait()
    return ()


async def test_a_slow_history_is_not_waited_for(stage: Stage) -> None:
    """After five seconds it goes on without."""
    first = await chatter(stage)
    stage.chat.history = _never  # type: ignore[method-assign]
    await stage.say("echo: one", to=first)
    await stage.pass_time(4.9)
    assert stage.prompts() == []
    await stage.pass_time(0.2)
    assert stage.texts(first) == ["one"]


async def test_a_stop_ends_the_reading(stage: Stage) -> None:
    """A stop while the history is read keeps the prompt from being sent."""
    first = await chatter(stage)
    stage.chat.history = _never  # type: ignore[method-assign]
    called = await stage.say("echo: one", to=first)
    await stage.stop(called)
    assert stage.entry_state(called) == "stopped"
    assert stage.prompts() == []
    assert stage.state(called) is WorkerState.IDLE


async def test_a_database_that_fails_meanwhile_is_told(stage: Stage) -> None:
    """That what is known cannot be read is the database's trouble, as any other."""
    first = await chatter(stage)
    await stage.say("echo: one", to=first)
    stage.store.fail("heard", error=StoreBusy("held"), times=1)
    called = await stage.say("echo: two", to=first)
    assert stage.entry_state(called) == "running"
    await stage.pass_time(30)
    assert stage.texts(first)[-1] == "two"


# --- what counts as known -------------------------------------------------------------------


async def test_what_was_said_before_a_reset_is_forgotten(stage: Stage) -> None:
    """The new session is not told what the old one knew."""
    first = await chatter(stage)
    await stage.say("echo: one", to=first)
    await stage.say("A secret.", by=BEN, to=first, mention=False)
    stage.clock.jump(60)
    await stage.reset(first)
    await stage.say("echo: two", to=first)
    assert stage.prompts()[-1] == '"Ann" says:\n\necho: two'


async def test_words_that_answered_a_question_are_known(stage: Stage) -> None:
    """What was said as an answer to Copilot is not told as what was said before."""
    first = await chatter(stage)
    await stage.say("ask: Which colour?", to=first)
    await stage.say("mauve", to=first)
    await stage.say("Mauve, really?", by=BEN, to=first, mention=False)
    await stage.say("echo: two", to=first)
    assert quoted(stage.prompts()[-1]) == ["> Mauve, really?"]


async def test_what_never_reached_the_model_is_told_later(stage: Stage) -> None:
    """A message that failed before it was sent, and what came before it, is still new."""
    first = await chatter(stage)
    stage.runtime.take_away(RuntimeMissing("no"))
    await stage.say("Where does it live?", to=first)
    stage.runtime.bring_back()
    await stage.say("echo: two", to=first)
    assert quoted(stage.prompts()[-1]) == [
        "> The heron is grey.",
        "> Which heron?",
        "> Where does it live?",
    ]


async def test_what_was_taken_back_before_its_turn_is_not_told(stage: Stage) -> None:
    """A message that was deleted while it waited is in no prompt."""
    hold = stage.runtime.hold("one")
    first = await stage.say("echo: one")
    waiting = await stage.say("echo: oops", by=BEN, to=first)
    await stage.chat.take_back(waiting.message_id)
    hold.release()
    await stage.say("echo: two", to=first)
    assert quoted(stage.prompts()[-1]) == []


async def test_what_the_model_failed_at_is_known(stage: Stage) -> None:
    """A prompt that is in the session's history, though it failed, is not told once more."""
    first = await chatter(stage)
    stage.runtime.script = lambda prompt: [TurnFailed(error=ModelUnknown("no"))]
    await stage.say("echo: one", to=first)
    stage.runtime.script = None
    await stage.say("echo: two", to=first)
    assert quoted(stage.prompts()[-1]) == []


async def test_a_retry_says_the_same(stage: Stage) -> None:
    """A failed prompt is taken back and sent again with all that it carried."""
    first = await chatter(stage)
    stage.runtime.script = lambda prompt: [TurnFailed(error=ModelUnknown("no"))]
    await stage.say("echo: one", to=first)
    stage.runtime.script = None
    await stage.press(stage.last(first), "Retry")
    assert stage.prompts()[0] == stage.prompts()[1]
    [session] = stage.runtime.live.values()
    assert [turn.prompt for turn in await session.history()] == stage.prompts()[:1]
    await stage.say("echo: two", to=first)
    assert quoted(stage.prompts()[-1]) == []


async def test_a_retry_of_what_never_reached_the_model(stage: Stage) -> None:
    """It is told what came before it then."""
    first = await chatter(stage)
    stage.runtime.take_away(RuntimeMissing("no"))
    await stage.say("echo: one", to=first)
    stage.runtime.bring_back()
    await stage.press(stage.last(first), "Retry")
    assert quoted(stage.prompts()[-1]) == ["> The heron is grey.", "> Which heron?"]


# --- after a loss or a crash ----------------------------------------------------------------


def counting(prompt: str) -> Iterator[ReplyEvent]:
    """A script that counts, whatever was said before."""
    yield from say("1 2 3 4 5")


async def test_a_lost_runtime_is_told_the_same_again(stage: Stage) -> None:
    """A prompt with what was said before is known again, taken back and sent again."""
    stage.runtime.script = counting
    first = await chatter(stage)
    hold = stage.runtime.hold("count", after=3)
    await stage.say("count", to=first)
    stage.runtime.kill()
    hold.release()
    await settle()
    assert stage.texts(first) == ["1 2 3 4 5"]
    [session] = stage.runtime.live.values()
    assert len(await session.history()) == 1
    assert stage.prompts()[0] == stage.prompts()[1]


async def test_a_crash_in_a_turn_that_carries_something() -> None:
    """The next process knows the prompt again, also when more was said meanwhile."""
    first_process = assembled()
    await first_process.start()
    first_process.runtime.script = counting
    first = await chatter(first_process)
    hold = first_process.runtime.hold("count", after=3)
    called = await first_process.say("count", to=first)
    await first_process.say("I was late.", by=BEN, to=first, mention=False)
    await first_process.kill()
    hold.release()
    async with staged(beside=first_process, owner="the next process") as stage:
        await stage.pass_time(40)
        assert stage.texts(first) == ["1 2 3 4 5"]
        assert stage.entry_state(called) == "done"
        [session] = stage.runtime.live.values()
        assert len(await session.history()) == 1
        await stage.say("count on", to=first)
        assert quoted(stage.prompts()[-1]) == ["> I was late."]


async def test_an_answer_that_is_there_is_not_asked_for_again() -> None:
    """A crash after the answer: it is delivered, though the prompt carried something."""
    first_process = assembled()
    await first_process.start()
    first_process.store.gates["finish"] = asyncio.Event()
    first = await chatter(first_process)
    await first_process.say("echo: one", to=first)
    await first_process.kill()
    first_process.store.gates.clear()
    async with staged(beside=first_process, owner="the next process") as stage:
        await stage.pass_time(40)
        assert stage.texts(first) == ["one"]
        assert len(stage.prompts()) == 1
        await stage.say("echo: two", to=first)
        assert quoted(stage.prompts()[-1]) == []
