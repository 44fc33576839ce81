"""The playground: a Slack and a Discord of our own and their page, on one address."""

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from aiohttp import web

from playground.discord.discord import PlaygroundDiscord
from playground.discord.options import DiscordOptions
from playground.discord.page import DiscordPage
from playground.slack.options import ChannelOption, PlaygroundOptions
from playground.slack.page import Page
from playground.slack.slack import PlaygroundSlack

__all__ = ["ChannelOption", "DiscordOptions", "Playground", "PlaygroundOptions", "serve"]

_LARGEST_BODY = 64 * 1024 * 1024
_FILES = ("/files/", "/discord/cdn/")
"""Where a browser finds what people and the app sent."""
_DEFAULTS = PlaygroundOptions()
_DISCORD_DEFAULTS = DiscordOptions()


@dataclass(frozen=True, kw_only=True)
class Playground:
    """A running playground.

    Args:
        url: the page's address.
        slack: the Slack behind it.
        discord: the Discord behind it.
    """

    url: str
    slack: PlaygroundSlack
    discord: PlaygroundDiscord


@asynccontextmanager
async def serve(
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    options: PlaygroundOptions = _DEFAULTS,
    discord: DiscordOptions = _DISCORD_DEFAULTS,
) -> AsyncIterator[Playground]:
    """Run a playground.

    Args:
        host: the address to listen on.
        port: the port; 0 takes a free one.
        options: how its Slack and its page behave.
        discord: how its Discord behaves.

    Yields:
        The running playground.

    Raises:
        OSError: the port is taken.
    """
    # The port is known before anything is built: addresses are part of what Slack answers.
    listening = socket.create_server((host, port))
    url = f"http://{host}:{listening.getsockname()[1]}"
    slack = PlaygroundSlack(options, url)
    page = Page(slack, options.static_dir)
    its_discord = PlaygroundDiscord(discord, url)
    discord_page = DiscordPage(its_discord)
    app = web.Application(client_max_size=_LARGEST_BODY)
    app.on_response_prepare.append(_guard)
    slack.add_routes(app.router)
    page.add_routes(app.router)
    its_discord.add_routes(app.router)
    discord_page.add_routes(app.router)
    runner = web.AppRunner(app, access_log=None, handle_signals=False, shutdown_timeout=2.0)
    await runner.setup()
    try:
        await web.SockSite(runner, listening).start()
        yield Playground(url=f"{url}/", slack=slack, discord=its_discord)
    finally:
        page.close()
        discord_page.close()
        slack.close()
        its_discord.close()
        await runner.cleanup()
        listening.close()


async def _guard(request: web.Request, response: web.StreamResponse) -> None:
    """Keep a browser from running what somebody sent, and other sites from framing the page."""
    if request.path.startswith(_FILES):
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    elif request.path == "/":
        response.headers["Content-Security-Policy"] = "frame-ancestors 'none'"
