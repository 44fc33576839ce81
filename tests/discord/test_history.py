"""What was said before the bot was asked."""

from __future__ import annotations

from typing import Any

import pytest

from adapters.discord import history
from bot.messages import PastMessage
from playground.discord.attachments import Upload
from playground.discord.drafts import Draft, NewFile
from playground.discord.mentions import ANYBODY
from playground.discord.options import ChannelOption
from playground.discord.users import User
from tests.contracts.chat import asked, done, replying
from tests.discord.stage import DiscordStage, staged

NARROW = ChannelOption(name="narrow", denied=("CREATE_PUBLIC_THREADS",))
WEATHER = User(id="77", username="weather", global_name=None, color="000000", is_bot=True)


def texts(past: Any) -> list[str]:
    """What was said."""
    return [each.text for each in past]


def requests(stage: DiscordStage) -> int:
    """How often Discord was asked for something that was said, or where."""
    names = ("list_messages", "get_message", "get_channel")
    return sum(len(stage.calls(name)) for name in names)


async def test_a_thread_begins_with_the_message_that_it_was_started_from(
    stage: DiscordStage,
) -> None:
    """It stands in the channel, and in the thread for whoever reads there: no call more."""
    ben, ann = stage.discord.person("ben"), stage.discord.person("ann")
    upload = await ben.upload("plan.txt", b"1. sleep")
    said = await ben.say("general", "here is the plan", files=[upload])
    thread = await ben.start_thread("general", "Plans", said)
    await ben.say(thread, "and?")
    prompt = await stage.heard(await ann.say(thread, ann.mention("is it good?")))
    before = requests(stage)
    past = await stage.adapter.history(prompt.key, limit=10)
    assert texts(past) == ["here is the plan", "and?", "is it good?"]
    assert [each.author.name for each in past] == ["Ben Baker", "Ben Baker", "Ann Archer"]
    assert requests(stage) - before == 1
    [file] = past[0].files
    stage.discord.faults.turn_on("expire_files")
    assert await stage.adapter.fetch(file, most=100) == b"1. sleep"
    assert texts(await stage.adapter.history(prompt.key, limit=1)) == ["is it good?"]
    assert await stage.adapter.history(prompt.key, limit=0) == []


async def test_a_loose_thread_begins_with_itself(stage: DiscordStage) -> None:
    """Where no message began the thread, none is made up; Discord's own lines are left out."""
    ann = stage.discord.person("ann")
    thread = await ann.start_thread("general", "Talk")
    prompt = await stage.heard(await ann.say(thread, ann.mention("hi")))
    await stage.discord.person("ada").rename(thread, "Small talk")
    assert texts(await stage.adapter.history(prompt.key, limit=10)) == ["hi"]


async def test_a_long_thread_is_read_in_few_calls(
    stage: DiscordStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The newest are read, a page to a call, and five calls at most."""
    monkeypatch.setattr(history, "_PAGE", 10)
    ann = stage.discord.person("ann")
    thread = await ann.start_thread("general", "Talk")
    prompt = await stage.heard(await ann.say(thread, ann.mention("begin")))
    for number in range(62):
        await ann.say(thread, f"number {number}")
    before = requests(stage)
    past = await stage.adapter.history(prompt.key, limit=15)
    assert texts(past) == [f"number {number}" for number in range(47, 62)]
    assert requests(stage) - before == 2
    before = requests(stage)
    past = await stage.adapter.history(prompt.key, limit=10_000)
    assert texts(past)[-1] == "number 61"
    assert len(past) == 50
    assert requests(stage) - before == 5


async def test_a_chain_is_followed_to_where_it_begins() -> None:
    """Of all that is said in a channel, what belongs to the chain is read, and not past it."""
    async with staged(channels=(NARROW,)) as stage:
        ann, ben = stage.discord.person("ann"), stage.discord.person("ben")
        for number in range(120):
            await ben.say("narrow", f"before {number}")
        first = await stage.heard(await ann.say("narrow", ann.mention("what is a mutex?")))
        await replying(stage, first).close(done("A lock."))
        for number in range(120):
            await ben.say("narrow", f"between {number}")
        [answer] = stage.chain(first.key)
        await ben.say("narrow", "and then?", answer.id)
        before = requests(stage)
        past = await stage.adapter.history(first.key, limit=50)
        assert texts(past) == ["what is a mutex?", "A lock.", "and then?"]
        assert [each.is_ours for each in past] == [False, True, False]
        assert requests(stage) - before == 2


async def test_everybody_and_everything_is_told(stage: DiscordStage) -> None:
    """Other programs speak as well, with embeds and files; replies, forwards, polls are read."""
    ann, ben = stage.discord.person("ann"), stage.discord.person("ben")
    post = await ben.start_post("help", "Rain?", "will it rain?")
    guild = stage.discord.guild
    guild.users[WEATHER.id] = WEATHER
    guild.post(
        guild.channels[post],
        WEATHER,
        Draft(
            content="",
            allowed=ANYBODY,
            embeds=[{"type": "rich", "title": "Tomorrow", "description": "Sun, 20 °C"}],
            new_files=(NewFile(upload=Upload(filename="map.png", content=b"map")),),
        ),
    )
    elsewhere = await ann.say("random", "I `never` said that")
    await ann.forward("random", elsewhere, post)
    await ann.start_poll(post, "Umbrella?", ["Yes", "No"])
    await ann.stick(post, "umbrella")
    await ann.say(post, "so?", post)
    prompt = await stage.heard(await ann.say(post, ann.mention("well?")))
    past = await stage.adapter.history(prompt.key, limit=20)
    assert texts(past) == [
        "will it rain?",
        "> **Tomorrow**\n> Sun, 20 °C",
        "[Forwarded message]\n> I `never` said that",
        "[Poll: Umbrella?]\n- Yes\n- No",
        "[Sticker: umbrella]",
        "> @Ben Baker: will it rain?\n\nso?",
        "well?",
    ]
    weather = past[1]
    assert (weather.author.is_bot, weather.is_ours) == (True, False)
    assert [file.name for file in weather.files] == ["map.png"]


async def test_an_odd_message_spoils_no_history(stage: DiscordStage) -> None:
    """What makes no sense is left out; all else is told."""
    prompt = await asked(stage, "hi", is_direct=True)
    channel = stage.discord.guild.channels[prompt.key.channel]
    ann = stage.discord.person("ann")
    odd = stage.discord.message(await ann.say("dm", "odd"))
    assert odd is not None
    odd.embeds = [{"title": 7, "fields": None}, "no embed"]  # type: ignore[list-item]
    odd.stickers = [{"name": None}]
    odd.poll = {"question": "?", "answers": [None]}
    odd.reference = {"type": "x"}
    await ann.say("dm", "bye")
    assert texts(await stage.adapter.history(prompt.key, limit=10)) == ["hi", "odd", "bye"]
    assert len(channel.messages) == 3


@pytest.mark.parametrize("is_direct", [True, False])
async def test_our_own_are_recognised(stage: DiscordStage, is_direct: bool) -> None:
    """What the bot said is ours, also its files."""
    prompt = await asked(stage, "hi", is_direct=is_direct)
    await replying(stage, prompt).close(done("Hello."))
    past: list[PastMessage] = list(await stage.adapter.history(prompt.key, limit=10))
    assert [(each.text, each.is_ours) for each in past] == [("hi", False), ("Hello.", True)]


async def test_where_history_may_not_be_read_that_is_all() -> None:
    """Without the permission Discord shows nothing of what was said."""
    async with staged() as stage:
        prompt = await asked(stage, "hi", is_direct=True)
        stage.discord.faults.turn_on("missing_permission", permissions=["READ_MESSAGE_HISTORY"])
        assert await stage.adapter.history(prompt.key, limit=10) == []
