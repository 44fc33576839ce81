"""A directory of the host as the runtime's file tools may use it: what is in it, and nothing else.

The runtime asks us for files, and we are in no sandbox. Whoever works in the directory can put a
link there, also while we look. So each part of a path is opened by itself, from the directory
before it, and never through a link: where there is one, it is read, and walked like the rest.
"""

from __future__ import annotations

import asyncio
import errno
import os
import posixpath
import shutil
import stat
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from bot.ports import FileInfo

_MOST_BYTES = 64 * 1024 * 1024
_MOST_LINKS = 40
_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
# Something that is no file, such as a pipe, must not keep us waiting.
_FILE = os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_T = TypeVar("_T")


class HostFiles:
    """The files below a directory, by their absolute paths; see `SessionFiles`.

    PermissionError where a path leads out of it.

    Args:
        root: the directory.
    """

    def __init__(self, root: Path) -> None:
        self._root = str(root)

    async def read(self, path: str) -> bytes:
        """The whole content."""
        return await _apart(self._read, path)

    async def write(self, path: str, content: bytes) -> None:
        """Make or replace a file."""
        await _apart(self._write, path, content, os.O_WRONLY | os.O_CREAT)

    async def append(self, path: str, content: bytes) -> None:
        """Add to a file, or make it."""
        await _apart(self._write, path, content, os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    async def stat(self, path: str) -> FileInfo:
        """What is there; a link is what it leads to."""
        return await _apart(self._stat, path)

    async def list(self, path: str) -> Sequence[FileInfo]:
        """What is directly in a directory, by name; links are shown as files."""
        return await _apart(self._list, path)

    async def make_directory(self, path: str, *, parents: bool) -> None:
        """Make a directory; with `parents` also those above, and it may exist."""
        await _apart(self._make_directory, path, parents)

    async def remove(self, path: str, *, recursive: bool, missing_ok: bool) -> None:
        """Remove a file or a link, or with `recursive` a directory and all in it."""
        await _apart(self._remove, path, recursive, missing_ok)

    async def rename(self, source: str, target: str) -> None:
        """Move a file or directory; a file that is there is replaced."""
        await _apart(self._rename, source, target)

    async def flush(self) -> None:
        """Nothing is held back."""

    # --- what is done

    def _read(self, path: str) -> bytes:
        with self._place(path) as (directory, name):
            descriptor = os.open(name, os.O_RDONLY | _FILE, dir_fd=directory)
        with os.fdopen(descriptor, "rb") as file:
            if _regular(descriptor, path).st_size > _MOST_BYTES:
                raise OSError(errno.EFBIG, os.strerror(errno.EFBIG), path)
            return file.read(_MOST_BYTES)

    def _write(self, path: str, content: bytes, flags: int) -> None:
        with self._place(path) as (directory, name):
            descriptor = os.open(name, flags | _FILE, 0o666, dir_fd=directory)
        with os.fdopen(descriptor, "wb") as file:
            _regular(descriptor, path)
            if not flags & os.O_APPEND:
                file.truncate(0)
            file.write(content)

    def _stat(self, path: str) -> FileInfo:
        with self._place(path) as (directory, name):
            return _info(path, os.stat(name, dir_fd=directory, follow_symlinks=False))

    def _list(self, path: str) -> Sequence[FileInfo]:
        with self._place(path) as (directory, name):
            descriptor = os.open(name, _DIRECTORY, dir_fd=directory)
        try:
            with os.scandir(descriptor) as entries:
                return sorted(
                    (
                        _info(posixpath.join(path, each.name), each.stat(follow_symlinks=False))
                        for each in entries
                    ),
                    key=lambda info: info.path,
                )
        finally:
            os.close(descriptor)

    def _make_directory(self, path: str, parents: bool) -> None:
        if parents and self._parts(path):
            self._make_directory(posixpath.dirname(path), parents=True)
        with self._place(path) as (directory, name):
            try:
                os.mkdir(name, dir_fd=directory)
            except FileExistsError:
                found = os.stat(name, dir_fd=directory, follow_symlinks=False)
                if not parents or not stat.S_ISDIR(found.st_mode):
                    raise

    def _remove(self, path: str, recursive: bool, missing_ok: bool) -> None:
        try:
            with self._place(path, is_followed=False) as (directory, name):
                found = os.stat(name, dir_fd=directory, follow_symlinks=False)
                if not stat.S_ISDIR(found.st_mode):
                    os.unlink(name, dir_fd=directory)
                elif recursive and name != ".":
                    shutil.rmtree(name, dir_fd=directory)
                else:
                    raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), path)
        except FileNotFoundError:
            if not missing_ok:
                raise

    def _rename(self, source: str, target: str) -> None:
        with (
            self._place(source, is_followed=False) as (here, old),
            self._place(target, is_followed=False) as (there, new),
        ):
            os.replace(old, new, src_dir_fd=here, dst_dir_fd=there)

    # --- where it is

    @contextmanager
    def _place(self, path: str, *, is_followed: bool = True) -> Iterator[tuple[int, str]]:
        """The directory that something is in, opened, and its name there.

        Args:
            path: absolute.
            is_followed: whether a link at its end stands for what it leads to.
        """
        waiting: deque[str] = deque(self._parts(path))
        opened = [os.open(self._root, _DIRECTORY)]
        links = 0
        try:
            while waiting:
                name = waiting.popleft()
                if name == "..":
                    if len(opened) == 1:
                        raise _outside(path)
                    os.close(opened.pop())
                    continue
                leads_to = _link(name, opened[-1]) if waiting or is_followed else None
                if leads_to is not None:
                    links += 1
                    if links > _MOST_LINKS:
                        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), path)
                    if leads_to.startswith("/"):
                        while len(opened) > 1:
                            os.close(opened.pop())
                        waiting.extendleft(reversed(self._parts(leads_to)))
                    else:
                        waiting.extendleft(reversed(_parts(leads_to)))
                    continue
                if not waiting:
                    yield opened[-1], name
                    return
                opened.append(os.open(name, _DIRECTORY, dir_fd=opened[-1]))
            yield opened[-1], "."
        finally:
            for descriptor in opened:
                os.close(descriptor)

    def _parts(self, path: str) -> Sequence[str]:
        """The parts of an absolute path below the root."""
        if path != self._root and not path.startswith(self._root + "/"):
            raise _outside(path)
        return _parts(path[len(self._root) :])


async def _apart(work: Callable[..., _T], *given: object) -> _T:
    return await asyncio.to_thread(work, *given)


def _parts(path: str) -> list[str]:
    return [part for part in path.split("/") if part not in {"", "."}]


def _link(name: str, directory: int) -> str | None:
    """Where a link leads; None where it is none, or nothing."""
    try:
        return os.readlink(name, dir_fd=directory)
    except OSError as error:
        if error.errno not in {errno.EINVAL, errno.ENOENT}:
            raise
        return None


def _regular(descriptor: int, path: str) -> os.stat_result:
    found = os.fstat(descriptor)
    if stat.S_ISDIR(found.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), path)
    if not stat.S_ISREG(found.st_mode):
        raise PermissionError(errno.EPERM, "is no file", path)
    return found


def _info(path: str, found: os.stat_result) -> FileInfo:
    is_directory = stat.S_ISDIR(found.st_mode)
    changed_at = datetime.fromtimestamp(found.st_mtime, UTC)
    return FileInfo(
        path=path,
        is_directory=is_directory,
        size=0 if is_directory else found.st_size,
        changed_at=changed_at,
        created_at=changed_at,
    )


def _outside(path: str) -> PermissionError:
    return PermissionError(errno.EACCES, "leads out of the working directory", path)
