"""The bots of a run: one or several processes, each behind a door of its own."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from playground.model.endpoint import ModelServer
from playground.server import Playground
from tests.e2e.bot_process import BotProcess
from tests.e2e.discord_side import DiscordSide
from tests.e2e.door import Door
from tests.e2e.slack_side import SlackSide
from tests.e2e.stage import variables
from tests.postgres import free_port

_START_S = 90.0
_CONNECTED = ("slack.connected", "discord.connected")


@dataclass(kw_only=True)
class Member:
    """One process of the bot.

    Args:
        process: the process.
        door: through which it reaches the platforms.
        http_port: where it tells how it is; 0 where it does not.
    """

    process: BotProcess
    door: Door
    http_port: int
    starts: int = 0
    kills: int = 0
    runtime_kills: int = 0
    freezes: int = 0

    async def start(self) -> None:
        """Start it, and wait until it hears what is said on both platforms."""
        begun_at = self.process.mark()
        await self.process.start()
        self.starts += 1
        for event in _CONNECTED:
            await self.process.logged_since(begun_at, event, timeout_s=_START_S)

    async def kill(self, pause_s: float) -> None:
        """Kill it, and start it again after a while."""
        await self.process.end(signal.SIGKILL)
        self.kills += 1
        await asyncio.sleep(pause_s)
        await self.start()

    async def kill_runtime(self) -> bool:
        """Kill its runtime, where it has one just now."""
        try:
            os.kill(await self.process.runtime_pid(), signal.SIGKILL)
        except (AssertionError, ProcessLookupError):
            return False
        self.runtime_kills += 1
        return True

    async def freeze(self, seconds: float) -> None:
        """Let it do nothing for a while, and know nothing of it."""
        self.process.signal(signal.SIGSTOP)
        try:
            await asyncio.sleep(seconds)
        finally:
            with suppress(ProcessLookupError):
                self.process.signal(signal.SIGCONT)
        self.freezes += 1


@asynccontextmanager
async def crew(
    directory: Path,
    *,
    playground: Playground,
    model: ModelServer,
    count: int,
    settings: Mapping[str, str],
    tells_numbers: bool = False,
) -> AsyncIterator[list[Member]]:
    """Make the processes, not yet started, and stop them at the end.

    Args:
        directory: for their databases and logs.
        playground: the platforms.
        model: what answers.
        count: how many.
        settings: variables beside those that connect the parts.
        tells_numbers: whether they tell how they are.
    """
    port = int(playground.slack.base_url.rpartition(":")[2])
    members = []
    async with AsyncExitStack() as stack:
        for number in range(count):
            door = await stack.enter_async_context(Door(port))
            base = f"127.0.0.1:{door.port}"
            slack = SlackSide(playground.slack, api_url=f"http://{base}/api/")
            discord = DiscordSide(
                playground.discord,
                api_url=f"http://{base}/discord/api/v10",
                gateway_url=f"ws://{base}/discord/gateway",
            )
            home = directory / f"bot{number}"
            home.mkdir()
            # A process that is killed and started again may find its port taken.
            http_port = free_port() if tells_numbers else 0
            environment = {
                **variables(slack, discord, model, home),
                "THREADPILOT_HTTP_PORT": str(http_port),
                **settings,
            }
            process = BotProcess(environment, home)
            members.append(Member(process=process, door=door, http_port=http_port))
        try:
            yield members
        finally:
            for member in members:
                if member.process.is_running:
                    await member.process.end()
