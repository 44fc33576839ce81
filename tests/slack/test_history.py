"""What was said in a thread before."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import pytest

from adapters.slack.manifest import manifest
from bot.keys import SessionKey
from bot.messages import Post
from bot.splitting import split
from playground.slack.workspace import Content
from tests.contracts.chat import asked, done, heard, replying
from tests.slack.stage import SlackStage


@contextmanager
def unheard(stage: SlackStage, channel: str) -> Iterator[None]:
    """The bot is not there for a while, so that it is not told of each message."""
    members = stage.slack.workspace.channels[channel].members
    members.remove(stage.slack.bot_user_id)
    yield
    members.append(stage.slack.bot_user_id)


async def test_a_long_thread_is_read_from_its_end(stage: SlackStage) -> None:
    """The newest messages of a thread of more than a thousand are found in a few calls."""
    prompt = await asked(stage, "root")
    ben = stage.slack.person("ben")
    with unheard(stage, stage.general):
        for number in range(1_200):
            await ben.say("general", f"reply {number}", prompt.key.thread)
    before = len(stage.calls("conversations.replies"))
    past = await stage.adapter.history(prompt.key, limit=30)
    assert [each.text for each in past] == [f"reply {number}" for number in range(1_170, 1_200)]
    assert len(stage.calls("conversations.replies")) - before <= 6


@pytest.mark.parametrize("burst", [1, 500, 1_100])
async def test_an_uneven_thread_is_read_from_its_end(stage: SlackStage, burst: int) -> None:
    """However unevenly people wrote, the newest messages are the newest."""
    prompt = await asked(stage, "root")
    channel = stage.slack.workspace.channels[prompt.key.channel]
    root = channel.messages[prompt.key.thread]
    # Years ago, and then all at once.
    moments = [100_000 + number for number in range(1_200 - burst)]
    root.ts = "1000.000000"
    channel.messages[root.ts] = root
    key = SessionKey(
        platform="slack", workspace=prompt.key.workspace, channel=channel.id, thread=root.ts
    )
    stamps = [f"{moment}.000000" for moment in moments]
    stamps += [f"90000000.{number:06d}" for number in range(burst)]
    with unheard(stage, channel.id):
        for number, ts in enumerate(stamps):
            content = Content(text=f"reply {number}")
            message = stage.slack.workspace.post(channel, content, root=root)
            del channel.messages[message.ts]
            root.replies[-1] = message.ts = ts
            channel.messages[ts] = message
    past = await stage.adapter.history(key, limit=30)
    assert [each.text for each in past] == [f"reply {number}" for number in range(1_170, 1_200)]


async def test_a_long_direct_message_is_read_from_its_end(stage: SlackStage) -> None:
    """The top level of a direct message is read from its end as well, page by page."""
    ann = stage.slack.person("ann")
    with unheard(stage, ann.dm):
        for number in range(1_100):
            await ann.say("dm", f"number {number}")
    key = SessionKey(platform="slack", workspace=stage.slack.team_id, channel=ann.dm)
    past = await stage.adapter.history(key, limit=1_050)
    assert [each.text for each in past] == [f"number {number}" for number in range(50, 1_100)]
    assert [each.text for each in await stage.adapter.history(key, limit=2)] == [
        "number 1098",
        "number 1099",
    ]


async def test_who_said_what_to_whom(stage: SlackStage) -> None:
    """People, ourselves and other bots are told apart, and names stand in place of ids."""
    prompt = await asked(stage, "hello")
    ben, general = stage.slack.person("ben"), stage.general
    reply = f"<@{stage.slack.person('ann').id}> see <#{general}> and <@U0NOBODY>"
    await heard(stage, await ben.say("general", reply, prompt.key.thread))
    await stage.adapter.post(prompt.key, Post(text="I am the *bot*."))
    channel = stage.slack.workspace.channels[general]
    other = stage.slack.workspace.post(
        channel,
        Content(blocks=[{"type": "section", "text": {"type": "mrkdwn", "text": "*Build* passed"}}]),
        root=channel.messages[prompt.key.thread],
        subtype="bot_message",
        is_broadcast=True,
    )
    other.user, other.app, other.username = "U0OTHER", None, "CI"
    past = await stage.adapter.history(prompt.key, limit=10)
    assert [(each.author.name, each.author.is_bot, each.is_ours, each.text) for each in past] == [
        ("ann", False, False, "hello"),
        ("ben", False, False, "@ann see #general and @U0NOBODY"),
        ("copilot", True, True, "I am the *bot*."),
        ("CI", True, False, "**Build** passed"),
    ]
    assert all(isinstance(each.sent_at, datetime) for each in past)


async def test_what_nobody_said_is_left_out(stage: SlackStage) -> None:
    """Messages that say that somebody joined, and those that are gone, are not in it."""
    prompt = await asked(stage, "hello")
    joined = await stage.slack.person("ben").say("general", "joined", prompt.key.thread)
    channel = stage.slack.workspace.channels[stage.general]
    channel.messages[joined].subtype = "channel_join"
    assert [each.text for each in await stage.adapter.history(prompt.key, limit=9)] == ["hello"]
    await stage.slack.person("ann").delete("general", prompt.message_id)
    assert await stage.adapter.history(prompt.key, limit=9) == []


async def test_names_that_do_not_come_fail_nothing(stage: SlackStage) -> None:
    """When Slack does not tell what people are called, they are called by their ids."""
    stage.slack.faults.turn_on("server_error", methods=["users.info"], calls=None)
    prompt = await asked(stage, "hello")
    [past] = await stage.adapter.history(prompt.key, limit=9)
    assert (past.author.id, past.author.name) == (stage.slack.person("ann").id, "")


class TestWithoutNames:
    """An app that may not know what channels and groups are called."""

    @pytest.fixture
    def playground_options(self) -> dict[str, Any]:
        """The scopes are missing."""
        old = manifest()
        scopes = old["oauth_config"]["scopes"]["bot"]
        kept = [each for each in scopes if each not in {"channels:read", "usergroups:read"}]
        old["oauth_config"]["scopes"]["bot"] = kept
        return {"manifest": old}

    async def test_scopes_that_are_missing_fail_nothing(self, stage: SlackStage) -> None:
        """Ids stand where names cannot be had, and Slack is not asked again and again."""
        for _ in range(3):
            message = await asked(stage, "see <#C0SECRET> and <!subteam^S0GROUP>")
            assert message.text == "see #C0SECRET and @S0GROUP"
        assert len(stage.calls("conversations.info")) == 1
        assert len(stage.calls("usergroups.list")) == 1


async def test_an_answer_links_to_the_channels_that_it_names(stage: SlackStage) -> None:
    """A public channel that Copilot names becomes a link to it, once it is known."""
    prompt = await asked(stage)
    async with asyncio.timeout(10):
        while not stage.adapter._glossary.channels.public:  # noqa: ASYNC110
            await asyncio.sleep(0)  # the list is on its way
    said = "Ask in #general, not in #nowhere."
    [shown] = split(said, 1_000, dialect=stage.adapter.capabilities.dialect)
    await replying(stage, prompt).close(done(shown))
    address = f"{stage.slack.base_url}/archives/{stage.general}"
    assert [each.text for each in stage.seen(prompt.key)] == [
        f"Ask in [#general]({address}), not in #nowhere."
    ]
