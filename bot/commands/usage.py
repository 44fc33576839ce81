"""`usage`: what was spent, what is left of the budgets, and raising them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import timedelta

from bot.budgets import Budget, Scope, Spent, Unit, read_amount
from bot.commands.table import Argument, Bench, Handler, ListedCommand, PressHandler, Source
from bot.keys import SessionKey
from bot.messages import Answer, Command
from bot.phrases import spending

_DAYS = 30
_MOST_PEOPLE = 25
_RAISE = re.compile(
    r"raise\s+(?P<scope>thread|person|channel|all)(?P<day>/day)?"
    r"(?:\s+(?P<who>[^\s\d]\S*|\d{15,20}))?\s+(?P<amount>[\d.]+\s*[km]?\s*(?:tokens|credits))",
    re.IGNORECASE,
)
_ID = re.compile(r"<?@?!?([\w-]+)(?:\|[^>]*)?>?")

LISTED = (
    ListedCommand(
        name="usage",
        summary="show what was spent and what is left",
        help=spending.HELP_ON_USAGE,
        arguments=(Argument(name="raise", summary="raise a budget: whose, and how much"),),
        takes=lambda said: said.casefold().startswith("raise "),
    ),
)


class UsageCommands:
    """Tells what was spent, and raises budgets: a `CommandGroup`.

    Args:
        bench: what commands work with.
    """

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self._store = bench.store
        self._access = bench.access
        self._budgets = bench.sessions.limits.budgets
        self.handlers: Mapping[str, Handler] = {"usage": self._usage}
        self.presses: Mapping[str, PressHandler] = {}
        self.sources: Mapping[tuple[str, str], Source] = {("usage", "raise"): self._raises}

    async def _usage(self, command: Command) -> Answer:
        said = command.argument.strip()
        if said:
            return await self._raise(command, said)
        person, key = command.author.id, command.key or command.place
        since = self._bench.clock.now() - timedelta(days=_DAYS - 1)
        today = self._bench.clock.now()
        told: list[tuple[str, Spent]] = [
            ("you, today", await self._store.spent(Scope.PERSON, key, person, today)),
            (
                f"you, {spending.days(_DAYS)}",
                await self._store.spent(Scope.PERSON, key, person, since),
            ),
        ]
        if command.key is not None:
            spent = await self._store.spent(Scope.THREAD, key, person, None)
            told.append(("this conversation", spent))
        if not command.is_direct:
            spent = await self._store.spent(Scope.CHANNEL, key, person, since)
            told.append((f"this channel, {spending.days(_DAYS)}", spent))
        bounding = [each for each in self._budgets if _bounds(each, command)]
        standings = await self._store.standings(bounding, key, person)
        text = spending.usage(told, standings)
        if person in self._access.admins:
            listed = await self._store.spenders(key.platform, since, limit=_MOST_PEOPLE)
            if listed:
                text += f"\n\n{spending.people(listed, _DAYS)}"
        return Answer(text=text)

    async def _raises(self, command: Command) -> Iterable[str]:
        """How budgets can be raised, for those who may."""
        if command.author.id not in self._access.admins:
            return ()
        return [
            f"raise {each.scope}{'/day' if each.is_daily else ''} 100k tokens"
            if each.unit is Unit.TOKENS
            else f"raise {each.scope}{'/day' if each.is_daily else ''} 10 credits"
            for each in self._budgets
        ]

    async def _raise(self, command: Command, said: str) -> Answer:
        if command.author.id not in self._access.admins:
            return Answer(text=spending.NOT_AN_ADMIN, is_refused=True)
        match = _RAISE.fullmatch(said)
        if match is None:
            return Answer(text=spending.RAISE_WHAT, is_refused=True)
        scope = Scope(match["scope"].casefold())
        amount, unit = read_amount(match["amount"])
        wanted = [
            each
            for each in self._budgets
            if (each.scope, each.unit) == (scope, unit) and (each.is_daily or not match["day"])
        ]
        if not wanted:
            return Answer(text=spending.no_such_budget(self._budgets), is_refused=True)
        if scope is Scope.THREAD and command.key is None:
            return Answer(text=spending.RAISE_WHERE, is_refused=True)
        who = _ID.fullmatch(match["who"]) if match["who"] else None
        person = who[1] if who else command.author.id
        return await self._add(wanted[0], command, person, amount)

    async def _add(self, budget: Budget, command: Command, person: str, amount: float) -> Answer:
        key: SessionKey = command.key or command.place
        await self._store.raise_budget(budget, key, person, amount, command.author.id)
        [standing] = await self._store.standings([budget], key, person)
        return Answer(text=spending.raised(standing, person))


def _bounds(budget: Budget, command: Command) -> bool:
    """Whether a budget is about where a command was given."""
    return command.key is not None or budget.scope is not Scope.THREAD
