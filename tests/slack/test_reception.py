"""What people do in Slack reaches the core, and is acknowledged when it may be."""

from __future__ import annotations

import pytest
from structlog.testing import capture_logs

from adapters.slack import reception
from bot.errors import StoreFull
from bot.messages import Answer, Button, Post
from tests.contracts.chat import RENAME, asked, heard
from tests.slack.stage import SlackStage, staged


async def settled(stage: SlackStage) -> None:
    """Wait until every event was acknowledged."""
    await stage.until(lambda: not stage.slack.socket.unacknowledged)


async def test_both_events_of_a_mention_reach_the_core_as_one_message(stage: SlackStage) -> None:
    """Whichever event comes first, and however often, it is the same message."""
    stage.slack.faults.turn_on("redeliver")
    await asked(stage, "one")
    stage.slack.faults.turn_on("double_mention")
    await asked(stage, "two")
    await settled(stage)
    assert len(stage.intake.messages) >= 8
    assert len(set(stage.intake.messages)) == 2
    assert stage.intake.messages[0].author == stage.person("ann")


async def test_an_event_is_acknowledged_after_the_core_has_it(stage: SlackStage) -> None:
    """As long as the core works on a message, Slack is not told that it arrived."""
    stage.intake.gate.clear()
    await stage.say("ann", "hold on")
    await stage.until(lambda: stage.slack.socket.log and stage.slack.socket.unacknowledged)
    assert stage.intake.messages == []
    stage.intake.gate.set()
    await settled(stage)
    assert len(set(stage.intake.messages)) == 1


async def test_a_message_that_cannot_be_kept_is_delivered_again(stage: SlackStage) -> None:
    """Its author is told once, with a Retry button; Slack delivers it until it is kept."""
    full = StoreFull("No space is left.")
    stage.intake.failures.extend([full, full, full])
    message_id = await stage.say("ann", "keep this")
    message = await heard(stage, message_id)
    await settled(stage)
    await stage.until(lambda: stage.seen(message.key))
    [apology] = stage.seen(message.key)
    assert "no space left" in apology.text
    assert apology.buttons == ("Retry",)
    await stage.press("ann", message.key, apology.reference, "Retry")
    [press] = await stage.intake.until(lambda: stage.intake.presses)
    assert (press.action, press.value, press.key) == ("retry", message_id, message.key)


async def test_a_bug_in_the_core_loses_nothing(
    stage: SlackStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When the core fails in a way that nobody foresaw, Slack delivers the event again."""
    keep, times = stage.intake.message, iter([True, True])

    async def failing(message: object) -> None:
        if next(times, False):
            raise ZeroDivisionError
        await keep(message)  # type: ignore[arg-type]

    monkeypatch.setattr(stage.intake, "message", failing)
    assert (await asked(stage, "again")).text == "again"
    await settled(stage)
    assert stage.adapter.is_connected


async def test_a_command_in_a_channel_is_answered_in_private(stage: SlackStage) -> None:
    """`/copilot reset` in a channel is answered to its author alone, with working buttons."""
    thread = await asked(stage)
    button = Button(action="reset", value="", label="A mutex", key=thread.key)
    stage.intake.answer = Answer(text="Which of your threads?", buttons=(button,))
    await stage.slack.person("ann").slash("/copilot", "reset", "general")
    [command] = stage.intake.commands
    assert (command.name, command.key, command.place.channel) == ("reset", None, stage.general)
    [whisper] = await stage.until(lambda: stage.whispers("ann"))
    assert "Which of your threads?" in stage.whispered("ann")[0]
    assert stage.whispered("ben") == []
    await stage.press_on("ann", whisper, "A mutex")
    [press] = await stage.intake.until(lambda: stage.intake.presses)
    assert (press.action, press.key) == ("reset", thread.key)


async def test_a_command_can_open_a_form(stage: SlackStage) -> None:
    """A slash command is answered with a form, which acts on where it was typed."""
    stage.intake.answer = Answer(form=RENAME)
    ann = stage.slack.person("ann")
    await ann.slash("/copilot", "rename", "dm")
    await stage.until(lambda: stage.form("ann"))
    stage.intake.answer = Answer(text="Renamed.")
    assert await stage.send("ann", "Locks") == ""
    [press] = stage.intake.presses
    assert (press.text, press.key.channel) == ("Locks", ann.dm)
    await stage.until(lambda: "Renamed." in str(stage.slack.messages(ann.dm)))


async def test_a_command_in_words_offers_a_button_for_its_form(stage: SlackStage) -> None:
    """What is said opens nothing: whoever said it presses a button first."""
    thread = await asked(stage)
    stage.intake.answer = Answer(form=RENAME)
    await stage.say("ann", "status", within=thread.key)
    [whisper] = await stage.until(lambda: stage.whispers("ann"))
    await stage.press_on("ann", whisper, "Rename")
    await stage.until(lambda: stage.form("ann"))
    [press] = stage.intake.presses
    assert (press.action, press.value, press.key) == ("rename", "2", thread.key)


async def test_a_form_that_slack_does_not_open_is_offered(stage: SlackStage) -> None:
    """Where Slack is too slow to open a form, a button for it is shown instead."""
    thread = await asked(stage)
    button = Button(action="rename", value="1", label="Rename…")
    reference = await stage.adapter.post(thread.key, Post(text="A.", buttons=(button,)))
    stage.slack.faults.turn_on("server_error", methods=["views.open"])
    stage.intake.answer = Answer(form=RENAME)
    await stage.press("ann", thread.key, reference, "Rename…")
    await stage.until(lambda: stage.whispers("ann"))
    assert "What shall it be called?" in stage.whispered("ann")[0]


async def test_a_form_that_fails_stays_open(stage: SlackStage) -> None:
    """A database that fails while a form is sent is told in the form, with the words in it."""
    await asked(stage)
    stage.intake.answer = Answer(form=RENAME)
    await stage.slack.person("ann").slash("/copilot", "rename", "dm")
    await stage.until(lambda: stage.form("ann"))
    stage.intake.failures.append(StoreFull("No space."))
    assert "no space left" in await stage.send("ann", "Locks")
    assert stage.form("ann") is not None
    stage.intake.answer = Answer()
    assert await stage.send("ann", "Locks") == ""
    assert [press.text for press in stage.intake.presses] == ["Locks"]


async def test_a_form_that_is_refused_late_loses_no_words(
    stage: SlackStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the core takes longer than Slack waits, a refusal comes with what was written."""
    thread = await asked(stage)
    button = Button(action="rename", value="1", label="Rename…")
    reference = await stage.adapter.post(thread.key, Post(text="A.", buttons=(button,)))
    stage.intake.answer = Answer(form=RENAME)
    await stage.press("ann", thread.key, reference, "Rename…")
    await stage.until(lambda: stage.form("ann"))
    monkeypatch.setattr(reception, "_ACK_S", 0.05)
    stage.intake.gate.clear()
    stage.intake.answer = Answer(text="That is over.", is_refused=True)
    assert await stage.send("ann", "my long words") == ""
    stage.intake.gate.set()
    await stage.until(lambda: stage.whispers("ann"))
    assert "That is over." in stage.whispered("ann")[0]
    assert "my long words" in stage.whispered("ann")[0]


async def test_a_command_in_a_direct_message_is_about_it(stage: SlackStage) -> None:
    """`/copilot status` in a direct message is about that conversation."""
    direct = await asked(stage, is_direct=True)
    await stage.slack.person("ann").slash("/copilot", "status", "dm")
    [command] = stage.intake.commands
    assert (command.key, command.is_direct) == (direct.key, True)


async def test_a_slow_core_does_not_hold_an_acknowledgement_up(
    stage: SlackStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A command is acknowledged in time even if the core is not done; the answer comes later."""
    monkeypatch.setattr("adapters.slack.reception._ACK_S", 0.01)
    stage.intake.gate.clear()
    stage.intake.answer = Answer(text="At last.")
    await stage.slack.person("ann").slash("/copilot", "help", "general")
    assert stage.whispered("ann") == []
    stage.intake.gate.set()
    await stage.until(lambda: "At last." in "".join(stage.whispered("ann")))


async def test_a_command_that_cannot_be_kept_says_so(stage: SlackStage) -> None:
    """When the core cannot write, the command's author is told, and nobody else."""
    stage.intake.failures.append(StoreFull("No space is left."))
    await stage.slack.person("ann").slash("/copilot", "reset", "general")
    await stage.until(lambda: "no space left" in "".join(stage.whispered("ann")))


@pytest.mark.parametrize("word", ["help", "reset"])
async def test_a_word_to_the_bot_is_one_command(stage: SlackStage, word: str) -> None:
    """`@bot help` in a thread is one command, though it comes as two events, answered once."""
    thread = await asked(stage)
    stage.intake.answer = Answer(text="Here you are.")
    stage.slack.faults.turn_on("redeliver")
    await stage.say("ann", word, within=thread.key)
    await settled(stage)
    await stage.until(lambda: stage.whispers("ann"))
    [command] = stage.intake.commands
    assert (command.name, command.key) == (word, thread.key)
    [whisper] = stage.whispers("ann")
    assert whisper.thread_ts == thread.key.thread


async def test_the_shortcut_resets_the_thread(stage: SlackStage) -> None:
    """The message shortcut is the command reset for its message's thread."""
    thread = await asked(stage)
    await stage.slack.person("ann").shortcut("reset_session", stage.general, thread.message_id)
    [command] = stage.intake.commands
    assert (command.name, command.key) == ("reset", thread.key)


async def test_channel_talk_is_not_looked_at(stage: SlackStage) -> None:
    """What is said without a mention costs nothing: nothing is stored, nobody is looked up."""
    await stage.slack.person("ben").say("general", "lunch?")
    await settled(stage)
    assert stage.intake.messages == []
    assert stage.slack.record.calls("users.info") == []


async def test_slack_is_asked_who_we_are_once(stage: SlackStage) -> None:
    """However many events come, `auth.test` is called once, and each person looked up once."""
    for number in range(3):
        await asked(stage, f"question {number}")
    await settled(stage)
    assert len(stage.slack.record.calls("auth.test")) == 1
    assert len(stage.slack.record.calls("users.info")) == 1


async def test_names_are_not_needed(stage: SlackStage) -> None:
    """When Slack does not say what people are called, their messages come without names."""
    stage.slack.faults.turn_on("server_error", methods=["users.info"], calls=None)
    message = await asked(stage, "hi")
    assert message.author.name == ""


async def test_a_name_that_takes_long_lets_nobody_overtake(stage: SlackStage) -> None:
    """A message whose author must be looked up first comes before those said after it."""
    thread = await asked(stage)
    stage.slack.faults.turn_on("slow", ms=100, methods=["users.info"])
    general, root = thread.key.channel, thread.key.thread
    first = await stage.slack.person("ben").say(general, "me too", root)
    second = await stage.slack.person("ann").say(general, "and?", root)
    await heard(stage, second)
    said = dict.fromkeys(message.message_id for message in stage.intake.messages)
    assert list(said) == [thread.message_id, first, second]


async def test_odd_envelopes_are_logged_once(stage: SlackStage) -> None:
    """Malformed, unknown and oversized events are acknowledged and logged once each."""
    with capture_logs() as logs:
        for _ in range(3):
            for event in (
                {},
                {"type": None},
                {"type": "galaxy_merged"},
                {"type": "message", "channel": [], "text": "x" * 1_000_000},
                {"type": "app_mention", "user": "U1", "channel": "C1", "ts": "now"},
                {"type": "message", "subtype": "message_changed", "message": "no"},
            ):
                stage.slack.socket.deliver(
                    {"type": "event_callback", "team_id": "T1", "event_id": "Ev", "event": event}
                )
            stage.slack.socket.deliver({"type": "event_callback", "event": "no object"})
            stage.slack.socket.deliver({"authorizations": "?", "event": [], "type": 5})
        await settled(stage)
    odd = [log["kind"] for log in logs if log["event"] == "slack.odd"]
    assert len(odd) == len(set(odd)) >= 4
    assert "xxx" not in str(logs)
    assert (await asked(stage, "still here?")).text == "still here?"


@pytest.mark.parametrize("after", [False, True])
async def test_a_post_is_made_once(stage: SlackStage, after: bool) -> None:
    """A post that fails is made again, unless it was carried out after all."""
    prompt = await asked(stage)
    stage.slack.faults.turn_on("server_error", methods=["chat.postMessage"], calls=1, after=after)
    reference = await stage.adapter.post(prompt.key, Post(text="Sure?"))
    assert [seen.reference for seen in stage.seen(prompt.key)] == [reference]


async def test_environment_variables_of_other_apps_do_not_matter(
    stage: SlackStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Bolt reads settings of its own from the environment: they change nothing."""
    for name in ("CLIENT_ID", "CLIENT_SECRET", "BOT_TOKEN", "APP_TOKEN", "SIGNING_SECRET"):
        monkeypatch.setenv(f"SLACK_{name}", "another")
    async with staged() as other:
        assert (await asked(other, "hello")).text == "hello"
