"""What may still be spent by somebody in a thread: asked before something is begun."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.budgets import Budget, Spent, Standing
from bot.keys import SessionKey
from bot.ports import Store


@dataclass(frozen=True, kw_only=True, slots=True)
class Allowance:
    """How the budgets stand that bound somebody in a thread.

    Args:
        standings: of each budget.
    """

    standings: Sequence[Standing] = ()

    def used_up(self, more: Spent | None = None) -> Standing | None:
        """The first budget that is used up; None where it may go on.

        Args:
            more: what was spent since.
        """
        for each in self.standings:
            if each.left <= (more.of(each.budget.unit) if more else 0):
                return each
        return None


async def allowance(
    store: Store, budgets: Sequence[Budget], key: SessionKey, person: str
) -> Allowance:
    """What somebody may spend in a thread. What its messages take counts by `Store.finish`.

    Args:
        store: the database; it is not asked where there is no budget.
        budgets: of the operator.
        key: the thread.
        person: who is answered there.

    Raises:
        StoreError: the database failed.
    """
    if not budgets:
        return Allowance()
    return Allowance(standings=await store.standings(budgets, key, person))
