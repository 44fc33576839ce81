"""What the store says of failures; SQLite's errors become ours here."""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, SQLAlchemyError, StatementError

from bot.errors import (
    LeaseLost,
    StoreBusy,
    StoreDamaged,
    StoreError,
    StoreFull,
    StoreNotWritable,
)
from bot.mailbox import Lease


@contextmanager
def translated(name: str) -> Iterator[None]:
    """Raise the errors of SQLAlchemy, the driver and the file system as StoreError.

    Args:
        name: the database, as the messages call it.

    Raises:
        StoreError: with one sentence that says what to do.
    """
    try:
        yield
    except DBAPIError as exc:
        raise _failure(name, exc.orig or exc) from exc
    except StatementError as exc:
        # Not the database's: a value of ours that cannot be stored.
        raise exc.orig or _failure(name, exc) from exc
    except (SQLAlchemyError, sqlite3.Error, OSError) as exc:
        raise _failure(name, exc) from exc


def damaged(name: str, what: str) -> StoreDamaged:
    """Say that the file is no sound database."""
    return StoreDamaged(
        f"{name} is not a sound database ({what}): stop the bot and put a backup in its place, or "
        f'save what can be read with: sqlite3 "{name}" ".recover" | sqlite3 recovered.db'
    )


def foreign(name: str) -> StoreDamaged:
    """Say that the database is not ours."""
    return StoreDamaged(
        f"The database {name} belongs to another program: name a new or an empty one in "
        "DATABASE_URL."
    )


def not_writable(name: str, what: str) -> StoreNotWritable:
    """Say that the file or its directory cannot be written."""
    return StoreNotWritable(
        f"The database {name} cannot be written ({what}): let the bot's user write the file and "
        "its directory, or set DATABASE_URL to another place."
    )


def lease_lost(lease: Lease) -> LeaseLost:
    """Say that the lease is not the thread's newest any more."""
    return LeaseLost(
        f"The lease {lease.fence} of {lease.owner} on {lease.key} is not the thread's newest any "
        "more: whoever holds it now goes on."
    )


_NOT_WRITABLE = {
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_AUTH,
}
_NO_SPACE = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


def _failure(name: str, exc: BaseException) -> StoreError:
    if isinstance(exc, OSError):
        if exc.errno in _NO_SPACE:
            return _full(name)
        return not_writable(name, exc.strerror or str(exc))
    code = getattr(exc, "sqlite_errorcode", 0) & 0xFF
    if code in _NOT_WRITABLE:
        return not_writable(name, str(exc))
    if code == sqlite3.SQLITE_FULL:
        return _full(name)
    if code in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
        return StoreBusy(
            f"The database {name} is locked by another program: close whatever has it open (a "
            "database browser, a backup), then try again."
        )
    if code in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}:
        return damaged(name, str(exc))
    return StoreError(f"The database {name} failed ({exc}): look at its disk, then try again.")


def _full(name: str) -> StoreFull:
    return StoreFull(f"No space is left for the database {name}: free some on its disk.")
