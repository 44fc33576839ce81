"""PostgreSQL's errors become ours here, by their SQLSTATE.

https://www.postgresql.org/docs/current/errcodes-appendix.html
"""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from typing import Final

from sqlalchemy.exc import DBAPIError, SQLAlchemyError, StatementError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from bot.errors import (
    StoreBusy,
    StoreDamaged,
    StoreError,
    StoreFull,
    StoreNotWritable,
)
from storage.address import PostgresAddress


class SqlState(StrEnum):
    """The codes that mean something to us, by PostgreSQL's names."""

    READ_ONLY_SQL_TRANSACTION = "25006"
    INVALID_AUTHORIZATION = "28000"
    INVALID_PASSWORD = "28P01"  # noqa: S105
    INVALID_CATALOG_NAME = "3D000"
    SERIALIZATION_FAILURE = "40001"
    DEADLOCK_DETECTED = "40P01"
    INSUFFICIENT_PRIVILEGE = "42501"
    DISK_FULL = "53100"
    TOO_MANY_CONNECTIONS = "53300"
    CONFIGURATION_LIMIT_EXCEEDED = "53400"
    LOCK_NOT_AVAILABLE = "55P03"
    QUERY_CANCELED = "57014"
    CANNOT_CONNECT_NOW = "57P03"
    DATA_CORRUPTED = "XX001"
    INDEX_CORRUPTED = "XX002"


_CONFLICTS: Final = {SqlState.SERIALIZATION_FAILURE, SqlState.DEADLOCK_DETECTED}
_LOST: Final = ("08", "57P01", "57P02", "25P03")
"""Connection errors, a server that was stopped or crashed, a transaction that idled too long."""

_DATA: Final = "22"


class CommitUnknown(Exception):
    """The connection was lost while a transaction was committed: nobody knows whether it was."""


@contextmanager
def translated(address: PostgresAddress) -> Iterator[None]:
    """Raise the errors of SQLAlchemy, the driver and the network as StoreError.

    Args:
        address: of the database.

    Raises:
        StoreError: with one sentence that says what to do.
    """
    try:
        yield
    except CommitUnknown as exc:
        raise StoreError(
            f"The connection to the database {address} was lost at the end of a transaction, so "
            f"that it is not known whether it was kept ({_words(exc.__cause__ or exc)}): see "
            "whether the server works, then try again."
        ) from exc
    except PoolTimeoutError as exc:
        raise StoreBusy(
            f"The database {address} does not keep up, all connections of this process were in "
            "use for too long: see in pg_stat_activity what it waits for, then try again."
        ) from exc
    except DBAPIError as exc:
        raise _failure(address, sqlstate(exc), _words(exc.orig or exc)) from exc
    except StatementError as exc:
        # Not the database's: a value of ours that cannot be stored.
        raise exc.orig or _failure(address, "", _words(exc)) from exc
    except SQLAlchemyError as exc:
        raise _failure(address, "", _words(exc)) from exc
    except OSError as exc:
        raise _out_of_reach(address, exc) from exc


def sqlstate(exc: BaseException) -> str:
    """The SQLSTATE of an error of SQLAlchemy or of the driver; empty where it has none."""
    origin = exc.orig if isinstance(exc, DBAPIError) else exc
    return getattr(origin, "sqlstate", None) or ""


def is_surely_undone(exc: BaseException) -> bool:
    """Whether nothing of a transaction that failed was kept, and another try may do better.

    A connection that is lost takes an open transaction with it. One that is lost in the middle
    of the commit is a CommitUnknown instead.
    """
    if isinstance(exc, DBAPIError):
        again = {*_CONFLICTS, SqlState.CANNOT_CONNECT_NOW}
        return exc.connection_invalidated or sqlstate(exc) in again
    # No connection could be made. One that took too long would take as long again.
    return isinstance(exc, OSError) and not isinstance(exc, TimeoutError | ssl.SSLError)


def too_old(address: PostgresAddress, found: str, least: int) -> StoreError:
    """Say that the server is too old."""
    return StoreError(
        f"PostgreSQL at {address.server} is version {found}, and Threadpilot needs {least} or "
        "newer: update the server, or name another one in DATABASE_URL."
    )


def _failure(address: PostgresAddress, state: str, words: str) -> StoreError:
    match state:
        case SqlState.INVALID_PASSWORD:
            return StoreNotWritable(
                f"PostgreSQL at {address.server} refuses the password ({words}): correct it in "
                "DATABASE_URL, with %xx for what is special in it."
            )
        case SqlState.INVALID_AUTHORIZATION:
            return StoreNotWritable(
                f"PostgreSQL at {address.server} does not let the role in ({words}): correct the "
                "role in DATABASE_URL, or permit it in the server's pg_hba.conf."
            )
        case SqlState.INVALID_CATALOG_NAME:
            return StoreNotWritable(
                f"PostgreSQL at {address.server} has no database {address.database}: make it "
                "with CREATE DATABASE, or correct the name in DATABASE_URL."
            )
        case SqlState.INSUFFICIENT_PRIVILEGE:
            return StoreNotWritable(
                f"The database {address} cannot be written ({words}): make the role of "
                "DATABASE_URL its owner, or grant it what is missing."
            )
        case SqlState.READ_ONLY_SQL_TRANSACTION:
            return StoreNotWritable(
                f"The database {address} is read-only ({words}): name the primary server in "
                "DATABASE_URL, or turn default_transaction_read_only off."
            )
        case SqlState.DISK_FULL:
            return StoreFull(
                f"No space is left for the database {address}: free some on the server's disk."
            )
        case SqlState.TOO_MANY_CONNECTIONS | SqlState.CONFIGURATION_LIMIT_EXCEEDED:
            return StoreBusy(
                f"PostgreSQL at {address.server} takes no more connections ({words}): raise its "
                "max_connections or the role's limit, or run fewer programs on it."
            )
        case SqlState.CANNOT_CONNECT_NOW:
            return StoreBusy(
                f"PostgreSQL at {address.server} is starting or stopping ({words}): try again in "
                "a moment."
            )
        case (
            SqlState.LOCK_NOT_AVAILABLE
            | SqlState.QUERY_CANCELED
            | SqlState.SERIALIZATION_FAILURE
            | SqlState.DEADLOCK_DETECTED
        ):
            return StoreBusy(
                f"The database {address} is held up ({words}): see in pg_stat_activity who holds "
                "it up, then try again."
            )
        case SqlState.DATA_CORRUPTED | SqlState.INDEX_CORRUPTED:
            return StoreDamaged(
                f"The database {address} is damaged ({words}): stop the bot and restore a backup."
            )
    if state.startswith(_LOST):
        return StoreError(
            f"The connection to the database {address} was lost ({words}): see whether the "
            "server works, then try again."
        )
    if state.startswith(_DATA):
        # The words repeat the value, which may be what somebody said.
        words = f"it cannot hold a value, SQLSTATE {state}"
    return StoreError(
        f"The database {address} failed ({words}): see the server's log, then try again."
    )


def _out_of_reach(address: PostgresAddress, exc: OSError) -> StoreError:
    words = _words(exc)
    # A server without TLS is a ConnectionError that says so.
    if isinstance(exc, ssl.SSLError) or "SSL" in words:
        return StoreError(
            f"PostgreSQL at {address.server} cannot be spoken to over TLS ({words}): correct "
            "sslmode and sslrootcert in DATABASE_URL, or the server's certificate."
        )
    if isinstance(exc, TimeoutError):
        return StoreError(
            f"PostgreSQL at {address.server} does not answer in time: see whether it works and "
            "can be reached, and whether DATABASE_URL names it right."
        )
    return StoreError(
        f"PostgreSQL at {address.server} cannot be reached ({words}): start it, or correct host "
        "and port in DATABASE_URL."
    )


def _words(exc: BaseException) -> str:
    """What an error says, on one line."""
    said = exc.strerror if isinstance(exc, OSError) else ""
    return " ".join((said or str(exc) or type(exc).__name__).split()).rstrip(".")
