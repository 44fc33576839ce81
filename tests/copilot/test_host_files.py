"""A directory of the host, and what leads out of it."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from adapters.copilot.host_files import HostFiles


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """The directory; a secret lies beside it."""
    root = tmp_path / "root"
    (root / "src").mkdir(parents=True)
    (root / "src" / "a.txt").write_text("hello")
    (tmp_path / "secret.txt").write_text("secret")
    (tmp_path / "outside").mkdir()
    return root


@pytest.fixture
def files(root: Path) -> HostFiles:
    """Its files."""
    return HostFiles(root)


async def test_files_are_used(files: HostFiles, root: Path) -> None:
    """Files are made, read, added to, listed, moved and removed where they really are."""
    await files.write(f"{root}/b.txt", b"one")
    await files.append(f"{root}/b.txt", b", two")
    assert (root / "b.txt").read_text() == "one, two"
    await files.write(f"{root}/b.txt", b"1")
    assert await files.read(f"{root}/b.txt") == b"1"
    await files.make_directory(f"{root}/d/e", parents=True)
    assert [info.path for info in await files.list(str(root))] == [
        f"{root}/b.txt",
        f"{root}/d",
        f"{root}/src",
    ]
    assert (await files.stat(str(root))).is_directory
    assert (await files.stat(f"{root}/src/a.txt")).size == 5
    await files.rename(f"{root}/b.txt", f"{root}/d/e/c.txt")
    assert (root / "d/e/c.txt").read_text() == "1"
    await files.remove(f"{root}/d", recursive=True, missing_ok=False)
    assert not (root / "d").exists()
    await files.remove(f"{root}/d", recursive=True, missing_ok=True)
    with pytest.raises(FileNotFoundError):
        await files.read(f"{root}/none")


async def test_links_inside(files: HostFiles, root: Path) -> None:
    """A link that stays inside is followed, whether it names a path or the way there."""
    (root / "near").symlink_to("src/../src/a.txt")
    (root / "far").symlink_to(root / "src")
    assert await files.read(f"{root}/near") == b"hello"
    assert await files.read(f"{root}/far/a.txt") == b"hello"
    assert (await files.stat(f"{root}/far")).is_directory
    await files.remove(f"{root}/far", recursive=True, missing_ok=False)
    assert (root / "src" / "a.txt").exists()


@pytest.mark.parametrize(
    "leads_to",
    ["../secret.txt", "{tmp}/secret.txt", "src/../../secret.txt", "../root/../secret.txt"],
)
async def test_links_that_lead_out(files: HostFiles, root: Path, leads_to: str) -> None:
    """A link that leads out can be neither read nor written nor asked about."""
    (root / "link").symlink_to(leads_to.format(tmp=root.parent))
    path = f"{root}/link"
    for call in (files.read(path), files.write(path, b"x"), files.append(path, b"x")):
        with pytest.raises(PermissionError):
            await call
    with pytest.raises(PermissionError):
        await files.stat(path)
    assert (root.parent / "secret.txt").read_text() == "secret"


@pytest.mark.parametrize(
    "way", ["{root}/../secret.txt", "{root}/src/../../secret.txt", "/etc/passwd"]
)
async def test_paths_that_lead_out(files: HostFiles, root: Path, way: str) -> None:
    """So does a path that goes up."""
    path = way.format(root=root)
    calls: list[Callable[[], Awaitable[object]]] = [
        lambda: files.read(path),
        lambda: files.write(path, b"x"),
        lambda: files.stat(path),
        lambda: files.remove(path, recursive=True, missing_ok=True),
        lambda: files.rename(f"{root}/src/a.txt", path),
        lambda: files.make_directory(path, parents=True),
    ]
    for call in calls:
        with pytest.raises(PermissionError):
            await call()
    assert (root.parent / "secret.txt").read_text() == "secret"


async def test_a_directory_that_is_a_link(files: HostFiles, root: Path) -> None:
    """Nothing is made or removed through a directory that is a link to elsewhere."""
    (root / "out").symlink_to(root.parent / "outside")
    for call in (
        files.write(f"{root}/out/x", b"x"),
        files.make_directory(f"{root}/out/x", parents=True),
        files.rename(f"{root}/src/a.txt", f"{root}/out/a.txt"),
    ):
        with pytest.raises(PermissionError):
            await call
    assert not list((root.parent / "outside").iterdir())
    await files.remove(f"{root}/out", recursive=True, missing_ok=False)
    assert (root.parent / "outside").is_dir()


async def test_links_in_a_circle(files: HostFiles, root: Path) -> None:
    """Links that lead to each other end."""
    (root / "a").symlink_to("b")
    (root / "b").symlink_to("a")
    with pytest.raises(OSError, match="symbolic links"):
        await files.read(f"{root}/a")


async def test_what_is_no_file(files: HostFiles, root: Path) -> None:
    """A pipe keeps nobody waiting, and a directory is no file."""
    os.mkfifo(root / "pipe")
    with pytest.raises(OSError, match="pipe"):
        await files.read(f"{root}/pipe")
    with pytest.raises(OSError, match="pipe"):
        await files.write(f"{root}/pipe", b"x")
    with pytest.raises(IsADirectoryError):
        await files.read(f"{root}/src")
