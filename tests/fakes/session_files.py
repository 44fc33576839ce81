"""A session's files in memory."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from itertools import count

from bot.ports import FileInfo

_numbers = count(1)


class MemoryFiles:
    """`SessionFiles` in a dictionary.

    Args:
        failing: is asked before each change with its path; what it returns is raised.
    """

    def __init__(self, failing: Callable[[str], Exception | None] | None = None) -> None:
        self.number = next(_numbers)
        """Which files of all these are."""
        self.contents: dict[str, bytes] = {}
        self.directories: set[str] = {"/", "/desk", "/session-state"}
        self.calls: list[str] = []
        """The operations so far, such as `append /session-state/events.jsonl`."""
        self.flushes = 0
        self.failing = failing
        self._changed_at: dict[str, datetime] = {}
        self._created_at: dict[str, datetime] = {}

    def copy(self) -> MemoryFiles:
        """The same once more, as another session's."""
        other = MemoryFiles()
        other.contents |= self.contents
        other.directories |= self.directories
        other._changed_at |= self._changed_at
        other._created_at |= self._created_at
        return other

    async def read(self, path: str) -> bytes:
        """The whole content."""
        self._note("read", path)
        self._expect_file(path)
        return self.contents[path]

    async def write(self, path: str, content: bytes) -> None:
        """Make or replace a file; missing directories are made."""
        self._note("write", path)
        self._change(path)
        if path in self.directories:
            raise IsADirectoryError(path)
        self._make_parents(path)
        self._put(path, bytes(content))

    async def append(self, path: str, content: bytes) -> None:
        """Add to a file, or make it; missing directories are made."""
        self._note("append", path)
        self._change(path)
        if path in self.directories:
            raise IsADirectoryError(path)
        self._make_parents(path)
        self._put(path, self.contents.get(path, b"") + content)

    async def stat(self, path: str) -> FileInfo:
        """What is there."""
        self._note("stat", path)
        return self._info(path)

    async def list(self, path: str) -> Sequence[FileInfo]:
        """What is directly in a directory, by name."""
        self._note("list", path)
        if path in self.contents:
            raise NotADirectoryError(path)
        if path not in self.directories:
            raise FileNotFoundError(path)
        inside = {p for p in (*self.contents, *self.directories) if _is_in(p, path)}
        return [self._info(p) for p in sorted(inside)]

    async def make_directory(self, path: str, *, parents: bool) -> None:
        """Make a directory; with `parents` also those above, and it may exist."""
        self._note("mkdir", path)
        self._change(path)
        if path in self.contents:
            raise FileExistsError(path)
        if path in self.directories:
            if parents:
                return
            raise FileExistsError(path)
        if parents:
            self._make_parents(path)
        elif posixpath.dirname(path) not in self.directories:
            raise FileNotFoundError(path)
        self.directories.add(path)
        self._created_at[path] = self._changed_at[path] = datetime.now(UTC)

    async def remove(self, path: str, *, recursive: bool, missing_ok: bool) -> None:
        """Remove a file, or with `recursive` a directory and all in it."""
        self._note("remove", path)
        self._change(path)
        if path in self.contents:
            del self.contents[path]
        elif path in self.directories:
            if not recursive:
                raise IsADirectoryError(path)
            self.directories = {d for d in self.directories if not _is_under(d, path)}
            self.contents = {
                name: content
                for name, content in self.contents.items()
                if not _is_under(name, path)
            }
        elif not missing_ok:
            raise FileNotFoundError(path)

    async def rename(self, source: str, target: str) -> None:
        """Move a file or directory; a file that is there is replaced."""
        self._note("rename", source)
        self._change(target)
        if source in self.contents:
            if target in self.directories:
                raise IsADirectoryError(target)
            self._make_parents(target)
            self._put(target, self.contents.pop(source))
            return
        if source not in self.directories:
            raise FileNotFoundError(source)
        if target in self.contents:
            raise NotADirectoryError(target)
        self._make_parents(target)
        for name in [name for name in self.contents if _is_under(name, source)]:
            self._put(target + name[len(source) :], self.contents.pop(name))
        moved = {d for d in self.directories if _is_under(d, source)}
        self.directories -= moved
        self.directories |= {target + d[len(source) :] for d in moved}

    async def flush(self) -> None:
        """Make everything written so far durable."""
        self.flushes += 1
        self._change("")

    def _note(self, operation: str, path: str) -> None:
        self.calls.append(f"{operation} {path}")

    def _change(self, path: str) -> None:
        if self.failing is not None and (error := self.failing(path)) is not None:
            raise error

    def _put(self, path: str, content: bytes) -> None:
        self.contents[path] = content
        now = datetime.now(UTC)
        self._created_at.setdefault(path, now)
        self._changed_at[path] = now

    def _make_parents(self, path: str) -> None:
        while (path := posixpath.dirname(path)) not in self.directories:
            if path in self.contents:
                raise NotADirectoryError(path)
            self.directories.add(path)

    def _expect_file(self, path: str) -> None:
        if path in self.directories:
            raise IsADirectoryError(path)
        if path not in self.contents:
            raise FileNotFoundError(path)

    def _info(self, path: str) -> FileInfo:
        is_directory = path in self.directories
        if not is_directory:
            self._expect_file(path)
        return FileInfo(
            path=path,
            is_directory=is_directory,
            size=0 if is_directory else len(self.contents[path]),
            changed_at=self._changed_at.get(path, datetime.now(UTC)),
            created_at=self._created_at.get(path, datetime.now(UTC)),
        )


def _is_in(path: str, directory: str) -> bool:
    return path != directory and posixpath.dirname(path) == directory


def _is_under(path: str, directory: str) -> bool:
    return path == directory or path.startswith(directory.rstrip("/") + "/")
