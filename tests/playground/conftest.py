"""A playground for each test, and a real slack-bolt bot in it."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from playground.discord.discord import PlaygroundDiscord
from playground.server import DiscordOptions, Playground, PlaygroundOptions, serve
from playground.slack.slack import PlaygroundSlack
from tests.playground.calling import Caller
from tests.playground.discord_api import Rest

SPECS = Path(__file__).parents[2].parent / "shared" / "specs" / "slack"


def quick_options(**options: object) -> PlaygroundOptions:
    """Return options whose times suit tests."""
    chosen: dict[str, object] = {
        "limits": False,
        "ack_timeout_s": 0.3,
        "retry_delays_s": (0.0, 0.1, 0.1),
        **options,
    }
    return PlaygroundOptions(**chosen)  # type: ignore[arg-type]


@pytest.fixture
def options() -> PlaygroundOptions:
    """How the test's playground behaves; tests override this."""
    return quick_options()


@pytest.fixture
def discord_options() -> DiscordOptions:
    """How the test's Discord behaves; tests override this."""
    return DiscordOptions(limits=False, ack_timeout_s=0.5)


@pytest.fixture
async def playground(
    options: PlaygroundOptions, discord_options: DiscordOptions
) -> AsyncIterator[Playground]:
    """A running playground."""
    async with serve(options=options, discord=discord_options) as running:
        yield running


@pytest.fixture
async def world(playground: Playground) -> PlaygroundDiscord:
    """The playground's Discord."""
    return playground.discord


@pytest.fixture
async def rest(world: PlaygroundDiscord) -> AsyncIterator[Rest]:
    """Calls Discord's routes without a library."""
    async with aiohttp.ClientSession() as session:
        yield Rest(world, session)


@pytest.fixture
async def slack(playground: Playground) -> PlaygroundSlack:
    """The playground's Slack."""
    return playground.slack


@pytest.fixture
async def client(slack: PlaygroundSlack) -> AsyncWebClient:
    """The bot's Web API client."""
    return AsyncWebClient(token=slack.bot_token, base_url=slack.api_url)


@asynccontextmanager
async def bolt(
    slack: PlaygroundSlack, register: Callable[[AsyncApp], None]
) -> AsyncIterator[AsyncApp]:
    """Run a real slack-bolt app in Socket Mode.

    Args:
        slack: where.
        register: adds its listeners.
    """
    app = AsyncApp(client=AsyncWebClient(token=slack.bot_token, base_url=slack.api_url))
    register(app)
    handler = AsyncSocketModeHandler(app, slack.app_token, ping_interval=1)
    before = slack.socket.connections
    await handler.connect_async()  # type: ignore[no-untyped-call]
    try:
        await slack.until(lambda: slack.socket.connections > before)
        yield app
    finally:
        await handler.close_async()  # type: ignore[no-untyped-call]
        await slack.until(lambda: slack.socket.connections == before)


@pytest.fixture
async def call(slack: PlaygroundSlack) -> AsyncIterator[Caller]:
    """Calls Web API methods without an SDK."""
    async with aiohttp.ClientSession() as session:
        yield Caller(slack, session)
