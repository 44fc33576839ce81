"""Working directories on a real disk, by the real git."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from adapters.git.directories import GitDirectories
from bot.directories import ThreadDirectory, WorkingDirectory
from bot.errors import DirectoryUnavailable
from bot.repositories import Repository


def run(*command: str, at: Path) -> str:
    """Run a program as whoever works somewhere does."""
    environment = {"PATH": os.environ["PATH"], "HOME": str(at), "GIT_CONFIG_NOSYSTEM": "1"}
    author = ("-c", "user.name=Ann", "-c", "user.email=ann@example.org")
    arguments = [command[0], *author, *command[1:]] if command[0] == "git" else list(command)
    done = subprocess.run(arguments, cwd=at, env=environment, check=True, capture_output=True)
    return done.stdout.decode()


@pytest.fixture
def remote(tmp_path: Path) -> Path:
    """Where the bound repository pushes to."""
    remote = tmp_path / "remote.git"
    run("git", "init", "-q", "--bare", str(remote), at=tmp_path)
    return remote


@pytest.fixture
def clone(tmp_path: Path, remote: Path) -> Path:
    """A repository that the operator bound."""
    clone = tmp_path / "clone"
    run("git", "init", "-q", "-b", "main", str(clone), at=tmp_path)
    (clone / "a.txt").write_text("one\n")
    (clone / ".gitignore").write_text("build/\n")
    run("git", "add", ".", at=clone)
    run("git", "commit", "-qm", "First", at=clone)
    run("git", "remote", "add", "origin", str(remote), at=clone)
    return clone


@pytest.fixture
def directories(tmp_path: Path) -> GitDirectories:
    """The directories of a host."""
    return GitDirectories(tmp_path / "work")


async def opened(directories: GitDirectories, directory: ThreadDirectory) -> Path:
    """A directory that is there."""
    found = await directories.opened(directory)
    assert isinstance(found, WorkingDirectory)
    return Path(found.path)


async def cloned(directories: GitDirectories, clone: Path) -> tuple[ThreadDirectory, Path]:
    """A clone of the bound repository."""
    directory = await directories.plan(Repository(path=str(clone)))
    assert await directories.make(directory)
    return directory, await opened(directories, directory)


async def test_a_fresh_one(directories: GitDirectories) -> None:
    """A fresh directory is empty, and what is made in it is a patch."""
    directory = await directories.plan(None)
    assert await directories.opened(directory) is None
    await directories.make(directory)
    files = await opened(directories, directory)
    assert [each.name for each in files.iterdir()] == [".git"]
    assert (await directories.changes(directory)).summary == ""
    (files / "new.txt").write_text("hello\n")
    changes = await directories.changes(directory)
    assert changes.summary == "1 file changed, 1 insertion(+)"
    assert changes.patch is not None
    assert b"+hello" in changes.patch


async def test_a_clone(directories: GitDirectories, clone: Path) -> None:
    """A clone is on a branch of its own; what is changed in it, committed or not, is a patch."""
    directory, files = await cloned(directories, clone)
    assert directory.branch == f"threadpilot/{directory.name}"
    assert run("git", "branch", "--show-current", at=files).strip() == directory.branch
    assert (files / "a.txt").read_text() == "one\n"
    (files / "a.txt").write_text("two\n")
    run("git", "commit", "-qam", "Second", at=files)
    (files / "b.bin").write_bytes(b"\0\1\2")
    (files / "build").mkdir()
    (files / "build" / "x").write_text("ignored")
    changes = await directories.changes(directory)
    assert changes.summary == "2 files changed, 1 insertion(+), 1 deletion(-)"
    other = await directories.plan(Repository(path=str(clone)))
    assert await directories.make(other, changes.patch or b"")
    copy = await opened(directories, other)
    assert (copy / "a.txt").read_text() == "two\n"
    assert (copy / "b.bin").read_bytes() == b"\0\1\2"
    assert (await directories.changes(other)).patch == changes.patch


async def test_the_bound_repository_stays_as_it_is(
    directories: GitDirectories, clone: Path
) -> None:
    """Nothing that is done in a clone reaches the repository, until it is pushed."""
    before = run("git", "for-each-ref", at=clone)
    directory, files = await cloned(directories, clone)
    (files / "a.txt").write_text("two\n")
    run("git", "commit", "-qam", "Second", at=files)
    with pytest.raises(subprocess.CalledProcessError):
        run("git", "push", "origin", "HEAD", at=files)
    assert run("git", "for-each-ref", at=clone) == before
    await directories.remove(directory)
    assert not files.exists()
    assert run("git", "status", "--porcelain", at=clone) == ""


async def test_a_push(directories: GitDirectories, clone: Path, remote: Path) -> None:
    """What was committed goes to the remote of the repository, on the branch, also once more."""
    directory, files = await cloned(directories, clone)
    with pytest.raises(DirectoryUnavailable, match="Nothing was committed"):
        await directories.push(directory)
    for text in ("two", "three"):
        (files / "a.txt").write_text(text)
        run("git", "commit", "-qa", "--amend", "-m", text, at=files)
        commit = await directories.push(directory)
        assert run("git", "rev-parse", directory.branch, at=remote).startswith(commit)
        assert run("git", "show", f"{directory.branch}:a.txt", at=remote) == text


async def test_nothing_of_the_files_is_run(
    directories: GitDirectories, clone: Path, tmp_path: Path
) -> None:
    """Whatever is put into the files, our git runs nothing of it."""
    directory, files = await cloned(directories, clone)
    trap = tmp_path / "trap"
    script = tmp_path / "script"
    script.write_text(f"#!/bin/sh\ntouch {trap}\ncat\n")
    script.chmod(0o755)
    for name, value in (
        ("core.fsmonitor", str(script)),
        ("core.pager", str(script)),
        ("core.sshCommand", str(script)),
        ("diff.external", str(script)),
        ("diff.evil.textconv", str(script)),
        ("diff.evil.command", str(script)),
        ("filter.evil.clean", str(script)),
        ("filter.evil.smudge", str(script)),
        ("filter.evil.process", str(script)),
        ("uploadpack.packObjectsHook", str(script)),
        ("core.hooksPath", str(tmp_path / "hooks")),
    ):
        run("git", "config", name, value, at=files)
    (tmp_path / "hooks").mkdir()
    for hook in ("pre-commit", "post-index-change", "reference-transaction", "pre-push"):
        for place in (tmp_path / "hooks", files / ".git" / "hooks"):
            place.mkdir(exist_ok=True)
            (place / hook).symlink_to(script)
    (files / ".gitattributes").write_text("* filter=evil diff=evil\n")
    (files / "a.txt").write_text("two\n")
    run(
        "git",
        "-c",
        "core.fsmonitor=",
        "-c",
        "core.hooksPath=/dev/null",
        "-c",
        "filter.evil.clean=",
        "-c",
        "filter.evil.process=",
        "commit",
        "-qam",
        "Second",
        at=files,
    )
    inner = files / "inner"
    run("git", "init", "-q", str(inner), at=files)
    run("git", "config", "core.fsmonitor", str(script), at=inner)
    (inner / "x").write_text("x")
    trap.unlink(missing_ok=True)
    assert "2 files changed" in (await directories.changes(directory)).summary
    await directories.push(directory)
    assert not trap.exists()


async def test_elsewhere(directories: GitDirectories, tmp_path: Path) -> None:
    """A directory of another host is not here; one that shares the root has the same."""
    directory = await directories.plan(None)
    await directories.make(directory)
    other = GitDirectories(tmp_path / "other")
    assert other.host != directories.host
    assert await other.opened(directory) is None
    await other.remove(directory)
    beside = GitDirectories(tmp_path / "work")
    assert beside.host == directories.host
    assert await beside.opened(directory) is not None


async def test_what_is_left_over_is_swept(directories: GitDirectories, tmp_path: Path) -> None:
    """What no thread has is removed, however it was locked; nothing else is."""
    kept, left = [await directories.plan(None) for _ in range(2)]
    for each in (kept, left):
        await directories.make(each)
    locked = await opened(directories, left) / "locked"
    locked.mkdir()
    (locked / "file").write_text("x")
    locked.chmod(0o500)
    (tmp_path / "work" / "README").write_text("of the operator")
    assert await directories.sweep({kept.name}) == 1
    assert await directories.opened(left) is None
    assert await directories.opened(kept) is not None
    assert (tmp_path / "work" / "README").exists()


async def test_a_repository_that_cannot_be_used(directories: GitDirectories, clone: Path) -> None:
    """What is wrong with a bound repository is told in a sentence."""
    with pytest.raises(DirectoryUnavailable, match="has no nowhere"):
        await directories.plan(Repository(path=str(clone), branch="nowhere"))
    with pytest.raises(DirectoryUnavailable):
        await directories.plan(Repository(path=str(clone / "none")))


async def test_a_name_leads_nowhere_else(directories: GitDirectories) -> None:
    """A directory is never outside of the root."""
    for name in ("..", "../x", "/etc", ""):
        with pytest.raises(ValueError, match="no directory"):
            await directories.changes(ThreadDirectory(name=name, host=directories.host))
