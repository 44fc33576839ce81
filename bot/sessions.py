"""The session manager: which threads are worked on in this process, and by how many sessions."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass
from datetime import timedelta

import structlog

from bot.errors import LeaseLost, StoreError
from bot.keys import SessionKey
from bot.mailbox import Entry
from bot.ports import (
    ChatAdapter,
    Clock,
    MarksWaiting,
    Runtime,
    ShowsStatus,
    Store,
    ThreadStatus,
)
from bot.replies import LiveReplies
from bot.states import WorkerState
from bot.worker import Tools, Worker

_POLL_S = 5.0
"""How often the store is asked for threads that nobody works on: the net under the wakes."""

_FIRST_PAUSE_S = 1.0
_LONGEST_PAUSE_S = 60.0
"""How long a thread is left alone whose worker failed: doubled with each failure."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """How the operator wants sessions to be held.

    Args:
        idle_s: how long a live session is kept without work.
        live_sessions: how many may be live at once.
        lease_s: how long a lease on a thread is good for.
        turn_s: the longest that a turn may take.
        has_footer: whether replies end with model, time and cost.
    """

    idle_s: float = 600.0
    live_sessions: int = 100
    lease_s: float = 30.0
    turn_s: float = 1800.0
    has_footer: bool = True


class SessionManager:
    """Starts a worker for each thread that has something to do.

    Args:
        store: the database.
        runtime: the agent runtime.
        chats: the platforms, by their short names.
        clock: time.
        owner: the name under which this process holds leases; unique among processes.
        limits: how sessions are held.
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
    ) -> None:
        self._store = store
        self._runtime = runtime
        self._chats = chats
        self._clock = clock
        self._owner = owner
        self._limits = limits
        self._live_replies = {name: LiveReplies(chat.capabilities) for name, chat in chats.items()}
        self._workers: dict[SessionKey, Worker] = {}
        self._admitted: set[Worker] = set()
        self._queue: deque[asyncio.Future[None]] = deque()
        self._pauses: dict[SessionKey, tuple[float, float]] = {}
        self._statuses: dict[SessionKey, tuple[ThreadStatus, str]] = {}
        self._showing: set[SessionKey] = set()
        self._marks: dict[SessionKey, set[str]] = {}
        self._tasks: asyncio.TaskGroup | None = None
        self._running: set[asyncio.Task[None]] = set()
        self._is_draining = False
        self._drained = asyncio.Event()

    # --- life -----------------------------------------------------------------------------

    async def run(self) -> None:
        """Work until `drain` is done.

        Raises:
            ExceptionGroup: of a mistake in the program.
        """
        async with asyncio.TaskGroup() as tasks:
            self._tasks = tasks
            keeping = [tasks.create_task(self._renew()), tasks.create_task(self._poll())]
            await self._drained.wait()
            for task in keeping:
                task.cancel()

    async def drain(self, patience_s: float) -> None:
        """Take nothing new, let turns end, and stop what is left.

        What is stopped stays in the mailbox and is resumed at the next start.

        Args:
            patience_s: how long running turns may take to end.
        """
        self._is_draining = True
        for worker in self._workers.values():
            worker.leave()
        if self._running:
            await asyncio.wait(self._running, timeout=patience_s)
        for task in self._running:
            task.cancel()
        if self._running:
            await asyncio.wait(self._running)
        self._drained.set()

    @property
    def working(self) -> int:
        """How many threads are worked on."""
        return len(self._workers)

    @property
    def live_sessions(self) -> int:
        """How many Copilot sessions are live."""
        return len(self._admitted)

    # --- for the intake -------------------------------------------------------------------

    def wake(self, key: SessionKey) -> None:
        """Something is in a thread's mailbox."""
        worker = self._workers.get(key)
        if worker is not None:
            worker.wake()
        elif not self._is_draining and key.platform in self._chats:
            self._start(key)

    def state_of(self, key: SessionKey) -> WorkerState:
        """What the thread's worker in this process does."""
        worker = self._workers.get(key)
        return worker.state if worker else WorkerState.COLD

    def open_question(self, key: SessionKey) -> str | None:
        """The id of the question that waits for an answer in a thread."""
        worker = self._workers.get(key)
        return worker.open_question if worker else None

    def mark(self, key: SessionKey, message_id: str) -> None:
        """Show that a message was seen and waits for its turn."""
        chat = self._chats[key.platform]
        if isinstance(chat, MarksWaiting):
            self._marks.setdefault(key, set()).add(message_id)
            self._beside(chat.mark_waiting(key, message_id, is_waiting=True))

    # --- for the workers ------------------------------------------------------------------

    def unmark(self, entry: Entry) -> None:
        """The message does not wait any more."""
        marks = self._marks.get(entry.key, set())
        if entry.source_id in marks:
            marks.discard(entry.source_id)
            if not marks:
                del self._marks[entry.key]
            self._unmark(entry.key, entry.source_id)

    def unmark_all(self, key: SessionKey) -> None:
        """No message of the thread waits any more."""
        for message_id in self._marks.pop(key, set()):
            self._unmark(key, message_id)

    def _unmark(self, key: SessionKey, message_id: str) -> None:
        chat = self._chats[key.platform]
        if isinstance(chat, MarksWaiting):
            self._beside(chat.mark_waiting(key, message_id, is_waiting=False))

    def show_status(self, key: SessionKey, status: ThreadStatus, title: str) -> None:
        """Show what a thread does, beside the work: the newest wins, one call at a time."""
        if isinstance(self._chats[key.platform], ShowsStatus):
            self._statuses[key] = (status, title)
            if key not in self._showing:
                self._showing.add(key)
                self._beside(self._show_statuses(key))

    async def _show_statuses(self, key: SessionKey) -> None:
        chat = self._chats[key.platform]
        try:
            while isinstance(chat, ShowsStatus) and key in self._statuses:
                status, title = self._statuses.pop(key)
                await chat.set_status(key, status, title=title)
        finally:
            self._showing.discard(key)

    async def admit(self, worker: Worker) -> None:
        """Wait until one more session may be live; the one used least recently gives way."""
        while len(self._admitted) >= self._limits.live_sessions:
            idle = [known for known in self._admitted if known.state is WorkerState.IDLE]
            if idle:
                min(idle, key=lambda known: known.last_used).leave()
            place = asyncio.get_running_loop().create_future()
            self._queue.append(place)
            try:
                await place
            finally:
                if place in self._queue:
                    self._queue.remove(place)
        self._admitted.add(worker)

    def dismissed(self, worker: Worker) -> None:
        """A worker's session is not live any more."""
        self._admitted.discard(worker)
        while self._queue:
            place = self._queue.popleft()
            if not place.done():
                place.set_result(None)
                return

    # --- inside ---------------------------------------------------------------------------

    def _start(self, key: SessionKey) -> None:
        if self._tasks is None:
            return  # `run` begins with a look at what waits
        limits = self._limits
        tools = Tools(
            store=self._store,
            runtime=self._runtime,
            chat=self._chats[key.platform],
            live=self._live_replies[key.platform],
            clock=self._clock,
            owner=self._owner,
            idle_s=limits.idle_s,
            lease_s=limits.lease_s,
            turn_s=limits.turn_s,
            has_footer=limits.has_footer,
        )
        worker = Worker(key, tools, self)
        self._workers[key] = worker
        task = self._tasks.create_task(self._work(key, worker), name=f"worker {key}")
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def _work(self, key: SessionKey, worker: Worker) -> None:
        try:
            await worker.run()
            self._pauses.pop(key, None)
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
        if worker.was_woken and not self._is_draining and key not in self._pauses:
            self._start(key)

    def _pause(self, key: SessionKey) -> None:
        _, pause = self._pauses.get(key, (0.0, _FIRST_PAUSE_S / 2))
        pause = min(pause * 2, _LONGEST_PAUSE_S)
        self._pauses[key] = (self._clock.monotonic() + pause, pause)

    async def _poll(self) -> None:
        while True:
            try:
                waiting = await self._store.waiting()
            except StoreError as error:
                _log.error("store.not_readable", reason=str(error))
                waiting = ()
            now = self._clock.monotonic()
            for key in waiting:
                until, _ = self._pauses.get(key, (0.0, 0.0))
                if key not in self._workers and until <= now:
                    self.wake(key)
            await self._clock.sleep(_POLL_S)

    async def _renew(self) -> None:
        while True:
            await self._clock.sleep(self._limits.lease_s / 3)
            if not self._workers:
                continue
            try:
                until = self._clock.now() + timedelta(seconds=self._limits.lease_s)
                await self._store.renew(self._owner, until)
            except StoreError as error:
                _log.error("lease.not_renewed", reason=str(error))

    def _beside(self, work: Coroutine[None, None, None]) -> None:
        """Do something beside the work whose failure nobody waits for."""
        if self._tasks is None or self._drained.is_set():
            work.close()
            return
        self._tasks.create_task(self._logged(work))

    async def _logged(self, work: Coroutine[None, None, None]) -> None:
        try:
            await work
        except Exception:  # noqa: BLE001 - nothing that is shown beside may end the bot
            _log.exception("beside.failed")
