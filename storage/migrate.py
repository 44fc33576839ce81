"""Bringing a database up to the newest schema."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect, text

from bot.errors import StoreTooNew
from storage.failures import foreign
from storage.schema import REVISION

if TYPE_CHECKING:
    from alembic.config import Config


def migrate(connection: Connection, name: str) -> None:
    """Apply the migrations that are missing, within the transaction that is open.

    Args:
        connection: to the database, in a transaction.
        name: the database, as messages call it.

    Raises:
        StoreTooNew: a newer version of the bot has been here.
        StoreDamaged: it is a database, but not one of ours.
    """
    found = revision(connection, name)
    if found == REVISION:
        return
    if found > REVISION:
        raise StoreTooNew(
            f"The database {name} was written by a newer version of Threadpilot (schema {found}, "
            f"this one knows {REVISION}): update Threadpilot, or restore the backup from before."
        )
    # Alembic is slow to import.
    from alembic import command

    command.upgrade(config(connection), REVISION)


def is_newest(connection: Connection, name: str) -> bool:
    """Whether there is nothing to migrate.

    Raises:
        StoreDamaged: it is a database, but not one of ours.
    """
    return revision(connection, name) == REVISION


def revision(connection: Connection, name: str = "the database") -> str:
    """The schema's revision; empty for a database without tables.

    Raises:
        StoreDamaged: there are tables, but not ours.
    """
    tables = set(inspect(connection).get_table_names())
    if not tables:
        return ""
    if not {"alembic_version", "threads"} <= tables:
        raise foreign(name)
    found = str(connection.execute(text("SELECT version_num FROM alembic_version")).scalar())
    if not re.fullmatch(r"\d{4}", found):
        raise foreign(name)
    return found


def config(connection: Connection | None = None) -> Config:
    """Alembic's configuration, for our migrations."""
    from alembic.config import Config

    made = Config()
    made.set_main_option(
        "script_location", str(Path(__file__).with_name("migrations")).replace("%", "%%")
    )
    made.set_main_option("path_separator", "os")
    made.attributes["connection"] = connection
    return made
