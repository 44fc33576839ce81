"""Puts the parts together: the only module of the core that knows them all."""

from __future__ import annotations

import asyncio
import os
import secrets
import socket
import tempfile
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import structlog

from adapters.charts.tool import ChartTool
from adapters.copilot.models import Sight
from adapters.copilot.sandbox import SandboxUse
from adapters.copilot.supervisor import Provider, RuntimeOptions, open_runtime
from adapters.documents.fitter import PictureFitter
from adapters.documents.reader import DocumentReader
from adapters.git.directories import GitDirectories
from adapters.slack.adapter import SlackAdapter, SlackOptions
from bot import __version__
from bot.ceilings import Ceilings
from bot.clock import SystemClock
from bot.context import ContextLimits
from bot.errors import ChatError, SettingsError, StoreError
from bot.file_kinds import FileKind
from bot.gate import Access, FollowUp
from bot.health import serve_health
from bot.intake import ThreadIntake
from bot.missed import MissedLimits
from bot.modes import Mode
from bot.numbers import (
    Number,
    of_backlog,
    of_platforms,
    of_process,
    of_runtime,
    of_sessions,
)
from bot.policy import Policy, read_policy
from bot.ports import ChatAdapter, Clock, Directories, Intake, Runtime, Store
from bot.profile import Profile
from bot.rates import Rates
from bot.repositories import read_repositories
from bot.sessions import SessionManager
from bot.settings import Settings
from bot.uploads import FileLimits
from bot.workplace import Limits
from storage.store import open_store

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, kw_only=True, slots=True)
class Bot:
    """The parts of a running bot.

    Args:
        store: the database.
        runtime: the agent runtime.
        chats: the platforms, by their short names.
        sessions: who works on threads.
        clock: time.
        refusals: why platforms refused us for good.
    """

    store: Store
    runtime: Runtime
    chats: Mapping[str, ChatAdapter]
    sessions: SessionManager
    clock: Clock = field(default_factory=SystemClock)
    refusals: dict[str, ChatError] = field(default_factory=dict)

    async def connect(self, chat: ChatAdapter, intake: Intake) -> None:
        """Serve a platform; one that refuses us for good does not take the others along.

        Raises:
            ChatError: no platform is left.
        """
        try:
            await chat.run(intake)
        except ChatError as error:
            _log.error("platform.refused", platform=chat.platform, reason=str(error))
            self.refusals[chat.platform] = error
            if len(self.refusals) == len(self.chats):
                raise

    async def readiness(self) -> dict[str, str]:
        """Each part with the reason why it is not ready; empty where it is."""
        parts = {"database": ""}
        try:
            await self.store.check()
        except StoreError as error:
            parts["database"] = str(error)
        health = await self.runtime.health()
        parts["copilot"] = "" if health.is_up else health.reason
        for name, chat in self.chats.items():
            refusal = self.refusals.get(name)
            parts[name] = "" if chat.is_connected else str(refusal or "not connected")
        return parts

    async def numbers(self) -> list[Number]:
        """What an operator watches."""
        health = await self.runtime.health()
        try:
            backlog = await self.store.backlog()
        except StoreError as error:
            _log.warning("backlog.not_read", reason=str(error))
            backlog = None
        connected = {name: chat.is_connected for name, chat in self.chats.items()}
        return [
            *of_process(),
            *of_sessions(self.sessions),
            *of_runtime(health),
            *of_platforms(connected),
            *(of_backlog(backlog, self.clock.now()) if backlog is not None else ()),
        ]


async def run(settings: Settings) -> None:
    """Serve until cancelled; then let running turns end, and keep the rest for the next start.

    Args:
        settings: of the operator.

    Raises:
        SettingsError: a setting turned out not to be usable.
        StoreError: the database cannot be used.
        ChatError: a platform refuses us for good.
    """
    async with AsyncExitStack() as stack:
        bot = await stack.enter_async_context(assembled(settings))
        if settings.http_port:
            port = await stack.enter_async_context(
                serve_health(
                    settings.http_host, settings.http_port, ready=bot.readiness, numbers=bot.numbers
                )
            )
            _log.info("health.served", host=settings.http_host, port=port)
        await serve(bot, settings)
        _log.info("stopped")


@asynccontextmanager
async def assembled(
    settings: Settings,
    clock: Clock | None = None,
    *,
    count_statements: Callable[[str], None] | None = None,
    watched: Callable[[Runtime], Runtime] = lambda runtime: runtime,
) -> AsyncIterator[Bot]:
    """The parts, opened but not yet serving.

    Args:
        settings: of the operator.
        clock: time; the machine's when left out.
        count_statements: called with each statement that the database gets.
        watched: returns what is used in the runtime's place, such as one that tells of its use.
    """
    clock = clock or SystemClock()
    async with AsyncExitStack() as stack:
        store = await stack.enter_async_context(
            open_store(
                settings.database_url.get_secret_value(),
                clock=clock,
                count_statements=count_statements,
            )
        )
        home = settings.runtime_home or Path(
            stack.enter_context(tempfile.TemporaryDirectory(prefix="threadpilot-"))
        )
        runtime = watched(
            await stack.enter_async_context(
                open_runtime(_runtime_options(settings, home), clock=clock)
            )
        )
        chats: dict[str, ChatAdapter] = {}
        if settings.slack_bot_token and settings.slack_app_token:
            options = SlackOptions(
                bot_token=settings.slack_bot_token.get_secret_value(),
                app_token=settings.slack_app_token.get_secret_value(),
                api_url=settings.slack_api_url,
                missed=_missed(settings),
            )
            chats["slack"] = SlackAdapter(
                options, clock=clock, recall=partial(store.recent_threads, "slack")
            )
        if settings.discord_bot_token:
            chats["discord"] = _discord(settings, clock, store)
        policy = _policy(settings)
        sessions = SessionManager(
            store=store,
            runtime=runtime,
            chats=chats,
            clock=clock,
            owner=f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(4)}",
            limits=Limits(
                idle_s=settings.idle_s,
                live_sessions=settings.live_sessions,
                lease_s=settings.lease_s,
                turn_s=settings.turn_s,
                has_footer=settings.footer,
                has_reasoning=settings.reasoning,
                request_s=settings.request_s,
                compare_s=settings.compare_s,
                policy=policy,
                repositories=read_repositories(settings.policy) if settings.policy else (),
                follow_up=FollowUp(settings.follow_up),
                mode=Mode(settings.mode),
                context=ContextLimits(
                    messages=settings.context_messages, characters=settings.context_chars
                ),
                files=FileLimits(
                    files=settings.files,
                    file_bytes=settings.file_mb * 1024 * 1024,
                    kinds=frozenset(map(FileKind, settings.file_types)) or frozenset(FileKind),
                ),
                profiles=Ceilings(default=Profile(settings.profile), grants=policy.grants),
                model=settings.copilot_model or "",
                budgets=settings.budgets,
            ),
            documents=DocumentReader(),
            directories=_directories(settings),
        )
        yield Bot(store=store, runtime=runtime, chats=chats, sessions=sessions, clock=clock)


async def serve(bot: Bot, settings: Settings, clock: Clock | None = None) -> None:
    """Bring what people say to the threads' workers, until cancelled.

    While it drains, the platforms stay connected: running replies end, and what is said
    meanwhile is kept for the next start.
    """
    clock = clock or SystemClock()
    access = Access(
        people=settings.allowed_people,
        channels=settings.allowed_channels,
        approvers=settings.approvers,
        admins=settings.admins,
    )
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(bot.sessions.run())
        connections = []
        for chat in bot.chats.values():
            intake = ThreadIntake(
                chat=chat,
                store=bot.store,
                sessions=bot.sessions,
                runtime=bot.runtime,
                clock=clock,
                access=access,
                follow_up=FollowUp(settings.follow_up),
                missed=_missed(settings),
                rates=Rates(settings.rate, clock),
            )
            connections.append(tasks.create_task(bot.connect(chat, intake), name=chat.platform))
        _log.info("started", version=__version__, platforms=sorted(bot.chats))
        try:
            await asyncio.Event().wait()
        finally:
            _log.info("draining", threads=bot.sessions.working)
            await bot.sessions.drain(settings.drain_s)
            for connection in connections:
                connection.cancel()


def _runtime_options(settings: Settings, home: Path) -> RuntimeOptions:
    token = settings.copilot_github_token
    return RuntimeOptions(
        executable=settings.copilot_cli_path,
        home=home,
        model=settings.copilot_model,
        choice=settings.models,
        provider=_provider(settings),
        github_token=token.get_secret_value() if token else None,
        is_offline=settings.copilot_offline,
        sight=Sight(settings.model_sees_images),
        fit=PictureFitter().fit,
        tools=(ChartTool(home / "charts"),),
        has_titles=settings.titles,
        memory_mb=settings.runtime_memory_mb,
        log_level=settings.log_level,
        has_agents=settings.work_dir is not None,
        sandbox=SandboxUse(settings.sandbox),
        has_network=settings.sandbox_network,
    )


def _policy(settings: Settings) -> Policy:
    policy = read_policy(settings.policy) if settings.policy else Policy()
    if settings.work_dir is None:
        granted = {profile for each in policy.grants for profile in (each.default, each.most)}
        if Profile.AGENT in granted:
            problem = (
                f"THREADPILOT_WORK_DIR is not set: {settings.policy} grants the profile agent, "
                "which works in directories there."
            )
            raise SettingsError([problem])
    return policy


def _directories(settings: Settings) -> Directories | None:
    if settings.work_dir is None:
        return None
    try:
        return GitDirectories(settings.work_dir)
    except OSError as error:
        problem = f"THREADPILOT_WORK_DIR: {settings.work_dir} cannot be used ({error.strerror})."
        raise SettingsError([problem]) from error


def _discord(settings: Settings, clock: Clock, store: Store) -> ChatAdapter:
    # discord.py is slow to import and takes memory: not where nobody wants it.
    from adapters.discord.adapter import DiscordAdapter
    from adapters.discord.options import DiscordOptions

    token = settings.discord_bot_token
    options = DiscordOptions(
        bot_token=token.get_secret_value() if token else "",
        api_url=settings.discord_api_url,
        gateway_url=settings.discord_gateway_url,
        follow_up=FollowUp(settings.follow_up),
        missed=_missed(settings),
    )
    return DiscordAdapter(options, clock=clock, recall=partial(store.recent_threads, "discord"))


def _missed(settings: Settings) -> MissedLimits:
    return MissedLimits(answered_s=settings.catch_up_s, places=settings.catch_up_places)


def _provider(settings: Settings) -> Provider | None:
    if settings.copilot_provider_base_url is None:
        return None
    key = settings.copilot_provider_api_key
    bearer = settings.copilot_provider_bearer_token
    return Provider(
        type=settings.copilot_provider_type,
        base_url=settings.copilot_provider_base_url,
        api_key=key.get_secret_value() if key else None,
        bearer_token=bearer.get_secret_value() if bearer else None,
        wire_api=settings.copilot_provider_wire_api,
        headers={
            name: value.get_secret_value()
            for name, value in settings.copilot_provider_headers.items()
        },
    )
