"""The list of what waits in a thread, in `status`, and what can be done with one's own."""

from __future__ import annotations

from dataclasses import replace

from bot.budgets import read_budgets
from bot.gate import Access
from bot.mailbox import EntryState
from bot.messages import Button, IncomingMessage
from bot.modes import Mode
from bot.phrases import conduct
from bot.workplace import Limits
from tests.bot.stage import Stage, settle, staged
from tests.fakes.chat import ANN, BEN


async def three_waiting(stage: Stage) -> tuple[IncomingMessage, list[IncomingMessage]]:
    """A message that is held, and three that wait behind it: the second is Ben's."""
    stage.runtime.hold("one")
    first = await stage.say("echo: one")
    words = (("two", ANN), ("three", BEN), ("four", ANN))
    return first, [await stage.say(f"echo: {word}", by=by, to=first) for word, by in words]


def named(buttons: tuple[Button, ...], label: str) -> Button:
    """The button of a label."""
    [found] = [each for each in buttons if each.label == label]
    return found


async def test_status_lists_what_waits(stage: Stage) -> None:
    """In its order, with whose it is; buttons are there for one's own."""
    first, _ = await three_waiting(stage)
    answer = await stage.chat.command("status", key=first.key)
    assert f"1. {ANN.name}: echo: two\n2. {BEN.name}: echo: three\n3. {ANN.name}" in answer.text
    assert [button.label for button in answer.buttons] == [
        "1: Edit",
        "1: Drop",
        "3: Do this first",
        "3: Edit",
        "3: Drop",
    ]
    theirs = await stage.chat.command("status", key=first.key, by=BEN)
    assert [button.label[:2] for button in theirs.buttons] == ["2:"] * 3


async def test_what_waits_is_dropped_changed_and_done_first(stage: Stage) -> None:
    """Each button does as it says, and what is answered then follows it."""
    first, waiting = await three_waiting(stage)
    buttons = (await stage.chat.command("status", key=first.key)).buttons
    dropped = await stage.chat.press_button(named(buttons, "1: Drop"), first.key)
    assert dropped.text == conduct.WAITING_DONE["drop"]
    assert stage.entry_state(waiting[0]) is EntryState.WITHDRAWN
    await settle()
    assert waiting[0].message_id not in stage.chat.waiting
    promoted = await stage.chat.press_button(named(buttons, "3: Do this first"), first.key)
    assert promoted.text == conduct.WAITING_DONE["first"]
    answer = await stage.chat.press_button(named(buttons, "3: Edit"), first.key)
    assert answer.form is not None
    assert answer.form.prefill == "echo: four"
    sent = await stage.chat.submit("echo: 4")
    assert sent.text == conduct.WAITING_DONE["edit"]
    stage.runtime._holds[0].release()
    await settle()
    assert stage.texts(first) == ["one", "4", "three"]


async def test_nobody_changes_what_another_said(stage: Stage) -> None:
    """A button of another's, or of what waits no more, changes nothing."""
    first, waiting = await three_waiting(stage)
    buttons = (await stage.chat.command("status", key=first.key)).buttons
    drop = named(buttons, "1: Drop")
    refused = await stage.chat.press_button(drop, first.key, by=BEN)
    assert refused.is_refused
    other = await stage.say("echo: elsewhere")
    elsewhere = await stage.chat.press_button(replace(drop, key=other.key), other.key)
    assert elsewhere.is_refused
    assert stage.entry_state(waiting[0]) is EntryState.QUEUED
    await stage.chat.press_button(drop, first.key)
    again = await stage.chat.press_button(drop, first.key)
    assert (again.text, again.is_refused) == (conduct.WAITS_NO_MORE, True)


async def test_status_tells_what_is_chosen_and_what_is_left() -> None:
    """Model, effort, mode, profile, mute and budgets stand in it."""
    limits = Limits(has_footer=False, budgets=read_budgets("thread: 1k tokens"), mode=Mode.STEER)
    async with staged(limits=limits, access=Access()) as stage:
        said = await stage.say("echo: one")
        text = (await stage.chat.command("status", key=said.key)).text
        assert "- model: the default\n- mode: steer, profile: chat\n" in text
        assert "- This conversation's budget: 2 of 1,000 tokens" in text
        await stage.store.set_choices(said.key, model="third", effort="high", is_muted=True)
        text = (await stage.chat.command("status", key=said.key)).text
        assert "- model: `third`, effort high" in text
        assert "muted" in text
        assert "Waiting" not in text
