"""`/copilot files`: what is on a thread's desk, for the people of the thread."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence

from bot import desk, phrases
from bot.commands.choosing import choice, threads_here
from bot.commands.table import Argument, Bench, Handler, ListedCommand, PressHandler, Source
from bot.keys import SessionKey
from bot.mailbox import EntryKind
from bot.messages import Answer, Choice, Command, Press
from bot.offers import Offer, offered
from bot.ports import FileInfo

ACTIONS = ("list", "get", "delete")
"""What can be done with the desk's files."""

_MOST_OFFERED = 50
_KINDS = {"get": EntryKind.SEND_FILE, "delete": EntryKind.DELETE_FILE}


def is_about_files(said: str) -> bool:
    """Whether what stands behind the word `files` makes it a command: an action, and one file."""
    action, _, named = said.partition(" ")
    if action.casefold() == "list":
        return not named.strip()
    return action.casefold() in _KINDS and bool(named.strip())


LISTED = (
    ListedCommand(
        name="files",
        summary="list, get or delete the files of this conversation",
        help=phrases.HELP_ON_FILES,
        arguments=(
            Argument(name="action", summary="list, get or delete", has_choices=True),
            Argument(name="file", summary="which file", has_choices=True),
        ),
        takes=is_about_files,
    ),
)


class DeskCommands:
    """Lists the files of a desk, and has its worker send or delete one: a `CommandGroup`.

    Args:
        bench: what commands work with.
    """

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self._store = bench.store
        self.handlers: Mapping[str, Handler] = {"files": self._files}
        self.presses: Mapping[str, PressHandler] = {"files": self._opened, "file": self._press}
        self.sources: Mapping[tuple[str, str], Source] = {
            ("files", "action"): self._actions,
            ("files", "file"): self._names,
        }

    async def _files(self, command: Command) -> Answer:
        if command.key is not None:
            return await self._run(command.key, command)
        threads = await threads_here(self._bench, command)
        return choice(
            self._bench, "files", phrases.CHOOSE_DESK, threads, none=phrases.NO_THREADS_HERE
        )

    async def _opened(self, press: Press) -> Answer:
        return await self._listing(press.key)

    async def _actions(self, command: Command) -> Iterable[str]:
        return ACTIONS

    async def _run(self, key: SessionKey, command: Command) -> Answer:
        """Do what `files …` asks.

        Args:
            key: the thread.
            command: as it was given; its argument is an action and a file, or nothing.
        """
        action, _, named = command.argument.strip().partition(" ")
        if not action or action == "list":
            return await self._listing(key)
        kind = _KINDS.get(action.casefold())
        if kind is None:
            return Answer(text=phrases.FILES_ACTIONS)
        path = desk.on_desk(named)
        if path is None or not any(info.path == path for info in await self._store.desk(key)):
            return Answer(text=phrases.no_such_file(named.strip()))
        await self._bench.put(kind, key, command, reference=path)
        return Answer(text=phrases.FILE_COMES if kind is EntryKind.SEND_FILE else "")

    async def _press(self, press: Press) -> Answer:
        """Have the file sent whose button was pressed."""
        for info in await self._store.desk(press.key):
            if _name_of(info.path) == press.value:
                await self._bench.put(EntryKind.SEND_FILE, press.key, press, reference=info.path)
                return Answer(text=phrases.FILE_COMES)
        return Answer(text=phrases.FILE_GONE)

    async def _names(self, command: Command) -> Iterable[str]:
        """The files that can be named behind `files get` and `files delete`."""
        if command.key is None:
            return ()
        return [desk.short_path(info.path) for info in await self._store.desk(command.key)]

    async def _listing(self, key: SessionKey) -> Answer:
        """What is on a desk, with a button for each of the first files."""
        infos = await self._store.desk(key)
        if not infos:
            return Answer(text=phrases.DESK_EMPTY)
        now = self._bench.clock.now()
        lines = [
            phrases.file_line(desk.short_path(info.path), info.size, now - info.changed_at)
            for info in infos
        ]
        offer = _offer(key, infos)
        text = phrases.files_on_desk(lines)
        return Answer(text=text, buttons=offer.buttons, menus=offer.menus)


def _offer(key: SessionKey, infos: Sequence[FileInfo]) -> Offer:
    """What puts one of the first files into the thread."""
    choices = [
        Choice(
            value=_name_of(info.path), label=phrases.get_file(desk.short_path(info.path)), key=key
        )
        for info in infos[:_MOST_OFFERED]
    ]
    return offered("file", choices, label=phrases.GET_A_FILE, key=key)


def _name_of(path: str) -> str:
    """A short name of a file, for a button: paths can be longer than a button carries."""
    return hashlib.blake2s(path.encode(), digest_size=8).hexdigest()
