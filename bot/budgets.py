"""How much may be spent on Copilot: by a thread, a person, a channel, and all together."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from bot.keys import SessionKey


class Scope(StrEnum):
    """Whose spending is counted."""

    THREAD = "thread"
    PERSON = "person"
    CHANNEL = "channel"
    ALL = "all"


class Unit(StrEnum):
    """What is counted."""

    TOKENS = "tokens"
    CREDITS = "credits"


class Level(StrEnum):
    """How a budget stands."""

    FINE = "fine"
    WARNED = "warned"
    USED_UP = "used up"


WARNED_AT = 0.8
"""From this share of a budget on, people are told how little is left."""

_AMOUNT = re.compile(r"(?P<amount>\d+(?:\.\d+)?)\s*(?P<factor>k|m)?\s*(?P<unit>tokens|credits)")
_BUDGET = re.compile(r"(?P<scope>thread|person|channel|all)(?P<day>/day)?:(?P<amount>.*)")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FACTORS = {None: 1, "k": 1_000, "m": 1_000_000}


@dataclass(frozen=True, kw_only=True, slots=True)
class Budget:
    """A budget of the operator's.

    Args:
        scope: whose spending it bounds; each thread, person or channel has one of its own.
        is_daily: whether it begins anew each day (UTC); else it is for good.
        unit: what is counted.
        amount: how much may be spent.
    """

    scope: Scope
    is_daily: bool
    unit: Unit
    amount: float

    @property
    def name(self) -> str:
        """As the setting has it, without the amount: names the budget in what was raised."""
        return f"{self.scope}{'/day' if self.is_daily else ''}:{self.unit}"

    def subject(self, key: SessionKey, person: str) -> str:
        """Whose it is, of all that have one: names it in what was raised.

        Args:
            key: the thread that is spent in.
            person: who spends there.
        """
        match self.scope:
            case Scope.THREAD:
                return str(key)
            case Scope.CHANNEL:
                return str(replace(key, thread=""))
            case Scope.PERSON:
                return f"{key.platform}:{person}"
            case Scope.ALL:
                return ""

    def day(self, now: datetime) -> int:
        """The day that it counts, as `day_of` has it; 0 for a budget that is for good.

        Args:
            now: the time (UTC).
        """
        return day_of(now) if self.is_daily else 0

    def began(self, now: datetime) -> datetime | None:
        """When what counts now began to count (UTC); None for a budget that is for good.

        Args:
            now: the time (UTC).
        """
        if not self.is_daily:
            return None
        return now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)

    def renewed(self, now: datetime) -> datetime | None:
        """When it begins anew (UTC); None for a budget that is for good.

        Args:
            now: the time (UTC).
        """
        began = self.began(now)
        return None if began is None else began + timedelta(days=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class Spent:
    """What was spent.

    Args:
        tokens: read and written.
        credits: in the provider's premium requests.
        turns: how often something was answered.
    """

    tokens: int = 0
    credits: float = 0.0
    turns: int = 0

    def of(self, unit: Unit) -> float:
        """How much of a unit."""
        return self.tokens if unit is Unit.TOKENS else self.credits


@dataclass(frozen=True, kw_only=True, slots=True)
class Standing:
    """How a budget stands.

    Args:
        budget: which one.
        spent: how much of it is spent.
        raised: what was added to it.
    """

    budget: Budget
    spent: float
    raised: float = 0.0

    @property
    def amount(self) -> float:
        """How much may be spent in all."""
        return self.budget.amount + self.raised

    @property
    def left(self) -> float:
        """How much is left; never under 0."""
        return max(0.0, self.amount - self.spent)

    @property
    def level(self) -> Level:
        """What that means."""
        if self.spent >= self.amount:
            return Level.USED_UP
        return Level.WARNED if self.spent >= WARNED_AT * self.amount else Level.FINE


@dataclass(frozen=True, kw_only=True, slots=True)
class Spender:
    """What a person spent.

    Args:
        id: the platform's id of the person.
        name: what they were called when they last spoke; empty where that is not known.
        spent: how much.
    """

    id: str
    name: str
    spent: Spent


def day_of(now: datetime) -> int:
    """The day of a moment (UTC), counted from 1970."""
    return (now.astimezone(UTC) - _EPOCH).days


def tightest(standings: Iterable[Standing]) -> Standing | None:
    """The one of which the smallest share is left; None where there is no budget.

    Args:
        standings: all that bound the same message.
    """
    return min(
        standings, key=lambda each: each.left / each.amount if each.amount else 0.0, default=None
    )


def read_amount(text: str) -> tuple[float, Unit]:
    """Read an amount, such as `200k tokens`.

    Args:
        text: how much of what.

    Raises:
        ValueError: it says something else.
    """
    match = _AMOUNT.fullmatch(text.strip().casefold())
    if match is None:
        raise ValueError(f"holds {text!r}, which is no amount: write it as 200k tokens")
    return float(match["amount"]) * _FACTORS[match["factor"]], Unit(match["unit"])


def read_budgets(text: str) -> tuple[Budget, ...]:
    """Read `THREADPILOT_BUDGETS`, such as `thread:200k tokens, person/day:50 credits`.

    Args:
        text: the budgets, with commas between them; empty for none.

    Raises:
        ValueError: one of them says something else.
    """
    budgets: list[Budget] = []
    for part in filter(None, (each.strip() for each in text.split(","))):
        match = _BUDGET.fullmatch(part.casefold())
        if match is None:
            raise ValueError(
                f"holds {part!r}, which is no budget: write it as person/day:50 credits or "
                "thread:200k tokens; it is of a thread, person, channel or all"
            )
        amount, unit = read_amount(match["amount"])
        budget = Budget(
            scope=Scope(match["scope"]), is_daily=match["day"] is not None, unit=unit, amount=amount
        )
        if any(each.name == budget.name for each in budgets):
            raise ValueError(f"holds {part!r}, though there is a budget of that kind before it")
        budgets.append(budget)
    return tuple(budgets)
