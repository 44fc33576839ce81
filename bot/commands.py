"""The commands: one table for all platforms, whichever way they are given."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from bot import desk_commands, phrases
from bot.asking import buttons_of
from bot.desk_commands import DeskCommands, is_about_files
from bot.gate import Access
from bot.keys import SessionKey
from bot.mailbox import EntryKind, NewEntry, Thread
from bot.messages import Answer, Button, Command
from bot.ports import Clock, Store
from bot.sessions import SessionManager

MOST_CHOICES = 25
"""How many choices are offered at most while an argument is typed."""

_LISTED = 10
# Together no more buttons than any platform takes in a message.
_MOST_REQUESTS = 5
_MOST_BUTTONS = 5

_Handler = Callable[[Command], Awaitable[Answer]]
_Source = Callable[[Command], Awaitable[Iterable[str]]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Argument:
    """What can be said after a command.

    Args:
        name: one word in small letters.
        summary: what it is, in a few words.
        is_required: whether the command makes no sense without it.
        has_choices: whether something can be offered while it is typed: `Commands.choices`.
    """

    name: str
    summary: str
    is_required: bool = False
    has_choices: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class ListedCommand:
    """A command as the platforms list it.

    Args:
        name: one word in small letters.
        summary: what it does, in a few words.
        help: more about it: Markdown.
        arguments: what can be said after it, in this order.
    """

    name: str
    summary: str
    help: str
    arguments: tuple[Argument, ...] = ()


COMMANDS: Mapping[str, ListedCommand] = {
    command.name: command
    for command in (
        ListedCommand(
            name="help",
            summary="show what I can do",
            help=phrases.HELP_ON_HELP,
            arguments=(
                Argument(name="command", summary="the command to explain", has_choices=True),
            ),
        ),
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
        ListedCommand(
            name="files",
            summary="list, get or delete the files of this conversation",
            help=phrases.HELP_ON_FILES,
            arguments=(
                Argument(name="action", summary="list, get or delete", has_choices=True),
                Argument(name="file", summary="which file", has_choices=True),
            ),
        ),
        ListedCommand(
            name="approvals",
            summary="list what waits for your decision",
            help=phrases.HELP_ON_APPROVALS,
        ),
    )
}
"""Every command by its name, in the order in which they are listed."""


def spoken(text: str) -> tuple[str, str] | None:
    """The command that a message is, where all it says to the bot is one.

    Args:
        text: what was said, without the mention.

    Returns:
        Its name and argument. `help` counts with the name of a command behind it, and `files`
        with something to do behind it, since any other words make it a message.
    """
    name, _, said = text.strip().partition(" ")
    name, said = name.casefold(), said.strip()
    if name not in COMMANDS:
        return None
    if not said:
        return name, ""
    if name == "help" and said.casefold() in COMMANDS:
        return name, said.casefold()
    if name == "files" and is_about_files(said):
        return name, said
    return None


def matching(offered: Iterable[str], typed: str) -> list[str]:
    """What of the offered continues what was typed: what begins so, then what holds it.

    Args:
        offered: in the order in which it is offered.
        typed: what was typed so far.

    Returns:
        At most `MOST_CHOICES`.
    """
    wanted = typed.strip().casefold()
    holding = [each for each in dict.fromkeys(offered) if wanted in each.casefold()]
    # Sorting keeps the order of equals.
    holding.sort(key=lambda each: not each.casefold().startswith(wanted))
    return holding[:MOST_CHOICES]


class Commands:
    """Runs commands.

    Args:
        store: the database.
        sessions: who works on threads.
        clock: time.
        access: who may decide what others are asked.
    """

    def __init__(
        self, *, store: Store, sessions: SessionManager, clock: Clock, access: Access
    ) -> None:
        self._access = access
        self._store = store
        self._sessions = sessions
        self._clock = clock
        self._handlers: dict[str, _Handler] = {
            "help": self._help,
            "status": self._status,
            "stop": self._stop,
            "reset": self._reset,
            "files": self._files,
            "approvals": self._approvals,
        }
        self._desk = DeskCommands(store=store, sessions=sessions, clock=clock)
        self._sources: dict[tuple[str, str], _Source] = {
            ("help", "command"): self._names,
            ("files", "action"): self._actions,
            ("files", "file"): self._desk.names,
        }

    async def run(self, command: Command) -> Answer:
        """Do what a command asks, and say what its author is told."""
        if not await self._is_open_to_author(command):
            return Answer(text=phrases.NOT_YOURS)
        handler = self._handlers.get(command.name or "help")
        if handler is None:
            return Answer(text=phrases.unknown_command(command.name))
        return await handler(command)

    async def choices(self, command: Command, argument: str, typed: str) -> Sequence[str]:
        """What can be offered while somebody types an argument.

        Args:
            command: as it stands; `argument` is what its other arguments say.
            argument: the name of the one that is typed.
            typed: what was typed of it so far.
        """
        source = self._sources.get((command.name, argument))
        if source is None or not await self._is_open_to_author(command):
            return ()
        return matching(await source(command), typed)

    async def _is_open_to_author(self, command: Command) -> bool:
        if command.key is None:
            return True
        thread = await self._store.thread(command.key)
        return thread is None or thread.owner in {None, command.author.id}

    async def _help(self, command: Command) -> Answer:
        if not command.argument:
            return Answer(text=phrases.HELP)
        explained = COMMANDS.get(command.argument.casefold())
        if explained is None:
            return Answer(text=phrases.unknown_command(command.argument))
        return Answer(text=explained.help)

    async def _files(self, command: Command) -> Answer:
        if command.key is not None:
            return await self._desk.run(command.key, command)
        threads = await self._threads(command)
        return self._choice("files", phrases.CHOOSE_DESK, threads, none=phrases.NO_THREADS_HERE)

    async def _actions(self, command: Command) -> Iterable[str]:
        return desk_commands.ACTIONS

    async def _names(self, command: Command) -> Iterable[str]:
        return COMMANDS

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

    async def _approvals(self, command: Command) -> Answer:
        person = command.author
        if command.key is not None and not command.is_direct:
            found = await self._store.open_requests(command.key)
        else:
            found = await self._store.requests_for(
                person.id,
                platform=command.place.platform,
                workspace=command.place.workspace,
                decides_all=person.id in self._access.approvers,
                limit=_MOST_REQUESTS,
            )
        waiting = [each for each in found if self._access.may_decide(person, each)]
        waiting = waiting[:_MOST_REQUESTS]
        if not waiting:
            return Answer(text=phrases.NOTHING_WAITS)
        listed = [phrases.waiting_request(number, each) for number, each in enumerate(waiting, 1)]
        buttons = [
            replace(button, key=each.key, label=f"{number}: {button.label}")
            for number, each in enumerate(waiting, 1)
            for button in buttons_of(each)[:_MOST_BUTTONS]
        ]
        return Answer(text="\n\n".join(listed), buttons=tuple(buttons))

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
