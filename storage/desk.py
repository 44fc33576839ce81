"""Which files are on a thread's desk, read without its lease."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, cast, func, select

from bot.ports import FileInfo
from storage.schema import chunks, files, sessions, threads
from storage.statements import is_named

_DESK = "/desk/"


def desk_statement() -> Any:
    """The files on the desk of a thread's current session, by path: those that are durable."""
    return (
        select(
            files.c.path,
            files.c.created_at,
            files.c.changed_at,
            (files.c.size + _added_size()).label("size"),
            _added_at().label("added_at"),
        )
        .join_from(threads, sessions, sessions.c.session_id == threads.c.session_id)
        .join(files, files.c.session == sessions.c.id)
        .where(
            is_named,
            files.c.is_directory.is_(False),
            func.substr(files.c.path, 1, len(_DESK)) == _DESK,
        )
        .order_by(files.c.path)
    )


def file_info(row: Row[Any]) -> FileInfo:
    """A row of it as a value."""
    changed_at = row.changed_at if row.added_at is None else max(row.changed_at, row.added_at)
    return FileInfo(
        path=row.path,
        is_directory=False,
        size=row.size,
        changed_at=changed_at,
        created_at=row.created_at,
    )


def _added_size() -> Any:
    total = select(cast(func.sum(chunks.c.size), chunks.c.size.type)).where(
        chunks.c.file_id == files.c.id
    )
    return func.coalesce(total.scalar_subquery(), 0)


def _added_at() -> Any:
    return (
        select(func.max(chunks.c.added_at)).where(chunks.c.file_id == files.c.id).scalar_subquery()
    )
