"""A database with many threads at rest: a real thread's rows, copied."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from sqlalchemy import Column, Table

from storage.schema import metadata

_IDS_APART = 1000
_NAMES = {"thread", "session_id"}
"""Columns of text that name a thread or its session."""


def fill(database: Path, threads: int) -> None:
    """Copy the one thread of a database, with its entries, session and files.

    Taking each thread through the store's own steps takes minutes, and leaves the same rows.

    Args:
        database: its file, closed, with one thread.
        threads: how many there shall be.
    """
    with closing(sqlite3.connect(database)) as connection, connection:
        for table in metadata.sorted_tables:
            if any(column.foreign_keys for column in table.columns) or table.name == "threads":
                _copy(connection, table, threads)
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _copy(connection: sqlite3.Connection, table: Table, threads: int) -> None:
    columns = list(table.columns)
    names = ", ".join(column.name for column in columns)
    places = ", ".join("?" for _ in columns)
    rows = connection.execute(f"SELECT {names} FROM {table.name}").fetchall()  # noqa: S608
    insert = f"INSERT INTO {table.name} ({names}) VALUES ({places})"  # noqa: S608
    connection.executemany(insert, _copies(columns, rows, threads))


def _copies(
    columns: list[Column[Any]], rows: list[tuple[Any, ...]], threads: int
) -> Iterator[tuple[Any, ...]]:
    for number in range(1, threads):
        for row in rows:
            yield tuple(
                _copied(column, value, number) for column, value in zip(columns, row, strict=True)
            )


def _copied(column: Column[Any], value: Any, number: int) -> Any:
    if column.name == "id" or column.foreign_keys:
        assert value < _IDS_APART
        return value + number * _IDS_APART
    return f"{value}-{number}" if column.name in _NAMES else value
