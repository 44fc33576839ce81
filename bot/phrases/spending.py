"""What people read of what is spent, and of budgets."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.budgets import Budget, Scope, Spender, Spent, Standing, Unit

HELP_ON_USAGE = """\
**usage** shows what you and this conversation have spent, and what is left of the budgets.

- only you see it; whoever runs me sees what each person has spent, never what was said
- `usage raise thread 100k tokens` adds to a budget, for those who may: of a `thread`, `channel`, \
`person` (and who), or of `all`"""

RAISE_WHAT = (
    "Say whose budget, and how much: `usage raise thread 100k tokens`, or "
    "`usage raise person @name 20 credits`."
)
NOT_AN_ADMIN = "Only an administrator may raise a budget: ask whoever runs me."
RAISE_WHERE = "Say that in the conversation whose budget is meant."
NO_BUDGETS = "There is no budget that bounds you here."

_WHOSE: dict[Scope, str] = {
    Scope.THREAD: "This conversation's budget",
    Scope.PERSON: "Your budget",
    Scope.CHANNEL: "This channel's budget",
    Scope.ALL: "The budget of everyone together",
}


def used_up(standing: Standing, now: datetime) -> str:
    """A budget is used up: whose, what it is, and when it begins anew."""
    renewed = standing.budget.renewed(now)
    ask = "an administrator can raise it (`usage raise`)"
    then = f"It begins anew at 00:00 UTC, {_in(renewed - now)}; until then" if renewed else "But"
    return (
        f"{_whose(standing.budget)} of {_amount(standing)} is used up. {then} {ask}. "
        "Your message is kept: press Retry then."
    )


def little_left(standing: Standing) -> str:
    """Little is left of a budget."""
    left = _number(standing.left, standing.budget.unit)
    share = round(100 * standing.spent / standing.amount)
    whose = f"{_whose(standing.budget)} of {_amount(standing)}"
    return f"{whose} is used by {share} %: {left} are left."


def usage(told: Sequence[tuple[str, Spent]], standings: Sequence[Standing]) -> str:
    """What was spent, and what is left.

    Args:
        told: by whom or where, and how much.
        standings: of the budgets.
    """
    lines = [f"- {what}: {_spent(spent)}" for what, spent in told]
    text = "**Spent**\n\n" + "\n".join(lines)
    if standings:
        text += "\n\n**Budgets**\n\n" + "\n".join(f"- {left(each)}" for each in standings)
    return text


def left(standing: Standing) -> str:
    """What is left of a budget, in a list."""
    spent = f"{standing.spent:,.6g}" if standing.spent < 1_000 else f"{standing.spent:,.0f}"
    return f"{_whose(standing.budget)}: {spent} of {_amount(standing)}"


def people(spenders: Sequence[Spender], days: int) -> str:
    """What each person has spent."""
    lines = [f"- {each.name or each.id}: {_spent(each.spent)}" for each in spenders]
    return f"**By person, in {days} days**\n\n" + "\n".join(lines)


def raised(standing: Standing, person: str) -> str:
    """A budget was raised."""
    budget = standing.budget
    whose = _whose(budget) if budget.scope is not Scope.PERSON else f"The budget of {person}"
    until = " for today" if budget.is_daily else ""
    return f"{whose} is raised to {_amount(standing)}{until}."


def no_such_budget(budgets: Sequence[Budget]) -> str:
    """There is no budget of that kind."""
    if not budgets:
        return "There are no budgets: whoever runs me can set `THREADPILOT_BUDGETS`."
    names = ", ".join(f"`{each.name.replace(':', ' ')}`" for each in budgets)
    return f"There is no such budget. There is one of {names}."


def days(count: int) -> str:
    """So many days."""
    return "today" if count == 1 else f"in {count} days"


def _whose(budget: Budget) -> str:
    return _WHOSE[budget.scope]


def _amount(standing: Standing) -> str:
    day = " a day" if standing.budget.is_daily else ""
    return f"{_number(standing.amount, standing.budget.unit)}{day}"


def _number(amount: float, unit: Unit) -> str:
    return f"{amount:,.0f} {unit}" if unit is Unit.TOKENS else f"{round(amount, 2):,g} {unit}"


def _spent(spent: Spent) -> str:
    answers = f"{spent.turns:,} answer{'' if spent.turns == 1 else 's'}"
    paid = f", {round(spent.credits, 2):,g} credits" if spent.credits else ""
    return f"{answers}, {spent.tokens:,} tokens{paid}"


def _in(time: timedelta) -> str:
    minutes = int(time.total_seconds() // 60) + 1
    return f"in {minutes} min" if minutes < 60 else f"in {round(minutes / 60)} h"
