"""The whole product on a stage: real sockets, the real runtime, a scripted model."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from playground.model.endpoint import ModelServer, serve_model
from playground.model.scripted import ScriptedBrain
from playground.server import Playground, serve
from playground.slack.options import PlaygroundOptions
from playground.slack.slack import PlaygroundSlack

WAIT_S = 30.0
"""How long a test waits for something before it says what it saw instead."""


@dataclass
class BotProcess:
    """`threadpilot run` as its own process, to be stopped, killed and started again.

    Args:
        environment: its variables.
        directory: where it runs; its database is there.
    """

    environment: dict[str, str]
    directory: Path
    log: Path = field(init=False)
    _process: asyncio.subprocess.Process | None = None

    def __post_init__(self) -> None:
        self.log = self.directory / "bot.log"

    @property
    def pid(self) -> int:
        """The process id of the bot."""
        assert self._process is not None
        return self._process.pid

    async def start(self) -> None:
        """Start it; it may take a while to connect."""
        assert self._process is None
        with self.log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "bot",
                "run",
                env={**os.environ, **self.environment},
                cwd=self.directory,
                stdout=log,
                stderr=log,
            )

    async def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Send a signal, wait for the end, and return the exit code."""
        assert self._process is not None
        process, self._process = self._process, None
        if process.returncode is None:
            process.send_signal(number)
        return await process.wait()

    def signal(self, number: signal.Signals) -> None:
        """Send a signal and go on."""
        assert self._process is not None
        self._process.send_signal(number)

    async def ended(self) -> int:
        """Wait for an end that comes by itself."""
        assert self._process is not None
        process, self._process = self._process, None
        return await process.wait()

    async def runtime_pid(self) -> int:
        """The process id of the Copilot runtime that the bot started."""
        listing = await asyncio.create_subprocess_exec(
            "ps", "-ww", "-o", "pid=,args=", "--ppid", str(self.pid), stdout=asyncio.subprocess.PIPE
        )
        out, _ = await listing.communicate()
        for line in out.decode().splitlines():
            pid, _, command = line.strip().partition(" ")
            if "--headless" in command:
                return int(pid)
        raise AssertionError(f"the bot has no runtime: {out.decode()!r}")

    @property
    def said(self) -> str:
        """Its log."""
        return self.log.read_text(encoding="utf-8")


@dataclass
class Stage:
    """What a test plays on.

    Args:
        playground: the chat platform.
        brain: what the model answers.
        model: where it is served.
        bot: the product.
    """

    playground: Playground
    brain: ScriptedBrain
    model: ModelServer
    bot: BotProcess

    @property
    def slack(self) -> PlaygroundSlack:
        """The Slack of the playground."""
        return self.playground.slack

    async def mention(self, text: str, *, who: str = "ann", channel: str = "general") -> str:
        """Mention the bot in a channel; returns the timestamp, which names the thread."""
        person = self.slack.person(who)
        return await person.say(channel, person.mention(text))

    async def follow_up(self, thread: str, text: str, *, who: str = "ann") -> str:
        """Say something in a thread of #general, without a mention."""
        return await self.slack.person(who).say("general", text, thread_ts=thread)

    def answers(self, thread: str, channel: str = "general") -> list[str]:
        """The texts of the bot's finished messages in a thread."""
        return [
            message.text.strip()
            for message in self.slack.replies(channel, thread)
            if not message.is_streaming
        ]

    async def answer(self, thread: str, number: int = 1, *, channel: str = "general") -> str:
        """Wait for the bot's n-th finished message in a thread, and its session at rest."""

        def found() -> str | None:
            texts = self.answers(thread, channel)
            place = channel if channel.startswith("D") else self.slack.channel(channel)
            session = self.slack.session(place, thread)
            at_rest = session is None or session.status != "processing"
            return texts[number - 1] if len(texts) >= number and at_rest else None

        return await self.slack.until(found, timeout_s=WAIT_S) or ""

    def direct_answers(self, who: str) -> list[str]:
        """The bot's texts at the top of a person's direct message."""
        dm = self.slack.person(who).dm
        return [message.text for message in self.slack.messages(dm) if message.by_bot]

    async def connected(self) -> None:
        """Wait until the bot hears what is said."""
        await self.slack.until(self.slack.connected, timeout_s=WAIT_S)


@asynccontextmanager
async def stage(
    directory: Path,
    *,
    options: PlaygroundOptions | None = None,
    delay_s: float = 0,
    settings: dict[str, str] | None = None,
    starts: bool = True,
) -> AsyncIterator[Stage]:
    """Open a stage, and take it down again.

    Args:
        directory: for the bot's database and log.
        options: of the playground; without rate limits when left out.
        delay_s: seconds between two pieces of the model's answers.
        settings: variables beside those that connect the parts.
        starts: whether the bot is started and connected.
    """
    brain = ScriptedBrain(delay_s=delay_s)
    async with (
        serve_model(brain) as model,
        serve(options=options or PlaygroundOptions(limits=False)) as playground,
    ):
        environment = {
            "SLACK_API_URL": playground.slack.api_url,
            "SLACK_BOT_TOKEN": playground.slack.bot_token,
            "SLACK_APP_TOKEN": playground.slack.app_token,
            "COPILOT_PROVIDER_BASE_URL": model.base_url,
            "COPILOT_PROVIDER_API_KEY": model.api_key,
            "COPILOT_MODEL": model.model,
            "COPILOT_OFFLINE": "true",
            "COPILOT_GITHUB_TOKEN": "",
            "DATABASE_URL": f"sqlite:///{directory}/threadpilot.db",
            "THREADPILOT_RUNTIME_HOME": str(directory / "home"),
            "THREADPILOT_HTTP_PORT": "0",
            "THREADPILOT_LOG_FORMAT": "json",
            "THREADPILOT_LOG_LEVEL": "debug",
            "THREADPILOT_FOOTER": "false",
            **(settings or {}),
        }
        made = Stage(playground, brain, model, BotProcess(environment, directory))
        if starts:
            await made.bot.start()
            await made.connected()
        try:
            yield made
        finally:
            if made.bot._process is not None:
                await made.bot.end()
