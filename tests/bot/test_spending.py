"""What is spent is told and bounded: budgets in the worker, and the command `usage`."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from bot.budgets import Scope, Spent, Standing, read_budgets
from bot.errors import StoreBusy
from bot.events import ReplyEvent, TextDelta, TextEnded, UsageReported
from bot.gate import Access
from bot.mailbox import EntryState
from bot.phrases import spending
from bot.workplace import Limits
from tests.bot.stage import BEGAN, Stage, settle, staged
from tests.fakes.chat import ANN, BEN
from tests.fakes.runtime import say

BUDGETS = read_budgets("person/day: 20 tokens, thread: 1k tokens")
ADMIN = Access(admins=frozenset({BEN.id}))


@pytest.fixture
async def bounded() -> AsyncIterator[Stage]:
    """A stage on which a person has 20 tokens a day; Ben is an administrator."""
    limits = Limits(has_footer=False, budgets=BUDGETS)
    async with staged(limits=limits, access=ADMIN) as stage:
        yield stage


def saying(count: int) -> str:
    """A prompt that is answered with so many tokens, with the one that it takes itself."""
    return "echo: " + " ".join(["word"] * (count - 1))


async def test_a_budget_that_is_used_up_stops(bounded: Stage) -> None:
    """Then nothing is asked; people are told whose it is, when it begins anew, and can retry."""
    said = await bounded.say(saying(20))
    assert bounded.entry_state(said) is EntryState.DONE
    second = await bounded.say("echo: more", to=said)
    assert bounded.entry_state(second) is EntryState.FAILED
    notice = bounded.answer(second).notice
    assert "Your budget of 20 tokens a day is used up" in notice
    assert "00:00 UTC, in 24 h" in notice
    assert bounded.prompts() == [saying(20)]
    other = await bounded.say("echo: mine", by=BEN)
    assert bounded.entry_state(other) is EntryState.DONE
    await bounded.pass_time(24 * 3600)
    await bounded.press(bounded.answer(second), "Retry")
    assert bounded.texts(said)[-1] == "more"


async def test_little_left_is_told_once(bounded: Stage) -> None:
    """From 80 % on the person is told, in private, once."""
    said = await bounded.say(saying(15))
    assert bounded.chat.whispers == []
    await bounded.say("echo: 1", to=said)
    await bounded.say("echo: 2", to=said)
    [(key, person, answer)] = bounded.chat.whispers
    assert (key, person.id) == (said.key, ANN.id)
    assert "used by 85 %: 3 tokens are left" in answer.text


async def test_a_turn_is_stopped_once_it_has_used_up_a_budget(bounded: Stage) -> None:
    """What is there stays, and what it took counts; an answer that is over is not stopped."""

    def long(prompt: str) -> list[ReplyEvent]:
        return [
            TextDelta(text="so far"),
            UsageReported(model="fake", input_tokens=15, output_tokens=6),
            TextEnded(text="so far"),
            TextDelta(text="and "),
            TextDelta(text="more"),
            TextEnded(text="and more"),
        ]

    bounded.runtime.script = long
    hold = bounded.runtime.hold("work", after=3)
    said = await bounded.say("work")
    hold.release()
    await settle()
    assert bounded.entry_state(said) is EntryState.STOPPED
    assert bounded.texts(said) == ["so far\n\nand"]
    assert "is used up" in bounded.answer(said).notice
    spent = await bounded.store.spent(Scope.PERSON, said.key, ANN.id, None)
    assert spent == Spent(tokens=21, turns=1)


async def test_what_a_lost_attempt_took_counts(bounded: Stage) -> None:
    """A prompt that is sent once more has been paid for before."""
    hold = bounded.runtime.hold("word", after=6)
    said = await bounded.say(saying(5))
    await hold.reached()
    bounded.runtime._holds.clear()
    bounded.runtime.kill()
    await settle()
    assert bounded.entry_state(said) is EntryState.DONE
    spent = await bounded.store.spent(Scope.PERSON, said.key, ANN.id, None)
    assert spent.tokens == 10


async def test_a_budget_is_raised(bounded: Stage) -> None:
    """An administrator adds to a person's budget; the log has it, and the retry is answered."""
    said = await bounded.say(saying(20))
    second = await bounded.say("echo: more", to=said)
    raising = f"raise person <@{ANN.id}> 0.1k tokens"
    refused = await bounded.chat.command("usage", key=said.key, argument=raising)
    assert refused.text == spending.NOT_AN_ADMIN
    answer = await bounded.chat.command("usage", key=said.key, argument=raising, by=BEN)
    assert answer.text == f"The budget of {ANN.id} is raised to 120 tokens a day for today."
    [told] = await bounded.store.audit(limit=9)
    assert (told.person, told.action, told.detail) == (BEN.id, "raised", "100 tokens")
    await bounded.press(bounded.answer(second), "Retry")
    assert bounded.texts(said)[-1] == "more"


@pytest.mark.parametrize(
    ("argument", "expected"),
    [
        ("raise thread 5 tokens", "This conversation's budget is raised to 1,005 tokens."),
        ("raise thread 5 credits", spending.no_such_budget(BUDGETS)),
        ("raise thread/day 5 tokens", spending.no_such_budget(BUDGETS)),
        ("raise it", spending.RAISE_WHAT),
        ("raise person 5", spending.RAISE_WHAT),
    ],
)
async def test_what_is_raised(bounded: Stage, argument: str, expected: str) -> None:
    """What is no budget is told with those that there are."""
    said = await bounded.say("echo: one")
    answer = await bounded.chat.command("usage", key=said.key, argument=argument, by=BEN)
    assert answer.text == expected
    where = await bounded.chat.command("usage", argument="raise thread 5 tokens", by=BEN)
    assert where.text == spending.RAISE_WHERE


async def test_usage(bounded: Stage) -> None:
    """Everybody sees their own, the conversation and the channel; administrators each person."""
    said = await bounded.say(saying(5))
    await bounded.say("echo: his", by=BEN)
    text = (await bounded.chat.command("usage", key=said.key)).text
    assert "- you, today: 1 answer, 5 tokens" in text
    assert "- this conversation: 1 answer, 5 tokens" in text
    assert "- this channel, in 30 days: 2 answers, 7 tokens" in text
    assert "- Your budget: 5 of 20 tokens a day" in text
    assert "- This conversation's budget: 5 of 1,000 tokens" in text
    assert "By person" not in text
    text = (await bounded.chat.command("usage", by=BEN)).text
    assert f"- {ANN.name}: 1 answer, 5 tokens" in text
    assert "This conversation" not in text
    assert "word" not in text


async def test_a_comparison_is_bounded(bounded: Stage) -> None:
    """Where a budget is used up, no models are compared either."""
    said = await bounded.say(saying(20))
    await bounded.chat.command("compare", key=said.key, argument="fake third echo: hello")
    await settle()
    assert "is used up" in bounded.texts(said)[-1]
    assert [button.label for button in bounded.last(said).buttons] == ["Retry"]
    assert bounded.prompts() == [saying(20)]


async def test_a_database_that_fails_at_the_warning(bounded: Stage) -> None:
    """A warning that cannot be noted costs nothing else."""
    bounded.store.fail("warn_of", error=StoreBusy("busy"))
    said = await bounded.say(saying(17))
    assert bounded.entry_state(said) is EntryState.DONE
    await bounded.say("echo: 1", to=said)
    assert bounded.texts(said)[-1] == "1"


async def test_what_a_reset_ends_counts(bounded: Stage) -> None:
    """What a turn took until a reset ended it is spent."""
    bounded.runtime.script = lambda prompt: [*say("one two"), TextDelta(text="more")]
    hold = bounded.runtime.hold("work", after=4)
    said = await bounded.say("work")
    await hold.reached()
    await bounded.reset(said)
    spent = await bounded.store.spent(Scope.PERSON, said.key, ANN.id, None)
    assert spent.tokens == 3


@pytest.mark.parametrize(
    ("budget", "words"),
    [
        ("thread: 10 tokens", "This conversation's budget of 10 tokens is used up. But an admin"),
        ("person/day: 7.5 credits", "Your budget of 7.5 credits a day is used up. It begins anew"),
        ("channel: 2k tokens", "This channel's budget of 2,000 tokens is used up."),
        ("all/day: 1m tokens", "The budget of everyone together of 1,000,000 tokens a day is"),
    ],
)
def test_a_budget_says_whose_it_is(budget: str, words: str) -> None:
    """Each is told with whose it is and how much; what is for good does not begin anew."""
    [found] = read_budgets(budget)
    told = spending.used_up(Standing(budget=found, spent=found.amount), BEGAN)
    assert told.startswith(words)
    assert ("00:00 UTC" in told) == found.is_daily
