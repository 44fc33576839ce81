"""The working directories of threads: statements, and work made of them."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any, Final

from sqlalchemy import Connection, Row, bindparam, delete, insert, select, update

from bot.directories import ThreadDirectory
from bot.mailbox import Lease
from storage.failures import lease_lost
from storage.schema import directories, entries, threads
from storage.statements import is_held, of_lease

_KEPT: Final = ("name", "host", "repository", "branch", "base")
"""The fields of a directory, which are columns by the same name."""

_thread_row = select(threads.c.id).where(is_held).with_for_update(key_share=True)
_of_thread = directories.c.thread_id == bindparam("p_thread_id")
_one = select(directories).where(_of_thread)
_forget = delete(directories).where(_of_thread)
_names = select(directories.c.name).where(directories.c.host == bindparam("p_host"))
_acts = (
    select(entries.c.acts)
    .where(entries.c.id == bindparam("p_entry_id"), entries.c.thread_id == bindparam("p_thread_id"))
    .with_for_update()
)
_acted = update(entries).where(entries.c.id == bindparam("p_entry_id"))


def one(lease: Lease) -> Callable[[Connection], ThreadDirectory | None]:
    """The directory of a thread."""

    def work(db: Connection) -> ThreadDirectory | None:
        row = db.execute(_one, {"p_thread_id": _held(db, lease)}).one_or_none()
        return None if row is None else _directory(row)

    return work


def kept(lease: Lease, directory: ThreadDirectory | None) -> Callable[[Connection], None]:
    """Note which directory a thread has, or that it has none."""

    def work(db: Connection) -> None:
        thread_id = _held(db, lease)
        db.execute(_forget, {"p_thread_id": thread_id})
        if directory is not None:
            values = {name: getattr(directory, name) for name in _KEPT}
            db.execute(insert(directories), {**values, "thread_id": thread_id})

    return work


def names_on(host: str) -> Callable[[Connection], Collection[str]]:
    """The names of the directories that threads have on a host."""
    return lambda db: frozenset(db.execute(_names, {"p_host": host}).scalars())


def act(lease: Lease, entry_id: int, tool: str) -> Callable[[Connection], None]:
    """Note that a tool with an effect outside begins in an entry's turn."""

    def work(db: Connection) -> None:
        given = {"p_entry_id": entry_id, "p_thread_id": _held(db, lease)}
        acts = db.execute(_acts, given).scalar_one_or_none()
        if acts is not None and tool not in acts:
            db.execute(_acted, {"p_entry_id": entry_id, "acts": (*acts, tool)})

    return work


def _held(db: Connection, lease: Lease) -> int:
    """The thread's row, locked, where the lease is its newest."""
    found: int | None = db.execute(_thread_row, of_lease(lease)).scalar_one_or_none()
    if found is None:
        raise lease_lost(lease)
    return found


def _directory(row: Row[Any]) -> ThreadDirectory:
    return ThreadDirectory(**{name: getattr(row, name) for name in _KEPT})
