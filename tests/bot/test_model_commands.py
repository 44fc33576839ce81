"""What people choose for a thread: its model, how hard that thinks, and what it may do."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.ceilings import Ceilings, Grant
from bot.choices import Choices
from bot.commands import spoken
from bot.errors import ModelUnknown, RuntimeUnavailable, SettingsError
from bot.events import TurnFailed
from bot.mailbox import EntryState
from bot.messages import IncomingMessage
from bot.phrases import models
from bot.place import Place
from bot.policy import read_policy
from bot.profile import Profile
from bot.states import WorkerState
from bot.workplace import Limits
from tests.bot.stage import Stage, settle, staged
from tests.fakes.chat import ANN, BEN

WHO = "who are you?"


async def choices(stage: Stage, said: IncomingMessage) -> Choices:
    """What is chosen for a message's thread."""
    thread = await stage.store.thread(said.key)
    assert thread is not None
    return thread.choices


async def told(stage: Stage, name: str, said: IncomingMessage, argument: str = "") -> str:
    """What a command in a message's thread says."""
    return (await stage.chat.command(name, key=said.key, argument=argument)).text


# --- models ---------------------------------------------------------------------------------


async def test_models_are_listed(stage: Stage) -> None:
    """Each is told with what it costs, and those that are not chosen can be pressed."""
    said = await stage.say(WHO)
    answer = await stage.chat.command("model", key=said.key)
    assert "`third` The third, 2 premium requests a message" in answer.text
    assert "Copilot's own choice" in answer.text
    assert [button.value for button in answer.buttons] == ["fake", "third"]
    await told(stage, "model", said, "fake")
    answer = await stage.chat.command("model", key=said.key)
    assert "`fake` Fake **(now)**" in answer.text
    assert [button.value for button in answer.buttons] == ["third", "default"]


async def test_a_model_is_chosen(stage: Stage) -> None:
    """From the next message on the thread goes on with it, knowing what was said before."""
    said = await stage.say("remember the word heron")
    answer = await stage.chat.command("model", key=said.key)
    message = replace(stage.last(said), buttons=answer.buttons)
    assert "goes on with `third`" in await stage.press(message, "The third")
    await stage.say(WHO, to=said)
    await stage.say("what was the word?", to=said)
    assert stage.texts(said)[1:] == ["I am third.", "The word was heron."]
    assert [spec.model for spec in stage.runtime.opened] == [None, "third"]
    assert "the default model" in await told(stage, "model", said, "Default")
    await stage.say(WHO, to=said)
    assert stage.texts(said)[-1] == "I am fake."


async def test_a_model_is_known_by_its_name(stage: Stage) -> None:
    """A model can be named as people call it; another word is answered with the list."""
    said = await stage.say(WHO)
    await told(stage, "model", said, "the THIRD")
    assert (await choices(stage, said)).model == "third"
    text = await told(stage, "model", said, "fourth")
    assert "no model `fourth`" in text
    assert "`third`" in text
    assert (await choices(stage, said)).model == "third"


async def test_a_model_is_chosen_during_a_turn(stage: Stage) -> None:
    """The running turn ends with its own model; the thread goes on with the new one."""
    hold = stage.runtime.hold("who")
    said = await stage.say(WHO)
    await stage.say(WHO, to=said)
    assert "Once this answer is written" in await told(stage, "model", said, "third")
    hold.release()
    await settle()
    assert stage.texts(said) == ["I am fake.", "I am third."]
    assert stage.state(said) is WorkerState.IDLE


async def test_a_model_that_is_gone(stage: Stage) -> None:
    """A chosen model that is not listed any more is said once, and the default answers."""
    said = await stage.say(WHO)
    await told(stage, "model", said, "third")
    del stage.runtime.offered[1]
    await stage.say(WHO, to=said)
    await stage.say(WHO, to=said)
    assert stage.texts(said) == [
        "I am fake.",
        models.model_gone("third"),
        "I am fake.",
        "I am fake.",
    ]
    assert await choices(stage, said) == Choices()


async def test_a_model_that_turns_out_to_be_gone(stage: Stage) -> None:
    """Where only the turn shows it, that is said, and Retry goes on with the default."""
    said = await stage.say(WHO)
    await told(stage, "model", said, "third")
    stage.runtime.script = lambda prompt: [TurnFailed(error=ModelUnknown("no"))]
    second = await stage.say(WHO, to=said)
    assert stage.answer(second).notice == models.model_refused("third")
    stage.runtime.script = None
    await stage.press(stage.answer(second), "Retry")
    assert stage.entry_state(second) is EntryState.DONE
    assert stage.runtime.opened[-1].model is None


async def test_models_that_cannot_be_listed(stage: Stage) -> None:
    """Where nobody lists the models it is told why."""
    said = await stage.say(WHO)
    stage.runtime.take_away(RuntimeUnavailable("down"))
    assert "does not start" in await told(stage, "model", said)
    assert list(await stage.intake.choices(stage.chat.commanded("model"), "model", "")) == [
        "default"
    ]


async def test_in_a_channel_it_is_asked_which_thread(stage: Stage) -> None:
    """Typed in a channel, the person's threads are offered; a press lists the models of one."""
    said = await stage.say(WHO)
    shown = {"model": "`third`", "effort": "cannot", "profile": "**chat**", "mode": "**queue**"}
    for name, text in shown.items():
        [button] = (await stage.chat.command(name)).buttons
        assert (button.action, button.value, button.key) == (name, "", said.key)
        assert text in (await stage.chat.press_button(button, said.key)).text


async def test_what_is_chosen_before_the_first_message(stage: Stage) -> None:
    """In a direct message a model can be chosen first; it is still its owner's alone."""
    key = stage.chat.key(channel=f"D-{ANN.id}")
    await stage.chat.command("model", key=key, argument="third")
    said = await stage.say(WHO, is_direct=True)
    assert said.key == key
    assert stage.texts(said) == ["I am third."]
    assert (
        "belongs to someone else"
        in (await stage.chat.command("model", key=key, by=BEN, argument="fake")).text
    )


# --- efforts --------------------------------------------------------------------------------


async def test_an_effort_is_chosen(stage: Stage) -> None:
    """Where the model can be told how hard to think, it is, until another model is chosen."""
    said = await stage.say(WHO)
    assert await told(stage, "effort", said) == models.no_effort(None)
    await told(stage, "model", said, "third")
    answer = await stage.chat.command("effort", key=said.key)
    assert [button.value for button in answer.buttons] == ["low", "high"]
    command = stage.chat.commanded("effort", key=said.key)
    offered = await stage.intake.choices(command, "effort", "")
    assert list(offered) == ["low", "high", "default"]
    assert "knows no effort `max`" in await told(stage, "effort", said, "max")
    await told(stage, "effort", said, "High")
    await stage.say(WHO, to=said)
    assert stage.texts(said)[-1] == "I am third, and think with high effort."
    await told(stage, "effort", said, "default")
    assert (await choices(stage, said)).effort == ""
    await told(stage, "effort", said, "low")
    await told(stage, "model", said, "fake")
    assert await choices(stage, said) == Choices(model="fake")


# --- profiles -------------------------------------------------------------------------------


@pytest.fixture
async def granting() -> AsyncIterator[Stage]:
    """A stage on which Ann may have the web."""
    ceilings = Ceilings(grants=(Grant(person=ANN.id, most=Profile.WEB),))
    async with staged(limits=Limits(has_footer=False, profiles=ceilings)) as stage:
        yield stage


async def test_a_profile_is_chosen_within_the_ceiling(granting: Stage) -> None:
    """It is shown with what can be chosen, and no more than that is."""
    said = await granting.say("echo: one")
    answer = await granting.chat.command("profile", key=said.key)
    assert "**chat**" in answer.text
    assert [button.value for button in answer.buttons] == ["web"]
    assert "may not choose" in await told(granting, "profile", said, "agent")
    assert "**web**" in await told(granting, "profile", said, "Web")
    await granting.say("echo: two", to=said)
    assert granting.runtime.opened[-1].profile is Profile.WEB
    other = await granting.chat.command("profile", key=said.key, by=BEN, argument="web")
    assert other.is_refused
    assert "`web`" not in other.text.partition("You can choose")[2]
    offered = granting.chat.commanded("profile", key=said.key, by=BEN)
    assert list(await granting.intake.choices(offered, "profile", "")) == ["chat"]


async def test_nobody_has_more_by_what_another_chose(granting: Stage) -> None:
    """Each turn has no more than its author may have, and nobody steers one that has more."""
    said = await granting.say("echo: one")
    await told(granting, "profile", said, "web")
    await told(granting, "mode", said, "steer")
    hold = granting.runtime.hold("two")
    await granting.say("echo: two", to=said)
    theirs = await granting.say("echo: three", by=BEN, to=said)
    assert granting.entry_state(theirs) is EntryState.QUEUED
    hold.release()
    await settle()
    assert granting.texts(said) == ["one", "two", "three"]
    profiles = [spec.profile for spec in granting.runtime.opened]
    assert profiles == [Profile.CHAT, Profile.WEB, Profile.CHAT]


def test_ceilings() -> None:
    """The first grant that fits counts, for the default and for the most by itself."""
    ceilings = Ceilings(
        default=Profile.WEB,
        grants=(
            Grant(channel="C1", default=Profile.CHAT),
            Grant(platform="slack", person="U*", most=Profile.AGENT),
            Grant(platform="slack", most=Profile.CHAT),
        ),
    )
    here = Place(platform="slack", channel="C1", person="U1")
    assert ceilings.of(None, here) is Profile.CHAT
    assert ceilings.of(Profile.AGENT, here) is Profile.AGENT
    assert ceilings.of(Profile.AGENT, replace(here, person="W1")) is Profile.CHAT
    assert ceilings.of(None, replace(here, channel="C2", person="W1")) is Profile.CHAT
    elsewhere = Place(platform="discord", channel="1", person="2")
    assert ceilings.of(None, elsewhere) is Profile.WEB
    assert ceilings.of(Profile.AGENT, elsewhere) is Profile.WEB
    assert ceilings.of(Profile.CHAT, elsewhere) is Profile.CHAT


def test_grants_are_read(tmp_path: Path) -> None:
    """They stand in the policy file, beside the rules."""
    path = tmp_path / "policy.toml"
    path.write_text('[[rule]]\ndecide = "deny"\n[[profile]]\nchannel = "C1"\nmost = "web"\n')
    assert read_policy(path).grants == (Grant(channel="C1", most=Profile.WEB),)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('[[profile]]\nmost = "all"', "profile 1: most must be one of chat, web, agent"),
        ('[[profile]]\nchannel = "C1"', "profile 1: says neither default nor most"),
        ('[[profile]]\nhost = "x"\nmost = "web"', "profile 1: knows no 'host'"),
        ("[profile]\n", r"write each as a \[\[profile\]\] table"),
        ("[[profile]]\nmost = 1", "profile 1: most must be a text"),
    ],
)
def test_a_mistake_in_a_grant_is_named(tmp_path: Path, text: str, problem: str) -> None:
    """What no grant can say is refused, with the number of the table."""
    path = tmp_path / "policy.toml"
    path.write_text(text)
    with pytest.raises(SettingsError, match=problem):
        read_policy(path)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("model gpt-5", ("model", "gpt-5")),
        ("model train is late", None),
        ("effort high", ("effort", "high")),
        ("effort matters", None),
        ("profile web", ("profile", "web")),
        ("profile me", None),
        ("mode steer", ("mode", "steer")),
        ("mute off", ("mute", "off")),
        ("mute the music", None),
    ],
)
def test_words_that_are_a_choice(text: str, meant: tuple[str, str] | None) -> None:
    """Without a slash, words behind a command's name count where they can hardly be a message."""
    assert spoken(text) == meant
