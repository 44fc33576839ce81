"""Shows that the bot is typing where it works and nothing is to be seen yet.

Discord shows it for ten seconds, or until the bot posts:
https://docs.discord.com/developers/resources/channel#trigger-typing-indicator
"""

from __future__ import annotations

import asyncio

from adapters.discord.calls import Calls, translated
from adapters.discord.guard import guarded
from adapters.discord.homes import Homes
from bot.errors import ChatError, LeaseLost
from bot.keys import SessionKey
from bot.oddities import Oddities

_AGAIN_S = 8.0
_MOST = 40
"""After so many times nobody is there any more who would end it."""


class TypingSigns:
    """The conversations in which the bot is typing.

    Args:
        calls: the REST API.
        homes: where conversations live.
        oddities: what was logged once.
    """

    def __init__(self, calls: Calls, homes: Homes, oddities: Oddities) -> None:
        self._calls = calls
        self._homes = homes
        self._oddities = oddities
        self._tasks: asyncio.TaskGroup | None = None
        self._showing: dict[SessionKey, asyncio.Task[None]] = {}

    def enter(self, tasks: asyncio.TaskGroup) -> None:
        """Show signs from now on, owned by a task group."""
        self._tasks = tasks

    def leave(self) -> None:
        """Show none any more."""
        self._tasks = None
        for key in list(self._showing):
            self.end(key)

    def begin(self, key: SessionKey) -> None:
        """Show it in a conversation until `end`."""
        if self._tasks is None or key in self._showing:
            return
        task = self._tasks.create_task(
            guarded(lambda: self._show(key), "typing"), name=f"typing {key}"
        )
        self._showing[key] = task
        task.add_done_callback(lambda done: self._ended(key, done))

    def end(self, key: SessionKey) -> None:
        """Show it no more."""
        task = self._showing.pop(key, None)
        if task is not None:
            task.cancel()

    async def _show(self, key: SessionKey) -> None:
        try:
            with translated("showing that the bot is typing"):
                for _ in range(_MOST):
                    home = await self._homes.home(key)
                    await self._calls.type_in(home.channel)
                    await asyncio.sleep(_AGAIN_S)
        except ChatError as error:
            # The reply meets the same, and says so where it matters.
            self._oddities.note(str(error))
        except LeaseLost:
            pass  # somebody else is writing there now

    def _ended(self, key: SessionKey, task: asyncio.Task[None]) -> None:
        if self._showing.get(key) is task:
            del self._showing[key]
