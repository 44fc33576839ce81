"""Working directories in memory: what has changed in each is what a test says."""

from __future__ import annotations

from collections.abc import Collection

from bot.directories import Changes, ThreadDirectory, WorkingDirectory
from bot.errors import DirectoryUnavailable
from bot.repositories import Repository


class FakeDirectories:
    """`Directories` of a host.

    Args:
        host: which.
    """

    def __init__(self, host: str = "h1") -> None:
        self._host = host
        self.made: dict[str, bytes] = {}
        """What is different in each directory, by its name, as a patch."""
        self.removed: list[str] = []
        self.pushed: list[str] = []
        self.trouble = ""
        """Why nothing can be made."""
        self._count = 0

    @property
    def host(self) -> str:
        """Names this host."""
        return self._host

    async def plan(self, repository: Repository | None) -> ThreadDirectory:
        """A directory to be."""
        self._count += 1
        name = f"{self._host}d{self._count}"
        if repository is None:
            return ThreadDirectory(name=name, host=self._host)
        return ThreadDirectory(
            name=name,
            host=self._host,
            repository=repository.path,
            branch=f"threadpilot/{name}",
            base="abc",
        )

    async def make(self, directory: ThreadDirectory, patch: bytes = b"") -> bool:
        """Make it; a patch that says so cannot be applied."""
        if self.trouble:
            raise DirectoryUnavailable(self.trouble)
        is_whole = b"stale" not in patch
        self.made[directory.name] = patch if is_whole else b""
        return is_whole

    async def opened(self, directory: ThreadDirectory) -> WorkingDirectory | None:
        """It as a session uses it."""
        if directory.host != self._host or directory.name not in self.made:
            return None
        return WorkingDirectory(path=f"/work/{directory.name}", branch=directory.branch)

    async def changes(self, directory: ThreadDirectory) -> Changes:
        """What a test says."""
        patch = self.made[directory.name]
        if patch == b"huge":
            return Changes(summary="9 files changed", patch=None)
        return Changes(summary=f"{len(patch)} files changed" if patch else "", patch=patch)

    async def push(self, directory: ThreadDirectory) -> str:
        """Push it."""
        self.pushed.append(directory.name)
        return "abc1234567"

    async def remove(self, directory: ThreadDirectory) -> None:
        """Remove it."""
        self.removed.append(directory.name)
        self.made.pop(directory.name, None)

    async def sweep(self, known: Collection[str]) -> int:
        """Remove the others."""
        left = set(self.made) - set(known)
        for name in left:
            del self.made[name]
        return len(left)
