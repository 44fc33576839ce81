"""The commands."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from bot import phrases
from bot.commands import COMMANDS, HELP, matching, spoken
from bot.gate import Access
from tests.bot.stage import Stage, settle, staged
from tests.fakes.chat import ANN, BEN


@pytest.mark.parametrize("name", ["help", ""])
async def test_help(stage: Stage, name: str) -> None:
    """Help, and a command without a word, show what there is."""
    assert (await stage.chat.command(name)).text == HELP


@pytest.mark.parametrize("name", list(COMMANDS))
async def test_help_on_a_command(stage: Stage, name: str) -> None:
    """Help with the name of a command explains that one, in whatever letters it is written."""
    told = (await stage.chat.command("help", argument=name.upper())).text
    assert told == COMMANDS[name].help
    assert f"**{name}**" in told
    assert f"- `{name}` " in HELP


async def test_help_on_what_is_no_command(stage: Stage) -> None:
    """A word that is no command is named, and what there is shown."""
    text = (await stage.chat.command("help", argument="dance")).text
    assert "`dance`" in text
    assert HELP in text


async def test_the_commands_are_offered_to_who_asks_for_help(stage: Stage) -> None:
    """What continues what was typed is offered; an argument that takes anything offers nothing."""
    command = stage.chat.commanded("help")
    assert list(await stage.intake.choices(command, "command", "")) == list(COMMANDS)
    assert list(await stage.intake.choices(command, "command", "ST")) == ["status", "stop"]
    assert list(await stage.intake.choices(command, "other", "")) == []
    assert list(await stage.intake.choices(replace(command, name="stop"), "command", "")) == []


async def test_nothing_is_offered_to_whom_the_conversation_is_closed(stage: Stage) -> None:
    """Who may not use the bot, or is in somebody else's direct message, is offered nothing."""
    said = await stage.say("echo: mine", is_direct=True)
    foreign = stage.chat.commanded("help", by=BEN, key=said.key)
    assert list(await stage.intake.choices(foreign, "command", "")) == []
    async with staged(access=Access(people=frozenset({ANN.id}))) as closed:
        command = closed.chat.commanded("help", by=BEN)
        assert list(await closed.intake.choices(command, "command", "")) == []


def test_what_begins_so_is_offered_first() -> None:
    """What holds the typed word comes behind what begins with it; 25 are offered at most."""
    assert matching(["a red fox", "Red", "blue", "reddish"], " red") == [
        "Red",
        "reddish",
        "a red fox",
    ]
    assert matching([str(number) for number in range(90)], "") == [str(n) for n in range(25)]


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("Reset", ("reset", "")),
        ("help stop", ("help", "stop")),
        ("help me", None),
        ("help stop it", None),
        ("reset everything", None),
        ("/reset everything", ("reset", "everything")),
        ("/Stop", ("stop", "")),
        ("/dance", None),
        ("", None),
        ("dance", None),
    ],
)
def test_words_that_are_a_command(text: str, meant: tuple[str, str] | None) -> None:
    """A message is a command where it says nothing else."""
    assert spoken(text) == meant


async def test_an_unknown_command_is_told_with_help(stage: Stage) -> None:
    """A word that is no command is named, and what there is shown."""
    text = (await stage.chat.command("dance")).text
    assert "`dance`" in text
    assert HELP in text


async def test_status_of_a_thread(stage: Stage) -> None:
    """Status says what the thread does now, its age, and how often it was started afresh."""
    said = await stage.say("echo: one")
    await stage.reset(said)
    hold = stage.runtime.hold("two")
    await stage.say("echo: two", to=said)
    text = (await stage.chat.command("status", key=said.key)).text
    assert "now: answering" in text
    assert "started afresh 1 time" in text
    hold.release()


async def test_status_of_a_thread_that_is_not_ours(stage: Stage) -> None:
    """Where nothing was said to the bot, status says how to begin."""
    text = (await stage.chat.command("status", key=stage.chat.key("123"))).text
    assert text == phrases.status(None, working="", age=None)


async def test_status_in_a_channel_lists_ones_own_threads(stage: Stage) -> None:
    """Typed in a channel, status lists the person's threads there, and nobody else's."""
    await stage.say("echo: mine")
    await stage.say("echo: his", by=BEN)
    text = (await stage.chat.command("status")).text
    assert text.count("Untitled conversation") == 1
    assert "ready" in text
    nobody = (await stage.chat.command("status", place=stage.chat.key(channel="random"))).text
    assert nobody == phrases.NO_THREADS_HERE


async def test_stop_in_a_thread(stage: Stage) -> None:
    """Stop ends the answer that is being written; at rest there is nothing to stop."""
    stage.runtime.hold("count", after=3)
    said = await stage.say("count to 9")
    assert (await stage.chat.command("stop", key=said.key)).text == phrases.STOPPING
    await settle()
    assert stage.entry_state(said) == "stopped"
    assert (await stage.chat.command("stop", key=said.key)).text == phrases.NOTHING_TO_STOP
    await stage.pass_time(700)
    assert (await stage.chat.command("stop", key=said.key)).text == phrases.NOTHING_TO_STOP


async def test_stop_of_what_is_about_to_begin(stage: Stage) -> None:
    """A message that was just accepted can be stopped before its worker got going."""
    stage.store.gates["lease"] = asyncio.Event()
    said = await stage.say("echo: hello")
    assert (await stage.chat.command("stop", key=said.key)).text == phrases.STOPPING
    stage.store.gates["lease"].set()
    await settle()
    assert stage.entry_state(said) == "stopped"


async def test_stop_in_a_channel_offers_what_runs(stage: Stage) -> None:
    """Typed in a channel, stop offers the person's threads that are at work, with a button each."""
    stage.runtime.hold("count", after=3)
    await stage.say("echo: at rest")
    running = await stage.say("count to 9")
    answer = await stage.chat.command("stop")
    assert answer.text == phrases.CHOOSE_STOP
    [button] = answer.buttons
    assert (button.action, button.key) == ("stop", running.key)
    other = await stage.chat.command("stop", by=BEN)
    assert other.text == phrases.NOTHING_TO_STOP


async def test_reset_in_a_channel_offers_the_threads(stage: Stage) -> None:
    """Typed in a channel, reset offers the person's threads there; a press starts one afresh."""
    said = await stage.say("remember the word heron")
    answer = await stage.chat.command("reset")
    assert answer.text == phrases.CHOOSE_THREAD
    [button] = answer.buttons
    assert button.key == said.key
    press = replace(stage.last(said), buttons=answer.buttons, key=stage.chat.key())
    assert await stage.press(press, button.label) == phrases.RESET_ELSEWHERE
    assert stage.texts(said)[-1] == phrases.FRESH_START
    await stage.say("what was the word?", to=said)
    assert stage.texts(said)[-1] == "No word was told here."


async def test_reset_without_threads(stage: Stage) -> None:
    """Where a person has no threads there is nothing to start afresh."""
    assert (await stage.chat.command("reset")).text == phrases.NO_THREADS_HERE


async def test_reset_in_a_direct_message_just_does_it(stage: Stage) -> None:
    """In a direct message the conversation is known: nothing is asked."""
    said = await stage.say("remember the word heron", is_direct=True)
    assert (await stage.chat.command("reset", key=said.key)).text == ""
    await settle()
    assert stage.texts(said)[-1] == phrases.FRESH_START


@pytest.mark.parametrize("name", ["help", "status", "stop", "reset", "dance"])
async def test_another_persons_direct_message_is_closed(stage: Stage, name: str) -> None:
    """No command says or does anything about another person's direct message."""
    stage.runtime.hold("count", after=3)
    said = await stage.say("count to 9", is_direct=True)
    answer = await stage.chat.command(name, key=said.key, by=BEN)
    assert answer.text == phrases.NOT_YOURS
    assert answer.buttons == ()
    await settle()
    assert stage.state(said) == "running"
    place = replace(said.key, thread="")
    for listing in ("status", "stop", "reset"):
        answer = await stage.chat.command(listing, place=place, by=BEN)
        assert answer.buttons == ()
        assert answer.text in {phrases.NO_THREADS_HERE, phrases.NOTHING_TO_STOP}


async def test_commands_of_who_may_not_use_it() -> None:
    """Who is not let in cannot give commands either."""
    async with staged(access=Access(people=frozenset({ANN.id}))) as stage:
        said = await stage.say("echo: one")
        answer = await stage.chat.command("reset", key=said.key, by=BEN)
        assert answer.text == phrases.NOT_ALLOWED
        await settle()
        assert stage.texts(said) == ["one"]
