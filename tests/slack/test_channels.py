"""The channels that people can name."""

from __future__ import annotations

from tests.contracts.chat import asked
from tests.slack.stage import SlackStage


async def test_a_channel_that_one_is_not_in_is_not_found(stage: SlackStage) -> None:
    """Only the channels that a person is in count, also where the bot is in others."""
    prompt = await asked(stage)
    stage.slack.workspace.channels[stage.slack.channel("random")].members.remove(prompt.author.id)
    assert await stage.adapter.channel(prompt.key, prompt.author, "#random") is None
    assert await stage.adapter.channel(prompt.key, prompt.author, "#general") is not None
