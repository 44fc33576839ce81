"""The working directories of threads on this host: fresh, or a clone of a bound repository.

A thread has `ROOT/NAME/files`, which its commands may do with as they like, and `ROOT/NAME/git`, a
repository of ours over the same files that tells what has changed. We never run git by what is
in the files: whoever works there could have it run anything, outside of their sandbox.

A clone shares the objects of the repository that it is made of, and has nothing else in common with
it: see docs/decisions.md on why it is no `git worktree`.
"""

from __future__ import annotations

import asyncio
import logging
import os
import re
import secrets
import shutil
import stat
from collections.abc import Callable, Collection
from pathlib import Path

from adapters.git.command import GitError, Shadow, git
from bot.directories import Changes, ThreadDirectory, WorkingDirectory
from bot.errors import DirectoryUnavailable
from bot.repositories import Repository

_MOST_OF_A_PATCH = 5 * 1024 * 1024
_NAME = re.compile(r"[a-z0-9]{4,32}")
_ID = ".threadpilot"
_REMOTE = "origin"
# Says what it is not for, to whoever tries to push from a clone.
_NO_PUSH = "pushing-is-not-done-from-here"
_AUTHOR = (("user.name", "GitHub Copilot"), ("user.email", "copilot@users.noreply.github.com"))

_log = logging.getLogger(__name__)


class GitDirectories:
    """Makes working directories, and tells what has changed in them; see `Directories`.

    Args:
        root: where they are; made where it is missing.

    Raises:
        OSError: the root cannot be used.
    """

    def __init__(self, root: Path) -> None:
        root.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._root = root.resolve()
        self._host = _id_of(self._root)

    @property
    def host(self) -> str:
        """Names the root: processes that share it, on whichever host, share the directories."""
        return self._host

    async def plan(self, repository: Repository | None) -> ThreadDirectory:
        """A directory to be, with a name of its own.

        Args:
            repository: what it is to be a clone of; None for a fresh one.

        Raises:
            DirectoryUnavailable: the repository cannot be read.
        """
        name = secrets.token_hex(4)
        if repository is None:
            return ThreadDirectory(name=name, host=self._host)
        with_branch = repository.branch or "HEAD"
        try:
            told = await git(
                ["rev-parse", "--verify", "--end-of-options", f"{with_branch}^{{commit}}"],
                at=Path(repository.path),
                as_operator=True,
            )
        except GitError as error:
            raise _unavailable(f"{repository.path} has no {with_branch}", error) from error
        return ThreadDirectory(
            name=name,
            host=self._host,
            repository=repository.path,
            branch=f"threadpilot/{name}",
            base=told.decode().strip(),
        )

    async def make(self, directory: ThreadDirectory, patch: bytes = b"") -> bool:
        """Make a directory, in the place of whatever is there.

        Args:
            directory: as it was planned.
            patch: changes that it is to begin with.

        Returns:
            Whether the changes are in it.

        Raises:
            DirectoryUnavailable: it cannot be made.
        """
        place, shadow = self._place(directory), self._shadow(directory)
        try:
            await self.remove(directory)
            await asyncio.to_thread(place.mkdir, 0o700)
            await self._fill(directory)
            await git(["init", "-q", "--bare", "--template=", str(shadow.git)], at=place)
            if directory.repository:
                alternates = shadow.git / "objects" / "info" / "alternates"
                objects = await self._objects(directory)
                await asyncio.to_thread(alternates.write_text, f"{objects}\n")
                await git(["read-tree", directory.base], at=shadow.files, shadow=shadow)
            return await _applied(shadow.files, patch) if patch else True
        except (GitError, OSError) as error:
            raise _unavailable("it cannot be made", error) from error

    async def opened(self, directory: ThreadDirectory) -> WorkingDirectory | None:
        """A directory as a session uses it; None where it is not here."""
        shadow = self._shadow(directory)
        if directory.host != self._host or not await asyncio.to_thread(shadow.git.is_dir):
            return None
        readable: tuple[str, ...] = ()
        if directory.repository:
            try:
                readable = _with_alternates(await self._objects(directory))
            except GitError as error:
                raise _unavailable(f"{directory.repository} is gone", error) from error
        return WorkingDirectory(path=str(shadow.files), branch=directory.branch, readable=readable)

    async def changes(self, directory: ThreadDirectory) -> Changes:
        """What is in a directory that was not there at its beginning.

        What its own `.gitignore` names does not count, nor does what cannot be read, nor what is
        in a repository within it.

        Raises:
            DirectoryUnavailable: nobody can tell.
        """
        shadow = self._shadow(directory)
        try:
            base = directory.base or await self._empty_tree(shadow)
            await self._note(shadow)
            difference = ["diff", "--cached", "--no-ext-diff", "--no-textconv", "--no-color"]
            difference.append("--ignore-submodules=all")
            counted = await git([*difference, "--shortstat", base], at=shadow.files, shadow=shadow)
            summary = counted.decode(errors="replace").strip()
            patch: bytes | None = b""
            if summary:
                patch = await self._patch(shadow, [*difference, "--binary", base])
        except GitError as error:
            raise _unavailable("nobody can tell what has changed", error) from error
        return Changes(summary=summary, patch=patch)

    async def push(self, directory: ThreadDirectory) -> str:
        """Push what was committed on the directory's branch to the repository's own remote.

        Returns:
            The name of the commit, shortened.

        Raises:
            DirectoryUnavailable: it cannot be pushed.
        """
        repository, branch = Path(directory.repository), f"refs/heads/{directory.branch}"
        files = self._shadow(directory).files
        try:
            # git fetches from a repository of others without running anything of theirs: see
            # https://git-scm.com/docs/git#_security
            fetch = ["fetch", "-q", "--no-tags", "--no-recurse-submodules", "--no-write-fetch-head"]
            fetch += ["--", str(files), f"+{branch}:{branch}"]
            await git(fetch, at=repository, as_operator=True)
            told = await git(["rev-parse", "--verify", branch], at=repository, as_operator=True)
            commit = told.decode().strip()
            if commit == directory.base:
                raise DirectoryUnavailable("Nothing was committed on this branch yet.")
            await git(
                ["push", "-q", "--", _REMOTE, f"+{branch}:{branch}"],
                at=repository,
                as_operator=True,
            )
        except GitError as error:
            raise _unavailable("the branch cannot be pushed", error) from error
        return commit[:10]

    async def remove(self, directory: ThreadDirectory) -> None:
        """Remove a directory and all in it; nothing where it is not here."""
        if directory.host == self._host:
            await asyncio.to_thread(_remove, self._place(directory))

    async def sweep(self, known: Collection[str]) -> int:
        """Remove the directories of threads that are gone; returns how many there were.

        Args:
            known: the names of those that threads have.
        """

        def swept() -> int:
            left = [each for each in self._root.iterdir() if _NAME.fullmatch(each.name)]
            left = [each for each in left if each.name not in known]
            for each in left:
                _remove(each)
            return len(left)

        return await asyncio.to_thread(swept)

    # --- how it is made

    async def _fill(self, directory: ThreadDirectory) -> None:
        """Make the files, with a repository that is theirs."""
        files, place = self._shadow(directory).files, self._place(directory)
        if directory.repository:
            clone = ["clone", "-q", "--shared", "--no-checkout", "--template="]
            await git([*clone, "--", directory.repository, str(files)], at=place)
            branch = ["checkout", "-q", "--no-track", "-b", directory.branch, directory.base]
            await git(branch, at=files)
            await git(["remote", "set-url", "--push", _REMOTE, _NO_PUSH], at=files)
        else:
            await git(["init", "-q", "--template=", str(files)], at=place)
        for name, value in _AUTHOR:
            await git(["config", name, value], at=files)

    async def _objects(self, directory: ThreadDirectory) -> Path:
        """Where the repository of a directory has its objects."""
        told = await git(
            ["rev-parse", "--path-format=absolute", "--git-path", "objects"],
            at=Path(directory.repository),
            as_operator=True,
        )
        return Path(told.decode().strip())

    async def _empty_tree(self, shadow: Shadow) -> str:
        made = await git(
            ["hash-object", "-t", "tree", "-w", "--stdin"],
            at=shadow.files,
            shadow=shadow,
            given=b"",
        )
        return made.decode().strip()

    async def _note(self, shadow: Shadow) -> None:
        """Take up what is in the files; that some cannot be taken up is no failure."""
        try:
            await git(
                ["add", "--all", "--ignore-errors", "--", "."], at=shadow.files, shadow=shadow
            )
        except GitError as error:
            _log.info("not all files could be looked at: %s", error)

    async def _patch(self, shadow: Shadow, difference: list[str]) -> bytes | None:
        try:
            patch = await git(difference, at=shadow.files, shadow=shadow)
        except GitError as error:
            _log.info("changes are no patch: %s", error)
            return None
        return patch if len(patch) <= _MOST_OF_A_PATCH else None

    def _place(self, directory: ThreadDirectory) -> Path:
        if not _NAME.fullmatch(directory.name):
            raise ValueError(f"no directory is called {directory.name!r}")
        return self._root / directory.name

    def _shadow(self, directory: ThreadDirectory) -> Shadow:
        place = self._place(directory)
        return Shadow(git=place / "git", files=place / "files")


async def _applied(files: Path, patch: bytes) -> bool:
    """Whether a patch could be applied; nobody has worked there yet."""
    try:
        await git(["apply", "--binary", "--whitespace=nowarn"], at=files, given=patch)
    except GitError as error:
        _log.warning("changes cannot be made anew: %s", error)
        return False
    return True


def _id_of(root: Path) -> str:
    """The root's own name, made once."""
    file = root / _ID
    try:
        with file.open("x", encoding="ascii") as made:
            made.write(secrets.token_hex(8))
    except FileExistsError:
        pass
    return file.read_text(encoding="ascii").strip()


def _with_alternates(objects: Path) -> tuple[str, ...]:
    """A directory of objects, and those that it has its objects from."""
    found, waiting = [str(objects)], [objects]
    while waiting:
        try:
            told = (waiting.pop() / "info" / "alternates").read_text(encoding="utf-8")
        except OSError:
            continue
        for line in told.splitlines():
            path = objects / line
            if line and str(path) not in found:
                found.append(str(path))
                waiting.append(path)
    return tuple(found)


def _remove(place: Path) -> None:
    """Remove a directory, also where something in it was made so that it cannot be."""

    def unlock(_: Callable[..., object], path: str, __: object) -> None:
        parent = os.path.dirname(path)  # noqa: PTH120
        for each in (parent, path):
            if not os.path.islink(each) and os.path.isdir(each):  # noqa: PTH112, PTH114
                os.chmod(each, stat.S_IRWXU)  # noqa: PTH101
        if os.path.isdir(path) and not os.path.islink(path):  # noqa: PTH112, PTH114
            shutil.rmtree(path, ignore_errors=True)
        else:
            os.unlink(path)  # noqa: PTH108

    if place.exists():
        shutil.rmtree(place, onerror=unlock)


def _unavailable(what: str, error: Exception) -> DirectoryUnavailable:
    return DirectoryUnavailable(f"The working directory: {what} ({error}).")
