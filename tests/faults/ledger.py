"""Reads what the database has at the end, past the store: SQLite's file or PostgreSQL's tables."""

from __future__ import annotations

import asyncio
import sqlite3
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.mailbox import EntryState
from tests.faults.oracle import Kept, Place
from tests.postgres import PostgresServer

_ENTRIES = """
    SELECT e.id, e.kind, e.state, e.source_id, e.retries, e.ended_at,
        t.platform, t.channel, t.thread
    FROM entries e JOIN threads t ON t.id = e.thread_id ORDER BY e.id"""
_DELIVERIES = "SELECT entry_id, reference FROM deliveries ORDER BY entry_id, part"
_LEASES = "SELECT platform, channel, thread, lease_owner FROM threads WHERE lease_owner IS NOT NULL"
_REQUESTS = "SELECT id, text FROM requests WHERE state = 'open'"
_PENDING = "SELECT count(*) AS n FROM entries WHERE ended_at IS NULL"
_TABLES = ("threads", "entries", "deliveries", "requests", "sessions", "files", "chunks", "audit")


@dataclass(frozen=True, kw_only=True)
class Accounts:
    """What the database has.

    Args:
        kept: the messages of the mailboxes.
        leases: who holds what.
        requests: those that are open.
        controls: those that nobody took.
    """

    kept: Sequence[Kept]
    leases: Sequence[str]
    requests: Sequence[str]
    controls: Sequence[str]


class Ledger:
    """The rows of a bot's database.

    Args:
        where: the SQLite file, or the server of the PostgreSQL database.
        database: the name of the latter.
    """

    def __init__(self, where: Path | PostgresServer, database: str = "test") -> None:
        self._where = where
        self._database = database

    async def accounts(self) -> Accounts:
        """All that counts at the end."""
        references: dict[int, list[str]] = defaultdict(list)
        for row in await self._rows(_DELIVERIES):
            references[row["entry_id"]].append(row["reference"])
        kept, controls = [], []
        for row in await self._rows(_ENTRIES):
            if row["kind"] != "message":
                if row["ended_at"] is None:
                    controls.append(f"{row['kind']} {row['source_id']}")
                continue
            place = Place(platform=row["platform"], channel=row["channel"], thread=row["thread"])
            kept.append(
                Kept(
                    id=row["id"],
                    source_id=row["source_id"],
                    place=place,
                    state=EntryState(row["state"]),
                    retries=row["retries"],
                    references=tuple(references[row["id"]]),
                )
            )
        leases = [
            f"{row['platform']} {row['channel']} {row['thread']} by {row['lease_owner']}"
            for row in await self._rows(_LEASES)
        ]
        requests = [f"{row['id']}: {row['text']}" for row in await self._rows(_REQUESTS)]
        return Accounts(kept=kept, leases=leases, requests=requests, controls=controls)

    async def is_at_rest(self) -> bool:
        """Whether nothing waits and nobody holds a thread."""
        [pending] = await self._rows(_PENDING)
        return pending["n"] == 0 and not await self._rows(_LEASES)

    async def open_rows(self) -> int:
        """How many rows there are of work that is not finished."""
        accounts = await self.accounts()
        [pending] = await self._rows(_PENDING)
        return int(pending["n"]) + len(accounts.leases) + len(accounts.requests)

    async def counts(self) -> dict[str, int]:
        """How many rows each table has."""
        found = {}
        for table in _TABLES:
            [row] = await self._rows(f"SELECT count(*) AS n FROM {table}")  # noqa: S608
            found[table] = int(row["n"])
        return found

    async def _rows(self, statement: str) -> Sequence[Any]:
        if isinstance(self._where, Path):
            return await asyncio.to_thread(_sqlite_rows, self._where, statement)
        connection = await self._where.administrator(self._database)
        try:
            found: Sequence[Any] = await connection.fetch(statement)
        finally:
            await connection.close()
        return found


def _sqlite_rows(path: Path, statement: str) -> list[sqlite3.Row]:
    connection = sqlite3.connect(path, timeout=30)
    connection.row_factory = sqlite3.Row
    try:
        return connection.execute(statement).fetchall()
    finally:
        connection.close()
