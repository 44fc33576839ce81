"""What people choose for the conversations that they begin, each for themselves."""

from __future__ import annotations

import asyncio

import pytest

from bot.choices import Choices
from bot.commands import spoken
from bot.defaults import Defaults
from bot.errors import RuntimeUnavailable
from bot.gate import Access
from bot.home import HomeSection, own_page
from bot.messages import IncomingMessage, Person, Press
from bot.modes import Mode
from bot.phrases import defaults as words
from bot.phrases import home, models
from tests.bot.stage import Stage, staged
from tests.fakes.chat import ANN, BEN

WHO = "who are you?"


async def kept(stage: Stage, person: Person = ANN) -> Defaults:
    """What somebody has chosen."""
    return await stage.store.defaults(stage.chat.platform, person.id)


async def choices(stage: Stage, said: IncomingMessage) -> Choices:
    """What is chosen for a message's thread."""
    thread = await stage.store.thread(said.key)
    assert thread is not None
    return thread.choices


async def you(stage: Stage, person: Person = ANN) -> HomeSection:
    """What somebody's page says of them."""
    page = await stage.intake.home(person, "W")
    [found] = [each for each in page.sections if each.title == home.SETTINGS]
    return found


async def chosen_there(stage: Stage, action: str, value: str, person: Person = ANN) -> str:
    """What comes of a choice on somebody's page."""
    [menu] = [each for each in (await you(stage, person)).menus if each.action == action]
    assert menu.key is not None
    assert value in {each.value for each in menu.choices}
    press = Press(action=action, value=value, key=menu.key, author=person, request_id="p1")
    return (await stage.intake.pressed(press)).text


async def test_what_one_begins_has_ones_defaults(stage: Stage) -> None:
    """Chosen with `always` outside a thread, it counts in the next one that one begins."""
    text = (await stage.chat.command("model", argument="the third always")).text
    assert text == "Conversations that you begin have the model `third`."
    await stage.chat.command("effort", argument="HIGH always")
    await stage.chat.command("mode", argument="steer Always")
    own = Defaults(model="third", effort="high", mode=Mode.STEER)
    assert await kept(stage) == own
    said = await stage.say(WHO)
    assert stage.texts(said) == ["I am third, and think with high effort."]
    assert await choices(stage, said) == Choices(model="third", effort="high", mode=Mode.STEER)
    other = await stage.say(WHO, by=BEN)
    assert stage.texts(other) == ["I am fake."]
    assert await kept(stage, BEN) == Defaults()


async def test_in_a_thread_both_are_chosen(stage: Stage) -> None:
    """In a thread `always` chooses for that as well; another choice there leaves one's own."""
    said = await stage.say(WHO)
    text = (await stage.chat.command("model", key=said.key, argument="third always")).text
    assert "this conversation goes on with `third`" in text
    assert words.own(Defaults(model="third")) in text
    text = (await stage.chat.command("mode", key=said.key, argument="interrupt always")).text
    assert "From now on the mode is **interrupt**" in text
    await stage.chat.command("model", key=said.key, argument="fake")
    assert await choices(stage, said) == Choices(model="fake", mode=Mode.INTERRUPT)
    assert await kept(stage) == Defaults(model="third", mode=Mode.INTERRUPT)
    await stage.chat.command("model", key=said.key, argument="default always")
    text = (await stage.chat.command("mode", key=said.key, argument="default always")).text
    assert text == words.NOTHING_CHOSEN
    assert await choices(stage, said) == Choices(mode=Mode.INTERRUPT)
    assert await kept(stage) == Defaults()


async def test_what_cannot_be_chosen(stage: Stage) -> None:
    """What there is not is refused, in the thread and for oneself; nothing changes."""
    said = await stage.say(WHO)
    for key in (None, said.key):
        text = (await stage.chat.command("model", key=key, argument="fourth always")).text
        assert "no model `fourth`" in text
        assert text.count("fourth") == 1
    text = (await stage.chat.command("effort", argument="high always")).text
    assert text == words.NO_EFFORT
    await stage.chat.command("model", argument="third always")
    text = (await stage.chat.command("effort", argument="huge always")).text
    assert "no effort `huge`" in text
    text = (await stage.chat.command("mode", argument="dance always")).text
    assert text == words.no_such_mode("dance")
    text = (await stage.chat.command("mode", argument="always")).text
    assert text == words.own(Defaults(model="third"))
    assert await choices(stage, said) == Choices()


async def test_an_effort_can_be_given_up_anywhere(stage: Stage) -> None:
    """Also in a thread whose own model takes none."""
    await stage.chat.command("model", argument="third always")
    await stage.chat.command("effort", argument="high always")
    said = await stage.say(WHO)
    await stage.chat.command("model", key=said.key, argument="fake")
    await stage.chat.command("effort", key=said.key, argument="default always")
    assert await kept(stage) == Defaults(model="third")


async def test_a_default_that_is_gone(stage: Stage) -> None:
    """A model that may not be used any more is said once, and the operator's answers."""
    await stage.chat.command("model", argument="third always")
    del stage.runtime.offered[1]
    said = await stage.say(WHO)
    assert stage.texts(said) == [models.model_gone("third"), "I am fake."]
    assert await choices(stage, said) == Choices()


async def test_they_are_chosen_on_ones_page(stage: Stage) -> None:
    """The page says what one's defaults are, and has a menu for each."""
    assert words.NOTHING_CHOSEN in (await you(stage)).text
    assert [menu.action for menu in (await you(stage)).menus] == ["own-model", "own-mode"]
    assert "`third`" in await chosen_there(stage, "own-model", "third")
    await chosen_there(stage, "own-effort", "high")
    await chosen_there(stage, "own-mode", "interrupt")
    own = Defaults(model="third", effort="high", mode=Mode.INTERRUPT)
    assert await kept(stage) == own
    assert words.own(own) in (await you(stage)).text
    text = (await stage.chat.command("whoami")).text
    assert "the model `third` and the effort **high** and the mode **interrupt**" in text
    assert words.NOTHING_CHOSEN in (await you(stage, BEN)).text
    await chosen_there(stage, "own-model", "default")
    await chosen_there(stage, "own-mode", "default")
    assert await kept(stage) == Defaults()
    assert "what you begin" not in (await stage.chat.command("whoami")).text


async def test_nobody_sets_anothers(stage: Stage) -> None:
    """A press sets what its author begins with, whoever's page it names."""
    key = own_page(stage.chat.platform, "W", ANN.id)
    press = Press(action="own-mode", value="steer", key=key, author=BEN, request_id="p1")
    await stage.intake.pressed(press)
    assert await kept(stage) == Defaults()


async def test_the_page_where_channels_are_named() -> None:
    """One's page works where the bot may be used in some channels only, for who may use it."""
    access = Access(channels=frozenset({"C"}), people=frozenset({ANN.id}))
    async with staged(access=access) as stage:
        await chosen_there(stage, "own-mode", "steer")
        assert await kept(stage) == Defaults(mode=Mode.STEER)
        key = own_page(stage.chat.platform, "W", BEN.id)
        press = Press(action="own-mode", value="steer", key=key, author=BEN, request_id="p1")
        assert (await stage.intake.pressed(press)).is_refused
        assert await kept(stage, BEN) == Defaults()


async def test_the_page_without_models(stage: Stage) -> None:
    """Where the models cannot be listed, the mode can still be chosen."""
    stage.runtime.take_away(RuntimeUnavailable("down"))
    assert [menu.action for menu in (await you(stage)).menus] == ["own-mode"]


async def test_the_page_does_not_wait_long_for_models(stage: Stage) -> None:
    """Where nobody says which models there are, the page comes without them."""
    stage.runtime.take_away(open_waits=True)
    looking = asyncio.create_task(you(stage))
    await stage.pass_time(2)
    assert not looking.done()
    await stage.pass_time(2)
    assert [menu.action for menu in (await looking).menus] == ["own-mode"]


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("model gpt-5.1 always", ("model", "gpt-5.1 always")),
        ("effort high always", ("effort", "high always")),
        ("mode steer always", ("mode", "steer always")),
        ("mode is what I always forget", None),
        ("model always", None),
    ],
)
def test_said_to_the_bot(text: str, meant: tuple[str, str] | None) -> None:
    """The word behind a choice keeps it a command; a sentence is a message."""
    assert spoken(text) == meant


async def test_the_word_is_offered(stage: Stage) -> None:
    """Where arguments are offered while they are typed, so is the word."""
    for name in ("model", "effort", "mode"):
        assert await stage.intake.choices(stage.chat.commanded(name), "scope", "") == ["always"]
