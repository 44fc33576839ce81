"""The requests of a thread against a simple model of them, by any sequence of steps."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from typing import ClassVar, TypeVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from bot.errors import LeaseLost
from bot.mailbox import Lease
from bot.requests import Request, RequestState
from storage.store import SqlStore, open_store
from tests.contracts.requests import wanted
from tests.contracts.store import KEY, START, SetClock, leased, said
from tests.storage.fresh import fresh

T = TypeVar("T")

PEOPLE = st.sampled_from(["ann", "ben", "cy"])
DECISIONS = st.sampled_from(
    [RequestState.ALLOWED, RequestState.ALLOWED_FOR_THREAD, RequestState.DENIED]
)
_LIFETIME_S = 60


@dataclass
class Asked:
    """What the model knows of a request."""

    entry: int
    what: str
    scope: str
    needed: int
    generation: int
    until: float
    state: RequestState = RequestState.OPEN
    allowed_by: set[str] = field(default_factory=set)


class Requests(RuleBasedStateMachine):
    """Steps of a thread's workers, of people, and of time."""

    kind: ClassVar[str]

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.stack = AsyncExitStack()
        self.clock = SetClock()
        self.url = self.run(fresh[self.kind]())
        self.open()
        self.asked: dict[str, Asked] = {}
        self.stale: list[Lease] = []
        self.owner = 0

    def open(self) -> None:
        """Begin to work."""
        self.store = self.opened()

    def opened(self) -> SqlStore:
        """A process."""
        return self.run(self.stack.enter_async_context(open_store(self.url, clock=self.clock)))

    def run(self, work: Awaitable[T]) -> T:
        """Run a call of the store."""
        return self.loop.run_until_complete(work)

    def teardown(self) -> None:
        """Close and forget it all."""
        self.run(self.stack.aclose())
        self.loop.close()

    def settle(self, asked: Asked) -> Asked:
        """What a request is by now: what nobody decided in time has expired."""
        if asked.state is RequestState.OPEN and asked.until <= self.clock.monotonic():
            asked.state = RequestState.EXPIRED
        return asked

    @initialize()
    def first(self) -> None:
        """The thread has two messages and a worker."""
        self.entries = [self.run(self.store.append(said(name))).entry_id for name in ("1", "2")]
        self.lease = self.run(leased(self.store, self.clock, owner="w0"))

    @rule()
    def take_over(self) -> None:
        """Another worker takes the thread; the one before is too late from now on."""
        self.run(self.store.release(self.lease))
        self.stale.append(self.lease)
        self.owner += 1
        self.lease = self.run(leased(self.store, self.clock, owner=f"w{self.owner}"))

    @rule(seconds=st.sampled_from([1, 30, 61]))
    def pass_time(self, seconds: int) -> None:
        """Time passes, and what nobody decides expires."""
        self.clock.move(seconds)

    @rule(
        entry=st.sampled_from([0, 1]),
        what=st.sampled_from("ab"),
        scope=st.sampled_from(["", "ls"]),
        needed=st.sampled_from([1, 2]),
    )
    def ask(self, entry: int, what: str, scope: str, needed: int) -> None:
        """Copilot asks something, perhaps once more."""
        name = f"r{len(self.asked)}"
        request = self.request(name, entry, what, scope, needed)
        found = self.run(self.store.open_request(self.lease, request))
        known = self.counts(entry, what, scope)
        if known is None:
            assert found == request
            self.asked[name] = Asked(
                entry=self.entries[entry],
                what=what,
                scope=scope,
                needed=needed,
                generation=self.lease.thread.generation,
                until=self.clock.monotonic() + _LIFETIME_S,
            )
        else:
            assert found.id == known

    def request(self, name: str, entry: int, what: str, scope: str, needed: int) -> Request:
        """What is asked."""
        now = START + timedelta(seconds=self.clock.monotonic())
        return wanted(
            self.lease,
            self.entries[entry],
            name,
            fingerprint=what,
            scope=scope,
            needed=needed,
            opened_at=now,
            expires_at=now + timedelta(seconds=_LIFETIME_S),
        )

    def counts(self, entry: int, what: str, scope: str) -> str | None:
        """The request that counts for what is asked: the same, or one allowed for the thread."""
        for name, asked in self.asked.items():
            if (asked.entry, asked.what) == (self.entries[entry], what):
                self.settle(asked)
                if asked.state is not RequestState.WITHDRAWN:
                    return name
        standing = (RequestState.ALLOWED_FOR_THREAD, scope, self.lease.thread.generation)
        for name, asked in self.asked.items():
            if scope and (asked.state, asked.scope, asked.generation) == standing:
                return name
        return None

    @precondition(lambda self: self.stale)
    @rule(data=st.data())
    def ask_too_late(self, data: st.DataObject) -> None:
        """A worker that has lost the thread asks and withdraws nothing."""
        stale = data.draw(st.sampled_from(self.stale))
        request = self.request("late", 0, "c", "", 1)
        with pytest.raises(LeaseLost):
            self.run(self.store.open_request(stale, request))
        with pytest.raises(LeaseLost):
            self.run(self.store.withdraw_requests(stale))

    @precondition(lambda self: self.asked)
    @rule(data=st.data(), who=PEOPLE, decision=DECISIONS)
    def decide(self, data: st.DataObject, who: str, decision: RequestState) -> None:
        """Somebody decides, perhaps too late, perhaps once more."""
        name = data.draw(st.sampled_from(sorted(self.asked)))
        asked = self.asked[name]
        if decision is RequestState.ALLOWED_FOR_THREAD and not asked.scope:
            with pytest.raises(ValueError, match="does not become"):
                self.run(self.store.decide(name, who, decision))
            return
        found = self.run(self.store.decide(name, who, decision))
        self.settle(asked)
        if asked.state is RequestState.OPEN:
            if decision is RequestState.DENIED:
                asked.state = decision
            else:
                asked.allowed_by.add(who)
                if len(asked.allowed_by) >= asked.needed:
                    asked.state = decision
        assert found is not None
        assert (found.state, set(found.allowed_by)) == (asked.state, asked.allowed_by)

    @rule()
    def expire(self) -> None:
        """It is looked at what has expired; each is told of once."""
        due = {
            name
            for name, asked in self.asked.items()
            if asked.state is RequestState.OPEN
            and self.settle(asked).state is not RequestState.OPEN
        }
        assert {each.id for each in self.run(self.store.expire_requests())} == due

    @rule(entry=st.sampled_from([None, 0, 1]))
    def withdraw(self, entry: int | None) -> None:
        """A message's turn is over, or the thread begins afresh: nothing of it is open."""
        wanted_entry = None if entry is None else self.entries[entry]
        found = self.run(self.store.withdraw_requests(self.lease, entry_id=wanted_entry))
        over = {
            name
            for name, asked in self.asked.items()
            if asked.state is RequestState.OPEN and wanted_entry in {None, asked.entry}
        }
        assert {each.id for each in found} == over
        for name in over:
            self.asked[name].state = RequestState.WITHDRAWN

    @rule()
    def reset(self) -> None:
        """The thread's next generation begins: what was allowed for the thread is over."""
        self.lease = self.run(self.store.reset(self.lease))

    @rule()
    def look(self) -> None:
        """All stands as the model says."""
        for name, asked in self.asked.items():
            found = self.run(self.store.request(name))
            assert found is not None
            assert (found.state, set(found.allowed_by)) == (asked.state, asked.allowed_by)
        open_ones = {each.id for each in self.run(self.store.open_requests(KEY))}
        states = {name: asked.state for name, asked in self.asked.items()}
        assert open_ones == {name for name, state in states.items() if state is RequestState.OPEN}


class RequestsOfOneProcess(Requests):
    """On SQLite."""

    kind = "sqlite"


class RequestsOfSeveral(Requests):
    """On PostgreSQL, where each step is made by one of two processes."""

    kind = "postgres"

    def open(self) -> None:
        """Begin to work."""
        super().open()
        self.other = self.opened()

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

TestOneProcess = pytest.mark.usefixtures("fresh_sqlite")(RequestsOfOneProcess.TestCase)
TestOneProcess.settings = _SETTINGS
TestSeveral = pytest.mark.usefixtures("fresh_postgres")(RequestsOfSeveral.TestCase)
TestSeveral.settings = _SETTINGS
