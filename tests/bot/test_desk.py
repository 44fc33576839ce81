"""The thread's desk."""

from __future__ import annotations

import posixpath
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import desk
from bot.ports import FileInfo
from tests.fakes.session_files import MemoryFiles

_NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def _info(path: str, *, size: int = 1, minutes: int = 0) -> FileInfo:
    at = _NOON + timedelta(minutes=minutes)
    return FileInfo(path=path, is_directory=False, size=size, changed_at=at, created_at=at)


async def test_lists_files_in_directories_by_path() -> None:
    """Every file of the desk is listed, also those in directories, and none from beside it."""
    files = MemoryFiles()
    for path in ("/desk/b.txt", "/desk/a/c.txt", "/session-state/events.jsonl"):
        await files.write(path, b"x")
    assert [info.path for info in await desk.files_on_desk(files)] == [
        "/desk/a/c.txt",
        "/desk/b.txt",
    ]


async def test_a_desk_that_is_not_there_is_empty() -> None:
    """A session that has made no desk yet has no files on it."""
    files = MemoryFiles()
    files.directories.discard("/desk")
    assert await desk.files_on_desk(files) == []


def test_what_was_made_since_a_moment() -> None:
    """What was written at or after the moment counts, oldest first; empty files do not."""
    infos = [
        _info("/desk/old", minutes=-1),
        _info("/desk/later", minutes=2),
        _info("/desk/now"),
        _info("/desk/empty", size=0, minutes=1),
    ]
    assert [info.path for info in desk.made_since(infos, _NOON)] == ["/desk/now", "/desk/later"]


@given(
    st.lists(st.integers(min_value=1, max_value=60), max_size=12),
    st.integers(min_value=1, max_value=5),
    st.integers(min_value=1, max_value=40),
    st.integers(min_value=1, max_value=100),
)
def test_an_offer_keeps_all_limits_and_loses_nothing(
    sizes: list[int], most: int, each: int, together: int
) -> None:
    """Whatever was made: each file is either sent or kept, and no limit is exceeded."""
    made = [_info(f"/desk/{number}", size=size) for number, size in enumerate(sizes)]
    limits = desk.SendingLimits(files=most, file_bytes=each, all_bytes=together)
    chosen = desk.offer(made, limits)
    assert sorted([*chosen.sent, *chosen.kept], key=lambda info: info.path) == sorted(
        made, key=lambda info: info.path
    )
    assert len(chosen.sent) <= most
    assert all(info.size <= each for info in chosen.sent)
    assert sum(info.size for info in chosen.sent) <= together


@pytest.mark.parametrize(
    ("typed", "path"),
    [
        ("report.md", "/desk/report.md"),
        ("/desk/a/b.txt", "/desk/a/b.txt"),
        ("desk/a.txt", "/desk/a.txt"),
        (" `x.txt` ", "/desk/x.txt"),
        ("a/../b.txt", "/desk/b.txt"),
        ("../session-state/events.jsonl", None),
        ("/etc/passwd", None),
        ("/desk", None),
        ("/desk/", None),
        ("..", None),
        ("", None),
    ],
)
def test_what_people_call_a_file(typed: str, path: str | None) -> None:
    """A file is named with or without the desk; nothing beside the desk can be named."""
    assert desk.on_desk(typed) == path


@given(st.text(max_size=40))
def test_no_name_leads_away_from_the_desk(typed: str) -> None:
    """Whatever is typed, it names something on the desk or nothing."""
    path = desk.on_desk(typed)
    assert path is None or (path.startswith("/desk/") and posixpath.normpath(path) == path)
