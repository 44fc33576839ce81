"""What the store needs of a database: transactions."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from typing import Any, Protocol, TypeVar

from sqlalchemy import ColumnElement, Connection, Table

T = TypeVar("T")

Tell = Callable[[ColumnElement[str]], ColumnElement[Any]]
"""What tells other processes a word once the transaction is durable, selected or returned in it."""


class Database(Protocol):
    """Runs transactions.

    A transaction is a plain function of a connection. It may be run more than once, so it
    changes nothing but the database. Where other processes write to the same database, each
    statement sees what they committed before it began: rows that must stay as they are until
    the end are locked by `with_for_update`. It waits for nothing but the database, by SQLAlchemy's
    `AsyncConnection.run_sync` or in a thread, so the same functions serve every driver.
    """

    @property
    def insert(self) -> Callable[[Table], Any]:
        """The dialect's `insert`, which has `on_conflict_do_update`."""

    @property
    def tell(self) -> Tell | None:
        """What tells other processes a word; None where there are none."""

    @property
    def now(self) -> ColumnElement[int] | None:
        """Microseconds since 1970 by the clock that all processes share; None for their own."""

    async def read(self, work: Callable[[Connection], T]) -> T:
        """Run a transaction that only reads.

        Raises:
            StoreError: the database failed.
        """

    async def write(
        self, work: Callable[[Connection], T], settled: Callable[[T], None] | None = None
    ) -> T:
        """Run a transaction; it is durable on return, or nothing of it happened.

        When the caller is cancelled meanwhile, the transaction still comes to its end first.

        Args:
            work: the transaction; what it raises undoes it.
            settled: called with the result once it is durable, also if the caller was
                cancelled.

        Raises:
            StoreError: the database failed.
        """

    def listen(self) -> AsyncGenerator[str | None, None]:
        """The words that other processes tell, as they come, for as long as it is iterated.

        None stands for whatever was told and not heard; where there are other processes, it
        comes at the beginning too. No failure ends it: it goes on as soon as the database can be
        reached again.
        """
