"""What every store promises. A test module binds it by giving the fixture `store`."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.errors import LeaseLost
from bot.keys import SessionKey
from bot.mailbox import (
    Appended,
    Backlog,
    Delivery,
    Entry,
    EntryKind,
    EntryState,
    Lease,
    NewEntry,
    Usage,
)
from bot.messages import Person, SharedFile
from bot.ports import Store

START = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)
ANN = Person(id="U1", name="Ann")
BOB = Person(id="U2", name="Bob")
KEY = SessionKey(platform="slack", workspace="T1", channel="C1", thread="1.0")
NOTES = SharedFile(id="F1", name='n"o\ntes.txt', type="text/plain", size=7, url="https://x/1")
PICTURE = SharedFile(id="F2", name="ö\ud800\0.png")
OTHER = SessionKey(platform="slack", workspace="T1", channel="C1", thread="2.0")


class SetClock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.time = START
        self._monotonic = 0.0

    def now(self) -> datetime:
        """The time it was set to."""
        return self.time

    def monotonic(self) -> float:
        """Seconds that have passed since it was made."""
        return self._monotonic

    async def sleep(self, seconds: float) -> None:
        """Move it."""
        self.move(seconds)

    def move(self, seconds: float) -> None:
        """Let time pass."""
        self.time += timedelta(seconds=seconds)
        self._monotonic += seconds

    def set(self, seconds: float) -> None:
        """Set the wall clock forward or back; no time passes."""
        self.time += timedelta(seconds=seconds)


def said(
    source: str,
    *,
    key: SessionKey = KEY,
    at: float = 0,
    author: Person = ANN,
    kind: EntryKind = EntryKind.MESSAGE,
    text: str = "",
    reference: str = "",
    is_direct: bool = False,
    is_shared: bool = False,
    starts_thread: bool = False,
    files: tuple[SharedFile, ...] = (),
) -> NewEntry:
    """Something that was said `at` seconds after the start."""
    return NewEntry(
        key=key,
        kind=kind,
        source_id=source,
        author=author,
        sent_at=START + timedelta(seconds=at),
        text=text or f"text of {source}",
        reference=reference,
        is_direct=is_direct,
        is_shared=is_shared,
        starts_thread=starts_thread,
        files=files,
    )


async def leased(
    store: Store, clock: SetClock, *, key: SessionKey = KEY, owner: str = "w1"
) -> Lease:
    """A lease of a minute that is known to be free."""
    lease = await store.lease(key, owner, clock.now() + timedelta(minutes=1))
    assert lease is not None
    return lease


async def taken(store: Store, lease: Lease) -> Entry:
    """The next entry, where one is known to wait."""
    entry = await store.take(lease)
    assert entry is not None
    return entry


class StoreContract:
    """The promises."""

    @pytest.fixture
    def clock(self) -> SetClock:
        """The clock that the store goes by."""
        return SetClock()

    # --- threads ---

    async def test_unknown_thread(self, store: Store, clock: SetClock) -> None:
        """Of a thread in which nothing was said, nothing is known and nothing is done."""
        assert await store.thread(KEY) is None
        assert await store.lease(KEY, "w1", clock.now() + timedelta(minutes=1)) is None
        assert not await store.revise(KEY, "1", "new", ())
        assert not await store.withdraw(KEY, "1")
        await store.share(KEY)
        assert await store.thread(KEY) is None
        assert await store.waiting() == []
        assert await store.entry(1) is None
        assert await store.entry(10**30) is None
        assert await store.deliveries(1) == []

    async def test_first_entry_makes_the_thread(self, store: Store) -> None:
        """The first entry makes the thread, with a session id that the runtime accepts."""
        await store.append(said("1", at=3))
        thread = await store.thread(KEY)
        assert thread is not None
        assert (thread.key, thread.owner, thread.sole_speaker) == (KEY, None, ANN.id)
        assert (thread.generation, thread.has_session, thread.title) == (1, False, "")
        assert thread.last_active == START + timedelta(seconds=3)
        assert re.fullmatch(r"[A-Za-z0-9_-]{5,100}", thread.session_id)

    async def test_session_ids_differ_and_stay(self, store: Store) -> None:
        """Each thread has a session id of its own, which stays the same within a generation."""
        ids = set()
        for number in range(20):
            key = SessionKey(platform="slack", workspace="T", channel="C", thread=str(number))
            await store.append(said("1", key=key))
            await store.append(said("2", key=key))
            thread = await store.thread(key)
            assert thread is not None
            ids.add(thread.session_id)
        assert len(ids) == 20

    async def test_direct_message_has_an_owner(self, store: Store) -> None:
        """The thread of a direct message is its author's own."""
        await store.append(said("1", is_direct=True))
        thread = await store.thread(KEY)
        assert thread is not None
        assert thread.owner == ANN.id

    async def test_second_speaker_shares(self, store: Store) -> None:
        """A message by a second person makes the thread shared, for ever."""
        await store.append(said("1"))
        await store.append(said("2"))
        thread = await store.thread(KEY)
        assert thread is not None
        assert thread.sole_speaker == ANN.id
        await store.append(said("3", author=BOB))
        await store.append(said("4"))
        thread = await store.thread(KEY)
        assert thread is not None
        assert thread.sole_speaker is None

    async def test_controls_are_not_speech(self, store: Store) -> None:
        """Who stops or resets has not spoken in the thread."""
        await store.append(said("1", kind=EntryKind.RESET, author=BOB))
        await store.append(said("2"))
        await store.append(said("3", kind=EntryKind.STOP, author=BOB))
        thread = await store.thread(KEY)
        assert thread is not None
        assert thread.sole_speaker == ANN.id

    @pytest.mark.parametrize("by", ["entry", "share"])
    async def test_shared_by_word(self, store: Store, by: str) -> None:
        """A thread is shared as well where the platform says that others have spoken."""
        await store.append(said("1", is_shared=by == "entry"))
        if by == "share":
            await store.share(KEY)
        thread = await store.thread(KEY)
        assert thread is not None
        assert thread.sole_speaker is None

    async def test_keys_are_told_apart(self, store: Store) -> None:
        """Keys that differ in one part only are different threads, whatever they hold."""
        keys = [
            SessionKey(platform="slack", workspace="", channel="a:b", thread=""),
            SessionKey(platform="slack", workspace="", channel="a", thread="b"),
            SessionKey(platform="slack", workspace="a", channel="b", thread=""),
            SessionKey(platform="discord", workspace="", channel="a", thread="b"),
            SessionKey(platform="slack", workspace="", channel="A", thread="b"),
            SessionKey(platform="slack", workspace="", channel="%", thread="ü'\"\n🙂"),
        ]
        for key in keys:
            await store.append(said("1", key=key))
        for key in keys:
            thread = await store.thread(key)
            assert thread is not None
            assert thread.key == key
        assert list(await store.waiting()) == keys

    # --- append ---

    async def test_append_is_idempotent(self, store: Store) -> None:
        """The same kind and source in a thread is the same entry, also once it is done."""
        first = await store.append(said("1", text="as said"))
        again = await store.append(said("1", text="as said again"))
        assert (first.is_new, again.is_new) == (True, False)
        assert again.entry_id == first.entry_id
        entry = await store.entry(first.entry_id)
        assert entry is not None
        assert entry.text == "as said"
        stop = await store.append(said("1", kind=EntryKind.STOP))
        other = await store.append(said("1", key=OTHER))
        assert stop.is_new
        assert other.is_new
        assert len({first.entry_id, stop.entry_id, other.entry_id}) == 3

    async def test_entry_as_appended(self, store: Store) -> None:
        """An entry says what was appended, with times in UTC to the microsecond."""
        appended = await store.append(
            said("1", kind=EntryKind.ANSWER, text="räksmörgås 🙂\n'\"", reference="q 1")
        )
        assert await store.entry(appended.entry_id) == Entry(
            id=appended.entry_id,
            key=KEY,
            kind=EntryKind.ANSWER,
            state=EntryState.QUEUED,
            source_id="1",
            author=ANN,
            text="räksmörgås 🙂\n'\"",
            reference="q 1",
            sent_at=START,
        )

    async def test_ahead(self, store: Store, clock: SetClock) -> None:
        """`ahead` counts the messages queued or running before this one, and nothing else."""
        await store.append(said("stop", kind=EntryKind.STOP))
        assert (await store.append(said("1", at=1))).ahead == 0
        assert (await store.append(said("2", at=2))).ahead == 1
        assert (await store.append(said("0", at=0))).ahead == 0
        assert (await store.append(said("2", at=2))).ahead == 2
        assert (await store.append(said("1", key=OTHER))).ahead == 0
        lease = await leased(store, clock)
        assert (await taken(store, lease)).kind is EntryKind.STOP
        running = await taken(store, lease)
        assert running.source_id == "0"
        assert (await store.append(said("-1", at=-1))).ahead == 1
        assert (await store.append(said("0", at=0))).ahead == 0
        await store.finish(lease, running.id, EntryState.DONE, Usage())
        assert (await store.append(said("1", at=1))).ahead == 1

    async def test_last_active_never_goes_back(self, store: Store) -> None:
        """A thread was active when its newest message was said."""
        await store.append(said("2", at=2))
        await store.append(said("1", at=1))
        thread = await store.thread(KEY)
        assert thread is not None
        assert thread.last_active == START + timedelta(seconds=2)

    # --- what a message carries ---

    async def test_files_are_kept(self, store: Store, clock: SetClock) -> None:
        """The files of a message are given back as they came, whatever they are called."""
        appended = await store.append(said("1", files=(NOTES, PICTURE)))
        entry = await store.entry(appended.entry_id)
        assert entry is not None
        assert entry.files == (NOTES, PICTURE)
        assert (await taken(store, await leased(store, clock))).files == (NOTES, PICTURE)

    async def test_an_entry_says_whether_others_have_spoken(
        self, store: Store, clock: SetClock
    ) -> None:
        """An entry says whether the thread was shared when it was taken, not when it came."""
        appended = await store.append(said("1"))
        await store.append(said("2", at=1))
        lease = await leased(store, clock)
        assert not (await taken(store, lease)).is_shared
        await store.share(KEY)
        await store.finish(lease, appended.entry_id, EntryState.DONE, Usage())
        assert (await taken(store, lease)).is_shared
        entry = await store.entry(appended.entry_id)
        assert entry is not None
        assert entry.is_shared

    async def test_a_turn_may_find_that_others_have_spoken(
        self, store: Store, clock: SetClock
    ) -> None:
        """The end of an entry can say that the thread is shared; none says that it is not."""
        await store.append(said("1"))
        lease = await leased(store, clock)
        entry = await taken(store, lease)
        for is_shared in (True, False):
            await store.finish(lease, entry.id, EntryState.DONE, Usage(), is_shared=is_shared)
            thread = await store.thread(KEY)
            assert thread is not None
            assert thread.sole_speaker is None

    async def test_seen_until(self, store: Store, clock: SetClock) -> None:
        """What a session knows of what was said only ever grows; at first it knows nothing."""
        await store.append(said("1", at=1))
        lease = await leased(store, clock)
        entry = await taken(store, lease)
        seen = [lease.thread.seen_until]
        for at in (None, 2, 1, None):
            moment = None if at is None else START + timedelta(seconds=at)
            await store.finish(lease, entry.id, EntryState.DONE, Usage(), seen_until=moment)
            thread = await store.thread(KEY)
            assert thread is not None
            seen.append(thread.seen_until)
        assert seen == [None, None, *[START + timedelta(seconds=2)] * 3]

    async def test_nothing_was_said_before_a_thread_began(self, store: Store) -> None:
        """Where a message begins its thread, all that was said before it is known."""
        await store.append(said("1", at=1, starts_thread=True))
        await store.append(said("2", at=2))
        thread = await store.thread(KEY)
        assert thread is not None
        assert thread.seen_until == START + timedelta(seconds=1)

    async def test_what_was_said_before_a_reset_is_none_of_the_new_sessions(
        self, store: Store, clock: SetClock
    ) -> None:
        """A reset counts as if all were known that was said until then."""
        await store.append(said("1", at=1))
        lease = await leased(store, clock)
        clock.move(5)
        lease = await store.reset(lease)
        assert lease.thread.seen_until == clock.now()

    async def test_heard(self, store: Store, clock: SetClock) -> None:
        """What was answered, and what answered a question, was heard; what failed was not."""
        await store.append(said("old", at=-1))
        await store.append(said("done", at=1))
        await store.append(said("failed", at=2))
        await store.append(said("stop", at=3, kind=EntryKind.STOP))
        await store.append(said("answer", at=4, kind=EntryKind.ANSWER))
        await store.append(said("waits", at=5))
        await store.append(said("elsewhere", at=1, key=OTHER))
        lease = await leased(store, clock)
        await store.take_controls(lease)
        for state in (EntryState.DONE, EntryState.DONE, EntryState.FAILED):
            await store.finish(lease, (await taken(store, lease)).id, state, Usage())
        assert set(await store.heard(KEY, START)) == {"done", "answer"}
        assert set(await store.heard(KEY, None)) == {"old", "done", "answer"}
        unknown = replace(KEY, thread="unknown")
        assert set(await store.heard(unknown, START)) == set()

    # --- edits ---

    async def test_revise_and_withdraw(self, store: Store, clock: SetClock) -> None:
        """A message can be changed and dropped as long as it waits."""
        first = await store.append(said("1"))
        await store.append(said("2", at=1))
        assert await store.revise(KEY, "1", "new text", (NOTES,))
        assert not await store.revise(OTHER, "1", "new text", ())
        assert await store.withdraw(KEY, "2")
        assert not await store.withdraw(KEY, "2")
        assert not await store.revise(KEY, "2", "too late", ())
        lease = await leased(store, clock)
        entry = await taken(store, lease)
        assert (entry.id, entry.text, entry.files) == (first.entry_id, "new text", (NOTES,))
        assert not await store.revise(KEY, "1", "too late", ())
        assert not await store.withdraw(KEY, "1")
        await store.finish(lease, entry.id, EntryState.DONE, Usage())
        assert not await store.revise(KEY, "1", "too late", ())
        assert await store.take(lease) is None

    async def test_only_messages_are_edited(self, store: Store) -> None:
        """A control with the id of a message is not that message."""
        await store.append(said("1", kind=EntryKind.STOP))
        assert not await store.revise(KEY, "1", "new", ())
        assert not await store.withdraw(KEY, "1")

    # --- leases ---

    async def test_one_holder(self, store: Store, clock: SetClock) -> None:
        """A leased thread is nobody else's until the lease is released or over."""
        await store.append(said("1"))
        first = await leased(store, clock)
        until = clock.now() + timedelta(minutes=5)
        assert await store.lease(KEY, "w2", until) is None
        await store.release(first)
        second = await leased(store, clock, owner="w2")
        assert second.fence > first.fence
        clock.move(60)
        third = await leased(store, clock, owner="w3")
        assert third.fence > second.fence
        assert third.owner == "w3"

    async def test_lease_carries_the_thread(self, store: Store, clock: SetClock) -> None:
        """A lease comes with all that is known of the thread."""
        await store.append(said("1"))
        assert (await leased(store, clock)).thread == await store.thread(KEY)

    async def test_holder_may_lease_again(self, store: Store, clock: SetClock) -> None:
        """The holder may take the thread again; the lease before is lost with that."""
        await store.append(said("1"))
        first = await leased(store, clock)
        second = await leased(store, clock)
        with pytest.raises(LeaseLost):
            await store.take(first)
        assert await store.take(second) is not None

    async def test_renew_keeps_all_of_an_owner(self, store: Store, clock: SetClock) -> None:
        """Renewing keeps all leases of the owner, and nobody else's."""
        third = SessionKey(platform="slack", workspace="T1", channel="C1", thread="3.0")
        for key in (KEY, OTHER, third):
            await store.append(said("1", key=key))
        await leased(store, clock)
        await leased(store, clock, key=OTHER)
        await leased(store, clock, key=third, owner="w2")
        clock.move(30)
        await store.renew("w1", clock.now() + timedelta(minutes=1))
        clock.move(45)
        assert list(await store.waiting()) == [third]
        assert await store.lease(KEY, "w3", clock.now()) is None
        clock.move(15)
        assert list(await store.waiting()) == [KEY, OTHER, third]

    async def test_renew_does_not_take_back(self, store: Store, clock: SetClock) -> None:
        """What was released, or taken by another, is not renewed."""
        await store.append(said("1"))
        await store.append(said("1", key=OTHER))
        await store.release(await leased(store, clock))
        await leased(store, clock, key=OTHER)
        clock.move(61)
        await leased(store, clock, key=OTHER, owner="w2")
        await store.renew("w1", clock.now() + timedelta(hours=1))
        clock.move(61)
        assert list(await store.waiting()) == [KEY, OTHER]

    @pytest.mark.parametrize("how", ["taken over", "released", "leased again"])
    async def test_fence(self, store: Store, clock: SetClock, how: str) -> None:
        """Whoever lost the thread can write nothing, and nothing changes by trying."""
        appended = await store.append(said("1"))
        failed = await store.append(said("0", at=-1))
        await store.append(said("stop", kind=EntryKind.STOP))
        before = await leased(store, clock)
        await store.take_controls(before)
        await store.finish(before, (await taken(store, before)).id, EntryState.FAILED, Usage())
        await store.append(said("stop 2", kind=EntryKind.STOP))
        files = store.files(before, before.thread.session_id)
        if how == "released":
            await store.release(before)
        else:
            clock.move(60 if how == "taken over" else 0)
            await leased(store, clock, owner="w2" if how == "taken over" else "w1")
        thread = await store.thread(KEY)

        delivery = Delivery(entry_id=appended.entry_id, part=0, reference="m")
        with pytest.raises(LeaseLost):
            await store.take(before)
        with pytest.raises(LeaseLost):
            await store.take_controls(before)
        with pytest.raises(LeaseLost):
            await store.begin_session(before)
        with pytest.raises(LeaseLost):
            await store.deliver(before, delivery)
        with pytest.raises(LeaseLost):
            await store.finish(before, appended.entry_id, EntryState.DONE, Usage(), "title")
        with pytest.raises(LeaseLost):
            await store.requeue(before, failed.entry_id)
        with pytest.raises(LeaseLost):
            await store.reset(before)
        with pytest.raises(LeaseLost):
            await files.append("/session-state/events.jsonl", b"late")
        await files.write("/desk/late", b"late")
        with pytest.raises(LeaseLost):
            await files.flush()
        with pytest.raises(LeaseLost):
            await store.release(before)

        assert await store.thread(KEY) == thread
        assert await store.deliveries(appended.entry_id) == []
        entry = await store.entry(appended.entry_id)
        assert entry is not None
        assert (entry.state, entry.attempts) == (EntryState.QUEUED, 0)
        other = await store.entry(failed.entry_id)
        assert other is not None
        assert other.state is EntryState.FAILED

    async def test_expired_but_not_taken(self, store: Store, clock: SetClock) -> None:
        """A lease that is over, but that nobody took, is still the newest."""
        await store.append(said("1"))
        lease = await leased(store, clock)
        clock.move(3600)
        assert (await taken(store, lease)).source_id == "1"

    # --- waiting ---

    async def test_waiting(self, store: Store, clock: SetClock) -> None:
        """Threads wait while they have something queued or running and nobody holds them."""
        await store.append(said("1"))
        await store.append(said("1", key=OTHER, kind=EntryKind.RESET))
        assert list(await store.waiting()) == [KEY, OTHER]
        lease = await leased(store, clock)
        assert list(await store.waiting()) == [OTHER]
        entry = await taken(store, lease)
        clock.move(60)
        assert list(await store.waiting()) == [KEY, OTHER]
        await store.finish(lease, entry.id, EntryState.FAILED, Usage())
        assert list(await store.waiting()) == [OTHER]
        other = await leased(store, clock, key=OTHER)
        await store.take_controls(other)
        await store.release(other)
        assert list(await store.waiting()) == []

    # --- take ---

    async def test_take_in_order_of_speech(self, store: Store, clock: SetClock) -> None:
        """Messages are taken in the order they were said, then came in."""
        for source, at in [("c", 2), ("a", 0), ("b1", 1), ("b2", 1)]:
            await store.append(said(source, at=at))
        await store.append(said("x", key=OTHER, at=-5))
        lease = await leased(store, clock)
        order = []
        while (entry := await store.take(lease)) is not None:
            order.append(entry.source_id)
            await store.finish(lease, entry.id, EntryState.DONE, Usage())
        assert order == ["a", "b1", "b2", "c"]

    async def test_take_what_was_left_running(self, store: Store, clock: SetClock) -> None:
        """A message left running comes first, as one more attempt; its first time is kept."""
        await store.append(said("1", at=1))
        first = await taken(store, await leased(store, clock))
        assert (first.state, first.attempts) == (EntryState.RUNNING, 1)
        assert first.taken_at == START
        await store.append(said("0", at=0))
        clock.move(60)
        again = await taken(store, await leased(store, clock, owner="w2"))
        assert (again.id, again.attempts, again.taken_at) == (first.id, 2, START)
        assert await store.entry(first.id) == again

    async def test_controls_come_first(self, store: Store, clock: SetClock) -> None:
        """A control is taken before any message, and counts as done then."""
        await store.append(said("1", at=0))
        lease = await leased(store, clock)
        await store.take(lease)
        await store.append(said("r", at=2, kind=EntryKind.RETRY, reference="7"))
        await store.append(said("s", at=1, kind=EntryKind.STOP))
        first, second = await taken(store, lease), await taken(store, lease)
        assert [first.kind, second.kind] == [EntryKind.STOP, EntryKind.RETRY]
        assert first.state is EntryState.DONE
        assert (second.reference, second.attempts) == ("7", 1)
        assert (await taken(store, lease)).source_id == "1"
        assert list(await store.take_controls(lease)) == []

    async def test_take_controls(self, store: Store, clock: SetClock) -> None:
        """All controls that wait are taken at once, oldest first, and the messages stay."""
        await store.append(said("1", at=0))
        lease = await leased(store, clock)
        assert list(await store.take_controls(lease)) == []
        await store.append(said("b", at=2, kind=EntryKind.ANSWER))
        await store.append(said("a", at=1, kind=EntryKind.STOP))
        await store.append(said("c", at=0, kind=EntryKind.STOP, key=OTHER))
        taken_ones = await store.take_controls(lease)
        assert [entry.source_id for entry in taken_ones] == ["a", "b"]
        assert {entry.state for entry in taken_ones} == {EntryState.DONE}
        assert list(await store.take_controls(lease)) == []
        assert (await taken(store, lease)).source_id == "1"

    # --- the end of an entry ---

    @pytest.mark.parametrize("state", [EntryState.DONE, EntryState.FAILED, EntryState.STOPPED])
    async def test_finish(self, store: Store, clock: SetClock, state: EntryState) -> None:
        """A finished entry is not taken again, its deliveries are closed, the title is set."""
        await store.append(said("1"))
        lease = await leased(store, clock)
        entry = await taken(store, lease)
        await store.deliver(lease, Delivery(entry_id=entry.id, part=0, reference="m0"))
        clock.move(7)
        usage = Usage(model="m", input_tokens=1, output_tokens=2, cost=0.5, seconds=7)
        await store.finish(lease, entry.id, state, usage, "A title")
        kept = await store.entry(entry.id)
        assert kept is not None
        assert kept.state is state
        assert await store.take(lease) is None
        assert list(await store.deliveries(entry.id)) == [
            Delivery(entry_id=entry.id, part=0, reference="m0", is_open=False)
        ]
        thread = await store.thread(KEY)
        assert thread is not None
        assert thread.title == "A title"
        assert thread.last_active == START + timedelta(seconds=7)

    async def test_finish_keeps_the_title(self, store: Store, clock: SetClock) -> None:
        """An empty title leaves the one that was set."""
        await store.append(said("1"))
        await store.append(said("2", at=1))
        lease = await leased(store, clock)
        await store.finish(lease, (await taken(store, lease)).id, EntryState.DONE, Usage(), "T")
        await store.finish(lease, (await taken(store, lease)).id, EntryState.DONE, Usage())
        thread = await store.thread(KEY)
        assert thread is not None
        assert thread.title == "T"

    async def test_finish_is_once(self, store: Store, clock: SetClock) -> None:
        """An entry ends once: how it ended first counts."""
        await store.append(said("1"))
        lease = await leased(store, clock)
        entry = await taken(store, lease)
        await store.finish(lease, entry.id, EntryState.STOPPED, Usage())
        await store.finish(lease, entry.id, EntryState.DONE, Usage())
        kept = await store.entry(entry.id)
        assert kept is not None
        assert kept.state is EntryState.STOPPED

    @pytest.mark.parametrize("state", [EntryState.QUEUED, EntryState.RUNNING])
    async def test_finish_needs_an_end(
        self, store: Store, clock: SetClock, state: EntryState
    ) -> None:
        """Waiting and running are no way to end."""
        await store.append(said("1"))
        lease = await leased(store, clock)
        entry = await taken(store, lease)
        with pytest.raises(ValueError, match="no end"):
            await store.finish(lease, entry.id, state, Usage())

    async def test_requeue(self, store: Store, clock: SetClock) -> None:
        """What failed or was stopped can be queued again, in its old place; nothing else can.

        It is as if it had never been begun, but that it is known how often it was retried.
        """
        await store.append(said("1"))
        await store.append(said("2", at=1))
        lease = await leased(store, clock)
        entry = await taken(store, lease)
        assert not await store.requeue(lease, entry.id)
        await store.deliver(lease, Delivery(entry_id=entry.id, part=0, reference="m0"))
        await store.finish(lease, entry.id, EntryState.FAILED, Usage())
        assert await store.requeue(lease, entry.id)
        assert not await store.requeue(lease, entry.id)
        assert list(await store.deliveries(entry.id)) == []
        clock.move(1)
        again = await taken(store, lease)
        assert (again.id, again.attempts, again.retries) == (entry.id, 1, 1)
        assert again.taken_at == clock.now()
        await store.finish(lease, entry.id, EntryState.STOPPED, Usage())
        assert await store.requeue(lease, entry.id)
        await store.take(lease)
        await store.finish(lease, entry.id, EntryState.DONE, Usage())
        assert not await store.requeue(lease, entry.id)
        assert not await store.requeue(lease, 10**30)

    async def test_requeue_own_entries_only(self, store: Store, clock: SetClock) -> None:
        """A lease is good for its own thread's entries only."""
        other = await store.append(said("1", key=OTHER))
        await store.append(said("1"))
        lease = await leased(store, clock)
        there = await leased(store, clock, key=OTHER)
        await store.take(there)
        await store.finish(there, other.entry_id, EntryState.FAILED, Usage())
        assert not await store.requeue(lease, other.entry_id)
        with pytest.raises(LookupError):
            await store.deliver(lease, Delivery(entry_id=other.entry_id, part=0, reference=""))
        await store.requeue(there, other.entry_id)
        await store.finish(lease, other.entry_id, EntryState.DONE, Usage())
        entry = await store.entry(other.entry_id)
        assert entry is not None
        assert entry.state is EntryState.QUEUED

    # --- deliveries ---

    async def test_deliveries(self, store: Store, clock: SetClock) -> None:
        """A delivery is noted before it is posted and after; the parts come in order."""
        await store.append(said("1"))
        lease = await leased(store, clock)
        entry = await taken(store, lease)
        assert list(await store.deliveries(entry.id)) == []
        second = Delivery(entry_id=entry.id, part=1, reference="")
        first = Delivery(entry_id=entry.id, part=0, reference="m0", is_open=False)
        await store.deliver(lease, second)
        await store.deliver(lease, first)
        assert list(await store.deliveries(entry.id)) == [first, second]
        posted = Delivery(entry_id=entry.id, part=1, reference="m1")
        await store.deliver(lease, posted)
        assert list(await store.deliveries(entry.id)) == [first, posted]

    # --- sessions ---

    async def test_begin_session(self, store: Store, clock: SetClock) -> None:
        """A session that was begun is known to be there."""
        await store.append(said("1"))
        lease = await leased(store, clock)
        await store.begin_session(lease)
        await store.begin_session(lease)
        thread = await store.thread(KEY)
        assert thread is not None
        assert thread.has_session

    async def test_reset(self, store: Store, clock: SetClock) -> None:
        """A reset begins the next generation, and withdraws what waits or runs."""
        await store.append(said("1"))
        await store.append(said("2", at=1))
        lease = await leased(store, clock)
        running = await taken(store, lease)
        await store.begin_session(lease)
        reset = await store.reset(lease)
        assert reset.thread == await store.thread(KEY)
        assert (reset.owner, reset.key) == (lease.owner, lease.key)
        assert (reset.thread.generation, reset.thread.has_session) == (2, False)
        assert reset.thread.title == ""
        assert reset.thread.session_id != lease.thread.session_id
        assert reset.thread.session_id.endswith("-g2")
        assert await store.take(reset) is None
        await store.finish(reset, running.id, EntryState.STOPPED, Usage())
        entry = await store.entry(running.id)
        assert entry is not None
        assert entry.state is EntryState.WITHDRAWN
        assert (await store.append(said("3", at=2))).is_new
        assert (await taken(store, reset)).source_id == "3"

    async def test_reset_keeps_what_came_after(self, store: Store, clock: SetClock) -> None:
        """What was said after the reset was asked for is for the new session."""
        await store.append(said("1", at=1))
        await store.append(said("reset", at=2, kind=EntryKind.RESET))
        await store.append(said("2", at=3))
        lease = await leased(store, clock)
        assert (await taken(store, lease)).kind is EntryKind.RESET
        lease = await store.reset(lease)
        assert (await taken(store, lease)).source_id == "2"

    # --- threads_of ---

    async def test_threads_of(self, store: Store, clock: SetClock) -> None:
        """A person's threads of one channel are listed newest first, no others."""

        def key(thread: str, channel: str = "C1", workspace: str = "T1") -> SessionKey:
            return SessionKey(platform="slack", workspace=workspace, channel=channel, thread=thread)

        await store.append(said("1", key=key("a"), at=1))
        await store.append(said("1", key=key("b"), at=3))
        await store.append(said("1", key=key("c"), at=2, author=BOB))
        await store.append(said("2", key=key("c"), at=2))
        await store.append(said("1", key=key("d"), at=4, author=BOB))
        await store.append(said("2", key=key("d"), at=5, kind=EntryKind.STOP))
        await store.append(said("1", key=key("e", channel="C2"), at=6))
        await store.append(said("1", key=key("f", workspace="T2"), at=7))

        async def listed(person: Person, limit: int = 10) -> list[str]:
            found = await store.threads_of(
                person.id, platform="slack", workspace="T1", channel="C1", limit=limit
            )
            return [thread.key.thread for thread in found]

        assert await listed(ANN) == ["b", "c", "a"]
        assert await listed(ANN, limit=2) == ["b", "c"]
        assert await listed(BOB) == ["d", "c"]
        assert await listed(Person(id="U3")) == []

    async def test_threads_of_hides_private_ones(self, store: Store) -> None:
        """A direct message is listed to its owner only."""
        await store.append(said("1", is_direct=True))
        await store.append(said("2", author=BOB))
        for person, count in ((ANN, 1), (BOB, 0)):
            found = await store.threads_of(
                person.id, platform="slack", workspace="T1", channel="C1", limit=10
            )
            assert len(found) == count

    # --- backlog ---

    async def test_backlog(self, store: Store, clock: SetClock) -> None:
        """What waits and what is worked on is counted over all threads."""
        assert await store.backlog() == Backlog(queued=0, running=0, threads=0, oldest=None)
        await store.append(said("1", at=1))
        await store.append(said("2", at=2))
        await store.append(said("3", at=3))
        await store.append(said("1", key=OTHER, at=4))
        lease = await leased(store, clock)
        first = await taken(store, lease)
        await store.finish(lease, first.id, EntryState.DONE, Usage())
        await taken(store, lease)
        assert await store.backlog() == Backlog(
            queued=2, running=1, threads=2, oldest=START + timedelta(seconds=3)
        )

    # --- recent_threads ---

    async def test_recent_threads(self, store: Store, clock: SetClock) -> None:
        """Threads are listed with when something was last said, newest first."""

        def key(channel: str, platform: str = "discord") -> SessionKey:
            return SessionKey(platform=platform, workspace="", channel=channel)

        await store.append(said("1", key=key("a"), at=1, is_direct=True))
        await store.append(said("1", key=key("b"), at=5, is_direct=True))
        await store.append(said("2", key=key("b"), at=3, is_direct=True))
        await store.append(said("1", key=key("c"), at=2, is_direct=True))
        await store.append(said("2", key=key("c"), at=4, is_direct=True, kind=EntryKind.ANSWER))
        await store.append(said("3", key=key("c"), at=6, is_direct=True, kind=EntryKind.STOP))
        await store.append(said("1", key=key("d"), at=7))
        await store.append(said("1", key=key("e", platform="slack"), at=8, is_direct=True))
        await store.append(said("1", key=key("f"), at=9, is_direct=True, kind=EntryKind.RESET))

        async def listed(
            at: float, limit: int = 10, is_direct: bool | None = True
        ) -> list[tuple[str, float]]:
            since = START + timedelta(seconds=at)
            found = await store.recent_threads(
                "discord", since=since, limit=limit, is_direct=is_direct
            )
            return [(each.key.channel, (each.at - START).total_seconds()) for each in found]

        assert await listed(0) == [("c", 4), ("b", 5), ("a", 1)]
        assert await listed(0, limit=2) == [("c", 4), ("b", 5)]
        assert await listed(2) == [("c", 4), ("b", 5)]
        assert await listed(10) == []
        assert await listed(0, is_direct=False) == [("d", 7)]
        assert await listed(2, is_direct=None) == [("d", 7), ("c", 4), ("b", 5)]

    # --- what was found too late ---

    async def test_too_late(self, store: Store, clock: SetClock) -> None:
        """What was found too late waits for nobody, comes only once, and can be retried."""
        missed = replace(said("1"), is_too_late=True)
        first = await store.append(missed)
        assert (first.is_new, first.ahead) == (True, 0)
        for again in (missed, said("1")):
            assert await store.append(again) == replace(first, is_new=False)
        assert await store.waiting() == []
        later = await store.append(said("2", at=1))
        assert later.ahead == 0
        lease = await leased(store, clock)
        assert (await taken(store, lease)).source_id == "2"
        assert await store.heard(KEY, None) == frozenset()
        assert await store.requeue(lease, first.entry_id)
        entry = await store.entry(first.entry_id)
        assert entry is not None
        assert (entry.state, entry.retries) == (EntryState.QUEUED, 1)

    # --- pending ---

    async def test_what_is_pending(self, store: Store, clock: SetClock) -> None:
        """What waits or is being answered is found by its message, and by those of its reply."""
        place = replace(KEY, thread="")
        first = await store.append(said("m1"))
        await store.append(said("m2", at=1))
        await store.append(said("m1", key=replace(KEY, channel="C9")))
        lease = await leased(store, clock)
        waits = await store.pending(place, "m2")
        assert waits is not None
        assert (waits.state, waits.author) == (EntryState.QUEUED, ANN)
        entry = await taken(store, lease)
        await store.deliver(lease, Delivery(entry_id=entry.id, part=0, reference="r1"))
        await store.deliver(lease, Delivery(entry_id=entry.id, part=1, reference="r2"))
        for message_id in ("m1", "r1", "r2"):
            found = await store.pending(place, message_id)
            assert found is not None
            assert (found.id, found.key) == (first.entry_id, KEY)
        assert await store.pending(place, "m3") is None
        for elsewhere in ({"channel": "C8"}, {"workspace": "T9"}, {"platform": "discord"}):
            assert await store.pending(replace(place, **elsewhere), "m1") is None
        other = await store.pending(replace(place, channel="C9"), "m1")
        assert other is not None
        assert (other.id, other.state) == (3, EntryState.QUEUED)
        await store.finish(lease, entry.id, EntryState.DONE, Usage())
        assert await store.pending(place, "m1") is None
        assert await store.pending(place, "r2") is None

    # --- odd input ---

    async def test_text_that_no_database_stores(self, store: Store) -> None:
        """Lone surrogates and NUL in what people send cost nothing but themselves."""
        appended = await store.append(said("1", text="a\ud800b\0c"))
        assert appended == Appended(entry_id=appended.entry_id, is_new=True, ahead=0)
        entry = await store.entry(appended.entry_id)
        assert entry is not None
        assert (entry.text[0], entry.text[2], entry.text[4]) == ("a", "b", "c")
