"""The tool that pushes what was committed in a thread's directory; people are asked before."""

from __future__ import annotations

from collections.abc import Mapping

from bot.directories import ThreadDirectory
from bot.ports import Directories

PUSH_BRANCH = "push_branch"


class PushTool:
    """Pushes the branch of a directory; see `SessionTool`.

    Args:
        directories: where the directory is.
        directory: which one.
    """

    name = PUSH_BRANCH
    parameters: Mapping[str, object] = {"type": "object", "properties": {}}

    def __init__(self, directories: Directories, directory: ThreadDirectory) -> None:
        self._directories = directories
        self._directory = directory

    @property
    def description(self) -> str:
        """What it is for, for the model, and for the people who are asked."""
        return (
            f"Push what is committed on the branch {self._directory.branch} to the repository's "
            "remote, under the same name."
        )

    async def run(self, arguments: Mapping[str, object]) -> str:
        """Do it.

        Raises:
            DirectoryUnavailable: it cannot be pushed.
        """
        commit = await self._directories.push(self._directory)
        return f"{self._directory.branch} is pushed, at {commit}."
