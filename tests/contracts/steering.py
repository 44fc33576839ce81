"""What every store promises of a thread's choices, its waiting list, and what steers a turn."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.choices import Choices
from bot.defaults import Defaults
from bot.errors import LeaseLost
from bot.mailbox import EntryKind, EntryState, Usage
from bot.modes import Mode
from bot.ports import Store
from bot.profile import Profile
from tests.contracts.store import BOB, KEY, OTHER, START, SetClock, leased, said, taken


class SteeringContract:
    """The promises."""

    @pytest.fixture
    def clock(self) -> SetClock:
        """The clock that the store goes by."""
        return SetClock()

    async def test_choices(self, store: Store, clock: SetClock) -> None:
        """What is chosen stays through a reset, is told with each entry, and is nobody else's."""
        await store.append(said("1"))
        await store.append(said("2", key=OTHER))
        thread = await store.thread(KEY)
        assert thread is not None
        assert thread.choices == Choices()
        await store.set_choices(KEY, model="third", effort="high", mode=Mode.STEER)
        await store.set_choices(KEY, profile=Profile.WEB, is_muted=True)
        chosen = Choices(
            model="third", effort="high", mode=Mode.STEER, profile=Profile.WEB, is_muted=True
        )
        lease = await leased(store, clock)
        assert lease.thread.choices == chosen
        entry = await taken(store, lease)
        assert entry.choices == chosen
        found = await store.entry(entry.id)
        assert found is not None
        assert found.choices == chosen
        lease = await store.reset(lease)
        assert lease.thread.choices == chosen
        await store.set_choices(KEY, model="", is_muted=False)
        thread = await store.thread(KEY)
        assert thread is not None
        assert thread.choices == Choices(effort="high", mode=Mode.STEER, profile=Profile.WEB)
        other = await store.thread(OTHER)
        assert other is not None
        assert other.choices == Choices()

    async def test_choices_make_the_thread(self, store: Store) -> None:
        """Something can be chosen before anything was said; the first to speak is then alone."""
        await store.set_choices(KEY, mode=Mode.INTERRUPT)
        thread = await store.thread(KEY)
        assert thread is not None
        assert (thread.choices.mode, thread.sole_speaker) == (Mode.INTERRUPT, None)
        await store.append(said("1"))
        thread = await store.thread(KEY)
        assert thread is not None
        assert (thread.choices.mode, thread.sole_speaker) == (Mode.INTERRUPT, "U1")
        await store.set_choices(OTHER, is_muted=False)
        await store.append(said("2", key=OTHER, is_direct=True))
        thread = await store.thread(OTHER)
        assert thread is not None
        assert thread.owner == "U1"

    async def test_defaults(self, store: Store) -> None:
        """What a person chose for what they begin is kept, the newest; it is nobody else's."""
        assert await store.defaults("slack", "U1") == Defaults()
        await store.keep_defaults("slack", "U1", Defaults(model="third", effort="high"))
        kept = Defaults(model="ä", mode=Mode.STEER)
        await store.keep_defaults("slack", "U1", kept)
        assert await store.defaults("slack", "U1") == kept
        assert await store.defaults("slack", "U2") == Defaults()
        assert await store.defaults("discord", "U1") == Defaults()
        await store.keep_defaults("slack", "U1", Defaults())
        assert await store.defaults("slack", "U1") == Defaults()

    async def test_a_thread_begins_with_defaults(self, store: Store, clock: SetClock) -> None:
        """A thread has those of its first speaker; what changes later changes it no more."""
        own = Defaults(model="third", effort="high", mode=Mode.STEER)
        await store.keep_defaults("slack", "U1", own)
        await store.keep_defaults("slack", "U2", Defaults(model="other"))
        await store.append(said("1"))
        await store.append(said("2", author=BOB))
        chosen = Choices(model="third", effort="high", mode=Mode.STEER)
        lease = await leased(store, clock)
        assert lease.thread.choices == chosen
        assert (await taken(store, lease)).choices == chosen
        await store.keep_defaults("slack", "U1", Defaults())
        await store.set_choices(KEY, model="", effort="")
        await store.append(said("3"))
        lease = await store.reset(lease)
        await store.append(said("4", author=BOB))
        thread = await store.thread(KEY)
        assert thread is not None
        assert thread.choices == Choices(mode=Mode.STEER)

    async def test_a_choice_comes_before_defaults(self, store: Store, clock: SetClock) -> None:
        """What was chosen before the first message stays, and an effort keeps its model."""
        own = Defaults(model="third", effort="high", mode=Mode.STEER)
        await store.keep_defaults("slack", "U1", own)
        await store.set_choices(KEY, mode=Mode.QUEUE)
        await store.set_choices(OTHER, effort="low")
        for key in (KEY, OTHER):
            stop = said("1", kind=EntryKind.STOP, key=key)
            await store.append(stop)  # nobody has said anything by that
            await store.append(said("2", key=key))
        thread, other = await store.thread(KEY), await store.thread(OTHER)
        assert thread is not None
        assert other is not None
        assert thread.choices == Choices(model="third", effort="high", mode=Mode.QUEUE)
        assert other.choices == Choices(effort="low", mode=Mode.STEER)

    async def test_overheard(self, store: Store) -> None:
        """When something was last overheard is kept, and never moves back."""
        await store.overhear(KEY, START)
        assert await store.thread(KEY) is None
        await store.append(said("1"))
        later = START + timedelta(seconds=5)
        for moment in (later, START):
            await store.overhear(KEY, moment)
            thread = await store.thread(KEY)
            assert thread is not None
            assert thread.unheard_at == later

    async def test_the_waiting_list(self, store: Store, clock: SetClock) -> None:
        """The waiting list has what waits, in the order in which it is taken, and nothing else."""
        assert await store.queued(KEY) == []
        for number in range(4):
            await store.append(said(str(number), at=number))
        await store.append(said("stop", kind=EntryKind.STOP))
        await store.append(said("elsewhere", key=OTHER))
        lease = await leased(store, clock)
        await store.take_controls(lease)
        await taken(store, lease)
        waiting = await store.queued(KEY)
        assert [each.source_id for each in waiting] == ["1", "2", "3"]
        assert await store.promote(KEY, waiting[2].id, over_all=True)
        assert [each.source_id for each in await store.queued(KEY)] == ["3", "1", "2"]
        assert (await taken(store, lease)).source_id == "0"

    async def test_promoted(self, store: Store, clock: SetClock) -> None:
        """What is promoted over all goes first; else it is behind what was promoted before."""
        ids = [(await store.append(said(str(n), at=n))).entry_id for n in range(5)]
        assert await store.promote(KEY, ids[2], over_all=False)
        assert await store.promote(KEY, ids[3], over_all=False)
        assert await store.promote(KEY, ids[1], over_all=True)
        assert await store.promote(KEY, ids[4], over_all=True)
        order = ["4", "1", "2", "3", "0"]
        assert [each.source_id for each in await store.queued(KEY)] == order
        lease = await leased(store, clock)
        entry = await taken(store, lease)
        assert entry.source_id == "4"
        assert not await store.promote(KEY, entry.id, over_all=True)
        assert not await store.promote(OTHER, ids[0], over_all=True)
        assert not await store.promote(KEY, 10**30, over_all=True)
        await store.finish(lease, entry.id, EntryState.DONE, Usage())
        for source in order[1:]:
            entry = await taken(store, lease)
            assert entry.source_id == source
            await store.finish(lease, entry.id, EntryState.DONE, Usage())

    async def test_steered(self, store: Store, clock: SetClock) -> None:
        """What is brought into a turn is not taken by itself, and ends with it."""
        for number in range(4):
            await store.append(said(str(number), at=-number))
        lease = await leased(store, clock)
        into = await taken(store, lease)
        assert into.source_id == "3"
        second, third, last = await store.queued(KEY)
        for entry in (third, second):
            brought = await store.steer(lease, entry.id, into.id)
            assert brought is not None
            assert (brought.state, brought.attempts) == (EntryState.RUNNING, 1)
            assert brought.text == entry.text
            clock.move(1)
        assert await store.steer(lease, third.id, into.id) is None
        assert await store.steer(lease, 10**6, into.id) is None
        steered = await store.steered(lease, into.id)
        assert [each.id for each in steered] == [third.id, second.id]
        assert [each.id for each in await store.queued(KEY)] == [last.id]
        lease = await leased(store, clock)
        assert (await taken(store, lease)).id == into.id
        usage = Usage(model="m", input_tokens=1, seconds=2)
        await store.finish(lease, into.id, EntryState.DONE, usage)
        assert await store.steered(lease, into.id) == []
        for each in (second, third):
            found = await store.entry(each.id)
            assert found is not None
            assert found.state == EntryState.DONE
        heard = await store.heard(KEY, None)
        assert heard == {each.source_id for each in (into, second, third)}
        assert (await taken(store, lease)).id == last.id

    async def test_unsteered(self, store: Store, clock: SetClock) -> None:
        """What did not reach the turn waits again as if it had never been begun."""
        await store.append(said("1"))
        await store.append(said("2", at=1))
        lease = await leased(store, clock)
        into = await taken(store, lease)
        [entry] = await store.queued(KEY)
        await store.steer(lease, entry.id, into.id)
        await store.unsteer(lease, entry.id)
        assert await store.queued(KEY) == [entry]
        assert await store.withdraw(KEY, "2")
        await store.unsteer(lease, entry.id)
        assert await store.queued(KEY) == []
        await store.unsteer(lease, into.id)
        assert (await taken(store, lease)).attempts == 2

    @pytest.mark.parametrize("state", [EntryState.FAILED, EntryState.STOPPED])
    async def test_retried_with_what_steered_it(
        self, store: Store, clock: SetClock, state: EntryState
    ) -> None:
        """What was brought into a turn that failed or was stopped is queued with it once more."""
        await store.append(said("1"))
        await store.append(said("2", at=1))
        lease = await leased(store, clock)
        into = await taken(store, lease)
        [entry] = await store.queued(KEY)
        await store.steer(lease, entry.id, into.id)
        await store.finish(lease, into.id, state, Usage())
        assert await store.take(lease) is None
        assert await store.requeue(lease, into.id)
        waiting = await store.queued(KEY)
        assert [(each.id, each.attempts, each.retries) for each in waiting] == [
            (into.id, 0, 1),
            (entry.id, 0, 0),
        ]
        await taken(store, lease)
        await store.finish(lease, into.id, EntryState.DONE, Usage())
        assert (await taken(store, lease)).id == entry.id

    async def test_reset_drops_what_steers(self, store: Store, clock: SetClock) -> None:
        """A reset drops what was brought into the turn that it ends."""
        await store.append(said("1"))
        await store.append(said("2", at=1))
        lease = await leased(store, clock)
        into = await taken(store, lease)
        [entry] = await store.queued(KEY)
        await store.steer(lease, entry.id, into.id)
        lease = await store.reset(lease)
        assert await store.take(lease) is None
        found = await store.entry(entry.id)
        assert found is not None
        assert found.state == EntryState.WITHDRAWN

    async def test_fenced(self, store: Store, clock: SetClock) -> None:
        """A worker whose thread was taken brings nothing into a turn."""
        await store.append(said("1"))
        await store.append(said("2", at=1))
        before = await leased(store, clock)
        into = await taken(store, before)
        [entry] = await store.queued(KEY)
        lease = await leased(store, clock)
        with pytest.raises(LeaseLost):
            await store.steer(before, entry.id, into.id)
        await store.steer(lease, entry.id, into.id)
        with pytest.raises(LeaseLost):
            await store.unsteer(before, entry.id)
        assert await store.queued(KEY) == []
