"""What every store promises of working directories. A test module gives the fixture `store`."""

from __future__ import annotations

import pytest

from bot.directories import ThreadDirectory
from bot.errors import LeaseLost
from bot.mailbox import EntryState, Usage
from bot.ports import Store
from tests.contracts.store import KEY, OTHER, SetClock, leased, said, taken

PLACE = ThreadDirectory(
    name="d1", host="h1", repository="/srv/ä", branch="threadpilot/d1", base="abc"
)


class DirectoriesContract:
    """The promises."""

    @pytest.fixture
    def clock(self) -> SetClock:
        """The clock that the store goes by."""
        return SetClock()

    async def test_a_directory_is_kept(self, store: Store, clock: SetClock) -> None:
        """A thread has the directory that was noted last, or none, also after a reset."""
        await store.append(said("1"))
        lease = await leased(store, clock)
        assert await store.directory(lease) is None
        await store.keep_directory(lease, PLACE)
        assert await store.directory(lease) == PLACE
        lease = await store.reset(lease)
        assert await store.directory(lease) == PLACE
        moved = ThreadDirectory(name="d2", host="h2")
        await store.keep_directory(lease, moved)
        assert await store.directory(lease) == moved
        await store.keep_directory(lease, None)
        assert await store.directory(lease) is None

    async def test_the_directories_of_a_host(self, store: Store, clock: SetClock) -> None:
        """What threads have on a host is known, and what they have no more is not."""
        await store.append(said("1"))
        await store.append(said("2", key=OTHER))
        lease = await leased(store, clock)
        await store.keep_directory(lease, PLACE)
        other = await leased(store, clock, key=OTHER)
        await store.keep_directory(other, ThreadDirectory(name="d2", host="h1"))
        assert set(await store.directories("h1")) == {"d1", "d2"}
        assert set(await store.directories("h2")) == set()
        await store.keep_directory(lease, None)
        assert set(await store.directories("h1")) == {"d2"}

    async def test_a_late_worker_changes_nothing(self, store: Store, clock: SetClock) -> None:
        """A lease that was lost neither reads nor writes."""
        await store.append(said("1"))
        late = await leased(store, clock)
        clock.move(120)
        await leased(store, clock, owner="w2")
        for call in (
            store.directory(late),
            store.keep_directory(late, PLACE),
            store.act(late, 1, "bash"),
        ):
            with pytest.raises(LeaseLost):
                await call

    async def test_what_a_turn_began(self, store: Store, clock: SetClock) -> None:
        """What a turn begins outside is known to the next worker, until it begins from scratch."""
        await store.append(said("1"))
        lease = await leased(store, clock)
        entry = await taken(store, lease)
        assert entry.acts == ()
        for tool in ("bash", "push_branch", "bash"):
            await store.act(lease, entry.id, tool)
        await store.act(lease, 999, "bash")
        await store.release(lease)
        lease = await leased(store, clock, key=KEY)
        assert (await taken(store, lease)).acts == ("bash", "push_branch")
        await store.finish(lease, entry.id, EntryState.FAILED, Usage())
        assert await store.requeue(lease, entry.id)
        assert (await taken(store, lease)).acts == ()
