"""One life of the runtime, as those see it who want something of it."""

from __future__ import annotations

import asyncio
import logging
import subprocess
from collections.abc import Coroutine
from typing import Any, cast
from weakref import WeakSet

from copilot import CopilotClient, ProviderConfig, SessionEvent
from copilot import CopilotSession as SdkSession
from copilot.session import (
    ModelCapabilitiesOverride,
    ModelLimitsOverride,
    ModelSupportsOverride,
    ModelVisionLimitsOverride,
    ReasoningEffort,
)

from adapters.copilot import profile
from adapters.copilot.asking import asked
from adapters.copilot.desk_tools import offered
from adapters.copilot.files import EVENTS, FilesBridge
from adapters.copilot.models import Models, Sight
from adapters.copilot.naming import Namer, Naming
from adapters.copilot.options import Provider, RuntimeOptions
from adapters.copilot.permissions import Permissions
from adapters.copilot.session import CopilotSession, Questions
from bot.errors import CopilotError, RuntimeUnavailable
from bot.ports import SessionSpec

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
        self._namer = Namer(client, lost, models, _provider_config(options.provider))

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
        bridge = FilesBridge(spec.files, spec.session_id)
        questions = Questions()
        permissions = Permissions(spec.profile, self._own)
        # The runtime would create a session over another one, and both would be one later.
        is_new = spec.is_new and not await bridge.exists(EVENTS)
        opening = self._create if is_new else self._resume
        try:
            async with asyncio.timeout(_OPEN_TIMEOUT_S):
                session = await asked(
                    opening(spec, bridge, questions, permissions),
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
        models = await asked(self._client.list_models(), self.lost, has_provider=self._has_provider)
        self._models.listed(models)

    def _heard(self, _: SessionEvent) -> None:
        self.signs += 1

    def _naming(self, spec: SessionSpec, *, is_new: bool) -> Naming:
        def ask(prompt: str) -> Coroutine[Any, Any, str]:
            return self._namer.title(spec.session_id, spec.model, prompt)

        return Naming(ask if self._options.has_titles else None, is_needed=is_new)

    async def _create(
        self,
        spec: SessionSpec,
        bridge: FilesBridge,
        questions: Questions,
        permissions: Permissions,
    ) -> SdkSession:
        return await self._client.create_session(
            session_id=spec.session_id,
            model=spec.model or self._options.model,
            reasoning_effort=_effort(spec),
            provider=_provider_config(self._options.provider),
            streaming=True,
            include_sub_agent_streaming_events=False,
            model_capabilities=_capabilities(self._options.sight),
            tools=offered(self._options.tools, bridge),
            available_tools=profile.tools(spec.profile, self._own),
            system_message=profile.system_message(spec.profile),
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
    ) -> SdkSession:
        return await self._client.resume_session(
            spec.session_id,
            model=spec.model or self._options.model,
            reasoning_effort=_effort(spec),
            # The runtime keeps no provider in the session's state.
            provider=_provider_config(self._options.provider),
            streaming=True,
            include_sub_agent_streaming_events=False,
            model_capabilities=_capabilities(self._options.sight),
            tools=offered(self._options.tools, bridge),
            available_tools=profile.tools(spec.profile, self._own),
            system_message=profile.system_message(spec.profile),
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
