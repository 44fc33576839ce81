"""The process of the playground's Slack."""

from __future__ import annotations

import asyncio

from playground.server import PlaygroundOptions, serve
from playground.slack import changes
from playground.slack.slack import PlaygroundSlack
from tests.bench.audience import WAIT_S, Audience
from tests.bench.child import answer

_CHANNEL = "general"


class SlackAudience(Audience):
    """People of a Slack.

    Args:
        slack: which.
    """

    def __init__(self, slack: PlaygroundSlack) -> None:
        super().__init__()
        self._slack = slack
        self._person = slack.person("ann")
        slack.workspace.subscribe(self._told)

    async def where(self) -> dict[str, str]:
        """How to reach the Slack."""
        slack = self._slack
        return {
            "api_url": slack.api_url,
            "bot_token": slack.bot_token,
            "app_token": slack.app_token,
            "channel": slack.channel(_CHANNEL),
            "person": self._person.id,
            "team": slack.team_id,
        }

    async def connected(self) -> None:
        """Wait until a bot hears what is said."""
        await self._slack.until(self._slack.connected, timeout_s=WAIT_S)

    async def disconnected(self) -> None:
        """Wait until no bot is connected."""
        await self._slack.until(lambda: not self._slack.connected(), timeout_s=WAIT_S)

    async def say(self, text: str, thread: str) -> tuple[str, str]:
        """Say something in a thread, or mention the bot in the channel."""
        said = text if thread else self._person.mention(text)
        ts = await self._person.say(_CHANNEL, said, thread or None)
        return thread or ts, ts

    def _told(self, change: changes.Change) -> None:
        match change:
            case changes.MessagePosted(message=message) | changes.MessageChanged(message=message):
                watch = self.watch(message.thread_ts or "")
                if message.by_bot and watch is not None:
                    watch.see(message.ts, message.text, is_finished=not message.is_streaming)
            case changes.SessionChanged(session=session) if session.status != "processing":
                watch = self.watch(session.thread_ts)
                if watch is not None:
                    watch.rest()
            case _:
                pass


async def main() -> None:
    """Serve it until the benchmark goes away."""
    async with serve(options=PlaygroundOptions(limits=False)) as playground:
        await answer(SlackAudience(playground.slack).verbs())


if __name__ == "__main__":
    asyncio.run(main())
