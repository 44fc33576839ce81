"""Copying all of a database into an empty one, such as from a file to a server."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import Final

from sqlalchemy import (
    Connection,
    RowMapping,
    Table,
    delete,
    func,
    insert,
    literal,
    select,
    tuple_,
)

from bot.errors import StoreError
from storage.address import SqliteAddress, parse
from storage.database import Database
from storage.opening import open_database
from storage.schema import metadata

_ROWS: Final = 200
"""How many rows are carried at a time: some hold a file."""

_NOBODYS: Final = {"lease_owner": None, "lease_until": None}
"""Who worked on a thread does not work on its copy."""


async def copy(
    source_url: str, target_url: str, told: Callable[[str, int], None] = lambda table, rows: None
) -> None:
    """Copy all rows of a database into one that has none; both are brought up to date first.

    Nothing may write to either meanwhile. Where it fails, the target is as empty as before.

    Args:
        source_url: the database that is read; a file must exist.
        target_url: the database that is filled; its tables are made where they are missing.
        told: called with each table that is done, and how many rows it had.

    Raises:
        SettingsError: one of them is not an address.
        StoreError: one of them cannot be used, or the target has rows already.
    """
    address = parse(source_url)
    if isinstance(address, SqliteAddress) and not address.path.exists():
        raise StoreError(f"There is no database {address.path}: name the file that is copied.")
    async with open_database(source_url) as source, open_database(target_url) as target:
        if await target.read(_is_used):
            raise StoreError(
                "The database that is to be filled has rows already: name an empty one, so that "
                "nothing is mixed up."
            )
        async with _all_or_nothing(target):
            for table in metadata.sorted_tables:
                told(table.name, await _carry(table, source, target))


@asynccontextmanager
async def _all_or_nothing(target: Database) -> AsyncIterator[None]:
    try:
        yield
    except BaseException:
        await target.write(_empty)
        raise


async def _carry(table: Table, source: Database, target: Database) -> int:
    """Copy the rows of a table, in the order of their keys; returns how many there are."""
    count = 0
    last: RowMapping | None = None
    while True:
        rows = await source.read(partial(_after, table, last))
        await target.write(partial(_put, table, rows))
        count += len(rows)
        if len(rows) < _ROWS:
            return count
        last = rows[-1]


def _after(table: Table, last: RowMapping | None, db: Connection) -> Sequence[RowMapping]:
    """The rows that come after one, or the first ones."""
    key = list(table.primary_key)
    rows = select(table).order_by(*key).limit(_ROWS)
    if last is not None:
        values = [literal(last[column.name], column.type) for column in key]
        rows = rows.where(tuple_(*key) > tuple_(*values))
    return db.execute(rows).mappings().all()


def _put(table: Table, rows: Sequence[RowMapping], db: Connection) -> None:
    """Insert rows as they are, and let new ones be numbered after them."""
    if rows:
        changed = _NOBODYS if "lease_owner" in table.c else {}
        db.execute(insert(table), [{**row, **changed} for row in rows])
    if rows and db.dialect.name == "postgresql" and table.autoincrement_column is not None:
        column = table.autoincrement_column
        sequence = func.pg_get_serial_sequence(table.name, column.name)
        db.execute(select(func.setval(sequence, func.max(column))))


def _is_used(db: Connection) -> bool:
    return any(
        db.execute(select(*table.primary_key).limit(1)).first() for table in metadata.sorted_tables
    )


def _empty(db: Connection) -> None:
    for table in reversed(metadata.sorted_tables):
        db.execute(delete(table))
