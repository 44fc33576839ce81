"""One life of the runtime, as those see it who want something of it."""

from __future__ import annotations

import asyncio
import logging
import subprocess
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, cast
from weakref import WeakSet

from copilot import CopilotClient, ModelInfo, ProviderConfig, SessionEvent
from copilot import CopilotSession as SdkSession
from copilot.rpc import ModelsListRequest, SandboxConfig
from copilot.session import (
    ModelCapabilitiesOverride,
    ModelLimitsOverride,
    ModelSupportsOverride,
    ModelVisionLimitsOverride,
    ReasoningEffort,
)

from adapters.copilot import profile, session_tools
from adapters.copilot.asking import asked
from adapters.copilot.desk_tools import offered
from adapters.copilot.files import EVENTS, FilesBridge
from adapters.copilot.models import Models, Sight
from adapters.copilot.naming import Namer, Naming
from adapters.copilot.options import Provider, RuntimeOptions
from adapters.copilot.permissions import Permissions
from adapters.copilot.sandbox import SandboxUse, Support, config_of, support_of
from adapters.copilot.session import CopilotSession, Questions
from bot.directories import WorkingDirectory
from bot.errors import CopilotError, RuntimeUnavailable, SandboxMissing
from bot.events import UsageReported
from bot.ports import SessionSpec
from bot.profile import Profile

_GONE_TIMEOUT_S = 2
_OPEN_TIMEOUT_S = 60

_log = logging.getLogger(__name__)


class Connection:
    """One life of the runtime.

    Args:
        client: the SDK's, started.
        process: the runtime.
        lost: is done once the process is gone.
        version: of the runtime.
        options: how it was started.
        models: what is known of the models.
        programs: directories that the runtime's own programs are in.
    """

    def __init__(
        self,
        client: CopilotClient,
        process: subprocess.Popen[bytes],
        *,
        lost: asyncio.Future[None],
        version: str,
        options: RuntimeOptions,
        models: Models,
        programs: Sequence[Path] = (),
    ) -> None:
        self.process = process
        self.lost = lost
        self.version = version
        self._client = client
        self._options = options
        self._models = models
        self._has_provider = options.provider is not None
        self._own = tuple(tool.name for tool in options.tools)
        self.signs = 0
        """How often it was heard of."""
        self.is_leaving = False
        """Whether another one has taken its place: what runs may end, nothing more is begun."""
        self._sessions: WeakSet[CopilotSession] = WeakSet()
        self._programs = tuple(programs)
        self._support: Support | None = None
        self._namer = Namer(
            client,
            lost,
            models,
            _provider_config(options.provider),
            github_token=options.token_of_sessions,
        )

    @property
    def is_at_work(self) -> bool:
        """Whether a turn runs."""
        return any(session.is_in_turn for session in self._sessions)

    async def ping(self) -> None:
        """Ask it for a sign of life.

        Raises:
            CopilotError: it is gone, or says that something is wrong.
        """
        await asked(self._client.ping(), self.lost, has_provider=self._has_provider)

    async def gone(self) -> None:
        """Wait for the end of a runtime of which the SDK says that it is lost."""
        await asyncio.wait({self.lost}, timeout=_GONE_TIMEOUT_S)
        if not self.lost.done():
            # It hung up but lives: it is of no use to anybody.
            await self.kill()

    async def kill(self) -> None:
        """End it at once; whoever waits for it learns that it is lost."""
        self.process.kill()
        await asyncio.wait({self.lost}, timeout=_GONE_TIMEOUT_S)

    async def open(self, spec: SessionSpec) -> CopilotSession:
        """Open a session.

        Raises:
            CopilotError: it cannot be opened.
            StoreError: the session's files failed.
        """
        if spec.directory is None:
            # A shell has to be somewhere, and here there is no place for one.
            spec = replace(spec, profile=spec.profile.within(Profile.WEB))
        directory = spec.directory.path if spec.directory else ""
        bridge = FilesBridge(spec.files, spec.session_id, directory)
        questions = Questions()
        asking = [tool.name for tool in spec.tools]
        permissions = Permissions(spec.profile, self._own, directory, asking)
        sandbox = None if spec.directory is None else await self._sandbox(spec.directory)
        # The runtime would create a session over another one, and both would be one later.
        is_new = spec.is_new and not await bridge.exists(EVENTS)
        opening = self._create if is_new else self._resume
        try:
            async with asyncio.timeout(_OPEN_TIMEOUT_S):
                session = await asked(
                    opening(spec, bridge, questions, permissions, sandbox),
                    self.lost,
                    has_provider=self._has_provider,
                )
        except TimeoutError as exc:
            raise RuntimeUnavailable(
                "The Copilot runtime takes too long to open a session: try again in a moment."
            ) from exc
        except CopilotError:
            if bridge.failure is not None:
                raise bridge.failure from None
            raise
        opened = CopilotSession(
            session,
            bridge=bridge,
            lost=self.lost,
            questions=questions,
            permissions=permissions,
            models=self._models,
            model=spec.model,
            naming=self._naming(spec, is_new=is_new),
            tools=self._options.tools,
            fit=self._options.fit,
            has_provider=self._has_provider,
            has_shell=spec.directory is not None,
            is_leaving=lambda: self.is_leaving,
        )
        session.on(self._heard)
        self._sessions.add(opened)
        if bridge.failure is not None:
            await opened.close()
            raise bridge.failure
        return opened

    async def learn_of_models(self) -> None:
        """Ask GitHub what its models can do; without an answer, nothing is known of them."""
        try:
            await self.list_models()
        except CopilotError as exc:
            _log.info("the Copilot runtime does not say which models there are: %s", exc)

    async def list_models(self) -> None:
        """Ask GitHub for its models; the SDK asks once in a runtime's life.

        Raises:
            CopilotError: there is no answer.
        """
        token = self._options.token_of_sessions
        listing = self._client.list_models() if token is None else self._models_of(token)
        self._models.listed(await asked(listing, self.lost, has_provider=self._has_provider))

    async def _models_of(self, token: str) -> list[ModelInfo]:
        found = await self._client.rpc.models.list(ModelsListRequest(git_hub_token=token))
        return [ModelInfo.from_dict(model.to_dict()) for model in found.models]

    async def tell_sandbox(self) -> None:
        """Tell the log whether commands can be kept in a sandbox here."""
        try:
            support = await self._supported()
        except CopilotError as exc:
            _log.warning("the Copilot runtime does not say whether it has a sandbox: %s", exc)
            return
        if self._options.sandbox is SandboxUse.OFF:
            _log.warning("commands run without a sandbox, as THREADPILOT_SANDBOX says")
        elif not support.has_sandbox:
            _log.warning("commands cannot run in a sandbox here: %s", support.reason)
        elif self._options.has_network and not support.has_network:
            _log.warning("commands run in a sandbox without a network: %s", support.reason)
        else:
            _log.info("commands run in a sandbox")

    async def _supported(self) -> Support:
        if self._support is None:
            asking = support_of(self._client)
            self._support = await asked(asking, self.lost, has_provider=self._has_provider)
        return self._support

    async def _sandbox(self, directory: WorkingDirectory) -> SandboxConfig | None:
        """The sandbox of a session that works in a directory; None for none.

        Raises:
            SandboxMissing: there has to be one.
        """
        if self._options.sandbox is SandboxUse.OFF:
            return None
        support = await self._supported()
        if not support.has_sandbox:
            if self._options.sandbox is SandboxUse.AUTO:
                return None
            raise SandboxMissing(f"Commands cannot run in a sandbox here: {support.reason}")
        return config_of(
            directory,
            home=self._options.home.absolute(),
            readable=self._programs,
            has_network=self._options.has_network and support.has_network,
        )

    def _names(self, spec: SessionSpec) -> list[str]:
        return [*self._own, *(tool.name for tool in spec.tools)]

    def _heard(self, _: SessionEvent) -> None:
        self.signs += 1

    def _naming(self, spec: SessionSpec, *, is_new: bool) -> Naming:
        def ask(prompt: str, spent: Callable[[UsageReported], None]) -> Coroutine[Any, Any, str]:
            return self._namer.title(spec.session_id, spec.model, prompt, spent)

        is_needed = is_new and spec.needs_title
        return Naming(ask if self._options.has_titles else None, is_needed=is_needed)

    async def _create(
        self,
        spec: SessionSpec,
        bridge: FilesBridge,
        questions: Questions,
        permissions: Permissions,
        sandbox: SandboxConfig | None,
    ) -> SdkSession:
        return await self._client.create_session(
            session_id=spec.session_id,
            model=spec.model or self._options.model,
            reasoning_effort=_effort(spec),
            provider=_provider_config(self._options.provider),
            github_token=self._options.token_of_sessions,
            streaming=True,
            include_sub_agent_streaming_events=False,
            model_capabilities=_capabilities(self._options.sight),
            tools=[
                *offered(self._options.tools, bridge),
                *session_tools.offered(spec.tools),
            ],
            available_tools=profile.tools(spec.profile, self._names(spec)),
            system_message=profile.system_message(spec.profile, _ground(spec, sandbox)),
            working_directory=spec.directory.path if spec.directory else None,
            sandbox_config=sandbox,
            # It would run git in the directory by itself, outside of the sandbox.
            enable_host_git_operations=False,
            on_permission_request=permissions.handle,
            on_user_input_request=questions.handle,
            create_session_fs_handler=lambda _: bridge,
        )

    async def _resume(
        self,
        spec: SessionSpec,
        bridge: FilesBridge,
        questions: Questions,
        permissions: Permissions,
        sandbox: SandboxConfig | None,
    ) -> SdkSession:
        return await self._client.resume_session(
            spec.session_id,
            model=spec.model or self._options.model,
            reasoning_effort=_effort(spec),
            # The runtime keeps no provider in the session's state.
            provider=_provider_config(self._options.provider),
            github_token=self._options.token_of_sessions,
            streaming=True,
            include_sub_agent_streaming_events=False,
            model_capabilities=_capabilities(self._options.sight),
            tools=[
                *offered(self._options.tools, bridge),
                *session_tools.offered(spec.tools),
            ],
            available_tools=profile.tools(spec.profile, self._names(spec)),
            system_message=profile.system_message(spec.profile, _ground(spec, sandbox)),
            working_directory=spec.directory.path if spec.directory else None,
            sandbox_config=sandbox,
            # It would run git in the directory by itself, outside of the sandbox.
            enable_host_git_operations=False,
            on_permission_request=permissions.handle,
            on_user_input_request=questions.handle,
            create_session_fs_handler=lambda _: bridge,
            # It would be one more write for every time that a thread wakes up.
            suppress_resume_event=True,
        )


def _provider_config(provider: Provider | None) -> ProviderConfig | None:
    if provider is None:
        return None
    config: ProviderConfig = {"type": provider.type, "base_url": provider.base_url}
    if provider.api_key is not None:
        config["api_key"] = provider.api_key
    if provider.bearer_token is not None:
        config["bearer_token"] = provider.bearer_token
    if provider.wire_api is not None:
        config["wire_api"] = provider.wire_api
    if provider.headers:
        config["headers"] = dict(provider.headers)
    return config


def _ground(spec: SessionSpec, sandbox: SandboxConfig | None) -> profile.Ground | None:
    """What the model is told of where it works."""
    if spec.directory is None:
        return None
    network = sandbox.user_policy.network if sandbox and sandbox.user_policy else None
    return profile.Ground(
        directory=spec.directory.path,
        branch=spec.directory.branch,
        is_sandboxed=sandbox is not None,
        has_network=network is None or bool(network.allow_outbound),
    )


def _effort(spec: SessionSpec) -> ReasoningEffort | None:
    # The runtime takes what the models take, which may be more than the SDK has names for.
    return cast("ReasoningEffort", spec.effort) if spec.effort else None


def _capabilities(sight: Sight) -> ModelCapabilitiesOverride | None:
    """What the runtime is told of the models; by itself it thinks that unknown ones are blind.

    It hands them the pictures of a prompt all the same, but not those that they view on the desk.
    """
    if sight is not Sight.YES:
        return None
    vision = ModelVisionLimitsOverride(
        supported_media_types=["image/png", "image/jpeg", "image/webp", "image/gif"],
        max_prompt_images=20,
        max_prompt_image_size=5 * 1024 * 1024,
    )
    return ModelCapabilitiesOverride(
        supports=ModelSupportsOverride(vision=True), limits=ModelLimitsOverride(vision=vision)
    )
