"""The process of the playground's Discord, at Discord's own limits."""

from __future__ import annotations

import asyncio
from itertools import cycle

from playground.discord import changes
from playground.discord.commands import CommandType
from playground.discord.components import walk
from playground.discord.discord import PlaygroundDiscord
from playground.discord.message import Message
from playground.discord.options import ChannelOption, DiscordOptions
from playground.server import serve
from tests.bench.audience import WAIT_S, Audience
from tests.bench.child import answer

_CHANNELS = tuple(f"talk{number}" for number in range(20))
"""A channel takes fifty new threads in five minutes."""

_BARE = tuple(f"bare{number}" for number in range(20))
"""Where the bare SDK's calls go."""


class DiscordAudience(Audience):
    """People of a Discord.

    Args:
        discord: which.
    """

    def __init__(self, discord: PlaygroundDiscord) -> None:
        super().__init__()
        self._discord = discord
        self._person = discord.person("ann")
        self._channels = cycle(_CHANNELS)
        discord.guild.subscribe(self._told)

    async def where(self) -> dict[str, str]:
        """How to reach the Discord."""
        discord = self._discord
        return {
            "api_url": discord.api_url,
            "gateway_url": discord.gateway_url,
            "bot_token": discord.bot_token,
            "channels": " ".join(map(discord.channel, _BARE)),
        }

    async def connected(self) -> None:
        """Wait until a bot hears what is said, and has registered its commands."""
        await self._discord.until(self._discord.connected, timeout_s=WAIT_S)
        commands = self._discord.commands
        await self._discord.until(
            lambda: commands.find("copilot", CommandType.SLASH), timeout_s=WAIT_S
        )

    async def disconnected(self) -> None:
        """Wait until no bot is connected."""
        await self._discord.until(lambda: not self._discord.connected(), timeout_s=WAIT_S)

    async def say(self, text: str, thread: str) -> tuple[str, str]:
        """Say something in a thread, or mention the bot in one of the channels by turns."""
        if thread:
            return thread, await self._person.say(thread, text)
        message = await self._person.say(next(self._channels), self._person.mention(text))
        return message, message  # the thread will have its id

    def _told(self, change: changes.Change) -> None:
        match change:
            case changes.MessagePosted(message=message) | changes.MessageChanged(message=message):
                watch = self.watch(message.channel_id)
                if watch is not None and message.by_bot:
                    watch.see(message.id, _text(message), is_finished=not _is_growing(message))
                    watch.rest()
            case _:
                pass


def _text(message: Message) -> str:
    """What the message says beside its small lines: tools and the footer."""
    lines = message.content.split("\n")
    return "\n".join(line for line in lines if not line.startswith("-# "))


def _is_growing(message: Message) -> bool:
    return any(component.get("label") == "Stop" for component in walk(message.components))


async def main() -> None:
    """Serve it until the benchmark goes away."""
    channels = tuple(ChannelOption(name=name) for name in (*_CHANNELS, *_BARE))
    async with serve(discord=DiscordOptions(channels=channels)) as playground:
        await answer(DiscordAudience(playground.discord).verbs())


if __name__ == "__main__":
    asyncio.run(main())
