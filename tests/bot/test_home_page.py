"""The page of one's own: what waits for one, one's conversations, and nobody else's."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from bot import phrases
from bot.gate import Access
from bot.home import Home, HomeSection
from bot.messages import Person
from bot.phrases import home as words
from tests.bot.stage import Stage, settle, staged
from tests.fakes.chat import ANN, BEN

RUN = "run: ls"


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    """A stage where Ben may decide for others."""
    async with staged(access=Access(approvers=frozenset({BEN.id}))) as stage:
        yield stage


async def page(stage: Stage, person: Person = ANN) -> Home:
    """What somebody sees."""
    return await stage.intake.home(person, "W")


async def section(stage: Stage, title: str, person: Person = ANN) -> HomeSection:
    """One part of it."""
    [found] = [each for each in (await page(stage, person)).sections if each.title == title]
    return found


async def test_who_has_nothing_learns_how_to_begin(stage: Stage) -> None:
    """Where there is nothing yet, each part says so, and one reads how to begin."""
    home = await page(stage)
    assert [each.title for each in home.sections] == [
        words.WAITING,
        words.CONVERSATIONS,
        words.SETTINGS,
        words.BEGIN,
    ]
    assert [each.items for each in home.sections] == [(), (), (), ()]
    assert all(each.text for each in home.sections)
    assert ANN.id in home.sections[2].text
    assert words.IS_APPROVER not in home.sections[2].text
    assert words.IS_APPROVER in (await page(stage, BEN)).sections[2].text


async def test_conversations_are_listed(stage: Stage) -> None:
    """One's conversations of all places are there, the newest first, with what they took."""
    first = await stage.say("echo: one")
    direct = await stage.say("echo: two", is_direct=True)
    await stage.pass_time(3_600)
    await stage.reset(first)
    await stage.say("echo: three", to=first)
    found = await section(stage, words.CONVERSATIONS)
    assert [item.key for item in found.items] == [first.key, direct.key]
    assert all(item.title for item in found.items)
    assert "1 h ago" in found.items[1].small
    assert "tokens" in found.items[1].small
    assert [button.label for button in found.items[1].buttons] == [words.RENAME]


async def test_others_see_nothing_of_it(stage: Stage) -> None:
    """What one says in private is on nobody else's page, nor what one has no part in."""
    await stage.say("ask: Which? | red | blue", is_direct=True)
    await stage.say("echo: one")
    other = await page(stage, BEN)  # an approver
    assert [each.items for each in other.sections] == [(), (), (), ()]


async def test_a_running_answer_can_be_stopped(stage: Stage) -> None:
    """A conversation that is being answered says so, with a button that ends it."""
    stage.runtime.hold("count", after=3)
    said = await stage.say("count to 9")
    [item] = (await section(stage, words.CONVERSATIONS)).items
    assert "answering" in item.small
    assert [(button.action, button.key) for button in item.buttons] == [
        ("stop", said.key),
        ("rename", said.key),
    ]


async def test_a_conversation_is_renamed_there(stage: Stage) -> None:
    """Its title can be given in a form, and is then what the page calls it."""
    said = await stage.say("echo: one")
    [item] = (await section(stage, words.CONVERSATIONS)).items
    await stage.chat.press_button(item.buttons[-1], said.key)
    form, _ = stage.chat.forms[ANN.id]
    assert (form.action, form.key) == ("rename", said.key)
    await stage.chat.submit("Locks & keys")
    await settle()
    [item] = (await section(stage, words.CONVERSATIONS)).items
    assert item.title == "Locks & keys"


async def test_what_waits_is_decided_there(stage: Stage) -> None:
    """What waits for one stands there with its buttons, and is gone once it is decided."""
    said = await stage.say(RUN)
    await stage.pass_time(1)  # they are listed in the order of time
    await stage.say("ask: Which? | red | blue")
    run, question = (await section(stage, words.WAITING)).items
    assert "Copilot wants to run a command" in run.text
    assert "Which?" in question.text
    assert "until" in run.small
    for item in (run, question):
        assert {button.key for button in item.buttons} == {item.key}
    assert [item.text for item in (await section(stage, words.WAITING, BEN)).items] == [
        run.text,
        question.text,
    ]
    [allow] = [each for each in run.buttons if each.label == phrases.ALLOW_ONCE]
    await stage.chat.press_button(allow, said.key)
    await settle()
    assert stage.texts(said)[-1] == "run was allowed"
    assert [item.text for item in (await section(stage, words.WAITING)).items] == [question.text]


async def test_who_may_not_use_the_bot_sees_that() -> None:
    """Who is not admitted is told so, and sees nothing else."""
    async with staged(access=Access(people=frozenset({BEN.id}))) as stage:
        assert await page(stage) == Home(notice=phrases.NOT_ALLOWED)
