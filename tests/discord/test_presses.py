"""Commands, buttons and the menu of a message, as people use them."""

from __future__ import annotations

import asyncio

import pytest

from adapters.discord import phrases, reception
from bot.errors import StoreFull
from bot.messages import Answer, Button, Command, Post
from playground.discord.message import Message
from tests.contracts.chat import RENAME, asked, done, replying
from tests.discord.stage import DiscordStage, labels_of, playing, running


@pytest.fixture
async def stage(stage: DiscordStage) -> DiscordStage:
    """A stage on which people can use the commands."""
    await stage.until(lambda: stage.calls("bulk_set_application_commands"))
    return stage


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """The core is waited for only shortly before Discord is told that an answer comes."""
    monkeypatch.setattr(reception, "_AT_ONCE_S", 0.05)


def ephemerals(stage: DiscordStage, who: str) -> list[Message]:
    """What only this person sees, beside the sign of waiting."""
    found = stage.discord.ephemerals(stage.person(who).id)
    return [each for each in found if not each.is_loading]


async def commanded(stage: DiscordStage, count: int = 1) -> Command:
    """The newest command that the core was brought."""
    await stage.intake.until(lambda: len(stage.intake.commands) == count)
    return stage.intake.commands[-1]


async def test_a_command_is_heard_at_once_and_answered_in_private(
    stage: DiscordStage, hurried: None
) -> None:
    """However long the core takes, Discord hears in time; the answer is for one person."""
    stage.intake.gate.clear()
    stage.intake.answer = Answer(text="**Ready**", buttons=())
    ann = stage.discord.person("ann")
    interaction = await ann.command("copilot", "status", channel="general")
    assert interaction.state == "deferred"
    stage.intake.gate.set()
    await stage.until(lambda: ephemerals(stage, "ann"))
    [told] = ephemerals(stage, "ann")
    assert told.content == "**Ready**"
    assert ephemerals(stage, "ben") == []
    command = await commanded(stage)
    assert command.key is None
    assert command.place.channel == stage.discord.channel("general")


async def test_a_command_that_is_answered_at_once_shows_no_waiting(stage: DiscordStage) -> None:
    """Where the core answers at once, its answer is the first that Discord hears."""
    stage.intake.answer = Answer(text="**Ready**")
    ann = stage.discord.person("ann")
    interaction = await ann.command("copilot", "status", channel="general")
    assert (interaction.state, interaction.content) == ("answered", "**Ready**")
    assert stage.calls("update_original_webhook_message") == []


@pytest.mark.parametrize("is_late", [False, True])
async def test_a_command_can_open_a_form(
    stage: DiscordStage, monkeypatch: pytest.MonkeyPatch, is_late: bool
) -> None:
    """A command is answered with a form; where it is too late for one, a button opens it."""
    if is_late:
        monkeypatch.setattr(reception, "_AT_ONCE_S", 0.05)
        stage.intake.gate.clear()
    stage.intake.answer = Answer(form=RENAME)
    ann = stage.discord.person("ann")
    await ann.command("copilot", "status", channel="dm")
    if is_late:
        stage.intake.gate.set()
        [offer] = await stage.until(lambda: ephemerals(stage, "ann"))
        assert offer.content == RENAME.about
        await ann.press(offer, "Rename")
    form = await stage.until(lambda: stage.form("ann"))
    assert form is not None
    assert form.written == "A mutex"
    stage.intake.answer = Answer()
    await stage.send("ann", "Locks")
    press = stage.intake.presses[-1]
    assert (press.text, press.key.channel) == ("Locks", ann.dm)
    if not is_late:  # the sign of waiting is gone
        await stage.until(lambda: not stage.discord.ephemerals(ann.id))


async def test_a_command_works_in_threads_and_direct_messages(stage: DiscordStage) -> None:
    """There the conversation is known."""
    prompt = await asked(stage)
    await replying(stage, prompt).close(done("A lock."))
    ann = stage.discord.person("ann")
    await ann.command("copilot", "reset", channel=prompt.key.thread)
    assert (await commanded(stage)).key == prompt.key
    await ann.command("copilot", "reset", channel="dm")
    command = await commanded(stage, 2)
    assert command.is_direct
    assert command.key == command.place


async def test_a_command_with_nothing_to_say_leaves_nothing(stage: DiscordStage) -> None:
    """The sign of waiting goes away where the thread itself says what happened."""
    ann = stage.discord.person("ann")
    await ann.command("copilot", "reset", channel="dm")
    await stage.until(lambda: not stage.discord.ephemerals(ann.id))
    assert stage.whispered("ann") == []


async def test_what_is_typed_into_an_argument_is_completed(stage: DiscordStage) -> None:
    """The core says what could be meant; what Discord takes of it is offered."""
    stage.intake.offered = ("reset", "x" * 101, "", "stop")
    ann = stage.discord.person("ann")
    choices = await ann.autocomplete("copilot", "help", "command", "re", channel="dm")
    assert [(each["name"], each["value"]) for each in choices] == [
        ("reset", "reset"),
        ("stop", "stop"),
    ]
    [(command, argument, typed)] = stage.intake.typed
    assert (command.name, command.argument, argument, typed) == ("help", "", "command", "re")
    assert command.is_direct
    assert command.author == stage.person("ann")
    stage.intake.offered = [str(number) for number in range(30)]
    assert len(await ann.autocomplete("copilot", "help", "command", "")) == 25


async def test_choices_come_in_time_and_be_it_none(
    stage: DiscordStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the core takes too long, or its database fails, nothing is offered."""
    monkeypatch.setattr(reception, "_OFFER_S", 0.01)
    ann = stage.discord.person("ann")
    stage.intake.offered = ("reset",)
    stage.intake.gate.clear()
    assert await ann.autocomplete("copilot", "help", "command", "re") == []
    stage.intake.gate.set()
    stage.intake.failures.append(StoreFull("full"))
    assert await ann.autocomplete("copilot", "help", "command", "re") == []
    assert await ann.autocomplete("copilot", "help", "command", "re") != []


async def test_a_command_is_given_with_its_argument(stage: DiscordStage) -> None:
    """What was chosen follows the command, also when it is said to the bot in words."""
    ann = stage.discord.person("ann")
    await ann.command("copilot", "help", {"command": "reset"})
    command = await commanded(stage)
    assert (command.name, command.argument) == ("help", "reset")
    await ann.say("general", ann.mention("Help Reset"))
    command = await commanded(stage, 2)
    assert (command.name, command.argument) == ("help", "Reset")


async def test_offered_threads_can_be_chosen(stage: DiscordStage) -> None:
    """What a command offers are buttons that act on other threads than where they stand."""
    here, there = await asked(stage, "here"), await asked(stage, "there")
    stage.intake.answer = Answer(
        text="Which?",
        buttons=tuple(
            Button(action="reset", value="", label=message.text, key=message.key)
            for message in (here, there)
        ),
    )
    ann = stage.discord.person("ann")
    await ann.command("copilot", "reset", channel="general")
    [offer] = await stage.until(lambda: ephemerals(stage, "ann"))
    assert list(labels_of(offer)) == ["here", "there"]
    stage.intake.answer = Answer(text="Done.")
    await ann.press(offer, "there")
    [press] = await stage.intake.until(lambda: stage.intake.presses)
    assert (press.action, press.key) == ("reset", there.key)
    await stage.until(
        lambda: [each for each in ephemerals(stage, "ann") if each.content == "Done."]
    )


async def test_a_button_works_after_a_restart() -> None:
    """All that a press needs is in the button."""
    async with playing() as discord:
        async with running(discord) as stage:
            prompt = await asked(stage)
            button = Button(action="answer", value="q1 0", label="Yes")
            reference = await stage.adapter.post(prompt.key, Post(text="?", buttons=(button,)))
        async with running(discord) as stage:
            await stage.press("ben", prompt.key, reference, "Yes")
            [press] = await stage.intake.until(lambda: stage.intake.presses)
            assert (press.action, press.value, press.key) == ("answer", "q1 0", prompt.key)


async def test_a_press_is_heard_in_time(stage: DiscordStage, hurried: None) -> None:
    """A press is acknowledged at once, whatever the core does."""
    prompt = await asked(stage)
    button = Button(action="stop", value="7", label="Stop")
    reference = await stage.adapter.post(prompt.key, Post(text="…", buttons=(button,)))
    stage.intake.gate.clear()
    await stage.press("ann", prompt.key, reference, "Stop")  # raises where nobody answers
    stage.intake.gate.set()
    await stage.intake.until(lambda: stage.intake.presses)
    assert ephemerals(stage, "ann") == []


@pytest.mark.parametrize("mistake", [False, True])
async def test_a_press_that_fails_is_told(stage: DiscordStage, mistake: bool) -> None:
    """Who pressed hears that it did not work."""
    prompt = await asked(stage)
    button = Button(action="stop", value="7", label="Stop")
    reference = await stage.adapter.post(prompt.key, Post(text="…", buttons=(button,)))
    if mistake:

        async def fail(press: object) -> Answer:
            raise ZeroDivisionError

        stage.intake.pressed = fail  # type: ignore[method-assign]
    else:
        stage.intake.failures.append(StoreFull("No space."))
    await stage.press("ann", prompt.key, reference, "Stop")
    [told] = await stage.until(lambda: ephemerals(stage, "ann"))
    assert ("error on my side" if mistake else "no space left") in told.content


async def test_a_message_is_asked_about(stage: DiscordStage) -> None:
    """The menu's prompt is that of who asked, and its answer comes at the message."""
    ben, ann = stage.discord.person("ben"), stage.discord.person("ann")
    said = await ben.say("general", "x = 1 if y else 2")
    await ann.context_menu("Ask Copilot about this", "general", said)
    [prompt] = await stage.intake.until(lambda: stage.intake.messages)
    assert (prompt.text, prompt.author.id) == ("x = 1 if y else 2", ann.id)
    assert prompt.key.thread == said
    [told] = await stage.until(lambda: ephemerals(stage, "ann"))
    assert f"<#{said}>" in told.content
    await replying(stage, prompt).close(done("A choice."))
    assert [seen.text for seen in stage.seen(prompt.key)] == ["A choice."]
    assert stage.discord.thread(said) is not None
    fetched = await stage.adapter.message(prompt.key, prompt.message_id)
    assert fetched is not None
    await stage.adapter.mark_waiting(prompt.key, prompt.message_id, is_waiting=True)
    assert stage.discord.messages("general")[0].reactions


async def test_a_picture_can_be_asked_about(stage: DiscordStage) -> None:
    """A message without words may have files to look at."""
    ben, ann = stage.discord.person("ben"), stage.discord.person("ann")
    said = await ben.say("general", "", files=[await ben.upload("a.png", b"png")])
    await ann.context_menu("Ask Copilot about this", "general", said)
    [message] = await stage.intake.until(lambda: stage.intake.messages)
    assert (message.text, [file.name for file in message.files]) == ("", ["a.png"])


async def test_a_message_without_anything_cannot_be_asked_about(stage: DiscordStage) -> None:
    """What has neither words nor files is nothing to be asked about."""
    ben, ann = stage.discord.person("ben"), stage.discord.person("ann")
    said = await ben.say("general", f"<@{stage.discord.bot_user_id}>")
    await ann.context_menu("Ask Copilot about this", "general", said)
    [told] = await stage.until(lambda: ephemerals(stage, "ann"))
    assert "nothing in that message" in told.content
    # The mention itself is somebody's, and not hers.
    assert stage.person("ann") not in [each.author for each in stage.intake.messages]


async def test_a_thread_is_reset_by_its_menu(stage: DiscordStage) -> None:
    """In the thread, and at the message that it starts from."""
    prompt = await asked(stage)
    await replying(stage, prompt).close(done("A lock."))
    ann = stage.discord.person("ann")
    [answer] = stage.messages(prompt.key)
    await ann.context_menu("Reset this thread", prompt.key.thread, answer.id)
    assert (await commanded(stage)).key == prompt.key
    await ann.context_menu("Reset this thread", "general", prompt.message_id)
    assert (await commanded(stage, 2)).key == prompt.key


async def test_a_said_command_is_answered_in_private(stage: DiscordStage) -> None:
    """`@copilot status` in a thread is for who said it, once however often it comes.

    A sign on it shows that there is an answer elsewhere.
    """
    prompt = await asked(stage)
    await replying(stage, prompt).close(done("A lock."))
    stage.intake.answer = Answer(text="**Ready**")
    said = await stage.say("ann", "status", within=prompt.key)
    command = await commanded(stage)
    assert (command.name, command.key) == ("status", prompt.key)
    await stage.until(lambda: "**Ready**" in "".join(stage.whispered("ann")))
    asking = stage.discord.message(said)
    assert asking is not None
    await stage.until(lambda: asking.reactions.get("📬"))
    await stage.edit("ann", prompt.key, said, "Status")
    await stage.heard(await stage.follow_up("ann", prompt.key, "more"))
    assert len(stage.intake.commands) == 1


async def test_a_said_command_of_who_takes_no_direct_messages(stage: DiscordStage) -> None:
    """Who cannot be written to is told so where they asked, without what is theirs alone."""
    prompt = await asked(stage)
    await replying(stage, prompt).close(done("A lock."))
    stage.discord.person("ann").close_dm()
    stage.intake.answer = Answer(text="**Ready**")
    said = await stage.say("ann", "status", within=prompt.key)
    await stage.until(lambda: len(stage.messages(prompt.key)) > 1)
    *_, told = stage.messages(prompt.key)
    assert told.content == phrases.NO_DIRECT_MESSAGE
    assert told.reference is not None
    assert told.reference["message_id"] == said


async def test_commands_are_registered_once(stage: DiscordStage) -> None:
    """At a second start nothing has changed, and nothing is registered."""
    async with running(stage.discord) as again:
        await again.until(lambda: len(stage.calls("list_application_commands")) == 2)
        await again.heard(await again.say("ann", "hi"))
        assert len(stage.calls("bulk_set_application_commands")) == 1


async def test_a_failing_registration_ends_nothing() -> None:
    """Without its commands the bot still talks."""
    async with playing() as discord:
        discord.faults.turn_on(
            "server_error", calls=1, status=503, routes=["list_application_commands"]
        )
        async with running(discord) as stage:
            await stage.heard(await stage.say("ann", "hi"))
            assert stage.calls("bulk_set_application_commands") == []


async def test_an_end_in_the_middle_of_a_press_ends_it(hurried: None) -> None:
    """Nothing is left behind when the bot stops while somebody waits."""
    async with playing() as discord:
        async with running(discord) as stage:
            await discord.until(lambda: stage.calls("bulk_set_application_commands"))
            stage.intake.gate.clear()
            await discord.person("ann").command("copilot", "status", channel="general")
        assert stage.running.cancelled()
        assert not [task for task in asyncio.all_tasks() if "press" in task.get_name()]
