"""Lets what belongs together through one at a time, in the order it came."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Hashable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field


class Turnstile:
    """A queue for each key that is in use; a key that nobody uses costs nothing.

    Platforms deliver in order, and each event is dealt with by a task of its own: what one
    thread's events do must not overtake each other.
    """

    def __init__(self) -> None:
        self._lines: dict[Hashable, _Line] = {}

    @asynccontextmanager
    async def passing(self, key: Hashable) -> AsyncIterator[None]:
        """Wait until all that came before with the same key is through.

        The place in the queue is taken at once, before anything is awaited.
        """
        line = self._lines.setdefault(key, _Line())
        line.users += 1
        try:
            async with line.lock:
                yield
        finally:
            line.users -= 1
            if not line.users:
                del self._lines[key]


@dataclass(slots=True)
class _Line:
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)  # lets through in order
    users: int = 0
