"""A comparison being made: several models answer the same prompt, and then people vote."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import structlog

from bot import context
from bot import phrases as general_phrases
from bot.allowance import allowance
from bot.candidacy import Candidacy
from bot.comparison import Candidate, CandidateState, Comparison, ComparisonState, drawn
from bot.comparison_summary import show_comparison
from bot.endings import Ending
from bot.errors import LeaseLost, StoreError
from bot.gathering import gather_words
from bot.held_thread import HeldThread
from bot.mailbox import Entry, EntryState, Usage
from bot.messages import Post
from bot.notes import THREAD, Notice
from bot.patience import cancelled, failure
from bot.phrases import compare as phrases
from bot.phrases import spending
from bot.ports import ThreadStatus
from bot.replies import LiveReply
from bot.session_ids import new_session_id
from bot.states import Step, WorkerState
from bot.strands import Strands

_ID_BYTES = 8
_LONGEST_TITLE = 60
_INSTANT = timedelta(microseconds=1)

_log = structlog.get_logger(__name__)


class Comparing:
    """Makes one comparison, whatever it takes, and writes down how it ended.

    The summary is the entry's first reply (strand 0), the answers are the others.

    Args:
        entry: what asked for it.
        thread: the thread that it was asked for in.
        is_stopped: whether somebody asked to stop it before it was begun.
    """

    def __init__(self, entry: Entry, thread: HeldThread, *, is_stopped: bool) -> None:
        self.entry = entry
        self.is_stale = False
        """Whether the thread has begun its next generation since."""
        self._thread = thread
        self._tools = thread.tools
        self._notes = thread.notes
        self._stop_asked = asyncio.Event()
        self._ended: dict[str, Candidate] = {}
        """How the answers ended that were given here, by their labels."""
        if is_stopped or entry.id in self._notes.stopped:
            self._stop_asked.set()

    open_question = None
    """Nobody is asked anything."""

    async def run(self, watch_controls: Callable[[asyncio.Event], Awaitable[None]]) -> None:
        """Make it.

        Args:
            watch_controls: heeds the controls of the thread until the event that it is given.

        Raises:
            LeaseLost: another worker owns the thread now.
            StoreError: the database failed; it is taken up again later.
        """
        thread = self._thread
        thread.show_status(ThreadStatus.WORKING)
        thread.around.unmark(self.entry)
        try:
            await self._controlled(self._compare(), watch_controls)
        except LeaseLost:
            raise
        except StoreError as error:
            self._notes.excuse(self.entry.id)
            if self._stop_asked.is_set():
                self._notes.stopped.add(self.entry.id)
            await self._tell_trouble(error)
            thread.show_status(ThreadStatus.IDLE)
            raise
        finally:
            await self._come_to_rest()
        if not self.is_stale:
            thread.show_status(ThreadStatus.IDLE)

    async def stop(self) -> None:
        """End all answers that are being written."""
        self._stop_asked.set()
        if self._thread.state is WorkerState.RUNNING:
            self._thread.step(Step.STOP_ASKED)

    async def outlive(self) -> None:
        """The thread has begun its next generation: end, and count for nothing."""
        self.is_stale = True
        await self.stop()

    async def take_answer(self, answer: Entry) -> bool:
        """False: nobody was asked anything."""
        return False

    async def take_decision(self, decision: Entry) -> bool:
        """False: nobody was asked anything."""
        return False

    # --- making it ------------------------------------------------------------------------

    async def _controlled(
        self,
        making: Coroutine[Any, Any, None],
        watch_controls: Callable[[asyncio.Event], Awaitable[None]],
    ) -> None:
        """Make it while controls are heeded."""
        ended = asyncio.Event()

        async def watch() -> None:
            await watch_controls(ended)

        working = asyncio.create_task(making, name="comparison")
        controls = asyncio.create_task(watch(), name="controls")
        try:
            await asyncio.wait([working, controls], return_when=asyncio.FIRST_COMPLETED)
        finally:
            # The controls are not cancelled: one that was just taken would be lost.
            ended.set()
            self._thread.woken.set()
            working.cancel()
            await asyncio.wait([working, controls])
        controls.result()  # raises where the lease is lost, or what went wrong there
        working.result()

    async def _compare(self) -> None:
        thread, entry = self._thread, self.entry
        if self._stop_asked.is_set():
            await thread.post(Post(text=general_phrases.STOPPED))
            await self._finish(EntryState.STOPPED, None)
            return
        spent = await allowance(
            self._tools.store, self._tools.limits.budgets, thread.key, entry.author.id
        )
        if (over := spent.used_up()) is not None:
            ending = Ending.failed(spending.used_up(over, self._tools.clock.now()), entry)
            await thread.post(Post(text=ending.notice, buttons=ending.buttons))
            await self._finish(ending.entry_state, None)
            return
        # What it remembers is copied: so all of it has to be written down.
        await thread.close_session()
        for step in (Step.ENTRY_ARRIVED, Step.SESSION_OPENED, Step.TURN_TAKEN):
            thread.step(step)
        comparison = await self._begun()
        thread.note_compared(comparison.began_at)
        if comparison.state is ComparisonState.RUNNING:
            comparison = await self._answered(comparison)
        if not self.is_stale:
            expires_at = self._tools.clock.now() + timedelta(seconds=self._tools.limits.compare_s)
            comparison = await self._tools.store.open_votes(
                thread.lease, comparison.id, expires_at=expires_at
            )
            await show_comparison(thread, comparison)
        await self._finish(_state_of(comparison), comparison)
        _log.info(
            "comparison.made",
            thread=str(thread.key),
            entry=entry.id,
            answers=len(comparison.answered),
        )

    async def _begun(self) -> Comparison:
        """The comparison, with its labels drawn: the same however often it is begun."""
        thread, entry = self._thread, self.entry
        labels = drawn(entry.reference.split(), secrets.token_hex())
        new = Comparison(
            id=secrets.token_hex(_ID_BYTES),
            key=thread.key,
            generation=thread.lease.thread.generation,
            entry_id=entry.id,
            asked_by=entry.author,
            began_at=_moment_of(entry, thread),
            candidates=tuple(
                Candidate(label=label, model=model, session_id=new_session_id(0))
                for label, model in labels.items()
            ),
        )
        return await self._tools.store.begin_comparison(thread.lease, new)

    async def _answered(self, comparison: Comparison) -> Comparison:
        """Have all answers given that are not there yet."""
        running = [each for each in comparison.candidates if each.state is CandidateState.RUNNING]
        if not running:
            return comparison  # it was cut off before the vote was opened
        await self._run_all(comparison, running)
        candidates = tuple(self._ended.get(each.label, each) for each in comparison.candidates)
        # Where what was said was deleted meanwhile, only what it took still counts.
        known = await self._tools.store.comparison(comparison.id)
        return known or replace(comparison, candidates=candidates)

    async def _run_all(self, comparison: Comparison, running: list[Candidate]) -> None:
        """Have answers given at once, each in its own copy of the thread's session."""
        thread, entry = self._thread, self.entry
        for each in running:
            # Where nothing was said to the thread's session, theirs begin as it would.
            with suppress(LookupError):
                source = thread.lease.thread.session_id
                await self._tools.store.copy_session(thread.lease, source, each.session_id)
        prompt = await gather_words(entry, thread)
        strands = Strands(entry, thread, await self._tools.store.deliveries(entry.id))
        replies = {each.label: self._reply(comparison, each, strands) for each in running}
        for reply in replies.values():
            await reply.announce()
        candidacies = [
            Candidacy(
                each,
                entry,
                prompt,
                thread,
                replies[each.label],
                self._stop_asked,
                attempts=entry.attempts - self._notes.excused.get(entry.id, 0),
            )
            for each in running
        ]
        tasks = [
            asyncio.create_task(self._answer(comparison, each), name="candidacy")
            for each in candidacies
        ]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
        finally:
            await cancelled(*tasks)
        for task in tasks:
            if (error := failure(task)) is not None:
                raise error

    async def _answer(self, comparison: Comparison, candidacy: Candidacy) -> None:
        ended = await candidacy.run()
        self._ended[ended.label] = ended
        await self._tools.store.end_candidate(self._thread.lease, comparison.id, ended)

    def _reply(self, comparison: Comparison, candidate: Candidate, strands: Strands) -> LiveReply:
        """The reply of an answer: it is the only thing that people see of it before the reveal."""
        tools = self._tools
        strand = 1 + comparison.candidates.index(candidate)
        return LiveReply(
            tools.chat,
            strands.target(strand),
            tools.live,
            tools.clock,
            has_footer=False,
            may_show=self._thread.is_surely_ours,
            heading=phrases.heading(candidate.label),
        )

    # --- the end --------------------------------------------------------------------------

    async def _finish(self, state: EntryState, comparison: Comparison | None) -> None:
        """Write down how it ended; what it took counts as spent."""
        entry, thread = self.entry, self._thread
        is_untitled = not (self.is_stale or thread.title)
        title = context.one_line(entry.text, _LONGEST_TITLE) if is_untitled else ""
        usage = comparison.usage if comparison is not None else Usage()
        await self._tools.store.finish(
            thread.lease, entry.id, state, usage, title, spent_by=entry.author.id
        )
        thread.title = title or thread.title
        self._notes.forget(entry.id)
        self._notes.forget(THREAD)
        thread.around.got_on(thread.key)

    async def _come_to_rest(self) -> None:
        """No session is live any more."""
        thread = self._thread
        if thread.state in {WorkerState.RUNNING, WorkerState.STOPPING}:
            is_stopping = thread.state is WorkerState.STOPPING
            thread.step(Step.STOP_CONFIRMED if is_stopping else Step.TURN_ENDED)
            await thread.close_session()

    async def _tell_trouble(self, error: StoreError) -> None:
        """Say once that the database failed."""
        _log.error("comparison.not_kept", entry=self.entry.id, reason=str(error))
        if self.entry.id in self._notes.told or not self._thread.is_surely_ours():
            return
        notice = general_phrases.failure(error)
        if reference := await self._thread.post(Post(text=notice)):
            self._notes.told[self.entry.id] = Notice(text=notice, reference=reference)


def _moment_of(entry: Entry, thread: HeldThread) -> datetime:
    """When a comparison was asked for: after all that the session knows, whatever clocks say."""
    seen_until = thread.lease.thread.seen_until
    return entry.sent_at if seen_until is None else max(entry.sent_at, seen_until + _INSTANT)


def _state_of(comparison: Comparison) -> EntryState:
    """How the mailbox keeps it."""
    states = {each.state for each in comparison.candidates}
    if CandidateState.STOPPED in states or CandidateState.RUNNING in states:
        return EntryState.STOPPED
    return EntryState.DONE if CandidateState.DONE in states else EntryState.FAILED
