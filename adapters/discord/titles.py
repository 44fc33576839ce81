"""Names the threads that the bot started after what became their subject.

Discord allows two changes of a name in ten minutes, and says so only by refusing.
"""

from __future__ import annotations

from collections import deque

from adapters.discord.calls import Calls, translated
from adapters.discord.homes import Atlas, Homes
from adapters.discord.thread_names import thread_name
from bot.errors import ChatError
from bot.keys import SessionKey
from bot.oddities import Oddities
from bot.ports import Clock
from bot.recent import Recent

_MOST = 2
_WITHIN_S = 610.0


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
        self._changes: Recent[str, deque[float]] = Recent(2_000)

    async def show(self, key: SessionKey, title: str, atlas: Atlas | None) -> None:
        """Name a thread, if we started it, nobody renamed it and it has not changed too often.

        Args:
            key: the thread.
            title: of its session; nothing happens while it has none.
            atlas: what is known of threads.
        """
        given = self._homes.name_given(key.thread)
        name = thread_name(title)
        if not title.strip() or not given or name == given or atlas is None:
            return
        thread = atlas.place(key.thread)
        if thread is None or thread.name != given or not self._may_change(key.thread):
            return
        try:
            with translated("naming a thread"):
                await self._calls.change_thread(key.thread, name=name)
        except ChatError as error:
            self._oddities.note(str(error))
        else:
            self._homes.give_name(key.thread, name)

    def _may_change(self, thread: str) -> bool:
        now = self._clock.monotonic()
        changes = self._changes.get(thread) or deque(maxlen=_MOST)
        if len(changes) == _MOST and now - changes[0] < _WITHIN_S:
            return False
        changes.append(now)
        self._changes.put(thread, changes)
        return True
