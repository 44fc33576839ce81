"""Directories of the host that threads work in."""

from __future__ import annotations

from collections.abc import Collection
from typing import Protocol

from bot.directories import Changes, ThreadDirectory, WorkingDirectory
from bot.repositories import Repository


class Directories(Protocol):
    """Makes the directories that threads work in, on this host. All raise DirectoryUnavailable."""

    @property
    def host(self) -> str:
        """Names this host, as `ThreadDirectory.host` has it."""

    async def plan(self, repository: Repository | None) -> ThreadDirectory:
        """A directory to be, with a name of its own: a clone of a repository, or a fresh one."""

    async def make(self, directory: ThreadDirectory, patch: bytes = b"") -> bool:
        """Make a directory, in the place of whatever is there.

        Args:
            directory: as it was planned.
            patch: changes that it is to begin with.

        Returns:
            Whether the changes are in it.
        """

    async def opened(self, directory: ThreadDirectory) -> WorkingDirectory | None:
        """A directory as a session uses it; None where it is not here."""

    async def changes(self, directory: ThreadDirectory) -> Changes:
        """What is in a directory that was not there at its beginning."""

    async def push(self, directory: ThreadDirectory) -> str:
        """Push what was committed on its branch to the repository's remote; names the commit."""

    async def remove(self, directory: ThreadDirectory) -> None:
        """Remove a directory and all in it; nothing where it is not here."""

    async def sweep(self, known: Collection[str]) -> int:
        """Remove those whose names threads do not have any more; returns how many."""
