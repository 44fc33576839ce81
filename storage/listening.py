"""What processes tell each other through PostgreSQL, heard on a connection of its own.

https://www.postgresql.org/docs/current/sql-notify.html
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, Final

import asyncpg
import structlog
from tenacity import (
    AsyncRetrying,
    RetryCallState,
    retry_if_exception_type,
    wait_random_exponential,
)

_CHECK_S: Final = 15.0
"""How often a connection on which nothing is heard is asked whether it still lives."""

_ANSWER_S: Final = 5.0
"""How long it may take to answer."""

_PAUSE_S: Final = 0.5
_LONGEST_PAUSE_S: Final = 10.0
"""How long it takes to connect again: doubled with each failure."""

_MOST_WORDS: Final = 10_000
"""How many words wait for whoever listens; where there are more, they count as missed."""

_FAILURES: Final = (asyncpg.PostgresError, asyncpg.InterfaceError, OSError)

_log = structlog.get_logger(__name__)


class Listening:
    """Hears what is told on a channel, and goes on after every failure.

    Args:
        connect: makes a connection.
        channel: where it is told.
        origin: our own name: each tells as `origin word`, and what we tell is not heard by us.
        check_s: how often a quiet connection is looked at.
        pause_s: how long it takes at most to connect again after a loss.
    """

    def __init__(
        self,
        connect: Callable[[], Awaitable[asyncpg.Connection]],
        channel: str,
        *,
        origin: str,
        check_s: float = _CHECK_S,
        pause_s: float = _PAUSE_S,
    ) -> None:
        self._connect = connect
        self._channel = channel
        self._origin = origin
        self._check_s = check_s
        self._pause_s = pause_s

    async def words(self) -> AsyncGenerator[str | None, None]:
        """What is told, as it comes; None for what was perhaps missed, at the beginning too.

        A word that is told again before it was asked for comes once.
        """
        while True:
            try:
                async with self._line() as line:
                    yield None
                    while True:
                        yield await line.next()
            except _FAILURES as error:
                _not_heard(error)
            await asyncio.sleep(self._pause_s)

    @asynccontextmanager
    async def _line(self) -> AsyncIterator[_Line]:
        trying = AsyncRetrying(
            retry=retry_if_exception_type(_FAILURES),
            wait=wait_random_exponential(multiplier=self._pause_s, max=_LONGEST_PAUSE_S),
            before_sleep=_failed,
        )
        connection: asyncpg.Connection = await trying(self._connect)
        try:
            line = _Line(connection, self._origin, self._check_s)
            # A line that nobody needs for long is no reason for the server to close it.
            await connection.execute("SET idle_session_timeout = 0")
            connection.add_termination_listener(line.lost)
            await connection.add_listener(self._channel, line.heard)
            yield line
        except _FAILURES:
            # It may be half open, and then takes no leave.
            connection.terminate()
            raise
        finally:
            await connection.close(timeout=_ANSWER_S)


class _Line:
    """A connection that listens."""

    def __init__(self, connection: asyncpg.Connection, origin: str, check_s: float) -> None:
        self._connection = connection
        self._origin = origin
        self._check_s = check_s
        self._words: dict[str | None, None] = {}
        self._news = asyncio.Event()

    def heard(self, _connection: Any, _pid: int, _channel: str, payload: object) -> None:
        """Something was told."""
        origin, _, word = str(payload).partition(" ")
        if origin == self._origin:
            return
        if len(self._words) >= _MOST_WORDS:
            self._words = {None: None}
        self._words[word or None] = None
        self._news.set()

    def lost(self, _connection: Any) -> None:
        """The connection is closed."""
        self._news.set()

    async def next(self) -> str | None:
        """Wait for the next word.

        Raises:
            PostgresError, InterfaceError, OSError: the connection was lost.
        """
        while not self._words:
            self._news.clear()
            if self._connection.is_closed():
                raise ConnectionError("the connection was closed")
            try:
                async with asyncio.timeout(self._check_s):
                    await self._news.wait()
            except TimeoutError:
                await self._connection.execute("SELECT 1", timeout=_ANSWER_S)
        word = next(iter(self._words))
        del self._words[word]
        return word


def _failed(state: RetryCallState) -> None:
    if state.outcome is not None:
        _not_heard(state.outcome.exception())


def _not_heard(error: BaseException | None) -> None:
    _log.warning("database.not_heard", reason=" ".join(str(error).split()))
