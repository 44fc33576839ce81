"""The session's file system as the runtime asks for it, over the files that the core keeps.

A session that works in a directory of the host has that in its file system as well.
"""

from __future__ import annotations

import asyncio
import errno
import json
import os
import posixpath
import re
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

from copilot import SessionFsFileInfo, SessionFsProvider
from copilot.rpc import SessionFSReaddirWithTypesEntry

from adapters.copilot.host_files import HostFiles
from bot.errors import StoreError
from bot.ports import FileInfo, SessionFiles

DESK = "/desk"
STATE = "/session-state"
EVENTS = f"{STATE}/events.jsonl"

_SCRATCH_LIMIT = 8 * 1024 * 1024
# The runtime replaces a file by writing beside it and renaming.
_TEMPORARY = re.compile(r"\.tmp\.[0-9a-f-]{8,}\Z")


class FilesBridge(SessionFsProvider):
    """Answers the runtime's file operations.

    What is under the desk and the state goes to the session's files. All else, such as paths
    under the runtime's own home, which differ from machine to machine, lives in memory and
    dies with the session: the runtime writes it anew for every session that it opens. So do
    the state's directories, which the runtime makes anew as well.

    A session whose state was copied from another one's begins with that one's name: the runtime,
    which refuses it then, is told its own.

    Args:
        files: where desk and state are; None to keep nothing, for a session that is thrown away.
        session_id: the session's own name; empty for one that has no past.
        directory: of the host, that the session works in; empty without one.
    """

    def __init__(
        self, files: SessionFiles | None, session_id: str = "", directory: str = ""
    ) -> None:
        self._kept = files
        self._session_id = session_id
        self._directory = directory
        self._host = HostFiles(Path(directory)) if directory else None
        self._scratch: dict[str, bytes] = {}
        self._directories: set[str] = set()
        self._expected: set[str] = set()
        self._opened_at = datetime.now(UTC)
        self._running = 0
        self._settled = asyncio.Event()
        self._settled.set()
        self._is_frozen = False
        self.failure: StoreError | None = None
        self.on_failure: Callable[[StoreError], None] | None = None

    async def settle(self) -> None:
        """Wait until every operation is done, and make what was written durable.

        Raises:
            StoreError: it could not be made durable, or an operation failed before.
        """
        await self._settled.wait()
        if self.failure is not None:
            raise self.failure
        if self._kept is not None:
            await self._kept.flush()

    def freeze(self) -> None:
        """Keep the files as they are: what the runtime writes from now on is lost with it.

        So a turn that is left to another worker is cut off where it was left.
        """
        self._is_frozen = True

    def expect_file(self, path: str) -> None:
        """A file is about to be made: the directory that it goes to is there once asked for.

        The `create` tool refuses when it is missing, and no tool of a chat could make it.

        Args:
            path: where on the desk; another path is left alone.
        """
        directory = posixpath.dirname(posixpath.normpath(posixpath.join(DESK, path)))
        if _is_within(directory, DESK) and directory != DESK:
            self._expected.add(directory)

    # --- SessionFsProvider

    async def read_file(self, path: str) -> str:
        """The content as text."""
        return (await self.read_file_bytes(path)).decode("utf-8", errors="replace")

    async def write_file(self, path: str, content: str, mode: int | None = None) -> None:
        """Make or replace a file."""
        await self.write_file_bytes(path, content.encode("utf-8", errors="surrogatepass"), mode)

    async def read_file_bytes(self, path: str) -> bytes:
        """The content."""
        path = posixpath.normpath(path)
        if (files := self._files_of(path)) is None:
            return self._scratch_read(path)
        async with self._operation():
            content = await files.read(path)
        return _named(content, self._session_id) if path == EVENTS else content

    async def write_file_bytes(self, path: str, content: bytes, mode: int | None = None) -> None:
        """Make or replace a file."""
        path = posixpath.normpath(path)
        if (files := self._files_of(path)) is None:
            self._scratch_write(path, content)
            return
        async with self._operation():
            await files.write(path, content)

    async def append_file(self, path: str, content: str, mode: int | None = None) -> None:
        """Add to a file; durable on return."""
        path = posixpath.normpath(path)
        added = content.encode("utf-8", errors="surrogatepass")
        if (files := self._files_of(path)) is None:
            self._scratch_write(path, self._scratch.get(path, b"") + added)
            return
        async with self._operation():
            await files.append(path, added)

    async def exists(self, path: str) -> bool:
        """Whether something is there."""
        try:
            await self.stat(path)
        except NotADirectoryError:
            return False
        except FileNotFoundError:
            path = posixpath.normpath(path)
            if path not in self._expected:
                return False
            self._expected.discard(path)
            await self.mkdir(path, recursive=True)
        return True

    async def stat(self, path: str) -> SessionFsFileInfo:
        """What is there."""
        path = posixpath.normpath(path)
        if path in _ROOTS or path in self._directories:
            return self._info(is_directory=True)
        if (files := self._files_of(path)) is None:
            return self._info(is_directory=False, size=len(self._scratch_read(path)))
        async with self._operation():
            found = await files.stat(path)
        return SessionFsFileInfo(
            is_file=not found.is_directory,
            is_directory=found.is_directory,
            size=found.size,
            mtime=found.changed_at,
            birthtime=found.created_at,
        )

    async def mkdir(self, path: str, recursive: bool, mode: int | None = None) -> None:
        """Make a directory."""
        path = posixpath.normpath(path)
        files = self._files_of(path)
        if files is not None and not _is_within(path, STATE):
            if path != DESK:
                async with self._operation():
                    await files.make_directory(path, parents=recursive)
            return
        while path not in _ROOTS:
            self._directories.add(path)
            path = posixpath.dirname(path)

    async def readdir(self, path: str) -> list[str]:
        """The names in a directory."""
        return sorted(await self._entries(path))

    async def readdir_with_types(self, path: str) -> Sequence[SessionFSReaddirWithTypesEntry]:
        """What is in a directory."""
        entries = sorted((await self._entries(path)).items())
        return [
            SessionFSReaddirWithTypesEntry.from_dict(
                {"name": name, "type": "directory" if is_directory else "file"}
            )
            for name, is_directory in entries
        ]

    async def rm(self, path: str, recursive: bool, force: bool) -> None:
        """Remove a file or directory."""
        path = posixpath.normpath(path)
        gone = {d for d in self._directories if _is_within(d, path)}
        self._directories -= gone
        for name in [name for name in self._scratch if _is_within(name, path)]:
            del self._scratch[name]
        if (files := self._files_of(path)) is not None:
            async with self._operation():
                await files.remove(path, recursive=recursive, missing_ok=force or bool(gone))

    async def rename(self, src: str, dest: str) -> None:
        """Move a file or directory."""
        src, dest = posixpath.normpath(src), posixpath.normpath(dest)
        files = self._files_of(src)
        if files is not None and files is self._files_of(dest):
            async with self._operation():
                await files.rename(src, dest)
            return
        await self.write_file_bytes(dest, await self.read_file_bytes(src))
        await self.rm(src, recursive=False, force=True)

    # --- the rest

    def _files_of(self, path: str) -> SessionFiles | None:
        """Where a file is kept; None where it lives in memory."""
        if self._host is not None and _is_within(path, self._directory):
            return self._host
        if self._is_frozen:
            return None
        if _is_within(path, STATE) and _TEMPORARY.search(path) is not None:
            return None
        return self._kept if _is_within(path, STATE) or _is_within(path, DESK) else None

    @asynccontextmanager
    async def _operation(self) -> AsyncIterator[None]:
        self._running += 1
        self._settled.clear()
        try:
            yield
        except StoreError as exc:
            # The runtime hears only that it failed; the reason is for the turn.
            if self.failure is None:
                self.failure = exc
                if self.on_failure is not None:
                    self.on_failure(exc)
            raise
        finally:
            self._running -= 1
            if self._running == 0:
                self._settled.set()

    async def _entries(self, path: str) -> dict[str, bool]:
        """What is directly in a directory: names, and whether each is a directory."""
        path = posixpath.normpath(path)
        inside = {d: True for d in self._directories if posixpath.dirname(d) == path}
        inside |= {f: False for f in self._scratch if posixpath.dirname(f) == path}
        names = {posixpath.basename(p): is_directory for p, is_directory in inside.items()}
        if (files := self._files_of(path)) is None:
            return names
        found: Sequence[FileInfo] = ()
        async with self._operation():
            try:
                found = await files.list(path)
            except FileNotFoundError:
                if path not in _ROOTS and path not in self._directories:
                    raise
        return names | {posixpath.basename(f.path): f.is_directory for f in found}

    def _info(self, *, is_directory: bool, size: int = 0) -> SessionFsFileInfo:
        return SessionFsFileInfo(
            is_file=not is_directory,
            is_directory=is_directory,
            size=size,
            mtime=self._opened_at,
            birthtime=self._opened_at,
        )

    def _scratch_read(self, path: str) -> bytes:
        if path not in self._scratch:
            raise FileNotFoundError(errno.ENOENT, "no such file or directory", path)
        return self._scratch[path]

    def _scratch_write(self, path: str, content: bytes) -> None:
        used = sum(map(len, self._scratch.values())) - len(self._scratch.get(path, b""))
        if used + len(content) > _SCRATCH_LIMIT:
            raise OSError(errno.ENOSPC, "no space outside of the desk", path)
        self._scratch[path] = content


_ROOTS = frozenset({"/", "//", DESK, STATE})


def is_in_directory(path: str, directory: str) -> bool:
    """Whether a path of the host is in a directory, wherever links on the way lead to.

    Args:
        path: taken from the directory.
        directory: the directory; empty for none.
    """
    if not directory:
        return False
    real = os.path.realpath(directory)
    return _is_within(os.path.realpath(os.path.join(directory, path)), real)  # noqa: PTH118


def is_on_desk(path: str) -> bool:
    """Whether a path, taken from the desk, is the desk or on it."""
    return _is_within(posixpath.normpath(posixpath.join(DESK, path)), DESK)


def is_in_state(path: str) -> bool:
    """Whether a path is in the session's state."""
    return _is_within(posixpath.normpath(posixpath.join(DESK, path)), STATE)


def _named(events: bytes, session_id: str) -> bytes:
    """A session's history with its own name at its beginning; the rest names whom it was told."""
    start, newline, rest = events.partition(b"\n")
    if not session_id or not start or session_id.encode() in start:
        return events
    try:
        event = json.loads(start)
        event["data"]["sessionId"] = session_id
    except (ValueError, TypeError, KeyError):
        return events  # the runtime says what is wrong with it
    return json.dumps(event, separators=(",", ":")).encode() + newline + rest


def _is_within(path: str, directory: str) -> bool:
    return path == directory or path.startswith(directory.rstrip("/") + "/")
