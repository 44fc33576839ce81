"""The demo: the real bot against the playground, with a model to talk to, at one address."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import click

from bot.errors import SettingsError
from bot.settings import load_settings
from playground.discord.options import DiscordOptions
from playground.model.chips import CHIPS, open_demo_brain
from playground.model.endpoint import DEFAULT_MODEL, ModelServer, serve_model
from playground.model.smol import PERSONAS
from playground.server import Playground, serve
from playground.slack.options import PlaygroundOptions

_STOP_S = 10.0
"""How long the bot may take to stop, before it is killed."""


async def demo(*, port: int = 8100) -> None:
    """Serve the page, the model and the bot until cancelled.

    The bot is the one that `threadpilot run` starts, in a process of its own with a database
    that goes with the demo. Where the settings name a model of your own, that one answers.

    Args:
        port: where the page is served; 0 takes a free one.

    Raises:
        SettingsError: the port is taken, or the settings are not usable.
    """
    async with AsyncExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="threadpilot-demo-")))
        model = None
        if not _has_own_model():
            click.echo("starting the local model …")
            brain = await stack.enter_async_context(open_demo_brain())
            names = (DEFAULT_MODEL, *PERSONAS)
            model = await stack.enter_async_context(serve_model(brain, models=names))
        click.echo("starting the playground …")
        chips = tuple({"label": chip.label, "text": chip.text} for chip in CHIPS)
        serving = serve(
            port=port, options=PlaygroundOptions(chips=chips), discord=DiscordOptions(chips=chips)
        )
        try:
            playground = await stack.enter_async_context(serving)
        except OSError as exc:
            raise SettingsError(
                [f"The port {port} cannot be used ({exc.strerror}): try threadpilot demo --port 0."]
            ) from exc
        click.echo("starting the bot …")
        environment = _environment(playground, model, home)
        async with _bot(environment) as bot:
            started = asyncio.create_task(_until_connected(playground))
            try:
                await asyncio.wait([started, bot], return_when=asyncio.FIRST_COMPLETED)
                if not bot.done():
                    click.echo(f"\n  Threadpilot is ready: {playground.url}\n")
                    click.echo("Ctrl-C ends it.")
                await bot
            finally:
                started.cancel()
                await asyncio.wait([started])


def _has_own_model() -> bool:
    """Whether the settings name where answers come from."""
    settings = load_settings()
    return bool(
        settings.copilot_provider_base_url
        or os.environ.get("COPILOT_GITHUB_TOKEN")
        or (settings.copilot_model and settings.copilot_github_token)
    )


def _environment(
    playground: Playground, model: ModelServer | None, home: Path
) -> Mapping[str, str]:
    """What the bot's process is told; it wins over a `.env`."""
    environment = {
        **os.environ,
        "SLACK_API_URL": playground.slack.api_url,
        "SLACK_BOT_TOKEN": playground.slack.bot_token,
        "SLACK_APP_TOKEN": playground.slack.app_token,
        "DISCORD_API_URL": playground.discord.api_url,
        "DISCORD_GATEWAY_URL": playground.discord.gateway_url,
        "DISCORD_BOT_TOKEN": playground.discord.bot_token,
        "DATABASE_URL": f"sqlite:///{home}/threadpilot.db",
        "THREADPILOT_HTTP_PORT": "0",
        "THREADPILOT_ALLOWED_PEOPLE": "",
        "THREADPILOT_ALLOWED_CHANNELS": "",
        "THREADPILOT_DRAIN_S": "1",
    }
    environment.setdefault("THREADPILOT_LOG_LEVEL", "warning")
    if model is not None:
        environment |= {
            "COPILOT_PROVIDER_TYPE": "openai",
            "COPILOT_PROVIDER_BASE_URL": model.base_url,
            "COPILOT_PROVIDER_API_KEY": model.api_key,
            "COPILOT_PROVIDER_WIRE_API": "completions",
            "COPILOT_MODEL": model.model,
            "THREADPILOT_MODELS": ", ".join(PERSONAS),
            "COPILOT_OFFLINE": "true",
            "COPILOT_GITHUB_TOKEN": "",
        }
    return environment


async def _until_connected(playground: Playground) -> None:
    await playground.slack.until(playground.slack.connected, timeout_s=120)
    await playground.discord.until(playground.discord.connected, timeout_s=120)


@asynccontextmanager
async def _bot(environment: Mapping[str, str]) -> AsyncIterator[asyncio.Task[None]]:
    """The bot's process while the context is open; the task ends when it does."""
    running = asyncio.create_task(_keep_running(environment), name="bot")
    try:
        yield running
    finally:
        running.cancel()
        await asyncio.wait([running])


async def _keep_running(environment: Mapping[str, str]) -> None:
    """Run the bot, and start it again when something killed it: it loses nothing by that."""
    while True:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bot", "run", env=environment
        )
        try:
            code = await process.wait()
        finally:
            await _stop(process)
        if code >= 0:
            raise click.exceptions.Exit(code)
        click.echo(f"the bot was ended by signal {-code}; starting it again …")


async def _stop(process: asyncio.subprocess.Process) -> None:
    if process.returncode is not None:
        return
    process.send_signal(signal.SIGTERM)
    try:
        async with asyncio.timeout(_STOP_S):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()
