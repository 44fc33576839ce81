"""A mailbox with leases against a simple model of it, by any sequence of steps."""

import asyncio
import os
from collections.abc import Awaitable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import ClassVar, TypeVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from bot.errors import LeaseLost
from bot.mailbox import EntryKind, EntryState, Lease, Usage
from storage.store import SqlStore, open_store
from tests.contracts.store import KEY, START, SetClock, said
from tests.storage.fresh import fresh

T = TypeVar("T")

SOURCES = st.sampled_from("abcdef")
OWNERS = st.sampled_from(["w1", "w2", "w3"])
ENDS = st.sampled_from([EntryState.DONE, EntryState.FAILED, EntryState.STOPPED])


@dataclass
class Said:
    """What the model knows of an entry."""

    id: int
    source: str
    at: int
    state: EntryState = EntryState.QUEUED
    attempts: int = 0


@dataclass
class Model:
    """A thread, in plain words."""

    entries: dict[str, Said] = field(default_factory=dict)
    fence: int = 0
    owner: str | None = None
    until: float = 0
    generation: int = 1

    def pending(self) -> list[Said]:
        """What is to be done, in order."""
        found = [
            each
            for each in self.entries.values()
            if each.state in {EntryState.QUEUED, EntryState.RUNNING}
        ]
        return sorted(found, key=lambda e: (e.state is EntryState.QUEUED, e.at, e.id))


class Mailbox(RuleBasedStateMachine):
    """Steps of several workers and several people on one thread."""

    kind: ClassVar[str]

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.stack = AsyncExitStack()
        self.clock = SetClock()
        self.url = self.run(fresh[self.kind]())
        self.open()
        self.model = Model()
        self.leases: list[Lease] = []

    def open(self) -> None:
        """Begin to work."""
        self.store = self.opened()

    def opened(self) -> SqlStore:
        """A process."""
        opening = open_store(self.url, clock=self.clock)
        return self.run(self.stack.enter_async_context(opening))

    def run(self, work: Awaitable[T]) -> T:
        """Run a call of the store."""
        return self.loop.run_until_complete(work)

    def teardown(self) -> None:
        """Close and forget it all."""
        self.run(self.stack.aclose())
        self.loop.close()

    @property
    def now(self) -> float:
        """Seconds since the start."""
        return self.clock.monotonic()

    def holds(self, lease: Lease) -> bool:
        """Whether the model says that the lease is the newest."""
        return (lease.fence, lease.owner) == (self.model.fence, self.model.owner)

    @initialize()
    def first(self) -> None:
        """The thread begins with something said."""
        self.append("a", 0)

    @rule(source=SOURCES, at=st.integers(0, 5))
    def append(self, source: str, at: int) -> None:
        """Somebody says something, or the platform says it again."""
        appended = self.run(self.store.append(said(source, at=at)))
        known = self.model.entries.get(source)
        assert appended.is_new == (known is None)
        if known is None:
            known = self.model.entries[source] = Said(appended.entry_id, source, at)
        assert appended.entry_id == known.id
        order = self.model.pending()
        is_queued = known.state is EntryState.QUEUED
        assert appended.ahead == (order.index(known) if is_queued else 0)

    @rule(source=SOURCES, is_edit=st.booleans())
    def edit(self, source: str, is_edit: bool) -> None:
        """Somebody edits or deletes what was said."""
        known = self.model.entries.get(source)
        waits = known is not None and known.state is EntryState.QUEUED
        if is_edit:
            assert self.run(self.store.revise(KEY, source, "new", ())) == waits
        else:
            assert self.run(self.store.withdraw(KEY, source)) == waits
            if known is not None and waits:
                known.state = EntryState.WITHDRAWN

    @rule(seconds=st.sampled_from([1, 5, 11]))
    def pass_time(self, seconds: int) -> None:
        """Time passes, and leases run out."""
        self.clock.move(seconds)

    @rule(owner=OWNERS)
    def lease(self, owner: str) -> None:
        """A worker wants the thread."""
        until = self.now + 10
        model = self.model
        is_free = model.owner in {None, owner} or model.until <= self.now
        found = self.run(
            self.store.lease(
                KEY, owner, START.fromtimestamp(START.timestamp() + until, START.tzinfo)
            )
        )
        assert (found is not None) == is_free
        if found is not None:
            assert found.fence > model.fence
            assert found.thread.generation == model.generation
            model.fence, model.owner, model.until = found.fence, owner, until
            self.leases.append(found)

    @rule(owner=OWNERS)
    def renew(self, owner: str) -> None:
        """A process keeps what it holds."""
        until = self.now + 10
        self.run(
            self.store.renew(owner, START.fromtimestamp(START.timestamp() + until, START.tzinfo))
        )
        if self.model.owner == owner:
            self.model.until = until

    @precondition(lambda self: self.leases)
    @rule(data=st.data())
    def release(self, data: st.DataObject) -> None:
        """A worker lets go, perhaps too late."""
        lease = data.draw(st.sampled_from(self.leases))
        if not self.holds(lease):
            with pytest.raises(LeaseLost):
                self.run(self.store.release(lease))
        else:
            self.run(self.store.release(lease))
            self.model.owner = None

    @precondition(lambda self: self.leases)
    @rule(data=st.data())
    def take(self, data: st.DataObject) -> None:
        """A worker takes what is next, perhaps too late."""
        lease = data.draw(st.sampled_from(self.leases))
        if not self.holds(lease):
            with pytest.raises(LeaseLost):
                self.run(self.store.take(lease))
            return
        entry = self.run(self.store.take(lease))
        pending = self.model.pending()
        if not pending:
            assert entry is None
            return
        wanted = pending[0]
        wanted.attempts += 1
        wanted.state = EntryState.RUNNING
        assert entry is not None
        assert (entry.id, entry.attempts) == (wanted.id, wanted.attempts)

    @precondition(lambda self: self.leases)
    @rule(data=st.data(), state=ENDS)
    def finish(self, data: st.DataObject, state: EntryState) -> None:
        """A worker ends what it works on, perhaps too late."""
        lease = data.draw(st.sampled_from(self.leases))
        known = data.draw(st.sampled_from(sorted(self.model.entries.values(), key=lambda e: e.id)))
        if not self.holds(lease):
            with pytest.raises(LeaseLost):
                self.run(self.store.finish(lease, known.id, state, Usage()))
            return
        self.run(self.store.finish(lease, known.id, state, Usage()))
        if known in self.model.pending():
            known.state = state

    @precondition(lambda self: self.leases)
    @rule(data=st.data())
    def requeue(self, data: st.DataObject) -> None:
        """Somebody wants it tried once more."""
        lease = data.draw(st.sampled_from(self.leases))
        known = data.draw(st.sampled_from(sorted(self.model.entries.values(), key=lambda e: e.id)))
        if not self.holds(lease):
            with pytest.raises(LeaseLost):
                self.run(self.store.requeue(lease, known.id))
            return
        can = known.state in {EntryState.FAILED, EntryState.STOPPED}
        assert self.run(self.store.requeue(lease, known.id)) == can
        if can:
            known.state = EntryState.QUEUED
            known.attempts = 0

    @precondition(lambda self: self.leases)
    @rule(data=st.data())
    def reset(self, data: st.DataObject) -> None:
        """Somebody wants a fresh start."""
        lease = data.draw(st.sampled_from(self.leases))
        if not self.holds(lease):
            with pytest.raises(LeaseLost):
                self.run(self.store.reset(lease))
            return
        found = self.run(self.store.reset(lease))
        self.model.generation += 1
        assert found.thread.generation == self.model.generation
        for each in self.model.pending():
            each.state = EntryState.WITHDRAWN

    @rule()
    def look(self) -> None:
        """What waits, and what became of everything, is as the model says."""
        is_free = self.model.owner is None or self.model.until <= self.now
        waiting = list(self.run(self.store.waiting()))
        assert waiting == ([KEY] if is_free and self.model.pending() else [])
        for each in self.model.entries.values():
            entry = self.run(self.store.entry(each.id))
            assert entry is not None
            assert entry.kind is EntryKind.MESSAGE
            assert (entry.state, entry.attempts) == (each.state, each.attempts)


class MailboxOfOneProcess(Mailbox):
    """On SQLite."""

    kind = "sqlite"

    @rule()
    def restart(self) -> None:
        """The process dies and another begins: nobody holds the thread."""
        self.run(self.stack.aclose())
        self.open()
        self.model.owner = None


class MailboxOfSeveral(Mailbox):
    """On PostgreSQL, where each step is made by one of two processes."""

    kind = "postgres"

    def open(self) -> None:
        """Begin to work."""
        super().open()
        self.other = self.opened()

    @rule()
    def restart(self) -> None:
        """The processes die and others begin: leases stay until they are over."""
        self.run(self.stack.aclose())
        self.open()

    @rule()
    def elsewhere(self) -> None:
        """What comes next happens in the other process."""
        self.store, self.other = self.other, self.store


_SETTINGS = settings(
    max_examples=int(os.environ.get("THREADPILOT_EXAMPLES", "15")),
    stateful_step_count=30,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    database=None,
    derandomize="THREADPILOT_EXAMPLES" not in os.environ,
)

TestOneProcess = pytest.mark.usefixtures("fresh_sqlite")(MailboxOfOneProcess.TestCase)
TestOneProcess.settings = _SETTINGS
TestSeveral = pytest.mark.usefixtures("fresh_postgres")(MailboxOfSeveral.TestCase)
TestSeveral.settings = _SETTINGS
