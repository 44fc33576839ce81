"""What somebody else does to the database."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path

from tests.postgres import ROLE, PostgresServer


async def lock(where: Path | PostgresServer, seconds: float) -> None:
    """Hold the database so that nobody else can write to it for a while.

    Args:
        where: the SQLite file, or the server of the PostgreSQL database.
        seconds: for how long.
    """
    if isinstance(where, PostgresServer):
        await _lock_server(where, seconds)
    else:
        await _lock_file(where, seconds)


async def cut(server: PostgresServer) -> None:
    """Drop all of the bots' connections."""
    await server.run(
        f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '{ROLE}'"  # noqa: S608
    )


async def _lock_file(path: Path, seconds: float) -> None:
    connection = sqlite3.connect(path, timeout=30, isolation_level=None, check_same_thread=False)
    try:
        await asyncio.to_thread(connection.execute, "BEGIN IMMEDIATE")
        await asyncio.sleep(seconds)
        connection.execute("ROLLBACK")
    finally:
        connection.close()


async def _lock_server(server: PostgresServer, seconds: float) -> None:
    connection = await server.administrator("test")
    try:
        async with connection.transaction():
            await connection.execute("LOCK TABLE threads IN ACCESS EXCLUSIVE MODE")
            await asyncio.sleep(seconds)
    finally:
        await connection.close()
