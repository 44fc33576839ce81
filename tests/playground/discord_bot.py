"""A real discord.py client that talks to the playground, unmodified but for two addresses."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import discord
import yarl
from discord import app_commands
from discord.gateway import DiscordWebSocket

from playground.discord.discord import PlaygroundDiscord


class Bot(discord.Client):
    """A client that keeps the messages it hears.

    Args:
        intents: what it asks for; the defaults and message content where it is left out.
    """

    def __init__(self, intents: discord.Intents | None = None) -> None:
        if intents is None:
            intents = discord.Intents.default()
            intents.message_content = True
        # The wait for more servers to come is not needed: there is one.
        super().__init__(intents=intents, guild_ready_timeout=0.0)
        self.tree = app_commands.CommandTree(self)
        self.heard: list[discord.Message] = []
        self.is_up = asyncio.Event()
        self.syncs = False
        self._news = asyncio.Event()

    async def setup_hook(self) -> None:
        """Sync the commands, where there are any."""
        if self.syncs:
            await self.tree.sync()

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """Leave out the wait that spares the real Discord."""

    async def on_ready(self) -> None:
        """Note that everything has come."""
        self.is_up.set()

    async def on_message(self, message: discord.Message) -> None:
        """Keep what people say."""
        if message.author != self.user and not message.is_system():
            self.heard.append(message)
            self._news.set()
            await self.answer(message)

    async def has_heard(self, number: int) -> list[discord.Message]:
        """Return what was heard, once it is so many messages."""
        async with asyncio.timeout(10):
            while len(self.heard) < number:
                self._news.clear()
                await self._news.wait()
        return self.heard

    async def answer(self, message: discord.Message) -> None:
        """Answer a message; tests say how."""


@asynccontextmanager
async def running(bot: Bot, playground: PlaygroundDiscord) -> AsyncIterator[None]:
    """Run a bot against the playground until the context ends."""
    base, gateway = discord.http.Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY
    discord.http.Route.BASE = playground.api_url
    DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(playground.gateway_url)
    try:
        async with bot, asyncio.TaskGroup() as tasks:
            tasks.create_task(bot.start(playground.bot_token))
            await bot.is_up.wait()
            yield
            await bot.close()
    finally:
        discord.http.Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY = base, gateway
