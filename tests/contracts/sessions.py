"""What every store promises of sessions. A test module binds it by giving the fixture `store`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from bot.directories import ThreadDirectory
from bot.errors import LeaseLost
from bot.mailbox import (
    Delivery,
    Entry,
    EntryKind,
    EntryState,
    KnownSession,
    Lease,
    Move,
    NewThread,
    Usage,
)
from bot.messages import Person
from bot.ports import Store
from tests.contracts.requests import HOUR, wanted
from tests.contracts.store import ANN, BOB, KEY, NOTES, OTHER, SetClock, leased, said, taken

EVENTS = "/session-state/events.jsonl"
NOTE = "/desk/notes/a.txt"
DAY = 24 * 3600.0


async def answered(
    store: Store, lease: Lease, source: str, *, title: str = "", usage: Usage | None = None
) -> Entry:
    """A turn that writes into the session's files."""
    entry = await taken(store, lease)
    assert entry.source_id == source
    await store.begin_session(lease)
    files = store.files(lease, lease.thread.session_id)
    await files.append(EVENTS, f"{source}\n".encode())
    await store.finish(lease, entry.id, EntryState.DONE, usage or Usage(), title)
    return entry


async def content(store: Store, lease: Lease, session_id: str, path: str = EVENTS) -> bytes:
    """What is in a file of a session."""
    return await store.files(lease, session_id).read(path)


class SessionsContract:
    """The promises."""

    @pytest.fixture
    def clock(self) -> SetClock:
        """The clock that the store goes by."""
        return SetClock()

    @pytest.fixture
    async def lease(self, store: Store, clock: SetClock) -> Lease:
        """The lease on a thread with an answered message, and a file on its desk."""
        await store.append(said("1"))
        lease = await leased(store, clock)
        files = store.files(lease, lease.thread.session_id)
        await files.write(NOTE, b"note")
        await files.make_directory("/desk/empty", parents=True)
        await answered(store, lease, "1", title="The first")
        return lease

    async def listed(
        self, store: Store, person: Person = ANN, limit: int = 10
    ) -> Sequence[KnownSession]:
        """The sessions of a person."""
        return await store.sessions_of(person.id, platform="slack", workspace="T1", limit=limit)

    # --- listing ---

    async def test_a_session_as_listed(self, store: Store, clock: SetClock) -> None:
        """A session is listed with its place, its title, its times and what its turns took."""
        await store.append(said("1"))
        await store.append(said("2", at=1))
        lease = await leased(store, clock)
        clock.move(1)
        usage = Usage(model="m", input_tokens=10, output_tokens=2, cost=0.5, seconds=1)
        await answered(store, lease, "1", title="Herons", usage=usage)
        clock.move(1)
        await answered(store, lease, "2", usage=usage)
        thread = await store.thread(KEY)
        assert thread is not None
        known = KnownSession(
            session_id=thread.session_id,
            key=KEY,
            owner=None,
            generation=1,
            is_current=True,
            title="Herons",
            began_at=clock.now() - (clock.now() - lease.thread.last_active) / 2,
            last_active=clock.now(),
            input_tokens=20,
            output_tokens=4,
            cost=1.0,
        )
        (found,) = await self.listed(store)
        assert found == replace(known, began_at=found.began_at)
        assert list(await store.sessions(KEY)) == [found]

    async def test_what_never_began_is_not_listed(self, store: Store) -> None:
        """A thread of which nothing is kept has no session."""
        await store.append(said("1"))
        assert list(await store.sessions(KEY)) == []
        assert list(await self.listed(store)) == []

    async def test_older_sessions_are_listed_with_their_titles(
        self, store: Store, clock: SetClock, lease: Lease
    ) -> None:
        """After a reset, the session before is listed on, with the title that it had."""
        clock.move(5)
        lease = await store.reset(lease)
        await store.append(said("2", at=6))
        await answered(store, lease, "2", title="The second")
        for found in (await store.sessions(KEY), await self.listed(store)):
            assert [(each.generation, each.title, each.is_current) for each in found] == [
                (2, "The second", True),
                (1, "The first", False),
            ]

    async def test_own_sessions_are_those_one_has_spoken_to(
        self, store: Store, clock: SetClock, lease: Lease
    ) -> None:
        """Who has spoken to the later session only, or to none, is not shown the others."""
        await store.append(said("stop", kind=EntryKind.STOP, author=BOB))
        await store.take_controls(lease)
        assert list(await self.listed(store, BOB)) == []
        lease = await store.reset(lease)
        await store.append(said("2", author=BOB))
        assert list(await self.listed(store, BOB)) == []
        await answered(store, lease, "2")
        assert [each.generation for each in await self.listed(store, BOB)] == [2]
        assert [each.generation for each in await self.listed(store)] == [1]

    async def test_sessions_of_all_places(
        self, store: Store, clock: SetClock, lease: Lease
    ) -> None:
        """Sessions of all channels of a workspace are listed, the last active first."""
        keys = [
            replace(KEY, channel="C2"),
            replace(KEY, workspace="T2"),
            replace(KEY, platform="discord"),
            OTHER,
        ]
        for key in keys:
            clock.move(1)
            await store.append(said("1", key=key))
            await answered(store, await leased(store, clock, key=key), "1")
        assert [each.key for each in await self.listed(store)] == [OTHER, keys[0], KEY]
        assert [each.key for each in await self.listed(store, limit=1)] == [OTHER]
        everywhere = await store.sessions_of(ANN.id, platform="slack", workspace=None, limit=9)
        assert [each.key for each in everywhere] == [OTHER, keys[1], keys[0], KEY]

    async def test_private_sessions_are_their_owners(self, store: Store, clock: SetClock) -> None:
        """A direct message's session is listed to its owner only."""
        await store.append(said("1", is_direct=True))
        await store.append(said("2", author=BOB))
        lease = await leased(store, clock)
        await answered(store, lease, "1")
        await answered(store, lease, "2")
        assert [each.owner for each in await self.listed(store)] == [ANN.id]
        assert list(await self.listed(store, BOB)) == []

    # --- titles ---

    async def test_a_persons_title_stays(self, store: Store, clock: SetClock, lease: Lease) -> None:
        """A title that a person gave is not replaced by one that was found, but by a person's."""
        await store.rename(lease, "Mine")
        await store.append(said("2", at=1))
        await answered(store, lease, "2", title="Found")
        thread = await store.thread(KEY)
        assert thread is not None
        assert (thread.title, thread.is_named) == ("Mine", True)
        await store.rename(lease, "Mine as well")
        thread = await store.thread(KEY)
        assert thread is not None
        assert thread.title == "Mine as well"

    async def test_a_new_session_has_no_title(
        self, store: Store, clock: SetClock, lease: Lease
    ) -> None:
        """After a reset, the next title that is found counts, also where a person gave the last."""
        await store.rename(lease, "Mine")
        lease = await store.reset(lease)
        assert (lease.thread.title, lease.thread.is_named) == ("", False)
        await store.append(said("2", at=1))
        await answered(store, lease, "2", title="Found")
        assert [each.title for each in await store.sessions(KEY)] == ["Found", "Mine"]

    # --- copies ---

    async def test_a_copy_has_all_files_and_goes_its_own_way(
        self, store: Store, clock: SetClock, lease: Lease
    ) -> None:
        """A copy has what the session had; what is written to one of them is not in the other."""
        source = lease.thread.session_id
        files = store.files(lease, source)
        await files.append(NOTE, b" and more")
        await files.append(EVENTS, b"a\n")
        assert await store.copy_session(lease, source, "copy")
        copy = store.files(lease, "copy")
        assert await copy.read(EVENTS) == b"1\na\n"
        assert await copy.read(NOTE) == b"note and more"
        assert (await copy.stat("/desk/empty")).is_directory
        assert (await copy.stat(NOTE)).created_at == (await files.stat(NOTE)).created_at
        await copy.append(EVENTS, b"copy\n")
        await files.append(EVENTS, b"source\n")
        await copy.remove("/desk/notes", recursive=True, missing_ok=False)
        await copy.flush()
        clock.move(61)
        lease = await leased(store, clock, owner="w2")
        assert await content(store, lease, "copy") == b"1\na\ncopy\n"
        assert await content(store, lease, source) == b"1\na\nsource\n"
        assert await content(store, lease, source, NOTE) == b"note and more"

    async def test_a_copy_is_made_once(self, store: Store, lease: Lease) -> None:
        """One that is there already is left as it is."""
        source = lease.thread.session_id
        assert await store.copy_session(lease, source, "copy")
        await store.files(lease, source).append(EVENTS, b"later\n")
        assert not await store.copy_session(lease, source, "copy")
        assert await content(store, lease, "copy") == b"1\n"

    async def test_a_copy_is_no_generation(self, store: Store, lease: Lease) -> None:
        """A copy in the same thread is listed to nobody before it is adopted."""
        await store.copy_session(lease, lease.thread.session_id, "copy")
        assert [each.generation for each in await store.sessions(KEY)] == [1]
        assert [each.generation for each in await self.listed(store)] == [1]

    async def test_only_sessions_of_the_thread_are_copied(
        self, store: Store, clock: SetClock, lease: Lease
    ) -> None:
        """Another thread's session cannot be copied by this one's lease, nor one that is not."""
        await store.append(said("1", key=OTHER))
        other = await leased(store, clock, key=OTHER)
        for session_id in (lease.thread.session_id, other.thread.session_id, "unknown"):
            with pytest.raises(LookupError):
                await store.copy_session(other, session_id, "copy")

    async def test_a_thread_begins_with_a_copy(
        self, store: Store, clock: SetClock, lease: Lease
    ) -> None:
        """A new thread can begin with a copy: it is whoever's opened it, and is listed to them."""
        clock.move(3)
        new = NewThread(key=OTHER, began_by=BOB)
        assert await store.copy_session(lease, lease.thread.session_id, "copy", thread=new)
        thread = await store.thread(OTHER)
        assert thread is not None
        assert (thread.session_id, thread.has_session, thread.generation) == ("copy", True, 1)
        assert (thread.title, thread.owner, thread.sole_speaker) == ("The first", None, BOB.id)
        assert thread.seen_until == thread.last_active == clock.now()
        assert [each.key for each in await self.listed(store, BOB)] == [OTHER]
        there = await leased(store, clock, key=OTHER)
        await store.append(said("2", key=OTHER, author=BOB))
        await answered(store, there, "2")
        assert await content(store, there, "copy") == b"1\n2\n"
        assert await content(store, lease, lease.thread.session_id) == b"1\n"

    async def test_a_private_thread_begins_with_a_copy(self, store: Store, lease: Lease) -> None:
        """Where it is a direct message, it is its owner's alone; it may have a title of its own."""
        new = NewThread(key=OTHER, began_by=ANN, is_direct=True, title="Mine")
        assert await store.copy_session(lease, lease.thread.session_id, "copy", thread=new)
        thread = await store.thread(OTHER)
        assert thread is not None
        assert (thread.owner, thread.title) == (ANN.id, "Mine")

    async def test_a_copy_goes_on_as_was_chosen(self, store: Store, lease: Lease) -> None:
        """A new thread has the model and the title that people gave the other; it is not muted."""
        await store.set_choices(KEY, model="third", is_muted=True)
        await store.rename(lease, "Mine")
        new = NewThread(key=OTHER, began_by=ANN)
        assert await store.copy_session(lease, lease.thread.session_id, "copy", thread=new)
        thread = await store.thread(OTHER)
        assert thread is not None
        assert (thread.choices.model, thread.choices.is_muted) == ("third", False)
        assert (thread.title, thread.is_named) == ("Mine", True)

    async def test_no_copy_into_a_thread_that_is_there(self, store: Store, lease: Lease) -> None:
        """A thread in which something was said already does not begin once more."""
        await store.append(said("1", key=OTHER))
        before = await store.thread(OTHER)
        new = NewThread(key=OTHER, began_by=ANN)
        assert not await store.copy_session(lease, lease.thread.session_id, "copy", thread=new)
        assert await store.thread(OTHER) == before

    # --- adopting ---

    async def test_an_older_session_becomes_the_current_one(
        self, store: Store, clock: SetClock, lease: Lease
    ) -> None:
        """It is the next generation, with its files and its title; the other one is listed on."""
        await store.rename(lease, "Mine")
        first = lease.thread.session_id
        lease = await store.reset(lease)
        await store.append(said("2", at=1))
        await answered(store, lease, "2", title="The second")
        clock.move(9)
        adopted = await store.adopt_session(lease, first)
        assert adopted.thread == await store.thread(KEY)
        assert (adopted.key, adopted.owner) == (lease.key, lease.owner)
        assert (adopted.thread.session_id, adopted.thread.has_session) == (first, True)
        assert (adopted.thread.title, adopted.thread.is_named) == ("Mine", True)
        assert (adopted.thread.generation, adopted.thread.seen_until) == (3, clock.now())
        found = [(each.generation, each.title) for each in await store.sessions(KEY)]
        assert found == [(3, "Mine"), (2, "The second")]
        await store.append(said("3", at=10))
        await answered(store, adopted, "3")
        assert await content(store, adopted, first) == b"1\n3\n"

    async def test_a_copy_is_adopted(self, store: Store, clock: SetClock, lease: Lease) -> None:
        """A copy becomes the current session, and what waits is said to it."""
        source = lease.thread.session_id
        await store.copy_session(lease, source, "copy")
        await store.append(said("2", at=1))
        lease = await store.adopt_session(lease, "copy")
        await answered(store, lease, "2")
        assert await content(store, lease, "copy") == b"1\n2\n"
        found = [(each.session_id, each.generation) for each in await store.sessions(KEY)]
        assert found == [("copy", 2), (source, 1)]

    async def test_what_was_said_before_is_withdrawn(
        self, store: Store, clock: SetClock, lease: Lease
    ) -> None:
        """What waits or runs since before it was asked for is withdrawn; the rest stays."""
        await store.append(said("runs", at=1))
        await store.append(said("waits", at=2))
        asked = await store.append(said("resume", at=3, kind=EntryKind.STOP))
        await store.append(said("new", at=4))
        await store.take_controls(lease)
        running = await taken(store, lease)
        await store.copy_session(lease, lease.thread.session_id, "copy")
        lease = await store.adopt_session(lease, "copy", asked_by=asked.entry_id)
        entry = await store.entry(running.id)
        assert entry is not None
        assert entry.state is EntryState.WITHDRAWN
        assert (await taken(store, lease)).source_id == "new"

    async def test_only_sessions_of_the_thread_are_adopted(
        self, store: Store, clock: SetClock, lease: Lease
    ) -> None:
        """Another thread's session cannot be taken over, nor one that is not there."""
        await store.append(said("1", key=OTHER))
        other = await leased(store, clock, key=OTHER)
        before = await store.thread(OTHER)
        for session_id in (lease.thread.session_id, "unknown"):
            with pytest.raises(LookupError):
                await store.adopt_session(other, session_id)
        assert await store.thread(OTHER) == before

    # --- deleting ---

    async def test_a_session_is_deleted(self, store: Store, clock: SetClock, lease: Lease) -> None:
        """An older session goes with its files, and with what was said to it."""
        first = lease.thread.session_id
        old = (await store.append(said("1"))).entry_id
        lease = await store.reset(lease)
        appended = await store.append(said("2", at=1, text="kept"))
        await answered(store, lease, "2")
        with pytest.raises(ValueError, match="current"):
            await store.delete_session(lease, lease.thread.session_id, by=ANN.id)
        assert await store.delete_session(lease, first, by=ANN.id)
        assert not await store.delete_session(lease, first, by=ANN.id)
        assert [each.generation for each in await store.sessions(KEY)] == [2]
        gone, kept = await store.entry(old), await store.entry(appended.entry_id)
        assert gone is None or (gone.text, gone.author.id, gone.author.name) == ("", "", "")
        assert kept is not None
        assert kept.text == "kept"
        with pytest.raises(FileNotFoundError):
            await content(store, lease, first)
        (told, *_) = await store.audit(limit=5)
        assert (told.key, told.person, told.action, told.about) == (KEY, ANN.id, "deleted", first)

    async def test_a_copy_of_our_own_making_is_dropped(self, store: Store, lease: Lease) -> None:
        """A copy that nobody asked to delete goes without a word in the log."""
        await store.copy_session(lease, lease.thread.session_id, "copy")
        assert await store.delete_session(lease, "copy")
        assert list(await store.audit(limit=5)) == []

    async def test_other_threads_sessions_are_not_deleted(
        self, store: Store, clock: SetClock, lease: Lease
    ) -> None:
        """A lease is good for its own thread's sessions only."""
        await store.append(said("1", key=OTHER))
        other = await leased(store, clock, key=OTHER)
        assert not await store.delete_session(other, lease.thread.session_id, by=ANN.id)
        assert len(await store.sessions(KEY)) == 1

    async def test_a_thread_is_deleted(self, store: Store, clock: SetClock, lease: Lease) -> None:
        """All sessions go, all that was said, asked and delivered; what comes then begins anew."""
        lease = await store.reset(lease)
        await store.append(said("2", at=1, text="secret", files=(NOTES,)))
        await store.append(said("3", at=2, text="secret"))
        entry = await taken(store, lease)
        await store.deliver(lease, Delivery(entry_id=entry.id, part=0, reference="m"))
        await store.open_request(lease, wanted(lease, entry.id))
        await store.files(lease, lease.thread.session_id).append(EVENTS, b"secret")
        await store.keep_directory(lease, ThreadDirectory(name="d1", host="h"))
        asked = await store.append(said("delete", at=3, kind=EntryKind.STOP))
        await store.append(said("4", at=4))
        await store.take_controls(lease)
        clock.move(5)
        before = lease.thread
        lease = await store.delete_thread(lease, asked_by=asked.entry_id, by=ANN.id)
        assert lease.thread == await store.thread(KEY)
        assert (lease.thread.generation, lease.thread.has_session) == (3, False)
        assert lease.thread.session_id != before.session_id
        assert (lease.thread.title, lease.thread.seen_until) == ("", clock.now())
        assert list(await store.sessions(KEY)) == []
        assert list(await self.listed(store)) == []
        assert list(await store.deliveries(entry.id)) == []
        assert await store.request("r1") is None
        assert await store.directory(lease) is None
        for number in range(1, asked.entry_id + 1):
            found = await store.entry(number)
            assert found is None or (found.text, found.files, found.author.name) == ("", (), "")
        assert (await store.audit(limit=1))[0].action == "deleted"
        assert (await taken(store, lease)).source_id == "4"
        await store.files(lease, lease.thread.session_id).append(EVENTS, b"new")
        assert [each.generation for each in await store.sessions(KEY)] == [3]

    async def test_a_deleted_session_is_not_written_any_more(
        self, store: Store, clock: SetClock, lease: Lease
    ) -> None:
        """Who still has a deleted session's files open changes nothing, and nothing comes back."""
        kept = store.files(lease, lease.thread.session_id)
        await kept.append(EVENTS, b"secret")
        await store.delete_thread(lease, asked_by=99, by=ANN.id)
        with pytest.raises(LeaseLost):
            await kept.append(EVENTS, b"more")
        assert list(await store.sessions(KEY)) == []

    async def test_what_was_deleted_is_not_taken_again(
        self, store: Store, clock: SetClock, lease: Lease
    ) -> None:
        """A platform that brings a deleted message once more within a day brings nothing new."""
        asked = await store.append(said("delete", at=1, kind=EntryKind.STOP))
        await store.take_controls(lease)
        lease = await store.delete_thread(lease, asked_by=asked.entry_id, by=ANN.id)
        again = await store.append(said("1"))
        assert not again.is_new
        assert await store.take(lease) is None

    async def test_nothing_of_old_messages_stays(
        self, store: Store, clock: SetClock, lease: Lease
    ) -> None:
        """Of what was said long before, nothing is known at all; of the last thing, that it was."""
        first = (await store.append(said("1"))).entry_id
        clock.move(DAY + 1)
        asked = await store.append(said("delete", at=DAY + 1, kind=EntryKind.STOP))
        await store.take_controls(lease)
        await store.delete_thread(lease, asked_by=asked.entry_id, by=ANN.id)
        assert await store.entry(first) is None
        assert await store.entry(asked.entry_id) is not None

    async def test_a_move_goes_with_its_session(
        self, store: Store, clock: SetClock, lease: Lease
    ) -> None:
        """What was deleted is not carried anywhere."""
        await store.offer_move(KEY, ANN.id, "code", clock.now() + HOUR)
        await store.delete_thread(lease, asked_by=99, by=ANN.id)
        assert await store.redeem_move("code") is None

    # --- who and what ---

    async def test_who_has_a_part(self, store: Store, clock: SetClock, lease: Lease) -> None:
        """Who has spoken in a thread has a part in it, and who opened it with a copy."""
        await store.append(said("stop", kind=EntryKind.STOP, author=BOB))
        assert await store.has_part(KEY, ANN.id)
        assert not await store.has_part(KEY, BOB.id)
        await store.copy_session(
            lease, lease.thread.session_id, "copy", thread=NewThread(key=OTHER, began_by=BOB)
        )
        assert await store.has_part(OTHER, BOB.id)
        assert not await store.has_part(OTHER, ANN.id)

    async def test_what_a_session_was_told(
        self, store: Store, clock: SetClock, lease: Lease
    ) -> None:
        """The messages of the current session that are over are there, newest first."""
        lease = await store.reset(lease)
        for source in ("2", "3", "4"):
            clock.move(1)
            await store.append(said(source, at=int(source)))
        await answered(store, lease, "2")
        clock.move(1)
        await answered(store, lease, "3")
        await taken(store, lease)
        assert [each.source_id for each in await store.answered(lease, limit=9)] == ["3", "2"]
        assert [each.source_id for each in await store.answered(lease, limit=1)] == ["3"]

    # --- errands ---

    async def test_errands_wait_for_rest(self, store: Store, clock: SetClock, lease: Lease) -> None:
        """An errand is no control: it is taken after what was left running, before messages."""
        await store.append(said("2", at=1))
        await store.append(said("3", at=2))
        running = await taken(store, lease)
        await store.append(said("export", at=3, kind=EntryKind.EXPORT))
        await store.append(said("compact", at=4, kind=EntryKind.COMPACT))
        assert list(await store.take_controls(lease)) == []
        assert (await taken(store, lease)).id == running.id
        await store.finish(lease, running.id, EntryState.DONE, Usage())
        errand = await taken(store, lease)
        assert (errand.kind, errand.state) == (EntryKind.EXPORT, EntryState.RUNNING)
        again = await taken(store, lease)
        assert (again.id, again.attempts) == (errand.id, 2)
        await store.finish(lease, errand.id, EntryState.DONE, Usage())
        assert (await taken(store, lease)).kind is EntryKind.COMPACT

    async def test_a_reset_withdraws_errands(
        self, store: Store, clock: SetClock, lease: Lease
    ) -> None:
        """What runs or waits when a reset is asked for is not done any more."""
        await store.append(said("export", at=1, kind=EntryKind.EXPORT))
        await store.append(said("compact", at=2, kind=EntryKind.COMPACT))
        await taken(store, lease)
        lease = await store.reset(lease)
        assert await store.take(lease) is None

    # --- moves ---

    async def test_a_move(self, store: Store, clock: SetClock, lease: Lease) -> None:
        """Who has the code may go on with the session elsewhere, once, as long as it is good."""
        session_id = lease.thread.session_id
        assert await store.offer_move(KEY, ANN.id, "code", clock.now() + HOUR)
        move = Move(key=KEY, session_id=session_id, owner=None, title="The first", person=ANN.id)
        assert await store.move("code") == move
        assert await store.move("other") is None
        assert await store.redeem_move("other") is None
        assert await store.redeem_move("code") == move
        assert await store.redeem_move("code") is None
        assert await store.move("code") is None

    async def test_a_move_with_a_summary(self, store: Store, clock: SetClock, lease: Lease) -> None:
        """Where a summary is to go on, it comes with the code, whatever it holds."""
        until, summary = clock.now() + HOUR, "It was of \ud800\0 herons."
        await store.offer_move(KEY, ANN.id, "code", until, summary=summary)
        move = await store.redeem_move("code")
        assert move is not None
        assert move.summary.endswith("herons.")

    async def test_a_code_is_over(self, store: Store, clock: SetClock, lease: Lease) -> None:
        """A code that nobody used in time is good for nothing."""
        await store.offer_move(KEY, ANN.id, "code", clock.now() + HOUR)
        clock.move(3600)
        assert await store.move("code") is None
        assert await store.redeem_move("code") is None

    async def test_nothing_to_move(self, store: Store, clock: SetClock, lease: Lease) -> None:
        """Where nothing was said, there is nothing to go on with."""
        assert not await store.offer_move(OTHER, ANN.id, "code", clock.now() + HOUR)
        await store.reset(lease)
        assert not await store.offer_move(KEY, ANN.id, "code", clock.now() + HOUR)

    async def test_a_session_is_brought(self, store: Store, clock: SetClock, lease: Lease) -> None:
        """A copy of another thread's session can be adopted here, and that one stays."""
        await store.append(said("1", key=OTHER))
        other = await leased(store, clock, key=OTHER)
        source = lease.thread.session_id
        assert await store.bring_session(other, source, "brought", by=BOB.id)
        assert not await store.bring_session(other, source, "brought", by=BOB.id)
        with pytest.raises(LookupError):
            await store.bring_session(other, "unknown", "brought as well", by=BOB.id)
        other = await store.adopt_session(other, "brought")
        assert other.thread.title == "The first"
        assert [each.key for each in await self.listed(store, BOB)] == [OTHER]
        await answered(store, other, "1")
        assert await content(store, other, "brought") == b"1\n1\n"
        assert await content(store, lease, source) == b"1\n"

    # --- leases ---

    async def test_fence(self, store: Store, clock: SetClock, lease: Lease) -> None:
        """Whoever lost the thread can change none of its sessions."""
        first = lease.thread.session_id
        lease = await store.reset(lease)
        await store.append(said("2", at=1))
        await answered(store, lease, "2")
        clock.move(60)
        await leased(store, clock, owner="w2")
        thread, known = await store.thread(KEY), await store.sessions(KEY)
        new = NewThread(key=OTHER, began_by=ANN)
        with pytest.raises(LeaseLost):
            await store.rename(lease, "late")
        with pytest.raises(LeaseLost):
            await store.copy_session(lease, first, "copy")
        with pytest.raises(LeaseLost):
            await store.copy_session(lease, first, "copy", thread=new)
        with pytest.raises(LeaseLost):
            await store.bring_session(lease, first, "copy", by=ANN.id)
        with pytest.raises(LeaseLost):
            await store.adopt_session(lease, first)
        with pytest.raises(LeaseLost):
            await store.delete_session(lease, first, by=ANN.id)
        with pytest.raises(LeaseLost):
            await store.delete_thread(lease, asked_by=99, by=ANN.id)
        assert await store.thread(KEY) == thread
        assert await store.sessions(KEY) == known
        assert await store.thread(OTHER) is None
        assert list(await store.audit(limit=1)) == []
