"""One process for each SQLite database."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bot.errors import StoreBusy


@contextmanager
def process_lock(database: Path) -> Iterator[bool]:
    """Hold the lock file next to a database.

    The system lets go of the lock when the process ends, however it ends. The file stays: to
    remove it would race with another process that is just opening it.

    Yields:
        Whether the process that held it before closed the database properly.

    Raises:
        StoreBusy: another process has it.
        OSError: the lock file cannot be made.
    """
    name = database.with_name(f"{database.name}.lock")
    descriptor = os.open(name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        holder = os.read(descriptor, 32).decode("ascii", "replace").strip()
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as exc:
            raise StoreBusy(
                f"The database {database} is in use by process {holder or '(unknown)'}: stop "
                "that one first, or set DATABASE_URL to another file."
            ) from exc
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        yield not holder
        os.ftruncate(descriptor, 0)
    finally:
        os.close(descriptor)
