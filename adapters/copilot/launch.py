"""Starts a runtime's process and ends it: nothing of it is ever left behind."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

from copilot import CopilotClient, RuntimeConnection

# The SDK raises these two, and has no public name for them.
from copilot._jsonrpc import JsonRpcError, ProcessExitedError

from adapters.copilot.connection import Connection
from adapters.copilot.discovery import Found, find, package_cache
from adapters.copilot.failures import of_start
from adapters.copilot.files import DESK, STATE
from adapters.copilot.models import Models
from adapters.copilot.options import RuntimeOptions
from adapters.copilot.sandbox import support_of
from bot.errors import RuntimeUnavailable

_START_TIMEOUT_S = 30
_STOP_TIMEOUT_S = 5

_log = logging.getLogger(__name__)


@asynccontextmanager
async def launched(options: RuntimeOptions, models: Models) -> AsyncIterator[Connection]:
    """Start a runtime, and stop it at the end, dead or alive.

    Args:
        options: how to run it.
        models: learns which models there are.

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
            connection = Connection(
                client,
                process,
                lost=lost,
                version=version,
                options=options,
                models=models,
                programs=(found.path.parent, package_cache(found)),
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


async def sandbox_of(found: Found) -> str:
    """What a runtime says of the sandbox of its host, in a sentence.

    Args:
        found: the runtime; it is started for this, and stopped.

    Raises:
        RuntimeUnavailable: it does not start.
    """
    with tempfile.TemporaryDirectory(prefix="threadpilot-ask-") as home:
        options = RuntimeOptions(home=Path(home), executable=found.path)
        client = _client(options, found)
        starting = asyncio.create_task(client.start())
        try:
            await _started(client, starting, found)
            support = await support_of(client)
        finally:
            await _clean_up(client, _process(client), starting)
    if not support.has_sandbox:
        return f"There is no sandbox: {support.reason}"
    if not support.has_network:
        return f"There is a sandbox, without a network: {support.reason}"
    return "There is a sandbox, with a network."


async def _learn(connection: Connection, options: RuntimeOptions) -> None:
    if options.has_agents:
        await connection.tell_sandbox()
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
        github_token=None if options.has_agents else options.github_token,
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
        # Not Linux, or not allowed. The thread ends with the process, which `launched` ends.
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
