"""`/copilot files`: what is on a thread's desk, for the people of the thread."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence

from bot import desk, phrases
from bot.keys import SessionKey
from bot.mailbox import EntryKind, NewEntry
from bot.messages import Answer, Button, Command, Press
from bot.ports import Clock, FileInfo, Store
from bot.sessions import SessionManager

ACTIONS = ("list", "get", "delete")
"""What can be done with the desk's files."""

_BUTTONS = 10
_KINDS = {"get": EntryKind.SEND_FILE, "delete": EntryKind.DELETE_FILE}


def is_about_files(said: str) -> bool:
    """Whether what stands behind the word `files` makes it a command: an action, and one file."""
    action, _, named = said.partition(" ")
    if action.casefold() == "list":
        return not named.strip()
    return action.casefold() in _KINDS and bool(named.strip())


class DeskCommands:
    """Lists the files of a desk, and has its worker send or delete one.

    Args:
        store: the database.
        sessions: who works on threads.
        clock: time.
    """

    def __init__(self, *, store: Store, sessions: SessionManager, clock: Clock) -> None:
        self._store = store
        self._sessions = sessions
        self._clock = clock

    async def run(self, key: SessionKey, command: Command) -> Answer:
        """Do what `files …` asks.

        Args:
            key: the thread.
            command: as it was given; its argument is an action and a file, or nothing.
        """
        action, _, named = command.argument.strip().partition(" ")
        if not action or action == "list":
            return await self.listing(key)
        kind = _KINDS.get(action.casefold())
        if kind is None:
            return Answer(text=phrases.FILES_ACTIONS)
        path = desk.on_desk(named)
        if path is None or not any(info.path == path for info in await self._store.desk(key)):
            return Answer(text=phrases.no_such_file(named.strip()))
        await self._put(kind, key, command, path)
        return Answer(text=phrases.FILE_COMES if kind is EntryKind.SEND_FILE else "")

    async def press(self, press: Press) -> Answer:
        """Have the file sent whose button was pressed."""
        for info in await self._store.desk(press.key):
            if _name_of(info.path) == press.value:
                await self._put(EntryKind.SEND_FILE, press.key, press, info.path)
                return Answer(text=phrases.FILE_COMES)
        return Answer(text=phrases.FILE_GONE)

    async def names(self, command: Command) -> Iterable[str]:
        """The files that can be named behind `files get` and `files delete`."""
        if command.key is None:
            return ()
        return [desk.short_path(info.path) for info in await self._store.desk(command.key)]

    async def listing(self, key: SessionKey) -> Answer:
        """What is on a desk, with a button for each of the first files."""
        infos = await self._store.desk(key)
        if not infos:
            return Answer(text=phrases.DESK_EMPTY)
        now = self._clock.now()
        lines = [
            phrases.file_line(desk.short_path(info.path), info.size, now - info.changed_at)
            for info in infos
        ]
        return Answer(text=phrases.files_on_desk(lines), buttons=_buttons(key, infos))

    async def _put(
        self, kind: EntryKind, key: SessionKey, asked: Command | Press, path: str
    ) -> None:
        await self._store.append(
            NewEntry(
                key=key,
                kind=kind,
                source_id=asked.request_id,
                author=asked.author,
                reference=path,
                sent_at=self._clock.now(),
            )
        )
        self._sessions.wake(key)


def _buttons(key: SessionKey, infos: Sequence[FileInfo]) -> tuple[Button, ...]:
    return tuple(
        Button(
            action="file",
            value=_name_of(info.path),
            label=phrases.get_file(desk.short_path(info.path)),
            key=key,
        )
        for info in infos[:_BUTTONS]
    )


def _name_of(path: str) -> str:
    """A short name of a file, for a button: paths can be longer than a button carries."""
    return hashlib.blake2s(path.encode(), digest_size=8).hexdigest()
