"""The one task that owns a thread for a while and empties its mailbox."""

from __future__ import annotations

import asyncio

import structlog

from bot import fence, phrases
from bot.answering import Answering
from bot.asking import show_closed
from bot.clock import Term
from bot.comparing import Comparing
from bot.comparison import ComparisonState, overdue
from bot.comparison_summary import show_comparison
from bot.continuing import go_on_with_answer
from bot.errands import Errand
from bot.errors import LeaseLost, StoreError
from bot.generations import Generations
from bot.held_thread import HeldThread
from bot.keys import SessionKey
from bot.mailbox import ERRANDS, SPOKEN, Entry, EntryKind
from bot.messages import Post
from bot.notes import THREAD, Notes, Notice
from bot.patience import happens
from bot.ports import ThreadStatus
from bot.sending import Sending
from bot.states import WorkerState
from bot.workplace import Surroundings, Tools

_PAUSE_S = 1.0
"""How long it takes until a database that failed is asked for controls again."""

_log = structlog.get_logger(__name__)


class Worker:
    """Works on one thread as long as there is something to do, and a while longer.

    Args:
        key: the thread.
        tools: what it works with.
        surroundings: the session manager.
        notes: what an earlier worker left.
    """

    def __init__(
        self, key: SessionKey, tools: Tools, surroundings: Surroundings, notes: Notes | None = None
    ) -> None:
        self.key = key
        self.last_used = tools.clock.monotonic()
        self.notes = notes or Notes()
        self._tools = tools
        self._around = surroundings
        self._thread = HeldThread(key, tools, surroundings, self.notes)
        self._leaving = asyncio.Event()
        self._is_expected = False
        self._answering: Answering | Comparing | None = None
        self._errand: Errand | None = None
        self._told_afresh = phrases.FRESH_START
        self._began_afresh_by = EntryKind.RESET
        self._stop_at_rest: int | None = None
        self._has_just_answered = False

    @property
    def state(self) -> WorkerState:
        """What it does."""
        return self._thread.state

    @property
    def was_woken(self) -> bool:
        """Whether something arrived that it has not looked at."""
        return self._thread.woken.is_set()

    @property
    def is_expected(self) -> bool:
        """Whether it was woken for something, and has not looked yet."""
        return self._is_expected

    @property
    def is_leaving(self) -> bool:
        """Whether it was told to leave."""
        return self._leaving.is_set()

    @property
    def is_busy(self) -> bool:
        """Whether it answers something, or is about to look."""
        is_at_work = bool(self._answering or self._errand)
        return is_at_work or self.state is WorkerState.COLD or self.was_woken

    @property
    def open_question(self) -> str | None:
        """The id of the question that waits for an answer."""
        return self._answering.open_question if self._answering else None

    def wake(self) -> None:
        """Something is in the mailbox."""
        self._is_expected = True
        self._thread.woken.set()

    def look(self) -> None:
        """Something is perhaps in the mailbox."""
        self._thread.woken.set()

    def leave(self) -> None:
        """Do not take anything more: let the session and the thread go once the turn is over."""
        self._leaving.set()
        self._thread.woken.set()

    def renewed(self, term: Term) -> None:
        """The lease is good for a term, unless it ran out before: then it is looked at again."""
        self._thread.renewed(term)

    async def run(self) -> None:
        """Take the lease, empty the mailbox, wait for more, and let go.

        Returns at once where another process owns the thread.

        Raises:
            LeaseLost: another worker owns the thread now.
            StoreError: the database failed; what was begun is taken up again later.
        """
        self._thread.woken.clear()
        try:
            is_ours = await self._thread.take_lease()
        except StoreError as error:
            if self._is_expected:
                await self._tell_trouble(error)
            raise
        if not is_ours:
            self.notes.clear()
            self._around.is_elsewhere(self.key)
            return
        try:
            with fence.within(self._thread.make_sure):
                await self._empty_mailbox()
        finally:
            await self._thread.let_go()

    # --- the mailbox ----------------------------------------------------------------------

    async def _empty_mailbox(self) -> None:
        while self.notes.controls or not self._leaving.is_set():
            self._thread.woken.clear()
            entry = await self._take()
            if entry is None:
                self.notes.clear()
                self._around.got_on(self.key)
                if not await self._wait_for_more():
                    return
            elif entry.kind in SPOKEN:
                await self._answer(entry)
            elif entry.kind is EntryKind.CONTINUE:
                await go_on_with_answer(entry, self._thread)
            elif entry.kind in ERRANDS:
                await self._run_errand(entry)
            else:
                await self._control(entry)
            self._around.make_room()

    async def _take(self) -> Entry | None:
        """The next entry; where one is expected, people are told if it cannot be read."""
        if self.notes.controls:
            return self.notes.controls.pop(0)
        is_expected, self._is_expected = self._is_expected, False
        try:
            return await self._thread.take_entry()
        except LeaseLost:
            raise
        except StoreError as error:
            self.notes.excuse(THREAD)
            if is_expected:
                await self._tell_trouble(error)
            raise

    async def _wait_for_more(self) -> bool:
        """Whether something arrived before the time was up."""
        self._has_just_answered = False
        if not self._thread.has_live_session:
            return self._thread.woken.is_set()
        self.last_used = self._tools.clock.monotonic()
        self._around.make_room()
        return await happens(self._thread.woken, self._tools.clock, self._tools.limits.idle_s)

    async def _answer(self, entry: Entry) -> None:
        is_stopped = self._stop_at_rest is not None and entry.id < self._stop_at_rest
        self._stop_at_rest = None
        how = Comparing if entry.kind is EntryKind.COMPARE else Answering
        self._answering = answering = how(entry, self._thread, is_stopped=is_stopped)
        try:
            await answering.run(self._watch_controls)
            self.last_used = self._tools.clock.monotonic()
            if answering.is_stale:
                await self._begin_afresh()
        finally:
            self._answering = None
        self._has_just_answered = True

    async def _run_errand(self, entry: Entry) -> None:
        is_stopped = self._stop_at_rest is not None and entry.id < self._stop_at_rest
        self._errand = errand = Errand(entry, self._thread, is_stopped=is_stopped)
        try:
            await errand.run(self._watch_controls)
            self.last_used = self._tools.clock.monotonic()
            if errand.is_stale:
                await self._begin_afresh()
        finally:
            self._errand = None

    async def _tell_trouble(self, error: StoreError) -> None:
        """Say once that the database failed before anything could be begun."""
        if self.notes.told:
            return
        notice = phrases.failure(error)
        if reference := await self._thread.post(Post(text=notice)):
            self.notes.told[THREAD] = Notice(text=notice, reference=reference)

    # --- controls -------------------------------------------------------------------------

    async def _watch_controls(self, ended: asyncio.Event) -> None:
        """While a message is answered: stop, reset, or bring the answer to a question."""
        woken = self._thread.woken
        while True:
            await woken.wait()
            if ended.is_set():
                return
            woken.clear()
            try:
                await self._thread.take_controls()
            except LeaseLost:
                raise
            except StoreError as error:
                _log.error("controls.not_taken", thread=str(self.key), reason=str(error))
                await happens(ended, self._tools.clock, _PAUSE_S)
                woken.set()
            while self.notes.controls:
                await self._control(self.notes.controls.pop(0))
            await self._look_around()

    async def _look_around(self) -> None:
        """Heed what was said while a message is answered; beside a comparison it waits."""
        if not isinstance(self._answering, Answering):
            return
        try:
            await self._answering.look_around()
        except LeaseLost:
            raise
        except StoreError as error:
            # It waits for its own turn, or for the next look.
            _log.error("waiting.not_read", thread=str(self.key), reason=str(error))

    async def _control(self, entry: Entry) -> None:
        """Do what a control asks, in whatever state the worker is, or say that it was not done."""
        _log.info("control", thread=str(self.key), kind=str(entry.kind), by=entry.author.id)
        try:
            await self._do(entry)
        except LeaseLost:
            raise
        except StoreError as error:
            _log.error(
                "control.not_done", thread=str(self.key), kind=str(entry.kind), reason=str(error)
            )
            await self._thread.post(Post(text=phrases.not_done(error)))

    async def _do(self, entry: Entry) -> None:
        match entry.kind:
            case EntryKind.STOP:
                await self._stop(entry)
            case EntryKind.RESET | EntryKind.RESUME | EntryKind.DELETE | EntryKind.MOVED:
                await self._begin_generation(entry)
            case EntryKind.RENAME:
                await self._rename(entry.text)
            case EntryKind.RETRY:
                await self._retry(int(entry.reference))
            case EntryKind.ANSWER:
                await self._take_answer(entry)
            case EntryKind.DECIDED:
                await self._decided(entry)
            case EntryKind.SEND_FILE:
                await Sending(self._thread).send_one(entry.reference, str(entry.id))
            case EntryKind.DELETE_FILE:
                await Sending(self._thread).delete(entry.reference)
            case EntryKind.COMPARED:
                await self._show_comparison(entry.reference)
            case _:
                raise AssertionError(f"{entry.kind} is no control")

    async def _stop(self, entry: Entry) -> None:
        """End the turn that runs or is about to."""
        if self._answering is not None:
            await self._answering.stop()
        elif self._errand is not None:
            await self._errand.stop()
        elif not self._has_just_answered:
            self._stop_at_rest = entry.id  # it may be meant for what waits

    async def _begin_generation(self, entry: Entry) -> None:
        """Begin the thread's next generation; what runs is stopped first."""
        told = await Generations(self._thread).begin(entry)
        if told is None:
            return
        self._told_afresh = told
        self._began_afresh_by = entry.kind
        running = self._answering or self._errand
        if running is not None:
            await running.outlive()
        else:
            await self._begin_afresh()

    async def _begin_afresh(self) -> None:
        """Let the old generation's session go, with all that it asked, and say so."""
        await self._thread.close_session()
        await self._withdraw_requests()
        await self._drop_candidates()
        kept = await self._kept_directory()
        await self._thread.post(Post(text="\n\n".join(filter(None, (self._told_afresh, kept)))))
        is_new = not self._thread.lease.thread.has_session
        self._thread.show_status(ThreadStatus.CLOSED if is_new else ThreadStatus.IDLE)

    async def _kept_directory(self) -> str:
        """See what becomes of the thread's directory; says so where it stays."""
        by, thread = self._began_afresh_by, self._thread
        if by is EntryKind.RESUME:
            return ""
        return await thread.ground.left_behind(thread.lease, is_deleted=by is EntryKind.DELETE)

    async def _rename(self, title: str) -> None:
        """Give the conversation a person's title."""
        await self._thread.rename(title)
        is_at_work = self._answering is not None
        self._thread.show_status(ThreadStatus.WORKING if is_at_work else ThreadStatus.IDLE)

    async def _show_comparison(self, comparison_id: str) -> None:
        """Show how the vote on a comparison stands; one whose time is up is revealed."""
        store = self._tools.store
        comparison = await store.comparison(comparison_id)
        if comparison is None or comparison.state is ComparisonState.RUNNING:
            return
        if overdue(comparison, self._tools.clock.now()) != comparison:
            comparison = await store.reveal(comparison_id, "") or comparison
        await show_comparison(self._thread, comparison)

    async def _retry(self, entry_id: int) -> None:
        """Queue a message once more that failed or was stopped; it then begins from scratch."""
        if await self._tools.store.requeue(self._thread.lease, entry_id):
            self.notes.forget(entry_id)
            self._thread.woken.set()

    async def _take_answer(self, entry: Entry) -> None:
        """Bring an answer to the question; words for one that is not open are a message."""
        if self._answering is None or not await self._answering.take_answer(entry):
            await self._thread.take_as_message(entry)

    async def _withdraw_requests(self) -> None:
        """Close what the old generation asked, also what an earlier worker left open."""
        try:
            withdrawn = await self._tools.store.withdraw_requests(self._thread.lease)
        except LeaseLost:
            raise
        except StoreError as error:
            _log.error("requests.not_withdrawn", thread=str(self.key), reason=str(error))
            return
        for request in withdrawn:
            await show_closed(self._thread, request)

    async def _drop_candidates(self) -> None:
        """Let what the old generation compared go: it cannot be gone on with any more."""
        try:
            await self._tools.store.drop_candidates(self._thread.lease)
        except LeaseLost:
            raise
        except StoreError as error:
            _log.error("candidates.not_dropped", thread=str(self.key), reason=str(error))

    async def _decided(self, entry: Entry) -> None:
        """Tell the turn what was decided; where none waits for it now, show it at least."""
        if self._answering is not None and await self._answering.take_decision(entry):
            return
        request = await self._tools.store.request(entry.reference)
        if request is not None:
            await show_closed(self._thread, request, entry.author.name)
