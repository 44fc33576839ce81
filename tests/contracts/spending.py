"""What every store promises of what is spent, and of budgets."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.budgets import Budget, Scope, Spent, Standing, Unit
from bot.keys import SessionKey
from bot.mailbox import EntryState, Lease, Usage
from bot.messages import Person
from bot.ports import Store
from tests.contracts.store import ANN, BOB, KEY, OTHER, SetClock, leased, said, taken

USAGE = Usage(model="m", input_tokens=10, output_tokens=5, cost=1.5, seconds=3)
ONE = Spent(tokens=15, credits=1.5, turns=1)
TWO = Spent(tokens=30, credits=3.0, turns=2)
DISCORD = SessionKey(platform="discord", workspace="", channel="7", thread="")
TODAY = Budget(scope=Scope.PERSON, is_daily=True, unit=Unit.TOKENS, amount=100)
EVER = Budget(scope=Scope.THREAD, is_daily=False, unit=Unit.CREDITS, amount=10)
DAY_S = 24 * 3600


async def answered(
    store: Store,
    clock: SetClock,
    source: str,
    *,
    key: SessionKey = KEY,
    author: Person = ANN,
    state: EntryState = EntryState.DONE,
) -> Lease:
    """Something that was said and answered, by some tokens."""
    await store.append(said(source, key=key, author=author))
    lease = await leased(store, clock, key=key)
    entry = await taken(store, lease)
    await store.finish(lease, entry.id, state, USAGE)
    return lease


class SpendingContract:
    """The promises."""

    @pytest.fixture
    def clock(self) -> SetClock:
        """The clock that the store goes by."""
        return SetClock()

    async def test_turns_count(self, store: Store, clock: SetClock) -> None:
        """What turns took counts for their person, thread and channel, however they ended."""
        await answered(store, clock, "1")
        await answered(store, clock, "2", author=BOB, state=EntryState.FAILED)
        await answered(store, clock, "3", key=OTHER, state=EntryState.STOPPED)
        await answered(store, clock, "4", key=DISCORD)
        now = clock.now()

        async def spent(scope: Scope, key: SessionKey = KEY, person: Person = ANN) -> Spent:
            return await store.spent(scope, key, person.id, now)

        assert await spent(Scope.THREAD) == TWO
        assert await spent(Scope.THREAD, OTHER) == ONE
        assert (await spent(Scope.CHANNEL)).turns == 3
        assert await spent(Scope.PERSON) == TWO
        assert await spent(Scope.PERSON, person=BOB) == ONE
        assert (await spent(Scope.ALL)).turns == 4
        assert await spent(Scope.PERSON, DISCORD) == ONE
        assert await spent(Scope.PERSON, DISCORD, BOB) == Spent()

    async def test_days(self, store: Store, clock: SetClock) -> None:
        """What was spent is known by the day."""
        await answered(store, clock, "1")
        clock.move(DAY_S)
        await answered(store, clock, "2")
        now = clock.now()
        assert await store.spent(Scope.PERSON, KEY, ANN.id, now) == ONE
        assert await store.spent(Scope.PERSON, KEY, ANN.id, None) == TWO

    async def test_a_turn_counts_once(self, store: Store, clock: SetClock) -> None:
        """An end that is noted twice counts once; what a retry takes is added."""
        lease = await answered(store, clock, "1", state=EntryState.FAILED)
        await store.finish(lease, 1, EntryState.FAILED, USAGE)
        assert await store.spent(Scope.ALL, KEY, ANN.id, None) == ONE
        await store.requeue(lease, 1)
        await taken(store, lease)
        await store.finish(lease, 1, EntryState.DONE, USAGE)
        assert await store.spent(Scope.ALL, KEY, ANN.id, None) == TWO

    async def test_a_turn_that_a_reset_ended(self, store: Store, clock: SetClock) -> None:
        """What a turn took that a reset ended counts, once."""
        await store.append(said("1"))
        lease = await leased(store, clock)
        entry = await taken(store, lease)
        lease = await store.reset(lease)
        for _ in range(2):
            await store.finish(lease, entry.id, EntryState.STOPPED, USAGE)
        assert await store.spent(Scope.ALL, KEY, ANN.id, None) == ONE
        found = await store.entry(entry.id)
        assert found is not None
        assert found.state == EntryState.WITHDRAWN

    async def test_a_turn_that_a_deletion_ended(self, store: Store, clock: SetClock) -> None:
        """What a turn took counts for its author, once, though what they said was deleted."""
        await store.append(said("1"))
        lease = await leased(store, clock)
        entry = await taken(store, lease)
        lease = await store.delete_thread(lease, asked_by=entry.id + 1, by=ANN.id)
        for _ in range(2):
            await store.finish(lease, entry.id, EntryState.STOPPED, USAGE, spent_by=ANN.id)
        assert await store.spent(Scope.PERSON, KEY, ANN.id, None) == ONE
        assert await store.spent(Scope.THREAD, KEY, ANN.id, None) == ONE

    async def test_beside_the_messages(self, store: Store) -> None:
        """What is spent beside messages counts as well, also where no thread is known."""
        await store.spend(KEY, ANN.id, USAGE)
        await store.spend(KEY, ANN.id, replace(USAGE, model="other"))
        await store.spend(KEY, ANN.id, Usage(seconds=5))
        assert await store.spent(Scope.THREAD, KEY, ANN.id, None) == TWO
        assert await store.thread(KEY) is None

    async def test_spenders(self, store: Store, clock: SetClock) -> None:
        """Who has spent is listed with the name they had last, the most first."""
        await answered(store, clock, "1")
        for source in ("2", "3"):
            await answered(store, clock, source, author=BOB)
        await answered(store, clock, "4", author=Person(id=ANN.id, name="Anna"))
        await store.spend(KEY, ANN.id, USAGE)
        await store.spend(KEY, "U9", USAGE)
        await answered(store, clock, "5", key=DISCORD)
        listed = await store.spenders("slack", clock.now(), limit=2)
        assert [(each.id, each.name) for each in listed] == [(ANN.id, "Anna"), (BOB.id, "Bob")]
        assert listed[1].spent == TWO
        everyone = await store.spenders("slack", None, limit=9)
        assert [(each.id, each.name, each.spent) for each in everyone[2:]] == [("U9", "", ONE)]
        clock.move(DAY_S)
        assert await store.spenders("slack", clock.now(), limit=9) == []

    async def test_standings(self, store: Store, clock: SetClock) -> None:
        """Budgets stand by what was spent in their time, and by what was added to them."""
        assert await store.standings([], KEY, ANN.id) == []
        await answered(store, clock, "1")
        await store.raise_budget(TODAY, OTHER, ANN.id, 50, BOB.id)
        await store.raise_budget(TODAY, OTHER, ANN.id, 7, BOB.id)
        await store.raise_budget(EVER, KEY, BOB.id, 5, BOB.id)
        assert await store.standings([EVER, TODAY], KEY, ANN.id) == [
            Standing(budget=EVER, spent=1.5, raised=5),
            Standing(budget=TODAY, spent=15, raised=57),
        ]
        assert await store.standings([EVER, TODAY], OTHER, BOB.id) == [
            Standing(budget=EVER, spent=0),
            Standing(budget=TODAY, spent=0),
        ]
        clock.move(DAY_S)
        assert await store.standings([EVER, TODAY], KEY, ANN.id) == [
            Standing(budget=EVER, spent=1.5, raised=5),
            Standing(budget=TODAY, spent=0),
        ]

    async def test_raising_is_in_the_log(self, store: Store) -> None:
        """Who has added how much to which budget is in the log."""
        await store.raise_budget(TODAY, KEY, ANN.id, 50, BOB.id)
        [told] = await store.audit(limit=9)
        assert (told.key, told.person, told.action) == (KEY, BOB.id, "raised")
        assert (told.about, told.detail) == ("person/day:tokens", "50 tokens")

    async def test_warned_once(self, store: Store, clock: SetClock) -> None:
        """People are warned once of a budget: until it is raised, or a new day begins."""
        assert await store.warn_of(TODAY, KEY, ANN.id)
        assert not await store.warn_of(TODAY, OTHER, ANN.id)
        assert await store.warn_of(TODAY, KEY, BOB.id)
        assert await store.warn_of(EVER, KEY, BOB.id)
        await store.raise_budget(TODAY, KEY, ANN.id, 50, BOB.id)
        assert await store.warn_of(TODAY, KEY, ANN.id)
        assert not await store.warn_of(TODAY, KEY, ANN.id)
        assert not await store.warn_of(EVER, KEY, ANN.id)
        clock.move(DAY_S)
        assert await store.warn_of(TODAY, KEY, ANN.id)
        assert not await store.warn_of(EVER, KEY, ANN.id)
