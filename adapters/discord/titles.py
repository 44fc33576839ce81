"""Names the threads that the bot started after what became their subject.

Discord allows two changes of a name in ten minutes, and says so only by refusing. A title that
comes too early waits; by then the newest one counts.
"""

from __future__ import annotations

import asyncio
from collections import deque

from adapters.discord.calls import Calls, translated
from adapters.discord.guard import guarded
from adapters.discord.homes import Atlas, Homes
from adapters.discord.thread_names import thread_name
from bot.errors import ChatError
from bot.keys import SessionKey
from bot.oddities import Oddities
from bot.ports import Clock
from bot.recent import Recent

_MOST = 2
_WITHIN_S = 610.0
_MOST_WAITING = 1_000


class Titles:
    """Renames threads, carefully.

    Args:
        calls: the REST API.
        homes: where conversations live.
        oddities: what was logged once.
        clock: time.
    """

    def __init__(self, calls: Calls, homes: Homes, oddities: Oddities, clock: Clock) -> None:
        self._calls = calls
        self._homes = homes
        self._oddities = oddities
        self._clock = clock
        self._atlas: Atlas | None = None
        self._tasks: asyncio.TaskGroup | None = None
        self._changes: Recent[str, deque[float]] = Recent(2_000)
        self._waiting: dict[str, tuple[str, asyncio.Task[None]]] = {}

    def enter(self, atlas: Atlas, tasks: asyncio.TaskGroup) -> None:
        """Name threads from now on.

        Args:
            atlas: what is known of threads.
            tasks: owns what waits.
        """
        self._atlas, self._tasks = atlas, tasks

    def leave(self) -> None:
        """Name none any more; what waits is forgotten."""
        self._atlas = self._tasks = None
        for _, task in list(self._waiting.values()):
            task.cancel()
        self._waiting.clear()

    async def show(self, key: SessionKey, title: str) -> None:
        """Name a thread, if we started it and nobody renamed it; later, if that is too early.

        Args:
            key: the thread.
            title: of its session; nothing happens while it has none.
        """
        if title.strip() and self._homes.name_given(key.thread):
            await self._name(key.thread, thread_name(title))

    async def _name(self, thread: str, name: str) -> None:
        given = self._homes.name_given(thread)
        place = self._atlas.place(thread) if self._atlas is not None else None
        if place is None or place.name != given:
            return
        if name == given:
            self._forget(thread)
            return
        wait_s = self._wait_s(thread)
        if wait_s > 0:
            self._postpone(thread, name, wait_s)
            return
        changes = self._changes.get(thread) or deque(maxlen=_MOST)
        changes.append(self._clock.monotonic())
        self._changes.put(thread, changes)
        try:
            with translated("naming a thread"):
                await self._calls.change_thread(thread, name=name)
        except ChatError as error:
            self._oddities.note(str(error))
        else:
            self._homes.give_name(thread, name)

    def _wait_s(self, thread: str) -> float:
        """How long to wait before a thread may be renamed (seconds)."""
        changes = self._changes.get(thread)
        if changes is None or len(changes) < _MOST:
            return 0.0
        return changes[0] + _WITHIN_S - self._clock.monotonic()

    def _postpone(self, thread: str, name: str, wait_s: float) -> None:
        if (waiting := self._waiting.get(thread)) is not None:
            self._waiting[thread] = (name, waiting[1])
        elif self._tasks is not None and len(self._waiting) < _MOST_WAITING:
            work = guarded(lambda: self._later(thread, wait_s), "naming a thread")
            self._waiting[thread] = (name, self._tasks.create_task(work, name=f"title {thread}"))

    async def _later(self, thread: str, wait_s: float) -> None:
        await self._clock.sleep(wait_s)
        name, _ = self._waiting.pop(thread)
        await self._name(thread, name)

    def _forget(self, thread: str) -> None:
        """The name is as it shall be: what was to come before is outdated."""
        waiting = self._waiting.pop(thread, None)
        if waiting is not None:
            waiting[1].cancel()
