"""The thread's desk: which files are on it, and which of them a turn has made."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.ports import FileInfo, SessionFiles

DESK = "/desk"
"""Where the desk is among a session's files."""

UPLOADS = f"{DESK}/uploads"
"""Where what people sent is on the desk."""

_DEEPEST = 8
_MOST_FILES = 1_000
_MEGABYTE = 1024 * 1024


@dataclass(frozen=True, kw_only=True, slots=True)
class SendingLimits:
    """How much of what a turn made goes into the thread.

    Args:
        files: how many files.
        file_bytes: the most bytes of one.
        all_bytes: the most bytes of all of them together.
    """

    files: int = 10
    file_bytes: int = 10 * _MEGABYTE
    all_bytes: int = 25 * _MEGABYTE


@dataclass(frozen=True, kw_only=True, slots=True)
class Offer:
    """What goes into the thread.

    Args:
        sent: these do.
        kept: these stay on the desk only: too large, or too many.
    """

    sent: tuple[FileInfo, ...]
    kept: tuple[FileInfo, ...]


async def files_on_desk(files: SessionFiles) -> list[FileInfo]:
    """Every file on the desk, by its path; a desk that nobody has used has none.

    Directories that are deeper than 8 levels and what comes after 1,000 files is left out.

    Args:
        files: the session's.

    Raises:
        StoreError: the database failed.
    """
    found: list[FileInfo] = []
    waiting = [DESK]
    while waiting and len(found) < _MOST_FILES:
        directory = waiting.pop()
        try:
            listed = await files.list(directory)
        except (FileNotFoundError, NotADirectoryError):
            continue
        found += [info for info in listed if not info.is_directory]
        if directory.count("/") < _DEEPEST:
            waiting += [info.path for info in listed if info.is_directory]
    return sorted(found[:_MOST_FILES], key=lambda info: info.path)


def made_since(infos: Iterable[FileInfo], moment: datetime) -> list[FileInfo]:
    """The files that were written since a moment, the oldest first.

    An empty file is none that anybody would want to see.

    Args:
        infos: what is on the desk.
        moment: when the prompt was sent (UTC).
    """
    made = [info for info in infos if info.changed_at >= moment and info.size]
    return sorted(made, key=lambda info: (info.changed_at, info.path))


def offer(made: Sequence[FileInfo], limits: SendingLimits) -> Offer:
    """Choose what goes into the thread: the first ones that fit.

    Args:
        made: what a turn has made.
        limits: how much may go.
    """
    sent: list[FileInfo] = []
    kept: list[FileInfo] = []
    room = limits.all_bytes
    for info in made:
        fits = info.size <= min(limits.file_bytes, room) and len(sent) < limits.files
        (sent if fits else kept).append(info)
        room -= info.size if fits else 0
    return Offer(sent=tuple(sent), kept=tuple(kept))


def on_desk(path: str) -> str | None:
    """What a person calls a file, as an absolute path; None where it is not on the desk.

    Args:
        path: as typed: `report.md`, `/desk/report.md` or `desk/report.md`.
    """
    typed = path.strip().strip("`").strip()
    if not typed:
        return None
    if typed.startswith(("desk/", "/desk/")):
        typed = typed.partition("desk/")[2]
    full = posixpath.normpath(posixpath.join(DESK, typed))
    return full if full.startswith(f"{DESK}/") else None


def is_upload(path: str) -> bool:
    """Whether a file is one that people sent."""
    return path.startswith(f"{UPLOADS}/")


def short_path(path: str) -> str:
    """A file's path as people see it: below the desk."""
    return path.removeprefix(f"{DESK}/")
