"""What every store promises of comparisons. A test module gives the fixture `store`."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.comparison import TIE, Candidate, CandidateState, Comparison, ComparisonState
from bot.errors import LeaseLost
from bot.mailbox import EntryKind, Lease
from bot.ports import Store
from tests.contracts.store import ANN, BOB, KEY, OTHER, START, SetClock, leased, said, taken

VOTING, REVEALED = ComparisonState.VOTING, ComparisonState.REVEALED
DONE = CandidateState.DONE
HOUR = timedelta(hours=1)


def compared(
    lease: Lease, entry_id: int, name: str = "c1", *, labels: str = "AB", **changed: Any
) -> Comparison:
    """A comparison that has just begun."""
    comparison = Comparison(
        id=name,
        key=lease.key,
        generation=lease.thread.generation,
        entry_id=entry_id,
        asked_by=ANN,
        began_at=START,
        candidates=tuple(
            Candidate(label=label, model=f"model-{label}", session_id=f"{name}-{label}")
            for label in labels
        ),
    )
    return replace(comparison, **changed)


async def answered(store: Store, lease: Lease, comparison: Comparison) -> Comparison:
    """Keep a comparison, and have all its answers given."""
    comparison = await store.begin_comparison(lease, comparison)
    for each in comparison.candidates:
        done = replace(each, state=DONE, answer=f"answer {each.label}")
        await store.end_candidate(lease, comparison.id, done)
    return await store.open_votes(lease, comparison.id, expires_at=START + HOUR)


class ComparisonsContract:
    """The promises."""

    @pytest.fixture
    def clock(self) -> SetClock:
        """The clock that the store goes by."""
        return SetClock()

    @pytest.fixture
    async def entry_id(self, store: Store) -> int:
        """What asks for a comparison."""
        return (await store.append(said("1", kind=EntryKind.COMPARE))).entry_id

    @pytest.fixture
    async def lease(self, store: Store, clock: SetClock, entry_id: int) -> Lease:
        """The lease on its thread."""
        return await leased(store, clock)

    async def test_waits_its_turn(self, store: Store, lease: Lease) -> None:
        """What asks for a comparison is taken in its turn, and again where it was cut off."""
        await store.append(said("2", at=1))
        await store.append(said("3", at=2, kind=EntryKind.CONTINUE))
        assert await store.take_controls(lease) == []
        for attempt in (1, 2):
            entry = await taken(store, lease)
            assert (entry.kind, entry.attempts) == (EntryKind.COMPARE, attempt)
        assert await store.withdraw(KEY, "3") is False
        thread = await store.thread(KEY)
        assert thread is not None
        assert thread.sole_speaker == ANN.id

    async def test_taken_back(self, store: Store, lease: Lease) -> None:
        """What asks for a comparison can be taken back as long as it waits."""
        await store.append(said("2", at=1, kind=EntryKind.COMPARE))
        await taken(store, lease)
        assert not await store.withdraw(KEY, "1")
        assert not await store.revise(KEY, "2", "other words", ())
        assert await store.withdraw(KEY, "2")

    async def test_kept(self, store: Store, lease: Lease, entry_id: int) -> None:
        """A comparison is kept as it is, and the thread tells when it was."""
        comparison = compared(lease, entry_id, labels="ABC")
        assert await store.begin_comparison(lease, comparison) == comparison
        assert await store.comparison("c1") == comparison
        assert await store.comparison("c2") is None
        thread = await store.thread(KEY)
        assert thread is not None
        assert thread.compared_at == START

    async def test_begun_once(self, store: Store, lease: Lease, entry_id: int) -> None:
        """For the same entry the comparison that was begun first counts."""
        first = await store.begin_comparison(lease, compared(lease, entry_id))
        again = compared(lease, entry_id, "c2", labels="ABCD")
        assert await store.begin_comparison(lease, again) == first

    async def test_answers_end_once(self, store: Store, lease: Lease, entry_id: int) -> None:
        """What came of an answer is kept with all that it took; its first end counts."""
        comparison = await store.begin_comparison(lease, compared(lease, entry_id))
        done = replace(
            comparison.candidates[1],
            state=DONE,
            first_text_s=0.5,
            seconds=2.5,
            input_tokens=2**40,
            output_tokens=7,
            cost=1.5,
            answer="B says ö\n",
        )
        await store.end_candidate(lease, "c1", done)
        await store.end_candidate(lease, "c1", replace(done, answer="again"))
        found = await store.comparison("c1")
        assert found is not None
        assert found.candidates == (comparison.candidates[0], done)

    @pytest.mark.parametrize(("count", "state"), [(0, REVEALED), (1, REVEALED), (2, VOTING)])
    async def test_votes_open_where_there_is_a_choice(
        self, store: Store, lease: Lease, entry_id: int, count: int, state: ComparisonState
    ) -> None:
        """People vote where two have answered; else there is nothing to hide."""
        comparison = await store.begin_comparison(lease, compared(lease, entry_id, labels="ABC"))
        for number, each in enumerate(comparison.candidates):
            end = DONE if number < count else CandidateState.FAILED
            await store.end_candidate(lease, "c1", replace(each, state=end, problem="It failed."))
        opened = await store.open_votes(lease, "c1", expires_at=START + HOUR)
        assert (opened.state, opened.expires_at) == (state, START + HOUR)
        later = await store.open_votes(lease, "c1", expires_at=START + 2 * HOUR)
        assert later == opened == await store.comparison("c1")

    async def test_votes(self, store: Store, lease: Lease, entry_id: int) -> None:
        """Each person has one vote, which can be changed; nobody votes for what is not there."""
        comparison = await store.begin_comparison(lease, compared(lease, entry_id))
        await store.end_candidate(lease, "c1", replace(comparison.candidates[0], state=DONE))
        assert await store.vote("c2", ANN.id, "A") is None
        early = await store.vote("c1", ANN.id, "A")
        assert early is not None
        assert early.votes == {}
        await answered(store, lease, comparison)
        for label in ("A", TIE, "B"):
            found = await store.vote("c1", BOB.id, label)
            assert found is not None
            assert (found.votes, found.state) == ({BOB.id: label}, VOTING)
        with pytest.raises(ValueError, match="no answer C"):
            await store.vote("c1", BOB.id, "C")
        assert await store.comparison("c1") == found

    async def test_revealed_once_all_have_voted(
        self, store: Store, lease: Lease, entry_id: int
    ) -> None:
        """It is revealed once all have voted who spoke in the thread, and no vote counts then."""
        await store.append(said("2", author=BOB))
        await answered(store, lease, compared(lease, entry_id))
        await store.vote("c1", "U3", "B")
        found = await store.vote("c1", ANN.id, "A")
        assert found is not None
        assert found.state is VOTING
        found = await store.vote("c1", BOB.id, "A")
        assert found is not None
        assert (found.state, found.revealed_by) == (REVEALED, "")
        assert await store.vote("c1", BOB.id, "B") == found
        assert await store.reveal("c1", BOB.id) == found

    async def test_one_vote_is_not_everybodys(
        self, store: Store, lease: Lease, entry_id: int
    ) -> None:
        """Where others can read along, one vote alone reveals nothing."""
        await answered(store, lease, compared(lease, entry_id))
        found = await store.vote("c1", ANN.id, "A")
        assert found is not None
        assert found.state is VOTING
        found = await store.vote("c1", "U3", "B")
        assert found is not None
        assert found.state is REVEALED

    async def test_in_a_direct_message_one_vote_is_enough(
        self, store: Store, clock: SetClock
    ) -> None:
        """In a direct message its owner's vote is all there is to wait for."""
        direct = said("9", key=OTHER, kind=EntryKind.COMPARE, is_direct=True)
        entry_id = (await store.append(direct)).entry_id
        lease = await leased(store, clock, key=OTHER)
        await answered(store, lease, compared(lease, entry_id))
        found = await store.vote("c1", ANN.id, TIE)
        assert found is not None
        assert found.state is REVEALED

    async def test_of_many_at_once_one_reveals(
        self, store: Store, lease: Lease, entry_id: int
    ) -> None:
        """Of people who vote, reveal and choose at once there is one outcome."""
        await answered(store, lease, compared(lease, entry_id))
        found = await asyncio.gather(*(store.reveal("c1", f"U{n}") for n in range(5)))
        assert {each.revealed_by for each in found if each} == {
            found[0].revealed_by if found[0] else ""
        }
        early = await asyncio.gather(*(store.vote("c1", f"V{n}", "A") for n in range(3)))
        assert [each.votes for each in early if each] == [{}] * 3
        chosen = await asyncio.gather(*(store.choose("c1", label) for label in "ABAB"))
        assert len({each.chosen for each in chosen if each}) == 1

    async def test_chosen(self, store: Store, lease: Lease, entry_id: int) -> None:
        """An answer can be chosen once the models are known; the first choice counts."""
        comparison = await answered(store, lease, compared(lease, entry_id))
        assert await store.choose("c1", "A") == comparison
        await store.reveal("c1", ANN.id)
        with pytest.raises(ValueError, match="no answer D"):
            await store.choose("c1", "D")
        found = await store.choose("c1", "B")
        assert found is not None
        assert (found.chosen, found.revealed_by) == ("B", ANN.id)
        assert await store.choose("c1", "A") == found
        assert await store.choose("c2", "A") is None
        assert await store.reveal("c2", ANN.id) is None

    async def test_revealed_by_time(
        self, store: Store, clock: SetClock, lease: Lease, entry_id: int
    ) -> None:
        """What nobody revealed in time takes no more votes, and is told of until it is revealed."""
        await answered(store, lease, compared(lease, entry_id))
        assert await store.overdue_comparisons() == []
        clock.move(HOUR.total_seconds())
        assert [each.id for each in await store.overdue_comparisons()] == ["c1"]
        late = await store.vote("c1", ANN.id, "A")
        assert late is not None
        assert (late.votes, late.state, late.revealed_by) == ({}, REVEALED, "")
        assert await store.overdue_comparisons() == []

    async def test_of_a_thread(
        self, store: Store, clock: SetClock, lease: Lease, entry_id: int
    ) -> None:
        """What a generation of a thread compared is listed since a moment, once it was answered."""
        first = await answered(store, lease, compared(lease, entry_id))
        other = (await store.append(said("2", kind=EntryKind.COMPARE))).entry_id
        running = compared(lease, other, "c2", began_at=START + HOUR)
        await store.begin_comparison(lease, running)
        assert await store.comparisons(KEY, generation=1, since=None) == [first]
        second = await answered(store, lease, running)
        assert await store.comparisons(KEY, generation=1, since=None) == [first, second]
        assert await store.comparisons(KEY, generation=1, since=START) == [second]
        assert await store.comparisons(KEY, generation=2, since=None) == []
        assert await store.comparisons(OTHER, generation=1, since=None) == []

    async def test_of_a_workspace(self, store: Store, clock: SetClock) -> None:
        """What was compared is known in its workspace; in a direct message to its owner alone."""
        for name, key, is_direct in (("c1", KEY, False), ("c2", OTHER, True)):
            asked = said(name, key=key, kind=EntryKind.COMPARE, is_direct=is_direct)
            entry_id = (await store.append(asked)).entry_id
            lease = await leased(store, clock, key=key)
            await answered(store, lease, compared(lease, entry_id, name))
            assert await store.compared(ANN.id, platform="slack", workspace="T1") == []
        for name in ("c1", "c2"):
            await store.reveal(name, ANN.id)

        async def known(person: str, workspace: str = "T1") -> list[str]:
            found = await store.compared(person, platform="slack", workspace=workspace)
            return [each.id for each in found]

        assert await known(ANN.id) == ["c1", "c2"]
        assert await known(BOB.id) == ["c1"]
        assert await known(ANN.id, "T2") == []

    async def test_sessions_of_a_new_thread(
        self, store: Store, lease: Lease, entry_id: int
    ) -> None:
        """Where there is nothing to copy yet, the answers' sessions begin empty."""
        comparison = await store.begin_comparison(lease, compared(lease, entry_id))
        for each in comparison.candidates:
            files = store.files(lease, each.session_id)
            await files.append("/session-state/events.jsonl", each.label.encode())
        for each in comparison.candidates:
            files = store.files(lease, each.session_id)
            assert await files.read("/session-state/events.jsonl") == each.label.encode()

    async def test_what_is_left_behind(self, store: Store, lease: Lease, entry_id: int) -> None:
        """The sessions of answers with which the thread did not go on can be dropped."""
        comparison = await answered(store, lease, compared(lease, entry_id, labels="ABC"))
        await store.reveal("c1", ANN.id)
        for each in comparison.candidates:
            await store.files(lease, each.session_id).append("/a", b"1")
        await store.choose("c1", "B")
        lease = await store.adopt_session(lease, "c1-B")
        await store.drop_candidates(lease)
        left = [await self._exists(store, lease, f"c1-{label}") for label in "ABC"]
        assert left == [False, True, False]
        again = (await store.append(said("2", kind=EntryKind.COMPARE))).entry_id
        await answered(store, lease, compared(lease, again, "c2"))
        assert await store.copy_session(lease, "c1-B", "c2-A")
        assert await self._exists(store, lease, "c2-A")
        lease = await store.reset(lease)
        await store.drop_candidates(lease)
        assert not await self._exists(store, lease, "c2-A")
        assert await self._exists(store, lease, "c1-B")

    async def test_not_listed(self, store: Store, lease: Lease, entry_id: int) -> None:
        """The sessions of answers are nobody's to list, before the thread goes on with one."""
        await answered(store, lease, compared(lease, entry_id))
        assert await store.sessions(KEY) == []
        lease = await store.adopt_session(lease, "c1-B")
        assert [each.session_id for each in await store.sessions(KEY)] == ["c1-B"]

    async def test_deleted(self, store: Store, lease: Lease, entry_id: int) -> None:
        """What was compared goes with what was said."""
        await answered(store, lease, compared(lease, entry_id))
        await store.reveal("c1", ANN.id)
        await store.delete_thread(lease, asked_by=entry_id + 1, by=ANN.id)
        assert await store.comparison("c1") is None
        assert await store.compared(ANN.id, platform="slack", workspace="T1") == []

    async def _exists(self, store: Store, lease: Lease, session_id: str) -> bool:
        try:
            return await store.files(lease, session_id).read("/a") == b"1"
        except FileNotFoundError:
            return False

    async def test_stale_leases(
        self, store: Store, clock: SetClock, lease: Lease, entry_id: int
    ) -> None:
        """A worker that lost the thread writes nothing of a comparison."""
        comparison = await store.begin_comparison(lease, compared(lease, entry_id))
        await store.release(lease)
        await leased(store, clock, owner="w2")
        done = replace(comparison.candidates[0], state=DONE)
        for call in (
            store.begin_comparison(lease, compared(lease, entry_id, "c2")),
            store.end_candidate(lease, "c1", done),
            store.open_votes(lease, "c1", expires_at=START),
            store.drop_candidates(lease),
        ):
            with pytest.raises(LeaseLost):
                await call
        assert await store.comparison("c1") == comparison
