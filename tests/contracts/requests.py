"""What every store promises of requests. A test module binds it by giving the fixture `store`."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.errors import LeaseLost
from bot.mailbox import EntryKind, Lease
from bot.ports import Store
from bot.requests import POLICY, Request, RequestKind, RequestState
from tests.contracts.store import ANN, BOB, KEY, OTHER, START, SetClock, leased, said

ALLOWED = RequestState.ALLOWED
FOR_THREAD = RequestState.ALLOWED_FOR_THREAD
DENIED = RequestState.DENIED
HOUR = timedelta(hours=1)


def wanted(lease: Lease, entry_id: int, name: str = "r1", **changed: Any) -> Request:
    """A permission that is asked for."""
    request = Request(
        id=name,
        key=lease.key,
        generation=lease.thread.generation,
        entry_id=entry_id,
        kind=RequestKind.PERMISSION,
        state=RequestState.OPEN,
        fingerprint=f"fingerprint of {name}",
        text="Copilot wants to run a command: ö\n",
        detail="ls",
        asked_of=ANN.id,
        opened_at=START,
        expires_at=START + HOUR,
        scope="ls",
    )
    return replace(request, **changed)


class RequestsContract:
    """The promises."""

    @pytest.fixture
    def clock(self) -> SetClock:
        """The clock that the store goes by."""
        return SetClock()

    @pytest.fixture
    async def entry_id(self, store: Store) -> int:
        """A message in the thread."""
        return (await store.append(said("1"))).entry_id

    @pytest.fixture
    async def lease(self, store: Store, clock: SetClock, entry_id: int) -> Lease:
        """The lease on the thread of that message."""
        return await leased(store, clock)

    async def actions(self, store: Store) -> list[tuple[str, str, str]]:
        """What the log tells, oldest first."""
        found = await store.audit(limit=100)
        return [(entry.about, entry.person, entry.action) for entry in found[::-1]]

    async def test_kept(self, store: Store, lease: Lease, entry_id: int) -> None:
        """A request is kept as it is, with the message that shows it."""
        request = wanted(lease, entry_id, choices=("a", "ö\ud800"), needed=2, allows_text=False)
        await store.open_request(lease, request)
        await store.show_request(lease, "r1", "m1")
        found = await store.request("r1")
        assert found is not None
        assert replace(found, choices=()) == replace(request, choices=(), reference="m1")
        assert await store.open_requests(KEY) == [found]
        assert await store.request("r2") is None
        assert await store.open_requests(OTHER) == []
        assert await self.actions(store) == []

    async def test_asked_again(self, store: Store, lease: Lease, entry_id: int) -> None:
        """What asks the same in the same message is the same request, as it stands."""
        first = await store.open_request(lease, wanted(lease, entry_id))
        again = wanted(lease, entry_id, "r2", fingerprint=first.fingerprint, scope="")
        assert await store.open_request(lease, again) == first
        await store.decide("r1", ANN.id, DENIED, "no")
        found = await store.open_request(lease, again)
        assert (found.id, found.state, found.answer) == ("r1", DENIED, "no")
        assert await store.request("r2") is None

    async def test_another_message(self, store: Store, lease: Lease, entry_id: int) -> None:
        """What asks the same for another message is a request of its own."""
        await store.open_request(lease, wanted(lease, entry_id, fingerprint="f"))
        other = (await store.append(said("2"))).entry_id
        request = wanted(lease, other, "r2", fingerprint="f")
        assert await store.open_request(lease, request) == request

    async def test_first_decision_counts(self, store: Store, lease: Lease, entry_id: int) -> None:
        """The first decision counts; the next person learns what it was."""
        await store.open_request(lease, wanted(lease, entry_id))
        decided = await store.decide("r1", ANN.id, ALLOWED)
        assert decided is not None
        assert (decided.state, decided.decided_by) == (ALLOWED, ANN.id)
        assert await store.decide("r1", BOB.id, DENIED, "never") == decided
        assert await store.request("r1") == decided
        assert await store.open_requests(KEY) == []
        assert await self.actions(store) == [("r1", ANN.id, "allowed")]
        [entry] = await store.audit(limit=1)
        assert (entry.key, entry.at, entry.detail) == (KEY, START, "permission")

    async def test_two_at_once(self, store: Store, lease: Lease, entry_id: int) -> None:
        """Of people who decide at the same moment, one decides."""
        for number in range(10):
            name = f"r{number}"
            await store.open_request(lease, wanted(lease, entry_id, name))
            found = await asyncio.gather(
                *(store.decide(name, f"U{person}", ALLOWED) for person in range(3)),
                *(store.decide(name, f"D{person}", DENIED, "no") for person in range(3)),
            )
            assert len(set(found)) == 1
        assert len(await self.actions(store)) == 10

    async def test_two_people(self, store: Store, lease: Lease, entry_id: int) -> None:
        """Where two have to allow it, the same person counts once."""
        await store.open_request(lease, wanted(lease, entry_id, needed=2))
        for _ in range(2):
            half = await store.decide("r1", ANN.id, ALLOWED)
            assert half is not None
            assert (half.state, half.allowed_by) == (RequestState.OPEN, (ANN.id,))
        whole = await store.decide("r1", BOB.id, FOR_THREAD)
        assert whole is not None
        assert (whole.state, whole.allowed_by) == (FOR_THREAD, (ANN.id, BOB.id))
        assert await self.actions(store) == [
            ("r1", ANN.id, "allowed_by_one"),
            ("r1", BOB.id, "allowed_for_thread"),
        ]

    async def test_two_people_at_once(self, store: Store, lease: Lease, entry_id: int) -> None:
        """Where two have to allow it and do so at the same moment, both count."""
        for number in range(10):
            name = f"r{number}"
            await store.open_request(lease, wanted(lease, entry_id, name, needed=2))
            await asyncio.gather(
                store.decide(name, ANN.id, ALLOWED), store.decide(name, BOB.id, ALLOWED)
            )
            found = await store.request(name)
            assert found is not None
            assert (found.state, set(found.allowed_by)) == (ALLOWED, {ANN.id, BOB.id})

    async def test_one_denial_denies(self, store: Store, lease: Lease, entry_id: int) -> None:
        """Where two have to allow it, one denial denies."""
        await store.open_request(lease, wanted(lease, entry_id, needed=2))
        await store.decide("r1", ANN.id, ALLOWED)
        denied = await store.decide("r1", ANN.id, DENIED, "after all not")
        assert denied is not None
        assert (denied.state, denied.answer) == (DENIED, "after all not")

    async def test_expired(
        self, store: Store, lease: Lease, entry_id: int, clock: SetClock
    ) -> None:
        """What nobody decided in time is expired, and no decision revives it."""
        await store.open_request(lease, wanted(lease, entry_id))
        await store.open_request(lease, wanted(lease, entry_id, "r2", expires_at=START + 2 * HOUR))
        assert await store.expire_requests() == []
        clock.move(3600)
        late = await store.decide("r1", ANN.id, ALLOWED)
        assert late is not None
        assert (late.state, late.decided_by) == (RequestState.EXPIRED, "")
        assert await store.expire_requests() == []
        clock.move(3600)
        assert [each.id for each in await store.expire_requests()] == ["r2"]
        late = await store.decide("r2", ANN.id, ALLOWED)
        assert late is not None
        assert late.state is RequestState.EXPIRED
        assert await self.actions(store) == [("r1", "", "expired"), ("r2", "", "expired")]

    @pytest.mark.parametrize("hours", [-3, 3])
    async def test_the_clock_is_set(
        self, store: Store, lease: Lease, entry_id: int, clock: SetClock, hours: int
    ) -> None:
        """A clock that is set while a request is open neither ends it nor keeps it open."""
        await store.open_request(lease, wanted(lease, entry_id))
        clock.move(1800)
        clock.set(hours * 3600)
        asked = wanted(lease, entry_id, "r2", fingerprint="f2", opened_at=clock.now())
        await store.open_request(lease, replace(asked, expires_at=clock.now() + HOUR))
        assert await store.expire_requests() == []
        clock.move(1800)
        assert [each.id for each in await store.expire_requests()] == ["r1"]
        clock.move(1799)
        decided = await store.decide("r2", ANN.id, ALLOWED)
        assert decided is not None
        assert decided.state is ALLOWED

    async def test_asked_again_too_late(
        self, store: Store, lease: Lease, entry_id: int, clock: SetClock
    ) -> None:
        """What is asked again once it has expired stays expired."""
        request = await store.open_request(lease, wanted(lease, entry_id))
        clock.move(3600)
        found = await store.open_request(lease, replace(request, id="r2"))
        assert (found.id, found.state) == ("r1", RequestState.EXPIRED)

    async def test_for_the_thread(
        self, store: Store, lease: Lease, entry_id: int, clock: SetClock
    ) -> None:
        """What was allowed for the thread counts for its generation, and for the same only."""
        await store.open_request(lease, wanted(lease, entry_id))
        await store.decide("r1", ANN.id, FOR_THREAD)
        assert (await store.open_request(lease, wanted(lease, entry_id, "r2"))).id == "r1"
        other = wanted(lease, entry_id, "r3", scope="rm")
        assert (await store.open_request(lease, other)).id == "r3"
        ruled = wanted(lease, entry_id, "r4", state=DENIED, decided_by=POLICY)
        assert await store.open_request(lease, ruled) == ruled
        await store.append(said("2", key=OTHER))
        there = await leased(store, clock, key=OTHER)
        found = await store.open_request(there, wanted(there, entry_id, "r5", fingerprint="f5"))
        assert found.id == "r5"
        await store.append(said("3", kind=EntryKind.RESET))
        lease = await store.reset(lease)
        assert (await store.open_request(lease, wanted(lease, entry_id, "r6"))).id == "r6"

    async def test_ruled_by_the_policy(self, store: Store, lease: Lease, entry_id: int) -> None:
        """What the operator's rules decided is kept and logged as theirs."""
        await store.open_request(
            lease, wanted(lease, entry_id, state=ALLOWED, decided_by=POLICY, scope="")
        )
        assert await self.actions(store) == [("r1", POLICY, "allowed")]

    async def test_withdrawn(self, store: Store, lease: Lease, entry_id: int) -> None:
        """What is withdrawn can be decided no more; asked again, it is another request."""
        for name in ("r1", "r2", "r3"):
            await store.open_request(lease, wanted(lease, entry_id, name))
        await store.decide("r3", ANN.id, ALLOWED)
        [one] = await store.withdraw_requests(lease, request_id="r1")
        assert (one.id, one.state) == ("r1", RequestState.WITHDRAWN)
        assert await store.decide("r1", ANN.id, ALLOWED) == one
        assert await store.withdraw_requests(lease, entry_id=entry_id + 1) == []
        assert [r.id for r in await store.withdraw_requests(lease, entry_id=entry_id)] == ["r2"]
        assert await store.withdraw_requests(lease) == []
        again = wanted(lease, entry_id, "r4", fingerprint=one.fingerprint)
        assert await store.open_request(lease, again) == again

    async def test_waiting_for_a_person(
        self, store: Store, lease: Lease, entry_id: int, clock: SetClock
    ) -> None:
        """What waits for a person is what they are asked; who decides all sees no private ones."""
        await store.open_request(lease, wanted(lease, entry_id))
        await store.append(said("2", key=OTHER, author=BOB, is_direct=True))
        there = await leased(store, clock, key=OTHER)
        await store.open_request(there, wanted(there, entry_id, "r2", asked_of=BOB.id))

        async def waiting(person: str, **given: Any) -> list[str]:
            place: dict[str, Any] = {"platform": "slack", "workspace": "T1"}
            place |= {"decides_all": False, "limit": 9}
            found = await store.requests_for(person, **(place | given))
            return [request.id for request in found]

        assert await waiting(ANN.id) == ["r1"]
        assert await waiting(ANN.id, decides_all=True) == ["r1"]
        assert await waiting(BOB.id) == ["r2"]
        assert await waiting(BOB.id, decides_all=True) == ["r1", "r2"]
        assert await waiting(BOB.id, decides_all=True, limit=1) == ["r1"]
        assert await waiting("U9") == []
        assert await waiting(ANN.id, workspace="T2") == []

    async def test_fenced(self, store: Store, lease: Lease, entry_id: int, clock: SetClock) -> None:
        """A worker whose lease is stale opens, shows and withdraws nothing."""
        await store.open_request(lease, wanted(lease, entry_id))
        await leased(store, clock)
        with pytest.raises(LeaseLost):
            await store.open_request(lease, wanted(lease, entry_id, "r2"))
        with pytest.raises(LeaseLost):
            await store.show_request(lease, "r1", "m1")
        with pytest.raises(LeaseLost):
            await store.withdraw_requests(lease)
        [request] = await store.open_requests(KEY)
        assert request.reference == ""

    async def test_what_a_request_cannot_become(
        self, store: Store, lease: Lease, entry_id: int
    ) -> None:
        """A question is not allowed, a permission not answered, nor given for more than it may."""
        await store.open_request(lease, wanted(lease, entry_id, scope=""))
        await store.open_request(lease, wanted(lease, entry_id, "r2", kind=RequestKind.QUESTION))
        with pytest.raises(ValueError, match="does not become"):
            await store.decide("r1", ANN.id, RequestState.ANSWERED, "yes")
        with pytest.raises(ValueError, match="does not become"):
            await store.decide("r1", ANN.id, FOR_THREAD)
        with pytest.raises(ValueError, match="does not become"):
            await store.decide("r2", ANN.id, ALLOWED)
        assert await store.decide("r9", ANN.id, ALLOWED) is None
        assert len(await store.open_requests(KEY)) == 2
