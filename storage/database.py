"""What the store needs of a database: transactions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol, TypeVar

from sqlalchemy import Connection, Table

T = TypeVar("T")


class Database(Protocol):
    """Runs transactions.

    A transaction is a plain function of a connection. It may be run more than once, so it
    changes nothing but the database. SQLAlchemy's `AsyncConnection.run_sync` runs it, so the
    same functions serve every asynchronous driver.
    """

    @property
    def insert(self) -> Callable[[Table], Any]:
        """The dialect's `insert`, which has `on_conflict_do_update`."""

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
