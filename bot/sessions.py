"""The session manager: which threads are worked on in this process, and by how many sessions."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from contextlib import aclosing

import structlog

from bot.admission import Admission
from bot.clock import Term
from bot.errors import LeaseLost, StoreError
from bot.keys import SessionKey
from bot.mailbox import Entry
from bot.notes import Notes
from bot.patience import happens
from bot.ports import ChatAdapter, Clock, Directories, Documents, Runtime, Store, ThreadStatus
from bot.replies import LiveReplies
from bot.revealing import reveal_in_time
from bot.signs import Signs
from bot.states import WorkerState
from bot.worker import Worker
from bot.workplace import Limits, Tools

_POLL_S = 5.0
"""How often the store is asked for threads that nobody works on: the net under the wakes."""

_TOLD_S = 0.25
"""How long it takes until the store is asked because another process told of something."""

_SHORTEST_LINE = 10
"""So many threads may wait in line at least."""

_TELLING_S = 30.0
"""How often it is logged at most that threads wait for a live session."""

_FIRST_PAUSE_S = 1.0
_LONGEST_PAUSE_S = 60.0
"""How long a thread is left alone whose worker failed: doubled with each failure."""

_log = structlog.get_logger(__name__)


class SessionManager:
    """Starts a worker for each thread that has something to do.

    Args:
        store: the database.
        runtime: the agent runtime.
        chats: the platforms, by their short names.
        clock: time.
        owner: the name under which this process holds leases; unique among processes.
        limits: how sessions are held.
        documents: reads documents and archives; None where nothing does.
        directories: where threads work; None where none does.
    """

    def __init__(
        self,
        *,
        store: Store,
        runtime: Runtime,
        chats: Mapping[str, ChatAdapter],
        clock: Clock,
        owner: str,
        limits: Limits,
        documents: Documents | None = None,
        directories: Directories | None = None,
    ) -> None:
        self._store = store
        self._runtime = runtime
        self._clock = clock
        self._owner = owner
        self._directories = directories
        self._limits = limits
        self._tools = {
            name: Tools(
                store=store,
                runtime=runtime,
                chat=chat,
                live=LiveReplies(chat.capabilities, has_reasoning=limits.has_reasoning),
                clock=clock,
                owner=owner,
                limits=limits,
                documents=documents,
                directories=directories,
            )
            for name, chat in chats.items()
        }
        self._workers: dict[SessionKey, Worker] = {}
        self._admission = Admission(limits.live_sessions)
        self._pauses: dict[SessionKey, tuple[float, float]] = {}
        self._notes: dict[SessionKey, Notes] = {}
        self._signs = Signs(chats, self._beside, clock.now())
        self._tasks: asyncio.TaskGroup | None = None
        self._running: dict[asyncio.Task[None], Worker] = {}
        self._is_draining = False
        self._drained = asyncio.Event()
        self._was_told = asyncio.Event()

    # --- life -----------------------------------------------------------------------------

    async def run(self) -> None:
        """Work until `drain` is done.

        Raises:
            ExceptionGroup: of a mistake in the program.
        """
        await self._sweep()
        async with asyncio.TaskGroup() as tasks:
            self._tasks = tasks
            revealing = reveal_in_time(self._store, self._clock, self.wake)
            keeping = [
                tasks.create_task(each)
                for each in (self._renew(), self._poll(), self._listen(), revealing)
            ]
            await self._drained.wait()
            for task in keeping:
                task.cancel()

    async def _sweep(self) -> None:
        """Remove the directories of threads that are gone."""
        if self._directories is None:
            return
        try:
            known = await self._store.directories(self._directories.host)
            count = await self._directories.sweep(known)
        except (StoreError, OSError) as error:
            _log.warning("directories.not_swept", reason=str(error))
            return
        if count:
            _log.info("directories.swept", count=count)

    async def drain(self, patience_s: float) -> None:
        """Take nothing new, let turns end, and stop what is left.

        What is stopped stays in the mailbox and is resumed at the next start. Turns that wait for
        people are not waited for: what they ask stays open.

        Args:
            patience_s: how long running turns may take to end.
        """
        self._is_draining = True
        for worker in self._workers.values():
            worker.leave()
        for task, worker in self._running.items():
            if worker.state is WorkerState.WAITING:
                task.cancel()
        patience = asyncio.create_task(self._clock.sleep(patience_s), name="patience")
        while self._running and not patience.done():
            await asyncio.wait({*self._running, patience}, return_when=asyncio.FIRST_COMPLETED)
        patience.cancel()
        await asyncio.wait([patience])
        for task in self._running:
            task.cancel()
        if self._running:
            await asyncio.wait(self._running)
        self._drained.set()

    @property
    def runtime(self) -> Runtime:
        """The agent runtime."""
        return self._runtime

    @property
    def limits(self) -> Limits:
        """How sessions are held."""
        return self._limits

    @property
    def working(self) -> int:
        """How many threads are worked on."""
        return len(self._workers)

    @property
    def live_sessions(self) -> int:
        """How many Copilot sessions are live."""
        return self._admission.taken

    @property
    def waiting_for_session(self) -> int:
        """How many threads wait for a live session."""
        return self._admission.waiting

    # --- for the intake -------------------------------------------------------------------

    def wake(self, key: SessionKey) -> None:
        """Something is in a thread's mailbox."""
        worker = self._workers.get(key)
        if worker is not None:
            worker.wake()
        else:
            self._start(key, is_expected=True)

    def state_of(self, key: SessionKey) -> WorkerState:
        """What the thread's worker in this process does."""
        worker = self._workers.get(key)
        return worker.state if worker else WorkerState.COLD

    def open_question(self, key: SessionKey) -> str | None:
        """The id of the question that waits for an answer in a thread."""
        worker = self._workers.get(key)
        return worker.open_question if worker else None

    def ahead_of(self, key: SessionKey) -> int | None:
        """How many threads wait longer for a live session than one; None where it does not wait."""
        return self._admission.ahead_of(key)

    def is_busy(self, key: SessionKey) -> bool:
        """Whether a thread's worker in this process answers something, or is about to look."""
        worker = self._workers.get(key)
        return worker is not None and worker.is_busy

    def taken_in(self, key: SessionKey, message_id: str) -> None:
        """This process put a message into the mailbox: its worker comes to know it."""
        self._signs.taken_in(key, message_id)
        self.wake(key)

    def mark(self, key: SessionKey, message_id: str, waits: Callable[[], Awaitable[bool]]) -> None:
        """Show that a message was seen and waits for its turn.

        Args:
            key: its thread.
            message_id: the message.
            waits: asked once it bears the mark: whether it still does.
        """
        self._signs.mark(key, message_id, waits)

    def unmark_message(self, key: SessionKey, message_id: str) -> None:
        """A message does not wait any more, such as one that was taken back."""
        self._signs.unmark(key, message_id)

    # --- for the workers ------------------------------------------------------------------

    def is_elsewhere(self, key: SessionKey) -> None:
        """Another process works on the thread."""
        self._signs.hand_over(key)

    def unmark(self, entry: Entry) -> None:
        """The message does not wait any more."""
        self._signs.unmark_taken(entry)

    async def unmarked(self, entry: Entry) -> None:
        """Wait, but not for long, until its mark is off that one knows of."""
        await self._signs.unmarked(entry, self._clock)

    def unmark_all(self, key: SessionKey) -> None:
        """No message of the thread waits any more."""
        self._signs.unmark_all(key)

    def show_status(self, key: SessionKey, status: ThreadStatus, title: str) -> None:
        """Show what a thread does, beside the work."""
        self._signs.status(key, status, title)

    def got_on(self, key: SessionKey) -> None:
        """A thread's worker did something to its end, so that an earlier failure is over."""
        self._pauses.pop(key, None)

    async def admit(self, key: SessionKey, person: str, label: str = "") -> None:
        """Wait until one more session may be live; see `Admission`."""
        given = self._admission.asks(key, person, label)
        if given is None:
            return
        self.make_room()
        try:
            await given
        except asyncio.CancelledError:
            self._admission.gives_up(key, label)
            raise

    def dismissed(self, key: SessionKey, label: str = "") -> None:
        """A thread's session, or that of an answer, is not live any more."""
        self._admission.leaves(key, label)

    def make_room(self) -> None:
        """For each that waits for a live session, one that is idle gives way.

        The one used least recently goes first.
        """
        if not self._admission.waiting:
            return
        admitted = [self._workers[key] for key in self._admission.live]
        missing = self._admission.waiting - sum(worker.is_leaving for worker in admitted)
        if missing > 0:
            idle = [
                worker
                for worker in admitted
                if worker.state is WorkerState.IDLE and not worker.is_leaving
            ]
            for worker in sorted(idle, key=lambda known: known.last_used)[:missing]:
                worker.leave()

    # --- inside ---------------------------------------------------------------------------

    def _start(self, key: SessionKey, *, is_expected: bool) -> None:
        """Start a thread's worker.

        Args:
            key: the thread.
            is_expected: whether something is known to wait.
        """
        tools = self._tools.get(key.platform)
        if tools is None or self._is_draining:
            return  # not served here, or not any more: whoever serves it finds it in the mailbox
        if self._tasks is None:
            return  # `run` begins with a look at what waits
        worker = Worker(key, tools, self, self._notes.pop(key, None))
        if is_expected:
            worker.wake()
        self._workers[key] = worker
        task = self._tasks.create_task(self._work(key, worker), name=f"worker {key}")
        self._running[task] = worker
        task.add_done_callback(lambda done: self._running.pop(done))

    async def _work(self, key: SessionKey, worker: Worker) -> None:
        try:
            await worker.run()
            self.got_on(key)
        except LeaseLost as error:
            _log.warning("lease.lost", thread=str(key), reason=str(error))
        except StoreError as error:
            self._pause(key)
            _log.error("worker.stopped", thread=str(key), reason=str(error))
        except Exception:  # noqa: BLE001
            # A mistake in the program must cost one thread a pause, not all threads their bot.
            self._pause(key)
            _log.exception("worker.failed", thread=str(key))
        finally:
            del self._workers[key]
            if not worker.notes.are_empty:
                self._notes[key] = worker.notes
        if worker.was_woken and key not in self._pauses:
            self._start(key, is_expected=worker.is_expected)
        if key not in self._workers:
            self._signs.expect_no_others(key)

    def _pause(self, key: SessionKey) -> None:
        _, pause = self._pauses.get(key, (0.0, _FIRST_PAUSE_S / 2))
        pause = min(pause * 2, _LONGEST_PAUSE_S)
        self._pauses[key] = (self._clock.monotonic() + pause, pause)

    async def _poll(self) -> None:
        told_at = self._clock.monotonic()
        while True:
            if self._admission.waiting and self._clock.monotonic() - told_at >= _TELLING_S:
                told_at = self._clock.monotonic()
                _log.info(
                    "sessions.wait", waiting=self.waiting_for_session, live=self.live_sessions
                )
            try:
                waiting = await self._store.waiting()
            except StoreError as error:
                _log.error("store.not_readable", reason=str(error))
                waiting = ()
            now = self._clock.monotonic()
            room = self._room
            # A paused thread is perhaps still leased by this process, and then does not wait.
            for key in (*waiting, *self._pauses):
                until, _ = self._pauses.get(key, (now, 0.0))
                if key not in self._workers and until <= now and room > 0:
                    self._start(key, is_expected=key in waiting)
                    if key in self._workers:
                        room -= 1
                        self._signs.expect_others(key)
            if await happens(self._was_told, self._clock, _POLL_S):
                # Who put it there is just about to work on it, and then it does not wait.
                await self._clock.sleep(_TOLD_S)
                self._was_told.clear()

    @property
    def _room(self) -> int:
        """How many more threads are begun to be worked on unasked, the oldest first.

        As many as there are places, and a line of those that come next: what would have to wait for
        long is left to other processes, and is not begun before its time.
        """
        most = self._limits.live_sessions
        free = most - self.live_sessions
        return free + max(most, _SHORTEST_LINE) - self.waiting_for_session

    async def _listen(self) -> None:
        """Heed what other processes put into the mailboxes."""
        async with aclosing(self._store.listen()) as told:
            async for key in told:
                if key is None:
                    for worker in self._workers.values():
                        worker.look()
                    self._was_told.set()
                elif key in self._workers:
                    if self._workers[key].is_busy:
                        self._signs.expect_others(key)
                    self._workers[key].wake()
                else:
                    self._was_told.set()

    async def _renew(self) -> None:
        while True:
            await self._clock.sleep(self._limits.lease_s / 3)
            if not self._workers:
                continue
            try:
                term = Term.of(self._limits.lease_s, self._clock)
                await self._store.renew(self._owner, term.until)
            except StoreError as error:
                _log.error("lease.not_renewed", reason=str(error))
            else:
                for worker in self._workers.values():
                    worker.renewed(term)

    def _beside(self, work: Coroutine[None, None, None]) -> bool:
        """Do something beside the work; false where that is over, or has not begun."""
        if self._tasks is None or self._drained.is_set():
            work.close()
            return False
        self._tasks.create_task(work)
        return True
