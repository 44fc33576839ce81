"""The whole product on a stage: real sockets, the real runtime, a scripted model, one bot."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from playground.discord.options import DiscordOptions
from playground.model.endpoint import DEFAULT_MODEL, ModelServer, serve_model
from playground.model.scripted import ScriptedBrain
from playground.server import Playground, serve
from playground.slack.options import PlaygroundOptions
from tests.e2e.bot_process import WAIT_S, BotProcess
from tests.e2e.discord_side import DiscordSide
from tests.e2e.side import Said, Side, Thread
from tests.e2e.slack_side import SlackSide

__all__ = ["WAIT_S", "BotProcess", "DiscordSide", "Said", "Side", "SlackSide", "Stage", "Thread"]


COMPARED = ("quick-1", "calm-2")
"""Models that can be chosen besides; they answer alike, but for what they call themselves."""

UNKNOWN = "gone-3"
"""A model that the operator offers and the provider does not have."""


@dataclass
class Stage:
    """What a test plays on.

    Args:
        playground: the chat platforms.
        brain: what the model answers.
        model: where it is served.
        bot: the product, serving both platforms.
        on_slack: the side of Slack.
        on_discord: the side of Discord.
    """

    playground: Playground
    brain: ScriptedBrain
    model: ModelServer
    bot: BotProcess
    on_slack: SlackSide
    on_discord: DiscordSide

    @property
    def sides(self) -> tuple[Side, ...]:
        """Both platforms."""
        return (self.on_slack, self.on_discord)

    def side(self, name: str) -> Side:
        """One of the platforms."""
        return next(side for side in self.sides if side.name == name)

    async def start(self) -> None:
        """Start the bot and wait until it hears what is said, everywhere."""
        for side in self.sides:
            # What is left of an earlier connection would deceive us.
            await side.until(lambda side=side: not side.is_connected())  # type: ignore[misc]
        await self.bot.start()
        await self.connected()

    async def connected(self) -> None:
        """Wait until the bot hears what is said, everywhere."""
        await asyncio.gather(*(side.until(side.is_connected) for side in self.sides))


def variables(
    slack: SlackSide, discord: DiscordSide, model: ModelServer, directory: Path
) -> dict[str, str]:
    """The environment of a bot that is connected to both platforms and a model.

    Args:
        slack: where it finds Slack.
        discord: where it finds Discord.
        model: the model.
        directory: for its database and its runtime.
    """
    return {
        **slack.settings(),
        **discord.settings(),
        "COPILOT_PROVIDER_BASE_URL": model.base_url,
        "COPILOT_PROVIDER_API_KEY": model.api_key,
        "COPILOT_MODEL": model.model,
        "THREADPILOT_MODELS": ", ".join([*COMPARED, UNKNOWN]),
        "COPILOT_OFFLINE": "true",
        "COPILOT_GITHUB_TOKEN": "",
        "DATABASE_URL": f"sqlite:///{directory}/threadpilot.db",
        "THREADPILOT_RUNTIME_HOME": str(directory / "home"),
        "THREADPILOT_HTTP_PORT": "0",
        "THREADPILOT_LOG_FORMAT": "json",
        "THREADPILOT_LOG_LEVEL": "debug",
        "THREADPILOT_FOOTER": "false",
    }


@asynccontextmanager
async def stage(
    directory: Path,
    *,
    options: PlaygroundOptions | None = None,
    discord: DiscordOptions | None = None,
    delay_s: float = 0,
    settings: dict[str, str] | None = None,
    starts: bool = True,
) -> AsyncIterator[Stage]:
    """Open a stage, and take it down again.

    Args:
        directory: for the bot's database and log.
        options: of the playground's Slack; without rate limits when left out.
        discord: of its Discord; without rate limits when left out.
        delay_s: seconds between two pieces of the model's answers.
        settings: variables beside those that connect the parts.
        starts: whether the bot is started and connected.
    """
    brain = ScriptedBrain(delay_s=delay_s)
    async with (
        serve_model(brain, models=(DEFAULT_MODEL, *COMPARED)) as model,
        serve(
            options=options or PlaygroundOptions(limits=False),
            discord=discord or DiscordOptions(limits=False),
        ) as playground,
    ):
        on_slack, on_discord = SlackSide(playground.slack), DiscordSide(playground.discord)
        environment = variables(on_slack, on_discord, model, directory)
        bot = BotProcess(environment | (settings or {}), directory)
        made = Stage(playground, brain, model, bot, on_slack, on_discord)
        try:
            if starts:
                await made.start()
            yield made
        except BaseException as error:
            error.add_note(f"the bot's log:\n{bot.said[-8000:]}")
            raise
        finally:
            if bot.is_running:
                await bot.end()
