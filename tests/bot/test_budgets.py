"""How much may be spent."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.budgets import Budget, Level, Scope, Spent, Standing, Unit, read_budgets, tightest

_PERSON = Budget(scope=Scope.PERSON, is_daily=True, unit=Unit.CREDITS, amount=50)


def test_budgets_are_read() -> None:
    """A setting names budgets by whose they are, how long they last, how much, and of what."""
    assert read_budgets("thread:200k tokens, person/day:50 credits,ALL/day:1.5m tokens") == (
        Budget(scope=Scope.THREAD, is_daily=False, unit=Unit.TOKENS, amount=200_000),
        _PERSON,
        Budget(scope=Scope.ALL, is_daily=True, unit=Unit.TOKENS, amount=1_500_000),
    )
    assert read_budgets("") == ()


@pytest.mark.parametrize("text", ["50", "person:50", "everybody:5 tokens", "person/week:5 credits"])
def test_a_mistake_is_named(text: str) -> None:
    """What is no budget is refused in a sentence that shows how to write one."""
    with pytest.raises(ValueError, match=r"no (budget|amount): write it as"):
        read_budgets(text)


def test_a_day_begins_at_midnight_utc() -> None:
    """A daily budget counts from midnight UTC, wherever the clock is, and ends a day later."""
    now = datetime(2026, 3, 29, 1, 30, tzinfo=timezone(timedelta(hours=2)))
    assert _PERSON.began(now) == datetime(2026, 3, 28, tzinfo=UTC)
    assert _PERSON.renewed(now) == datetime(2026, 3, 29, tzinfo=UTC)
    assert Budget(scope=Scope.ALL, is_daily=False, unit=Unit.TOKENS, amount=1).began(now) is None


@pytest.mark.parametrize(
    ("spent", "raised", "level"),
    [
        (0, 0, Level.FINE),
        (39, 0, Level.FINE),
        (40, 0, Level.WARNED),
        (49.9, 0, Level.WARNED),
        (50, 0, Level.USED_UP),
        (80, 0, Level.USED_UP),
        (50, 50, Level.FINE),
        (80, 50, Level.WARNED),
    ],
)
def test_levels(spent: float, raised: float, level: Level) -> None:
    """At 80 % people are warned, at 100 % it is used up; what an administrator adds counts."""
    standing = Standing(budget=_PERSON, spent=spent, raised=raised)
    assert standing.level is level
    assert standing.left == max(0, 50 + raised - spent)


@given(st.lists(st.tuples(st.floats(0, 200), st.floats(1, 100)), min_size=1, max_size=5))
def test_the_tightest_decides(given_: list[tuple[float, float]]) -> None:
    """Of several budgets the one of which the smallest share is left decides."""
    standings = [
        Standing(
            budget=Budget(scope=Scope.ALL, is_daily=False, unit=Unit.TOKENS, amount=amount),
            spent=spent,
        )
        for spent, amount in given_
    ]
    found = tightest(standings)
    assert found is not None
    assert all(found.left / found.amount <= each.left / each.amount for each in standings)
    is_over = any(each.level is Level.USED_UP for each in standings)
    assert (found.level is Level.USED_UP) == is_over


def test_no_budget_bounds_nothing() -> None:
    """Without a budget nothing is tight."""
    assert tightest([]) is None
    assert Spent(tokens=3, credits=2.5).of(Unit.CREDITS) == 2.5
