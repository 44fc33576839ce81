"""A session's tree of files, in memory: names, sizes, and the content of what is small.

Plain functions over a dictionary, and no database: `SqlFiles` loads it from rows and writes
back what `pending` tells.
"""

from __future__ import annotations

import errno
import os
import posixpath
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from bot.ports import FileInfo
from storage.columns import from_microseconds

ROOTS: Final = ("/", "/desk", "/session-state")
"""Directories that every session has, from the start and for ever."""

MOST_FILES: Final = 10_000
"""How many files and directories a session may have."""

LONGEST_PATH: Final = 4096


@dataclass(frozen=True, kw_only=True, slots=True)
class Node:
    """A file or directory.

    Args:
        is_directory: whether it is one.
        created_at: microseconds since 1970.
        changed_at: microseconds since 1970.
        size: bytes; 0 for a directory.
        content: of a file, where it is in memory.
        row: its row; None while it has none.
        stored_as: the path in its row.
        is_chunked: whether a part of its content is in chunks.
        is_written: whether its row has the content (and times) that it has now.
    """

    is_directory: bool
    created_at: int
    changed_at: int
    size: int = 0
    content: bytes | None = None
    row: int | None = None
    stored_as: str | None = None
    is_chunked: bool = False
    is_written: bool = False


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A state of a tree to go back to."""

    nodes: dict[str, Node]
    dropped: set[int]


class Tree:
    """The tree.

    Args:
        nodes: what is there, by path.
        limit: the most bytes of all files together.
        now: microseconds since 1970, for the directories that always exist.
    """

    def __init__(self, nodes: dict[str, Node], *, limit: int, now: int) -> None:
        root = Node(is_directory=True, created_at=now, changed_at=now, is_written=True)
        self.nodes: dict[str, Node] = dict.fromkeys(ROOTS, root) | nodes
        self.dropped: set[int] = set()
        self._limit = limit

    # --- looking ---

    @property
    def size(self) -> int:
        """Bytes of all files together."""
        return sum(node.size for node in self.nodes.values())

    def node(self, path: str) -> Node:
        """What is at a path.

        Raises:
            FileNotFoundError: nothing.
            NotADirectoryError: one of the directories of the path is a file.
        """
        node = self.nodes.get(path)
        if node is None:
            self._check_parents(path)
            raise _error(errno.ENOENT, path)
        return node

    def file(self, path: str) -> Node:
        """The file at a path.

        Raises:
            IsADirectoryError: it is a directory.
            FileNotFoundError: nothing is there.
        """
        node = self.node(path)
        if node.is_directory:
            raise _error(errno.EISDIR, path)
        return node

    def info(self, path: str) -> FileInfo:
        """What is at a path, for those who ask."""
        node = self.node(path)
        return FileInfo(
            path=path,
            is_directory=node.is_directory,
            size=node.size,
            changed_at=from_microseconds(node.changed_at),
            created_at=from_microseconds(node.created_at),
        )

    def list(self, path: str) -> list[FileInfo]:
        """What is directly in a directory, by name.

        Raises:
            NotADirectoryError: it is a file.
            FileNotFoundError: nothing is there.
        """
        if not self.node(path).is_directory:
            raise _error(errno.ENOTDIR, path)
        start = len(_inside(path))
        return [self.info(each) for each in sorted(self._below(path)) if "/" not in each[start:]]

    # --- changing ---

    def put(self, path: str, content: bytes, now: int) -> None:
        """Make or replace a file; missing directories are made."""
        before = self.nodes.get(path)
        if before is not None and before.is_directory:
            raise _error(errno.EISDIR, path)
        self._check_parents(path)
        self.check_room(len(content) - (before.size if before else 0), path)
        self._make_parents(path, now)
        created_at = before.created_at if before is not None else now
        if before is not None and before.is_chunked:
            # Its chunks go with its row.
            self._drop(before)
            before = None
        node = before or Node(is_directory=False, created_at=created_at, changed_at=now)
        self.nodes[path] = replace(
            node, changed_at=now, size=len(content), content=content, is_written=False
        )

    def make_directory(self, path: str, now: int, *, parents: bool) -> None:
        """Make a directory.

        Raises:
            FileExistsError: something is there; with `parents`, a file.
            FileNotFoundError: the directory above is missing, without `parents`.
        """
        there = self.nodes.get(path)
        if there is not None:
            if parents and there.is_directory:
                return
            raise _error(errno.EEXIST, path)
        self._check_parents(path)
        above = posixpath.dirname(path)
        if not parents and above not in self.nodes:
            raise _error(errno.ENOENT, above)
        self.check_room(0, path)
        self._make_parents(path, now)
        self.nodes[path] = Node(is_directory=True, created_at=now, changed_at=now)

    def remove(self, path: str, *, recursive: bool, missing_ok: bool) -> None:
        """Remove a file, or with `recursive` a directory and all in it.

        The directories that always exist are emptied and stay.
        """
        node = self.nodes.get(path)
        if node is None:
            if missing_ok:
                return
            raise self._missing(path)
        if node.is_directory and not recursive:
            raise _error(errno.EISDIR, path)
        for each in [*self._below(path), path]:
            if each not in ROOTS:
                self._drop(self.nodes.pop(each))

    def rename(self, source: str, target: str, now: int) -> None:
        """Move a file or directory; a file or an empty directory that is there is replaced."""
        node = self.node(source)
        if source == target:
            return
        if source in ROOTS or target in ROOTS:
            raise _error(errno.EBUSY, source if source in ROOTS else target)
        if target.startswith(_inside(source)):
            raise _error(errno.EINVAL, target)
        self._check_parents(target)
        above = posixpath.dirname(target)
        if above not in self.nodes:
            raise _error(errno.ENOENT, above)
        there = self.nodes.get(target)
        if there is not None:
            self._check_replace(node, there, target)
            if node.row is None and not node.is_directory and not there.is_chunked:
                # The usual way to write a file safely: it takes over the old one's row.
                node = replace(node, row=there.row, stored_as=there.stored_as)
            else:
                self._drop(there)
        for each in list(self._below(source)):
            self.nodes[target + each[len(source) :]] = self.nodes.pop(each)
        del self.nodes[source]
        self.nodes[target] = node

    def check_room(self, more: int, path: str) -> None:
        """See whether there is room for so many bytes more, and for the path.

        Raises:
            OSError: ENOSPC; the session's files take too much already.
        """
        if more > 0 and self.size + more > self._limit:
            raise OSError(
                errno.ENOSPC,
                f"the files of this session may take {self._limit} bytes together; remove some "
                "first",
                path,
            )
        if path not in self.nodes and len(self.nodes) >= MOST_FILES:
            raise OSError(
                errno.ENOSPC,
                f"this session may have {MOST_FILES} files; remove some first",
                path,
            )

    # --- keeping it in step with the rows ---

    def snapshot(self) -> Snapshot:
        """The state as it is, for `restore`."""
        return Snapshot(dict(self.nodes), set(self.dropped))

    def restore(self, snapshot: Snapshot) -> None:
        """Go back to a state."""
        self.nodes = snapshot.nodes
        self.dropped = snapshot.dropped

    def pending(self) -> dict[str, Node]:
        """What is not in its row yet, or under another path."""
        return {
            path: node
            for path, node in self.nodes.items()
            if path not in ROOTS and (not node.is_written or node.stored_as != path)
        }

    def pending_bytes(self) -> int:
        """How much content waits to be written."""
        return sum(node.size for node in self.nodes.values() if not node.is_written)

    def written(self, rows: dict[str, int], *, largest: int, most: int) -> None:
        """Note that everything is in its row now, and let go of content.

        Args:
            rows: the rows that were made, by path.
            largest: the most bytes of one file that are kept.
            most: the most bytes of all files together that are kept.
        """
        self.dropped.clear()
        kept = 0
        for path, node in self.nodes.items():
            content = node.content
            if content is not None:
                if len(content) > largest or kept + len(content) > most:
                    content = None
                else:
                    kept += len(content)
            if path in ROOTS or (
                node.is_written and node.stored_as == path and content is node.content
            ):
                continue
            self.nodes[path] = replace(
                node,
                content=content,
                row=rows.get(path, node.row),
                stored_as=path,
                is_written=True,
            )

    def added(self, path: str, size: int, now: int) -> None:
        """Note that content was added to a file, as a chunk."""
        node = self.nodes[path]
        self.nodes[path] = replace(
            node, size=node.size + size, changed_at=now, content=None, is_chunked=True
        )

    # --- within ---

    def _below(self, path: str) -> Iterator[str]:
        inside = _inside(path)
        return (each for each in self.nodes if each.startswith(inside) and each != "/")

    def _check_parents(self, path: str) -> None:
        for above in _above(path):
            node = self.nodes.get(above)
            if node is not None:
                if not node.is_directory:
                    raise _error(errno.ENOTDIR, path)
                return

    def _missing(self, path: str) -> OSError:
        try:
            self._check_parents(path)
        except OSError as exc:
            return exc
        return _error(errno.ENOENT, path)

    def _make_parents(self, path: str, now: int) -> None:
        made = Node(is_directory=True, created_at=now, changed_at=now)
        for above in _above(path):
            if above in self.nodes:
                return
            self.nodes[above] = made

    def _check_replace(self, node: Node, there: Node, target: str) -> None:
        if there.is_directory and not node.is_directory:
            raise _error(errno.EISDIR, target)
        if node.is_directory and not there.is_directory:
            raise _error(errno.ENOTDIR, target)
        if there.is_directory and next(self._below(target), None) is not None:
            raise _error(errno.ENOTEMPTY, target)

    def _drop(self, node: Node) -> None:
        if node.row is not None:
            self.dropped.add(node.row)


def normal(path: str) -> str:
    """A path without `.`, `..` and doubled slashes.

    Raises:
        OSError: EINVAL or ENAMETOOLONG; it is no absolute path.
    """
    if not path.startswith("/") or "\0" in path:
        raise _error(errno.EINVAL, path)
    try:
        if len(path.encode()) > LONGEST_PATH:
            raise _error(errno.ENAMETOOLONG, path)
    except UnicodeEncodeError as exc:
        raise _error(errno.EINVAL, path) from exc
    # POSIX gives two leading slashes a meaning of their own; we do not.
    return posixpath.normpath("/" + path.lstrip("/"))


def _inside(path: str) -> str:
    return path if path == "/" else f"{path}/"


def _above(path: str) -> Iterator[str]:
    while path != "/":
        path = posixpath.dirname(path)
        yield path


def _error(number: int, path: str) -> OSError:
    # OSError picks the subclass: FileNotFoundError for ENOENT, and so on.
    return OSError(number, os.strerror(number), path)
