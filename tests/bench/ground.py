"""What the measurements stand on: model, chat platforms and the bare SDK, a process each."""

from __future__ import annotations

import asyncio
import os
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import click

from tests.bench.chat import Chat
from tests.bench.child import Child, child
from tests.e2e.bot_process import BotProcess

ANSWER = " ".join(f"word{number}" for number in range(1, 41))
"""What the model is made to say: forty words, which it streams one by one."""

_READY_S = 60.0


@dataclass(frozen=True, kw_only=True)
class Ground:
    """Where it is measured.

    Args:
        directory: for databases and logs.
        model: where the model is.
        brain: the process of the model.
        slack: the playground's Slack.
        discord: the playground's Discord.
        sdk: the process of the bare SDK.
    """

    directory: Path
    model: dict[str, str]
    brain: Child
    slack: Chat
    discord: Chat
    sdk: Child

    @property
    def chats(self) -> tuple[Chat, Chat]:
        """The platforms."""
        return self.slack, self.discord

    def environment(self, database: Path, chat: Chat, settings: dict[str, str]) -> dict[str, str]:
        """The variables of a bot.

        Args:
            database: its file.
            chat: the platform that it serves.
            settings: variables beside those that connect the parts.
        """
        return {
            **chat.settings,
            "COPILOT_PROVIDER_BASE_URL": self.model["base_url"],
            "COPILOT_PROVIDER_API_KEY": self.model["api_key"],
            "COPILOT_MODEL": self.model["model"],
            "COPILOT_OFFLINE": "true",
            "COPILOT_GITHUB_TOKEN": "",
            "DATABASE_URL": f"sqlite:///{database}",
            "THREADPILOT_HTTP_PORT": "0",
            "THREADPILOT_DRAIN_S": "1",
            **settings,
        }

    @asynccontextmanager
    async def bot(self, database: Path, chat: Chat, **settings: str) -> AsyncIterator[BotProcess]:
        """Run `threadpilot run` in a process of its own while the context is open.

        It is ready to work then.

        Args:
            database: its file.
            chat: the platform that it serves.
            settings: variables beside those that connect the parts.
        """
        directory = database.parent
        directory.mkdir(parents=True, exist_ok=True)
        port = _free_port()
        environment = self.environment(
            database, chat, {"THREADPILOT_HTTP_PORT": str(port), **settings}
        )
        bot = BotProcess(environment, directory)
        try:
            await bot.start()
            await chat.process.ask("connected")
            await _ready(port)
            yield bot
        finally:
            await bot.end()
        await chat.process.ask("disconnected")


@asynccontextmanager
async def ground(directory: Path) -> AsyncIterator[Ground]:
    """Start the processes, and end them again.

    Args:
        directory: for databases and logs.
    """
    async with AsyncExitStack() as stack:
        brain = await stack.enter_async_context(child("model_process"))
        slack = await stack.enter_async_context(child("slack_process"))
        discord = await stack.enter_async_context(child("discord_process"))
        where = await brain.ask("where")
        sdk = await stack.enter_async_context(bare_sdk(where))
        yield Ground(
            directory=directory,
            model=where,
            brain=brain,
            slack=Chat(name="slack", process=slack, place=await slack.ask("where")),
            discord=Chat(name="discord", process=discord, place=await discord.ask("where")),
            sdk=sdk,
        )


def bare_sdk(model: dict[str, str]) -> AbstractAsyncContextManager[Child]:
    """A process of the bare SDK, with a runtime of its own, while the context is open.

    Args:
        model: where the model is.
    """
    return child("sdk_process", model["base_url"], model["api_key"], model["model"])


def machine() -> str:
    """This machine in a line."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    load = os.getloadavg()[0]
    python = ".".join(map(str, sys.version_info[:3]))
    return (
        f"{os.cpu_count()} cores ({_processor()}), {memory:.0f} GiB, {os.uname().sysname}"
        f" {os.uname().release.partition('-')[0]}, Python {python}, load {load:.1f} at the start"
    )


async def _ready(port: int) -> None:
    """Wait until a bot says that it is ready."""
    url = f"http://127.0.0.1:{port}/readyz"
    async with asyncio.timeout(_READY_S), aiohttp.ClientSession() as web:
        while True:
            try:
                async with web.get(url) as response:
                    if response.status == 200:
                        return
            except aiohttp.ClientConnectionError:
                pass
            await asyncio.sleep(0.1)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def say(text: str) -> None:
    """Tell of the progress."""
    click.echo(text, err=True)


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text("utf-8").splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return os.uname().machine
