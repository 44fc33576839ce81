"""Keeps a Copilot runtime running: starts it, notices its death at once, starts it again."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, cast

from copilot import CopilotClient, ProviderConfig, RuntimeConnection
from copilot import CopilotSession as SdkSession

# The SDK raises these two, and has no public name for them.
from copilot._jsonrpc import JsonRpcError, ProcessExitedError
from copilot.session import (
    ModelCapabilitiesOverride,
    ModelLimitsOverride,
    ModelSupportsOverride,
    ModelVisionLimitsOverride,
    ReasoningEffort,
)

from adapters.copilot import profile
from adapters.copilot.asking import asked
from adapters.copilot.desk_tools import DeskTool, offered
from adapters.copilot.discovery import Found, find, package_cache
from adapters.copilot.failures import LOST, not_signed_in, of_start
from adapters.copilot.files import DESK, EVENTS, STATE, FilesBridge
from adapters.copilot.models import Models, Sight
from adapters.copilot.naming import Namer, Naming
from adapters.copilot.permissions import Permissions
from adapters.copilot.session import CopilotSession, Fit, Questions
from adapters.copilot.times import read_times_quickly
from bot.errors import CopilotError, RuntimeLost, RuntimeMissing, RuntimeUnavailable
from bot.patience import happens
from bot.ports import Clock, Model, RuntimeHealth, SessionSpec

_START_TIMEOUT_S = 30
_STOP_TIMEOUT_S = 5
_HEALTH_TIMEOUT_S = 5
_GONE_TIMEOUT_S = 2
_LONGEST_PAUSE_S = 30.0
# One that lived this long is started again without a pause.
_SETTLED_S = 10.0
# So many starts in a row that failed, and nobody is kept waiting any more.
_PATIENCE = 3
_OPEN_ATTEMPTS = 3

_log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True, slots=True)
class Provider:
    """A model provider of the operator's.

    Args:
        base_url: its address, such as `https://host/v1`.
        type: which API it speaks.
        api_key: its key, if it wants one.
        bearer_token: goes before the key.
        wire_api: which of OpenAI's APIs it speaks.
        headers: more HTTP headers.
    """

    base_url: str
    type: Literal["openai", "azure", "anthropic"] = "openai"
    api_key: str | None = field(default=None, repr=False)
    bearer_token: str | None = field(default=None, repr=False)
    wire_api: Literal["completions", "responses"] | None = None
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class RuntimeOptions:
    """How to run the runtime.

    Args:
        home: a directory of its own. Nothing in it is needed again.
        executable: the program; None to have one found.
        model: what sessions use that name no other; None for the runtime's choice.
        choice: what they may use besides; empty for all of GitHub's.
        provider: where models are; None for GitHub.
        github_token: signs in to GitHub.
        is_offline: whether it may reach nothing but the provider.
        sight: whether models are shown pictures.
        fit: makes a picture fit for models; None to leave them as they are.
        tools: what models are offered beside the runtime's tools.
        has_titles: whether a model is asked for the titles of conversations.
        log_level: how much it writes into `home/logs`.
        open_timeout_s: how long `open` waits for a runtime that is being started.
    """

    home: Path
    executable: Path | None = None
    model: str | None = None
    choice: tuple[str, ...] = ()
    provider: Provider | None = None
    github_token: str | None = field(default=None, repr=False)
    is_offline: bool = False
    sight: Sight = Sight.AUTO
    fit: Fit | None = None
    tools: tuple[DeskTool, ...] = ()
    has_titles: bool = False
    log_level: Literal["none", "error", "warning", "info", "debug", "all"] = "error"
    open_timeout_s: float = 30.0


@asynccontextmanager
async def open_runtime(options: RuntimeOptions, *, clock: Clock) -> AsyncIterator[CopilotRuntime]:
    """Run a Copilot runtime while the context is open.

    It is started in the background. One that cannot be started is tried again, with longer
    and longer pauses; `health` and `open` say why.

    Args:
        options: how to run it.
        clock: paces the starts.
    """
    # The SDK tells every failure with its stack, and raises it as well.
    logging.getLogger("copilot").setLevel(logging.ERROR)
    read_times_quickly()
    runtime = CopilotRuntime(options, clock)
    keeping = asyncio.create_task(runtime.keep_running(), name="copilot runtime")
    try:
        yield runtime
    finally:
        keeping.cancel()
        # What it fails with is raised here; its cancellation is not ours.
        await asyncio.wait({keeping})
        if not keeping.cancelled():
            keeping.result()


class CopilotRuntime:
    """The agent runtime of `open_runtime`.

    Args:
        options: how to run it.
        clock: paces the starts.
    """

    def __init__(self, options: RuntimeOptions, clock: Clock) -> None:
        self._options = options
        self._clock = clock
        self._models = Models(
            options.sight,
            options.model,
            choice=options.choice,
            has_provider=options.provider is not None,
        )
        self._connection: _Connection | None = None
        self._trouble: CopilotError = RuntimeUnavailable(
            "The Copilot runtime is being started: try again in a moment."
        )
        self._failed_starts = 0
        self._wanted = asyncio.Event()
        self._changed = asyncio.Condition()

    @property
    def process_id(self) -> int | None:
        """The runtime's process; None while there is none."""
        return self._connection.process.pid if self._connection is not None else None

    async def open(self, spec: SessionSpec) -> CopilotSession:
        """Open a session; see `Runtime.open`.

        Raises:
            SessionMissing: there is nothing to resume.
            RuntimeMissing: no runtime was found.
            RuntimeUnavailable: it does not start.
            NotSignedIn: there is nothing to sign in with, or it was refused.
            CopilotError: it cannot be opened for another reason.
            StoreError: the session's files failed.
        """
        if self._options.provider is None and self._options.github_token is None:
            raise not_signed_in(is_offline=self._options.is_offline)
        for attempt in range(1, _OPEN_ATTEMPTS + 1):
            connection = await self._connected()
            try:
                return await connection.open(spec)
            except RuntimeLost:
                if attempt == _OPEN_ATTEMPTS:
                    raise
                await connection.gone()
        raise AssertionError("unreachable")

    async def models(self) -> Sequence[Model]:
        """The models that a thread may choose; see `Runtime.models`.

        Raises:
            RuntimeMissing: no runtime was found.
            RuntimeUnavailable: it does not start.
            NotSignedIn: there is nothing to sign in with, or it was refused.
            CopilotError: GitHub does not list its models.
        """
        if self._options.provider is None:
            if self._options.github_token is None:
                raise not_signed_in(is_offline=self._options.is_offline)
            await (await self._connected()).list_models()
        return self._models.offered()

    async def health(self) -> RuntimeHealth:
        """Ask it."""
        connection = self._connection
        if connection is None:
            return RuntimeHealth(is_up=False, reason=str(self._trouble))
        try:
            async with asyncio.timeout(_HEALTH_TIMEOUT_S):
                await connection.ping()
        except (CopilotError, TimeoutError):
            return RuntimeHealth(
                is_up=False,
                version=connection.version,
                reason="The Copilot runtime does not answer.",
            )
        return RuntimeHealth(is_up=True, version=connection.version)

    async def keep_running(self) -> None:
        """Start the runtime, and again whenever it dies, until cancelled."""
        short_lives = 0
        while True:
            began = self._clock.monotonic()
            try:
                async with _connect(self._options, self._models) as connection:
                    self._failed_starts = 0
                    await self._report(connection, RuntimeUnavailable(LOST))
                    await asyncio.wait({connection.lost})
                    _log.warning("the Copilot runtime died: it is started again")
                    # Before it is cleaned away, so that nobody is given it any more.
                    await self._report(None, RuntimeUnavailable(LOST))
            except CopilotError as exc:
                self._failed_starts += 1
                _log.warning("the Copilot runtime cannot be started: %s", exc)
                await self._report(None, exc)
            if self._clock.monotonic() - began >= _SETTLED_S:
                short_lives = 0
            short_lives += 1
            await happens(self._wanted, self._clock, _pause_s(short_lives))
            self._wanted.clear()

    async def _connected(self) -> _Connection:
        """The runtime once it runs; not for longer than there is hope."""
        # Whoever asks is worth another try, however hopeless the last ones were.
        failed_before = self._failed_starts if self._is_hopeless else 0

        def is_decided() -> bool:
            if self._running is not None:
                return True
            return self._is_hopeless and self._failed_starts > failed_before

        async with self._changed:
            if self._running is None and failed_before:
                self._wanted.set()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._options.open_timeout_s):
                    await self._changed.wait_for(is_decided)
            if self._running is None:
                # A new one each time: it gathers the stacks of where it is raised.
                raise type(self._trouble)(*self._trouble.args)
            return self._running

    @property
    def _running(self) -> _Connection | None:
        connection = self._connection
        return None if connection is None or connection.lost.done() else connection

    @property
    def _is_hopeless(self) -> bool:
        return self._failed_starts >= _PATIENCE or (
            self._failed_starts > 0 and isinstance(self._trouble, RuntimeMissing)
        )

    async def _report(self, connection: _Connection | None, trouble: CopilotError) -> None:
        async with self._changed:
            self._connection = connection
            self._trouble = trouble
            self._changed.notify_all()


class _Connection:
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
        self._namer = Namer(client, lost, models, _provider_config(options.provider))

    async def ping(self) -> None:
        await asked(self._client.ping(), self.lost, has_provider=self._has_provider)

    async def gone(self) -> None:
        """Wait for the end of a runtime of which the SDK says that it is lost."""
        await asyncio.wait({self.lost}, timeout=_GONE_TIMEOUT_S)
        if not self.lost.done():
            # It hung up but lives: it is of no use to anybody.
            self.process.kill()
            await asyncio.wait({self.lost}, timeout=_GONE_TIMEOUT_S)

    async def open(self, spec: SessionSpec) -> CopilotSession:
        bridge = FilesBridge(spec.files)
        questions = Questions()
        permissions = Permissions(spec.profile, self._own)
        # The runtime would create a session over another one, and both would be one later.
        is_new = spec.is_new and not await bridge.exists(EVENTS)
        opening = self._create if is_new else self._resume
        try:
            session = await asked(
                opening(spec, bridge, questions, permissions),
                self.lost,
                has_provider=self._has_provider,
            )
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
        )
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


@asynccontextmanager
async def _connect(options: RuntimeOptions, models: Models) -> AsyncIterator[_Connection]:
    """Start a runtime, and stop it at the end, dead or alive.

    Raises:
        RuntimeMissing: there is none.
        RuntimeUnavailable: it does not start.
    """
    found = await asyncio.to_thread(find, options.executable)
    client = _client(options, found)
    process: subprocess.Popen[bytes] | None = None
    starting = asyncio.create_task(client.start())
    try:
        # It makes the process before it waits for anything, and forgets it when it fails.
        await asyncio.sleep(0)
        process = _process(client)
        version = await _started(client, starting, found)
        if process is None:
            raise of_start("it was not started", found)
        with _watched(process) as lost:
            connection = _Connection(
                client, process, lost=lost, version=version, options=options, models=models
            )
            learning = asyncio.create_task(_learn(connection, options), name="models")
            try:
                yield connection
            finally:
                learning.cancel()
                await asyncio.wait({learning})
                if not lost.done():
                    await _say_goodbye(client)
                if not learning.cancelled():
                    learning.result()
    finally:
        # Whoever is cancelled meanwhile still waits for it: nothing may be left behind.
        cleaning = asyncio.create_task(_clean_up(client, process or _process(client), starting))
        try:
            await asyncio.shield(cleaning)
        except asyncio.CancelledError:
            await cleaning
            raise


async def _learn(connection: _Connection, options: RuntimeOptions) -> None:
    if options.provider is None and options.github_token is not None:
        await connection.learn_of_models()


def _client(options: RuntimeOptions, found: Found) -> CopilotClient:
    home = options.home.absolute()
    try:
        (home / "tmp").mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as exc:
        raise RuntimeUnavailable(
            f"The Copilot runtime has no place to work: {home} cannot be written ({exc.strerror})."
        ) from exc
    arguments = [str(found.path)]
    if found.path.suffix == ".js":
        arguments.insert(0, "node")
    return CopilotClient(
        # Over its standard input, whose end it notices when we are gone, however we went.
        connection=RuntimeConnection.for_stdio(
            path=sys.executable, args=["-I", "-S", "-c", _IN_ITS_OWN_SESSION, *arguments]
        ),
        working_directory=str(home),
        base_directory=str(home),
        env=_environment(options, found, home),
        log_level=options.log_level,
        github_token=options.github_token,
        use_logged_in_user=False,
        mode="empty",
        session_fs={
            "initial_working_directory": DESK,
            "session_state_path": STATE,
            "conventions": "posix",
            "capabilities": {"binary": True},
        },
    )


# Ctrl-C in a terminal goes to all processes of its session. The runtime would end at once, and
# the turns that we still let come to their end with it.
_IN_ITS_OWN_SESSION = "import os, sys; os.setsid(); os.execvp(sys.argv[1], sys.argv[1:])"


async def _started(client: CopilotClient, starting: asyncio.Task[None], found: Found) -> str:
    """Wait until it runs; returns its version.

    Raises:
        RuntimeUnavailable: it does not start.
    """
    try:
        async with asyncio.timeout(_START_TIMEOUT_S):
            await starting
            return (await client.get_status()).version
    except TimeoutError as exc:
        raise of_start("it did not answer in time", found) from exc
    except (RuntimeError, OSError, JsonRpcError, ProcessExitedError) as exc:
        raise of_start(str(exc), found) from exc


def _process(client: CopilotClient) -> subprocess.Popen[bytes] | None:
    """The runtime's process. The SDK has no public name for it."""
    return client._cli_process  # noqa: SLF001


@contextlib.contextmanager
def _watched(process: subprocess.Popen[bytes]) -> Iterator[asyncio.Future[None]]:
    """Watch a process; the future is done as soon as it is gone."""
    loop = asyncio.get_running_loop()
    lost: asyncio.Future[None] = loop.create_future()

    def gone() -> None:
        if not lost.done():
            lost.set_result(None)

    try:
        descriptor = os.pidfd_open(process.pid)
    except ProcessLookupError:
        gone()
        yield lost
    except (AttributeError, OSError):
        # Not Linux, or not allowed. The thread ends with the process, which `_connect` ends.
        threading.Thread(target=_wait, args=(process, loop, gone), daemon=True).start()
        yield lost
    else:
        loop.add_reader(descriptor, gone)
        lost.add_done_callback(lambda _: loop.remove_reader(descriptor))
        try:
            yield lost
        finally:
            loop.remove_reader(descriptor)
            os.close(descriptor)


def _wait(
    process: subprocess.Popen[bytes], loop: asyncio.AbstractEventLoop, gone: Callable[[], None]
) -> None:
    process.wait()
    with contextlib.suppress(RuntimeError):  # the loop is closed, so nobody waits
        loop.call_soon_threadsafe(gone)


async def _say_goodbye(client: CopilotClient) -> None:
    """Let the runtime end by itself."""
    try:
        async with asyncio.timeout(_STOP_TIMEOUT_S):
            await client.stop()
    except ExceptionGroup as exc:
        # Sessions that were still open; their state is in their files.
        _log.debug("the Copilot runtime was not stopped cleanly: %s", exc.exceptions)
    except (TimeoutError, OSError) as exc:
        _log.debug("the Copilot runtime was not stopped cleanly: %r", exc)


async def _clean_up(
    client: CopilotClient, process: subprocess.Popen[bytes] | None, starting: asyncio.Task[None]
) -> None:
    """End whatever is left of the process, and close what led to it."""
    starting.cancel()
    await asyncio.wait({starting})
    if not starting.cancelled():
        starting.exception()  # whoever wanted to know was told
    try:
        await client.force_stop()
    except (OSError, subprocess.TimeoutExpired) as exc:
        _log.warning("the Copilot runtime cannot be ended: %s", exc)
    if process is None:
        return
    for pipe in (process.stdin, process.stdout, process.stderr):
        if pipe is not None:
            with contextlib.suppress(OSError):
                pipe.close()


_PASSED_ON = frozenset(
    {"PATH", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "GH_HOST", "COPILOT_GH_HOST"}
    | {"HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"}
    | {"http_proxy", "https_proxy", "all_proxy", "no_proxy"}
    | {"SSL_CERT_FILE", "SSL_CERT_DIR", "NODE_EXTRA_CA_CERTS"}
)


def _environment(options: RuntimeOptions, found: Found, home: Path) -> dict[str, str]:
    """What the runtime is told; nothing of ours, such as the chat platform's tokens."""
    environment = {name: value for name, value in os.environ.items() if name in _PASSED_ON}
    environment |= {
        "HOME": str(home),
        "TMPDIR": str(home / "tmp"),
        # Where it unpacks itself: outside of its home, or it would do so at every start.
        "COPILOT_PKG_CACHE_HOME": str(package_cache(found)),
    }
    if options.is_offline:
        environment["COPILOT_OFFLINE"] = "true"
        # It does not start offline without these two, though each session brings its own.
        if options.provider is not None:
            environment["COPILOT_PROVIDER_BASE_URL"] = options.provider.base_url
        environment["COPILOT_MODEL"] = options.model or "none"
    return environment


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


def _pause_s(short_lives: int) -> float:
    """How long to wait after so many short lives in a row; not at all after the first."""
    return 0.0 if short_lives <= 1 else min(0.5 * 2.0 ** min(short_lives - 2, 10), _LONGEST_PAUSE_S)
