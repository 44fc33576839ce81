"""The commands: one table for all platforms, whichever way they are given."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from bot import phrases
from bot.keys import SessionKey
from bot.mailbox import EntryKind, NewEntry, Thread
from bot.messages import Answer, Button, Command
from bot.ports import Clock, Store
from bot.sessions import SessionManager

COMMANDS: dict[str, str] = {
    "help": "show what I can do",
    "status": "show how this conversation stands",
    "stop": "end the answer that is being written",
    "reset": "start this conversation afresh",
}
"""Every command with what it does, as the platforms list them."""

_LISTED = 10

_Handler = Callable[[Command], Awaitable[Answer]]


class Commands:
    """Runs commands.

    Args:
        store: the database.
        sessions: who works on threads.
        clock: time.
    """

    def __init__(self, *, store: Store, sessions: SessionManager, clock: Clock) -> None:
        self._store = store
        self._sessions = sessions
        self._clock = clock
        self._handlers: dict[str, _Handler] = {
            "help": self._help,
            "status": self._status,
            "stop": self._stop,
            "reset": self._reset,
        }

    async def run(self, command: Command) -> Answer:
        """Do what a command asks, and say what its author is told."""
        if command.key is not None:
            thread = await self._store.thread(command.key)
            if thread is not None and thread.owner not in {None, command.author.id}:
                return Answer(text=phrases.NOT_YOURS)
        handler = self._handlers.get(command.name or "help")
        if handler is None:
            return Answer(text=phrases.unknown_command(command.name))
        return await handler(command)

    async def _help(self, command: Command) -> Answer:
        return Answer(text=phrases.HELP)

    async def _status(self, command: Command) -> Answer:
        if command.key is None:
            threads = await self._threads(command)
            if not threads:
                return Answer(text=phrases.NO_THREADS_HERE)
            labels = [f"{self._label(thread)}: {self._doing(thread.key)}" for thread in threads]
            return Answer(text=phrases.statuses(labels))
        thread = await self._store.thread(command.key)
        age = None if thread is None else self._clock.now() - thread.last_active
        return Answer(text=phrases.status(thread, working=self._doing(command.key), age=age))

    async def _stop(self, command: Command) -> Answer:
        if command.key is None:
            threads = [
                thread
                for thread in await self._threads(command)
                if self._sessions.is_busy(thread.key)
            ]
            return self._choice("stop", phrases.CHOOSE_STOP, threads, none=phrases.NOTHING_TO_STOP)
        if not self._sessions.is_busy(command.key):
            return Answer(text=phrases.NOTHING_TO_STOP)
        await self._put(EntryKind.STOP, command.key, command)
        return Answer(text=phrases.STOPPING)

    async def _reset(self, command: Command) -> Answer:
        if command.key is None:
            threads = await self._threads(command)
            return self._choice(
                "reset", phrases.CHOOSE_THREAD, threads, none=phrases.NO_THREADS_HERE
            )
        await self._put(EntryKind.RESET, command.key, command)
        return Answer()  # the thread itself says so, for everyone in it

    async def _put(self, kind: EntryKind, key: SessionKey, command: Command) -> None:
        await self._store.append(
            NewEntry(
                key=key,
                kind=kind,
                source_id=command.request_id,
                author=command.author,
                sent_at=self._clock.now(),
                is_direct=command.is_direct,
            )
        )
        self._sessions.wake(key)

    async def _threads(self, command: Command) -> list[Thread]:
        place = command.place
        threads = await self._store.threads_of(
            command.author.id,
            platform=place.platform,
            workspace=place.workspace,
            channel=place.channel,
            limit=_LISTED,
        )
        return list(threads)

    def _choice(self, action: str, question: str, threads: list[Thread], *, none: str) -> Answer:
        if not threads:
            return Answer(text=none)
        buttons = tuple(
            Button(action=action, value="", label=self._label(thread), key=thread.key)
            for thread in threads
        )
        return Answer(text=question, buttons=buttons)

    def _label(self, thread: Thread) -> str:
        return phrases.thread_label(thread, self._clock.now() - thread.last_active)

    def _doing(self, key: SessionKey) -> str:
        return phrases.DOING[self._sessions.state_of(key)]
