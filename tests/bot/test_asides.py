"""What is said between people in a thread of the bot's: asides, and a mute."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bot.gate import is_aside
from bot.keys import SessionKey
from bot.messages import IncomingMessage
from bot.phrases import conduct
from tests.bot.stage import Stage, settle
from tests.fakes.chat import ANN, BEN


@pytest.mark.parametrize(
    ("text", "mentions_bot", "expected"),
    [
        ("(aside) lunch?", False, True),
        (" (Aside)lunch?", True, True),
        ("((lunch?))", False, True),
        ("((lambda (x) x) 1)", True, False),
        ("(a side) lunch", False, False),
        ("lunch (aside)", False, False),
    ],
)
def test_asides(text: str, mentions_bot: bool, expected: bool) -> None:
    """A message that begins with (aside) is one; with two brackets where the bot is not called."""
    message = IncomingMessage(
        key=SessionKey(platform="fake", workspace="W", channel="C", thread="T"),
        message_id="1",
        author=ANN,
        text=text,
        sent_at=datetime(2026, 1, 1, tzinfo=UTC),
        mentions_bot=mentions_bot,
    )
    assert is_aside(message) is expected


async def test_an_aside_is_not_answered_and_told_later(stage: Stage) -> None:
    """It is ignored, mention or not; the next message tells it, once."""
    said = await stage.say("echo: one")
    await stage.say("(aside) is it lunch yet?", to=said)
    await stage.say("((soon))", to=said, mention=False)
    assert stage.texts(said) == ["one"]
    await stage.say("echo: two", to=said)
    told = stage.prompts()[1]
    assert "> (aside) is it lunch yet?" in told
    assert "> ((soon))" in told
    assert "echo: one" not in told
    await stage.say("echo: three", to=said)
    assert stage.prompts()[2] == "echo: three"


async def test_an_aside_in_a_direct_message(stage: Stage) -> None:
    """Also in a direct message it is ignored, and told later."""
    said = await stage.say("echo: one", is_direct=True)
    await stage.chat.say("(aside) to myself", thread=said.key.thread, is_direct=True)
    await stage.chat.say("echo: two", thread=said.key.thread, is_direct=True)
    await settle()
    assert stage.texts(said) == ["one", "two"]
    assert "> (aside) to myself" in stage.prompts()[1]


async def test_an_aside_by_another_makes_the_thread_shared(stage: Stage) -> None:
    """Where people speak with each other, what they say without a mention is not for the bot."""
    said = await stage.say("echo: one")
    await stage.say("(aside) lunch?", by=BEN, to=said, mention=False)
    await stage.say("echo: yes", to=said, mention=False)
    assert stage.texts(said) == ["one"]


async def test_an_aside_elsewhere_makes_no_thread(stage: Stage) -> None:
    """Where there is no conversation, there is none afterwards."""
    said = await stage.say("(aside) hello")
    assert await stage.store.thread(said.key) is None


async def test_an_aside_does_not_steer(stage: Stage) -> None:
    """During a turn it is ignored as well."""
    hold = stage.runtime.hold("one")
    said = await stage.say("echo: one")
    await stage.chat.command("mode", key=said.key, argument="steer")
    await stage.say("(aside) hm", to=said)
    hold.release()
    await settle()
    assert stage.texts(said) == ["one"]
    assert stage.prompts() == ["echo: one"]


async def test_a_muted_thread_answers_mentions_only(stage: Stage) -> None:
    """Nothing is answered without a mention until it is unmuted, and all of it is told later."""
    said = await stage.say("echo: one")
    assert (await stage.chat.command("mute", key=said.key)).text == conduct.MUTED
    await stage.say("echo: muted", to=said, mention=False)
    assert stage.texts(said) == ["one"]
    await stage.say("echo: two", to=said)
    assert "> echo: muted" in stage.prompts()[1]
    unmuted = await stage.chat.command("mute", key=said.key, argument="off")
    assert unmuted.text == conduct.UNMUTED
    await stage.say("echo: three", to=said, mention=False)
    assert stage.texts(said) == ["one", "two", "three"]


async def test_mute_is_for_threads(stage: Stage) -> None:
    """In a channel it is asked which thread is meant; a direct message cannot be muted."""
    said = await stage.say("echo: one")
    [button] = (await stage.chat.command("mute")).buttons
    assert (button.action, button.key) == ("mute", said.key)
    direct = await stage.say("echo: one", is_direct=True)
    answer = await stage.chat.command("mute", key=direct.key)
    assert answer.text == conduct.NOT_IN_DIRECT
    what = await stage.chat.command("mute", key=said.key, argument="perhaps")
    assert what.text == conduct.MUTE_WHAT
