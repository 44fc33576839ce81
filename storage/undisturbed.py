"""Work that comes to its end, also when who asked for it does not wait any more."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from bot.errors import StoreError

T = TypeVar("T")


class Undisturbed:
    """Runs transactions that no cancelled caller cuts off."""

    def __init__(self) -> None:
        self._running: set[asyncio.Task[Any]] = set()
        self._is_closed = False

    async def run(
        self, work: Coroutine[Any, Any, T], settled: Callable[[T], None] | None = None
    ) -> T:
        """Run work to its end, also when the caller is cancelled meanwhile.

        Args:
            work: what to do.
            settled: called with the result, also if the caller was cancelled.

        Raises:
            StoreError: it was closed.
        """
        if self._is_closed:
            work.close()
            raise StoreError("The database is closed: the bot is stopping.")
        running = asyncio.create_task(work)
        self._running.add(running)
        running.add_done_callback(self._running.discard)
        cancelled: asyncio.CancelledError | None = None
        while not running.done():
            try:
                # Unlike awaiting the task itself, this does not cancel it with the caller.
                await asyncio.wait((running,))
            except asyncio.CancelledError as exc:
                cancelled = exc
        if running.exception() is None and settled is not None:
            settled(running.result())
        if cancelled is not None:
            raise cancelled
        return running.result()

    async def close(self) -> None:
        """Take nothing more, and wait until all that was asked is done."""
        self._is_closed = True
        while self._running:
            await asyncio.wait(self._running)
