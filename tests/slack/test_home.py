"""The Home tab: composed by the core, shown by Slack, pressed and shown anew."""

from __future__ import annotations

from typing import Any

import pytest

from adapters.slack.forms import FIELD
from adapters.slack.home import home_view, thread_address
from adapters.slack.manifest import manifest
from bot.errors import StoreFull
from bot.home import Home, HomeItem, HomeSection, own_page
from bot.keys import SessionKey
from bot.messages import Answer, Button, Choice, Menu
from playground.slack.blocks import check_view
from playground.slack.views import View, elements_of
from tests.contracts.chat import RENAME, asked
from tests.slack.stage import SlackStage, staged, texts

THREAD = SessionKey(platform="slack", workspace="T1", channel="C1", thread="1700000000.000100")
DIRECT = SessionKey(platform="slack", workspace="T1", channel="D1")


def of(key: SessionKey, **changed: Any) -> Home:
    """A page with one thing on it."""
    button = Button(action="decide", value="q1 once", label="Allow", key=key)
    given: dict[str, Any] = {"title": "A mutex", "small": "1 h ago", "buttons": (button,)}
    item = HomeItem(key=key, **{**given, **changed})
    return Home(sections=(HomeSection(title="Yours", items=(item,)),))


async def opened(stage: SlackStage, who: str = "ann") -> View:
    """The Home tab that somebody is shown."""
    person = stage.slack.person(who)
    await person.open_home("home")
    view = await stage.until(lambda: stage.slack.workspace.homes.get(person.id))
    assert view is not None
    return view


def said_on(view: View) -> str:
    """All that can be read there."""
    return "\n".join(texts(view.given["blocks"]))


async def test_it_is_shown_when_it_is_opened(stage: SlackStage) -> None:
    """Who opens it is shown what the core has for them; the Messages tab asks for nothing."""
    stage.intake.page = of(THREAD)
    person = stage.slack.person("ann")
    await person.open_home("messages")
    view = await opened(stage)
    assert "A mutex" in said_on(view)
    assert "<#C1> · 1 h ago" in said_on(view)
    [(visitor, workspace)] = stage.intake.visits
    assert (visitor.id, workspace) == (person.id, stage.slack.workspace.team.id)
    address = f"{stage.slack.api_url.removesuffix('api/')}archives/C1/p1700000000000100"
    assert f"<{address}|A mutex>" in said_on(view)
    assert stage.slack.person("ben").id not in stage.slack.workspace.homes


async def test_a_press_on_it_shows_it_anew(stage: SlackStage) -> None:
    """What is pressed there acts, and the page says what came of it and how things stand then."""
    thread = await asked(stage)
    stage.intake.page = of(thread.key)
    view = await opened(stage)
    stage.intake.page = Home(sections=(HomeSection(title="Yours", text="Nothing is left."),))
    stage.intake.answer = Answer(text="**Not** open any more.", is_refused=True)
    [(_, element)] = elements_of(view.given["blocks"])
    await stage.slack.person("ann").press(view, element["action_id"])
    [press] = await stage.intake.until(lambda: stage.intake.presses)
    assert (press.action, press.value, press.key) == ("decide", "q1 once", thread.key)
    await stage.until(lambda: "Nothing is left." in said_on(view))
    assert "*Not* open any more." in said_on(view)
    assert stage.whispered("ann") == []
    again = await opened(stage)
    await stage.until(lambda: "any more" not in said_on(again))


async def test_a_form_can_be_opened_from_it(stage: SlackStage) -> None:
    """What is sent from a form that was opened there shows the page anew as well."""
    thread = await asked(stage)
    stage.intake.page = of(thread.key)
    view = await opened(stage)
    stage.intake.answer = Answer(form=RENAME)
    [(_, element)] = elements_of(view.given["blocks"])
    await stage.slack.person("ann").press(view, element["action_id"])
    await stage.until(lambda: stage.form("ann"))
    stage.intake.answer = Answer(text="Renamed.")
    await stage.restart()
    [modal] = stage.modals("ann")
    assert await stage.slack.person("ann").submit(modal.id, {FIELD: "Locks"}) == {}
    await stage.until(lambda: "Renamed." in said_on(view))
    press = stage.intake.presses[-1]
    assert (press.text, press.key) == ("Locks", thread.key)


async def test_ones_own_settings_are_chosen_there(stage: SlackStage) -> None:
    """A menu that is about no thread is chosen from as well, and the page is shown anew."""
    ann = stage.slack.person("ann")
    key = own_page("slack", stage.slack.workspace.team.id, ann.id)
    menus = tuple(
        Menu(action=f"own-{each}", label=each, choices=(Choice(value="x", label="X"),), key=key)
        for each in ("model", "mode")
    )
    stage.intake.page = Home(sections=(HomeSection(title="You", text="Ann.", menus=menus),))
    view = await opened(stage)
    stage.intake.answer = Answer(text="Kept.")
    _, (_, element) = elements_of(view.given["blocks"])
    await ann.press(view, element["action_id"], element["options"][0])
    [press] = await stage.intake.until(lambda: stage.intake.presses)
    assert (press.action, press.value, press.key) == ("own-mode", "x", key)
    await stage.until(lambda: "Kept." in said_on(view))


async def test_what_is_more_than_words_comes_as_a_direct_message(stage: SlackStage) -> None:
    """An answer with buttons does not fit onto the page: it is in one's direct message."""
    thread = await asked(stage)
    stage.intake.page = of(thread.key)
    view = await opened(stage)
    button = Button(action="file", value="1", label="Get a.md", key=thread.key)
    stage.intake.answer = Answer(text="On the desk:", buttons=(button,))
    [(_, element)] = elements_of(view.given["blocks"])
    ann = stage.slack.person("ann")
    await ann.press(view, element["action_id"])
    await stage.until(lambda: "On the desk:" in str(stage.slack.messages(ann.dm)))


async def test_a_failing_database_is_told_there(stage: SlackStage) -> None:
    """Where the page cannot be composed, it says so."""
    stage.intake.failures.append(StoreFull("No space."))
    view = await opened(stage)
    assert "no space left" in said_on(view)


async def test_an_app_without_the_tab_does_without() -> None:
    """Where the app was installed from an older manifest, nothing breaks."""
    plain = manifest()
    plain["features"]["app_home"]["home_tab_enabled"] = False
    async with staged(manifest=plain) as stage:
        await stage.slack.person("ann").open_home("home")
        await stage.intake.until(lambda: stage.intake.visits)
        await stage.until(lambda: stage.calls("views.publish"))
        assert (await asked(stage)).text == "what is a mutex?"


def test_every_page_is_within_limits() -> None:
    """However much there is on it, Slack takes the view."""
    menu = Menu(
        action="a", label="l", choices=tuple(Choice(value=str(n), label="x") for n in range(101))
    )
    item = HomeItem(
        key=THREAD,
        title="<&>" * 300,
        text="&" * 9_000,
        small="<!channel>" * 900,
        menus=(menu,),
        buttons=tuple(Button(action="a", value=str(n), label="b", key=THREAD) for n in range(30)),
    )
    sections = (HomeSection(title="t" * 200, text="x" * 4_000, items=(item,) * 30),)
    view = check_view(home_view(Home(sections=sections, notice="n"), lambda key: "https://a.b/c"))
    assert len(view["blocks"]) <= 100
    assert "<!channel>" not in str(view)


def test_threads_have_addresses() -> None:
    """A thread is linked by its first message, a direct message by its channel."""
    assert thread_address("https://a.slack.com/", THREAD) == (
        "https://a.slack.com/archives/C1/p1700000000000100"
    )
    assert thread_address("https://a.slack.com/", DIRECT) == "https://a.slack.com/archives/D1"
    assert thread_address("", THREAD) == ""


@pytest.mark.parametrize("title", ["", "A mutex"])
def test_without_an_address_nothing_is_linked(title: str) -> None:
    """Where Slack's address is not known, the page has no links."""
    view = home_view(of(DIRECT, title=title), lambda key: "")
    assert "<http" not in str(view)
    assert "Direct message · 1 h ago" in str(view)
