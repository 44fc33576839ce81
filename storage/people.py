"""What people chose for the threads that they begin: statements, and work made of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection, Table, bindparam, select

from bot.defaults import Defaults
from bot.modes import Mode
from storage.schema import people

_one = select(people).where(
    people.c.platform == bindparam("p_platform"), people.c.person == bindparam("p_person")
)


class PeopleStatements:
    """What is written of them, for one dialect.

    Args:
        insert: the dialect's insert.
    """

    def __init__(self, insert: Callable[[Table], Any]) -> None:
        made = insert(people)
        keys = [column.name for column in people.primary_key]
        self._keep = made.on_conflict_do_update(
            index_elements=keys,
            set_={
                column.name: made.excluded[column.name]
                for column in people.c
                if column.name not in keys
            },
        )

    def keeping(
        self, platform: str, person: str, defaults: Defaults
    ) -> Callable[[Connection], None]:
        """Keep what a person chose."""
        given = {
            "platform": platform,
            "person": person,
            "model": defaults.model,
            "effort": defaults.effort,
            "mode": defaults.mode or "",
        }

        def work(db: Connection) -> None:
            db.execute(self._keep, given)

        return work


def defaults_of(platform: str, person: str) -> Callable[[Connection], Defaults]:
    """What a person chose."""
    given = {"p_platform": platform, "p_person": person}

    def work(db: Connection) -> Defaults:
        row = db.execute(_one, given).one_or_none()
        if row is None:
            return Defaults()
        return Defaults(
            model=row.model, effort=row.effort, mode=Mode(row.mode) if row.mode else None
        )

    return work
