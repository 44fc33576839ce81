"""What was spent and what may be: statements, and work made of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Table, bindparam, func, literal, null, select

from bot.audit import AuditEntry
from bot.budgets import Budget, Scope, Spender, Spent, Standing, day_of
from bot.keys import SessionKey
from bot.mailbox import Usage
from storage.audit import note
from storage.schema import allowances, entries, spending, threads
from storage.statements import of_key

_OF_CHANNEL: Final = (
    spending.c.platform == bindparam("k_platform"),
    spending.c.workspace == bindparam("k_workspace"),
    spending.c.channel == bindparam("k_channel"),
)
_WHOSE: Final = {
    Scope.THREAD: (*_OF_CHANNEL, spending.c.thread == bindparam("k_thread")),
    Scope.CHANNEL: _OF_CHANNEL,
    Scope.PERSON: (
        spending.c.platform == bindparam("k_platform"),
        spending.c.person == bindparam("p_person"),
    ),
    Scope.ALL: (),
}
_SUMS: Final = (
    func.coalesce(func.sum(spending.c.tokens), 0).label("tokens"),
    func.coalesce(func.sum(spending.c.credits), 0.0).label("credits"),
    func.coalesce(func.sum(spending.c.turns), 0).label("turns"),
)
# The indexes hold these two: so a sum reads them alone.
_COUNTED: Final = (*_SUMS[:2], literal(0).label("turns"))
_since = spending.c.day >= bindparam("p_day")
_spent = {scope: select(*_SUMS).where(*whose, _since) for scope, whose in _WHOSE.items()}
_counted = {scope: select(*_COUNTED).where(*whose, _since) for scope, whose in _WHOSE.items()}
_allowance = select(allowances.c.raised).where(
    allowances.c.budget == bindparam("p_budget"),
    allowances.c.subject == bindparam("p_subject"),
    allowances.c.day == bindparam("p_day"),
)
_name = (
    select(entries.c.author_name)
    .join_from(entries, threads, threads.c.id == entries.c.thread_id)
    .where(entries.c.author_id == spending.c.person, threads.c.platform == bindparam("k_platform"))
    .order_by(entries.c.id.desc())
    .limit(1)
    .correlate(spending)
    .scalar_subquery()
)
_spenders = (
    select(spending.c.person, _name.label("name"), *_SUMS)
    .where(spending.c.platform == bindparam("k_platform"), _since)
    .group_by(spending.c.person)
    .order_by(
        func.sum(spending.c.credits).desc(), func.sum(spending.c.tokens).desc(), spending.c.person
    )
    .limit(bindparam("p_limit"))
)


class SpendingStatements:
    """What is written of it, for one dialect.

    Args:
        insert: the dialect's insert.
    """

    def __init__(self, insert: Callable[[Table], Any]) -> None:
        made = insert(spending)
        self._spend = made.on_conflict_do_update(
            index_elements=[column.name for column in spending.primary_key],
            set_={
                name: spending.c[name] + made.excluded[name]
                for name in ("turns", "tokens", "credits")
            },
        )
        allowed = insert(allowances)
        keys = [column.name for column in allowances.primary_key]
        self._raise = allowed.on_conflict_do_update(
            index_elements=keys,
            set_={"raised": allowances.c.raised + allowed.excluded.raised, "warned_at": null()},
        )
        self._warn = allowed.on_conflict_do_update(
            index_elements=keys,
            set_={"warned_at": allowed.excluded.warned_at},
            where=allowances.c.warned_at.is_(None),
        ).returning(allowances.c.day)

    def spend(
        self, db: Connection, key: SessionKey, person: str, usage: Usage, now: datetime
    ) -> None:
        """Count what was spent, within a transaction."""
        tokens = usage.input_tokens + usage.output_tokens
        if tokens or usage.cost:
            given = {
                **_named(key),
                "person": person,
                "day": day_of(now),
                "model": usage.model,
                "turns": 1,
                "tokens": tokens,
                "credits": usage.cost,
            }
            db.execute(self._spend, given)

    def raising(
        self, budget: Budget, key: SessionKey, person: str, amount: float, by: str, now: datetime
    ) -> Callable[[Connection], None]:
        """Add to a budget, and say so in the log."""
        given = {**_kept(budget, key, person, now), "raised": amount, "warned_at": None}
        told = AuditEntry(
            at=now,
            key=key,
            person=by,
            action="raised",
            about=budget.name,
            detail=f"{amount:g} {budget.unit}",
        )

        def work(db: Connection) -> None:
            db.execute(self._raise, given)
            note(db, told)

        return work

    def warning(
        self, budget: Budget, key: SessionKey, person: str, now: datetime
    ) -> Callable[[Connection], bool]:
        """Note that people know that little is left."""
        given = {**_kept(budget, key, person, now), "raised": 0.0, "warned_at": now}
        return lambda db: db.execute(self._warn, given).first() is not None


def sum_of(
    scope: Scope, key: SessionKey, person: str, since: datetime | None
) -> Callable[[Connection], Spent]:
    """What was spent in a thread or channel, by a person or by all."""
    given = _bounded(key, person, since)
    return lambda db: _sum(db.execute(_spent[scope], given).one())


def by_person(
    platform: str, since: datetime | None, *, limit: int
) -> Callable[[Connection], list[Spender]]:
    """Who has spent, the most first."""
    given = {
        "k_platform": platform,
        "p_day": 0 if since is None else day_of(since),
        "p_limit": limit,
    }
    return lambda db: [
        Spender(id=row.person, name=row.name or "", spent=_sum(row))
        for row in db.execute(_spenders, given)
    ]


def standing(
    budgets: Sequence[Budget], key: SessionKey, person: str, now: datetime
) -> Callable[[Connection], list[Standing]]:
    """How budgets stand."""

    def work(db: Connection) -> list[Standing]:
        found = []
        for budget in budgets:
            kept = {f"p_{name}": part for name, part in _kept(budget, key, person, now).items()}
            raised = db.execute(_allowance, kept).scalar_one_or_none()
            bounded = _bounded(key, person, budget.began(now))
            spent = _sum(db.execute(_counted[budget.scope], bounded).one())
            found.append(Standing(budget=budget, spent=spent.of(budget.unit), raised=raised or 0))
        return found

    return work


def _bounded(key: SessionKey, person: str, since: datetime | None) -> dict[str, Any]:
    day = 0 if since is None else day_of(since)
    return {**of_key(key), "p_person": person, "p_day": day}


def _named(key: SessionKey) -> dict[str, Any]:
    return {name.removeprefix("k_"): part for name, part in of_key(key).items()}


def _kept(budget: Budget, key: SessionKey, person: str, now: datetime) -> dict[str, Any]:
    return {
        "budget": budget.name,
        "subject": budget.subject(key, person),
        "day": budget.day(now),
    }


def _sum(row: Any) -> Spent:
    return Spent(tokens=int(row.tokens), credits=float(row.credits), turns=int(row.turns))
