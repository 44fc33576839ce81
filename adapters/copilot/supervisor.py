"""Keeps a Copilot runtime running: starts it, notices when it dies or hangs, starts it again.

A life of the runtime goes like this:

    STARTING -a→ CURRENT -b→ OVER    STARTING -c→ OVER    CURRENT -d→ LEAVING -e→ OVER

a it answers; b it died, or gave no sign of life and was killed; c it cannot be started; d it
takes more memory than it should, and a fresh one is current now; e its turns have ended, or it
takes twice as much.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from adapters.copilot.connection import Connection
from adapters.copilot.failures import LOST, not_signed_in
from adapters.copilot.launch import launched
from adapters.copilot.models import Models
from adapters.copilot.options import Provider, RuntimeOptions
from adapters.copilot.pulse import heavier, resident_mb, silent
from adapters.copilot.session import CopilotSession
from adapters.copilot.times import read_times_quickly
from bot.errors import CopilotError, RuntimeLost, RuntimeMissing, RuntimeUnavailable
from bot.patience import cancelled, happens
from bot.ports import Clock, Model, RuntimeHealth, SessionSpec

__all__ = ["CopilotRuntime", "Provider", "RuntimeOptions", "open_runtime"]

# Less than what the health endpoint waits for all parts together.
_HEALTH_TIMEOUT_S = 3
_LONGEST_PAUSE_S = 30.0
# One that lived this long is started again without a pause.
_SETTLED_S = 10.0
# So many starts in a row that failed, and nobody is kept waiting any more.
_PATIENCE = 3
_OPEN_ATTEMPTS = 3
# So many times what it may take, and a runtime is not waited for any more.
_TOO_HEAVY = 2

_log = logging.getLogger(__name__)


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
        self._connection: Connection | None = None
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
        memory_mb = resident_mb(connection.process.pid)
        return RuntimeHealth(is_up=True, version=connection.version, memory_mb=memory_mb)

    async def keep_running(self) -> None:
        """Start the runtime, and again whenever it is over, until cancelled."""
        short_lives = 0
        async with asyncio.TaskGroup() as lives:
            while True:
                began = self._clock.monotonic()
                is_heavy = asyncio.Event()
                life = lives.create_task(self._live(is_heavy), name="life of the Copilot runtime")
                growing = lives.create_task(is_heavy.wait())
                await asyncio.wait({life, growing}, return_when=asyncio.FIRST_COMPLETED)
                growing.cancel()
                if self._clock.monotonic() - began >= _SETTLED_S:
                    short_lives = 0
                short_lives += 1
                await happens(self._wanted, self._clock, _pause_s(short_lives))
                self._wanted.clear()

    async def _live(self, is_heavy: asyncio.Event) -> None:
        """One life of the runtime.

        Args:
            is_heavy: is set when another one shall take its place.
        """
        try:
            async with launched(self._options, self._models) as connection:
                self._failed_starts = 0
                await self._report(connection, RuntimeUnavailable(LOST))
                await self._watch(connection, is_heavy)
                # Before it is cleaned away, so that nobody is given it any more.
                if self._connection is connection:
                    await self._report(None, RuntimeUnavailable(LOST))
        except CopilotError as exc:
            self._failed_starts += 1
            _log.warning("the Copilot runtime cannot be started: %s", exc)
            if self._running is None:  # else the one whose place it was to take goes on
                await self._report(None, exc)

    async def _watch(self, connection: Connection, is_heavy: asyncio.Event) -> None:
        """Return when a runtime is dead, or of no more use."""
        beat_s = self._options.beat_s
        silence = asyncio.create_task(silent(connection, self._clock, beat_s), name="silence")
        leaving = asyncio.create_task(self._leave(connection, is_heavy), name="leaving")
        try:
            await asyncio.wait(
                {connection.lost, silence, leaving}, return_when=asyncio.FIRST_COMPLETED
            )
        finally:
            await cancelled(silence, leaving)
        if connection.lost.done():
            _log.warning("the Copilot runtime died: it is started again")
        elif not silence.cancelled():
            _log.warning("the Copilot runtime gives no sign of life: it is killed")
            await connection.kill()
        else:
            leaving.result()
            _log.info("the Copilot runtime that took too much memory is let go")

    async def _leave(self, connection: Connection, is_heavy: asyncio.Event) -> None:
        """Once it takes too much memory: let another one take its place, and its turns end."""
        limit_mb, beat_s = self._options.memory_mb, self._options.beat_s
        process_id = connection.process.pid
        if not limit_mb:
            await asyncio.Event().wait()
        await heavier(process_id, limit_mb, self._clock, beat_s)
        _log.warning("the Copilot runtime takes more than %s MB: a fresh one is started", limit_mb)
        is_heavy.set()
        async with self._changed:
            await self._changed.wait_for(lambda: connection.is_leaving)
        too_heavy = heavier(process_id, _TOO_HEAVY * limit_mb, self._clock, beat_s, at_once=True)
        bursting = asyncio.create_task(too_heavy, name="bursting")
        try:
            while connection.is_at_work and not bursting.done():
                await self._clock.sleep(beat_s)
        finally:
            await cancelled(bursting)

    async def _connected(self) -> Connection:
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
    def _running(self) -> Connection | None:
        connection = self._connection
        return None if connection is None or connection.lost.done() else connection

    @property
    def _is_hopeless(self) -> bool:
        return self._failed_starts >= _PATIENCE or (
            self._failed_starts > 0 and isinstance(self._trouble, RuntimeMissing)
        )

    async def _report(self, connection: Connection | None, trouble: CopilotError) -> None:
        async with self._changed:
            if connection is not None and self._connection is not None:
                self._connection.is_leaving = True
            self._connection = connection
            self._trouble = trouble
            self._changed.notify_all()


def _pause_s(short_lives: int) -> float:
    """How long to wait after so many short lives in a row; not at all after the first."""
    return 0.0 if short_lives <= 1 else min(0.5 * 2.0 ** min(short_lives - 2, 10), _LONGEST_PAUSE_S)
