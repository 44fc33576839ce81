"""Lets work on the same thing be done one after another, in the order in which it came."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Hashable
from contextlib import asynccontextmanager


class Turns:
    """Queues by key; nothing is kept of a key at which nobody works."""

    def __init__(self) -> None:
        self._last: dict[Hashable, asyncio.Event] = {}

    def __len__(self) -> int:
        return len(self._last)

    @asynccontextmanager
    async def turn(self, key: Hashable) -> AsyncIterator[None]:
        """Wait for those that came before with the same key.

        Args:
            key: what the work is on.
        """
        before, mine = self._last.get(key), asyncio.Event()
        self._last[key] = mine
        try:
            if before is not None:
                await before.wait()
            yield
        finally:
            mine.set()
            if self._last.get(key) is mine:
                del self._last[key]
