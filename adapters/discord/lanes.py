"""Work in lanes: in order within one, side by side otherwise."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

Work = Callable[[], Awaitable[None]]


class Lanes:
    """Runs work, a lane for each key.

    Args:
        tasks: owns the work; what raises ends it all.
    """

    def __init__(self, tasks: asyncio.TaskGroup) -> None:
        self._tasks = tasks
        self._last: dict[str, asyncio.Task[None]] = {}

    def put(self, key: str, work: Work) -> None:
        """Do something after all that was put into the lane before.

        Args:
            key: the lane.
            work: what to do.
        """
        task = self._tasks.create_task(_after(self._last.get(key), work), name=f"lane {key}")
        self._last[key] = task
        task.add_done_callback(lambda done: self._leave(key, done))

    def _leave(self, key: str, task: asyncio.Task[None]) -> None:
        if self._last.get(key) is task:
            del self._last[key]


async def _after(before: asyncio.Task[None] | None, work: Work) -> None:
    if before is not None:
        await asyncio.wait([before])
    await work()
