"""`status`, `stop` and `reset`: how a conversation stands, its end, and its fresh start."""

from __future__ import annotations

from collections.abc import Mapping

from bot import phrases
from bot.commands.choosing import choice, label_of, threads_here
from bot.commands.table import Bench, Handler, ListedCommand, PressHandler, Source
from bot.commands.waiting import buttons_of
from bot.keys import SessionKey
from bot.mailbox import EntryKind, Thread
from bot.messages import Answer, Command, Press
from bot.phrases import conduct, spending
from bot.place import Place

LISTED = (
    ListedCommand(
        name="status",
        summary="show how this conversation stands",
        help=phrases.HELP_ON_STATUS,
    ),
    ListedCommand(
        name="stop",
        summary="end the answer that is being written",
        help=phrases.HELP_ON_STOP,
    ),
    ListedCommand(
        name="reset",
        summary="start this conversation afresh",
        help=phrases.HELP_ON_RESET,
    ),
)


class BasicCommands:
    """Says how threads stand, stops them, and begins them afresh: a `CommandGroup`.

    Args:
        bench: what commands work with.
    """

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self._sessions = bench.sessions
        self.handlers: Mapping[str, Handler] = {
            "status": self._status,
            "stop": self._stop,
            "reset": self._reset,
        }
        self.presses: Mapping[str, PressHandler] = {
            "stop": self._stop_pressed,
            "reset": self._reset_pressed,
        }
        self.sources: Mapping[tuple[str, str], Source] = {}

    async def _status(self, command: Command) -> Answer:
        bench = self._bench
        if command.key is None:
            threads = await threads_here(bench, command)
            if not threads:
                return Answer(text=phrases.NO_THREADS_HERE)
            labels = [f"{label_of(bench, thread)}: {self._doing(thread.key)}" for thread in threads]
            return Answer(text=phrases.statuses(labels))
        thread = await bench.store.thread(command.key)
        age = None if thread is None else bench.clock.now() - thread.last_active
        working = self._doing(command.key)
        text = phrases.status(thread, working=working, age=age)
        if thread is None:
            return Answer(text=text)
        waiting = await bench.store.queued(command.key)
        holds = await self._settings(thread, command.author.id)
        return Answer(
            text="\n\n".join(filter(None, (f"{text}\n{holds}", conduct.waiting(waiting)))),
            buttons=buttons_of(waiting, command.author, command.key),
        )

    async def _settings(self, thread: Thread, person: str) -> str:
        """What holds for a thread, for somebody in it."""
        limits, choices = self._sessions.limits, thread.choices
        standings = await self._bench.store.standings(limits.budgets, thread.key, person)
        return conduct.settings(
            model=choices.model or limits.model,
            effort=choices.effort,
            mode=choices.mode or limits.mode,
            profile=limits.profiles.of(choices.profile, Place.of(thread.key, person)),
            is_muted=choices.is_muted,
            budgets=[spending.left(each) for each in standings],
        )

    async def _stop(self, command: Command) -> Answer:
        if command.key is None:
            threads = [
                thread
                for thread in await threads_here(self._bench, command)
                if self._sessions.is_busy(thread.key)
            ]
            return choice(
                self._bench, "stop", phrases.CHOOSE_STOP, threads, none=phrases.NOTHING_TO_STOP
            )
        if not self._sessions.is_busy(command.key):
            return Answer(text=phrases.NOTHING_TO_STOP)
        await self._bench.put(EntryKind.STOP, command.key, command)
        return Answer(text=phrases.STOPPING)

    async def _stop_pressed(self, press: Press) -> Answer:
        await self._bench.put(EntryKind.STOP, press.key, press)
        return Answer(text=phrases.STOPPING)

    async def _reset(self, command: Command) -> Answer:
        if command.key is None:
            threads = await threads_here(self._bench, command)
            return choice(
                self._bench, "reset", phrases.CHOOSE_THREAD, threads, none=phrases.NO_THREADS_HERE
            )
        await self._bench.put(EntryKind.RESET, command.key, command)
        return Answer()  # the thread itself says so, for everyone in it

    async def _reset_pressed(self, press: Press) -> Answer:
        await self._bench.put(EntryKind.RESET, press.key, press)
        return Answer(text=phrases.RESET_ELSEWHERE)

    def _doing(self, key: SessionKey) -> str:
        ahead = self._sessions.ahead_of(key)
        if ahead is not None:
            return phrases.in_line(ahead)
        return phrases.DOING[self._sessions.state_of(key)]
