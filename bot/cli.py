"""The command line. What a command needs is imported by it, so that `--help` comes at once."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from types import FrameType
from typing import Any, NoReturn

import click

from bot import __version__
from bot.errors import RuntimeMissing, SettingsError, ThreadpilotError

EX_CONFIG = 78
"""The exit code for a configuration that cannot be used (sysexits.h)."""
_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class _Commands(click.Group):
    """Commands whose errors are told in a sentence each, and in the exit code."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command.

        Raises:
            click.exceptions.Exit: it failed with errors of ours, which were printed.
        """
        try:
            return super().invoke(ctx)
        except ThreadpilotError as exc:
            _fail(ctx, [exc])
        except BaseExceptionGroup as group:
            ours, others = group.split(ThreadpilotError)
            if ours is None or others is not None:
                raise
            _fail(ctx, _leaves(ours))


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="threadpilot")
def main() -> None:
    """GitHub Copilot sessions in Slack and Discord: a thread is a session.

    Settings come from the environment and from .env in the working directory.
    """


@main.command()
def run() -> None:
    """Serve the workspace until it is stopped.

    SIGTERM or Ctrl-C stops it: running answers get THREADPILOT_DRAIN_S seconds to end. A
    second one stops it at once. What was left is resumed at the next start.
    """
    _stop_quietly()
    from bot.log import set_up_logging
    from bot.settings import load_settings

    settings = load_settings(require_chat=True)
    set_up_logging(
        level=settings.log_level, log_format=settings.log_format, secrets=settings.secrets()
    )
    from bot.wiring import run as serve

    _serve(lambda: serve(settings))


@main.command()
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8100,
    show_default=True,
    help="Where the page is served; 0 takes a free port.",
)
def demo(port: int) -> None:
    """Try it here: the bot, a chat in the browser and a model, without any account."""
    _stop_quietly()
    from playground.demo import demo as play

    _serve(lambda: play(port=port))


@main.group(invoke_without_command=True)
@click.pass_context
def runtime(ctx: click.Context) -> None:
    """Show which Copilot runtime is used, or install one."""
    if ctx.invoked_subcommand is not None:
        return
    from adapters.copilot.discovery import find
    from bot.settings import load_settings

    found = find(load_settings().copilot_cli_path)
    click.echo(f"path     {found.path}")
    click.echo(f"found    {found.source}")
    click.echo(f"version  {found.version or 'unknown'}")


@runtime.command()
def install() -> None:
    """Fetch the Copilot runtime with npm, unless it is there."""
    from adapters.copilot.discovery import install as install_runtime

    install_runtime(click.echo)


@runtime.command()
def sandbox() -> None:
    """Show whether commands can be kept in a sandbox on this host, and what is missing."""
    from adapters.copilot.discovery import find
    from adapters.copilot.launch import sandbox_of
    from bot.settings import load_settings

    click.echo(asyncio.run(sandbox_of(find(load_settings().copilot_cli_path))))


@main.command()
@click.option("--since", type=click.DateTime(), help="Only what was decided since then (UTC).")
@click.option(
    "--limit", type=click.IntRange(1), default=1000, show_default=True, help="How many, the newest."
)
@click.option("--json", "as_json", is_flag=True, help="A JSON object a line.")
def audit(since: datetime | None, limit: int, as_json: bool) -> None:
    """Show what was decided, and by whom, oldest first: permissions, answers, deletions.

    It can be read while the bot runs.
    """
    from bot.audit import line_of, record_of
    from bot.settings import load_settings
    from storage.reading import read_audit

    begun = since.replace(tzinfo=UTC) if since else None
    url = load_settings().database_url.get_secret_value()
    for entry in reversed(asyncio.run(read_audit(url, limit=limit, since=begun))):
        click.echo(json.dumps(record_of(entry)) if as_json else line_of(entry))


@main.group()
def database() -> None:
    """Look after the database."""


@database.command()
@click.argument("source")
def copy(source: str) -> None:
    """Copy the database SOURCE into the empty one that DATABASE_URL names.

    SOURCE is written as DATABASE_URL is, such as sqlite:///data/threadpilot.db. Stop the bot
    before.
    """
    from bot.settings import load_settings
    from storage.copying import copy as copy_all

    target = load_settings().database_url.get_secret_value()
    asyncio.run(copy_all(source, target, lambda table, rows: click.echo(f"{table:<12}{rows:>10}")))


@main.group()
def manifest() -> None:
    """Print what a chat platform asks for to make the app."""


@manifest.command()
def slack() -> None:
    """Print the manifest of the Slack app as JSON."""
    from adapters.slack.manifest import manifest as slack_manifest

    click.echo(json.dumps(slack_manifest(), indent=2, ensure_ascii=False))


def _serve(work: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Run until it ends or a signal stops it, which is a clean end."""

    async def until_stopped() -> None:
        task = asyncio.current_task()
        was_stopped = False

        def stop() -> None:
            nonlocal was_stopped
            was_stopped = True
            if task is not None:
                task.cancel()

        loop = asyncio.get_running_loop()
        for number in _SIGNALS:
            loop.add_signal_handler(number, stop)
        try:
            await work()
        except asyncio.CancelledError:
            if not was_stopped:
                raise

    asyncio.run(until_stopped())


def _stop_quietly() -> None:
    """Let a signal end the process cleanly also before the loop runs."""
    for number in _SIGNALS:
        signal.signal(number, _exit)


def _exit(number: int, frame: FrameType | None) -> NoReturn:
    sys.exit(0)


def _leaves(error: BaseException) -> list[BaseException]:
    if isinstance(error, BaseExceptionGroup):
        return [leaf for each in error.exceptions for leaf in _leaves(each)]
    return [error]


def _fail(ctx: click.Context, errors: list[BaseException] | list[ThreadpilotError]) -> NoReturn:
    for error in errors:
        for problem in error.problems if isinstance(error, SettingsError) else [str(error)]:
            click.echo(f"error: {problem}", err=True)
    is_configuration = any(isinstance(each, SettingsError | RuntimeMissing) for each in errors)
    ctx.exit(EX_CONFIG if is_configuration else 1)
