"""What is said while a message is answered: it waits, steers the turn, or interrupts it."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Collection, Sequence
from datetime import datetime

import structlog

from bot.errors import CopilotError, LeaseLost, RuntimeLost, StoreError
from bot.gathering import Gathered, gather
from bot.held_thread import HeldThread
from bot.mailbox import Entry, EntryKind
from bot.modes import Mode
from bot.patience import cancelled, unless
from bot.place import Place
from bot.states import WorkerState

_log = structlog.get_logger(__name__)


class Meanwhile:
    """Heeds what is said while a message is answered, by the mode of its thread.

    What waits when a message is begun waits for its own turn, and so does all that is said behind
    it: nothing overtakes, but for what interrupts. What is said while the turn cannot be steered
    or interrupted yet, or any more, waits as well.

    A message is noted as brought into the turn before the model is told; from then on it ends as
    the turn does. Where the turn ends before the model has seen it, it is queued once more.

    Args:
        entry: the message that is answered.
        thread: its thread.
        is_under_way: whether the model has its prompt, and nobody has asked to stop.
        interrupt: stops the turn for what is said.
    """

    def __init__(
        self,
        entry: Entry,
        thread: HeldThread,
        *,
        is_under_way: Callable[[], bool],
        interrupt: Callable[[], Awaitable[None]],
    ) -> None:
        self.heard: list[Entry] = []
        """The messages in the turn that the model has seen, in that order."""
        self.has_brought_files = False
        """Whether files of theirs were put onto the desk."""
        self._entry = entry
        self._thread = thread
        self._store = thread.tools.store
        self._ended = asyncio.Event()
        self._is_under_way = is_under_way
        self._interrupt = interrupt
        self._mode = self._chosen(entry.choices.mode)
        self._waits: set[int] = set()
        """What waits for its own turn."""
        self._brought: dict[int, Entry] = {}
        """What is noted as brought into the turn, and that the model has not seen."""
        self._coming: deque[Entry] = deque()
        self._bringing: asyncio.Task[None] | None = None
        self._telling: list[asyncio.Task[None]] = []
        self._is_closed = False
        """Whether the turn could not be steered once: then nothing more is brought into it."""
        self._is_up_to_date = True
        self._is_shared = False

    @property
    def seen_until(self) -> datetime | None:
        """Until when the model knows by them what was said; None where it does not."""
        if not self._is_up_to_date:
            return None
        return max((each.sent_at for each in self.heard), default=None)

    @property
    def is_shared(self) -> bool:
        """Whether others have turned out to speak in the thread."""
        return self._is_shared

    async def begin(self) -> None:
        """What waits already waits for its own turn."""
        if self._mode is Mode.QUEUE:
            return
        try:
            await self._let_wait()
        except StoreError as error:
            # The next look takes the mode for a new one, and lets wait what is there then.
            self._mode = Mode.QUEUE
            _log.warning("waiting.not_read", thread=str(self._thread.key), reason=str(error))

    async def look(self) -> None:
        """Something was said, or chosen for the thread.

        Raises:
            LeaseLost: another worker owns the thread now.
            StoreError: the database failed.
        """
        thread = await self._store.thread(self._thread.key)
        mode = self._chosen(None if thread is None else thread.choices.mode)
        before, self._mode = self._mode, mode
        if mode is Mode.QUEUE:
            return
        # While people are asked something, the turn hears nothing else.
        is_asking = self._thread.state is not WorkerState.RUNNING
        is_closed = mode is Mode.STEER and (is_asking or self._is_closed)
        if mode is not before or is_closed or not self._is_under_way():
            await self._let_wait()
            return
        waiting = await self._store.queued(self._thread.key)
        if mode is Mode.STEER:
            self._steer_by(waiting)
        else:
            await self._interrupt_for(waiting)

    async def let_go(self) -> None:
        """Bring nothing more, and end what is under way."""
        self._coming.clear()
        if self._bringing is not None:
            await cancelled(self._bringing, *self._telling)

    async def cut_off(self) -> None:
        """The runtime is lost: what the model has seen is in the session's history."""
        await self.let_go()
        self._telling.clear()
        self.heard.clear()
        self._brought.clear()
        self._is_closed = False

    async def recover(self, steered: Sequence[Entry], heard: Collection[int]) -> None:
        """Go on with what was brought into the turn before it was cut off.

        Args:
            steered: what is noted as brought into it.
            heard: ids of those of them that the model has seen; the others wait again.

        Raises:
            LeaseLost: another worker owns the thread now.
            StoreError: the database failed.
        """
        self.heard = [each for each in steered if each.id in heard]
        for each in steered:
            if each.id not in heard:
                await self._store.unsteer(self._thread.lease, each.id)

    async def end(self, *, is_over: bool) -> None:
        """Nothing more is brought.

        Args:
            is_over: whether the turn has ended; if it is only left to the next worker, the
                session's history tells that one what the model has seen.

        Raises:
            LeaseLost: another worker owns the thread now.
            StoreError: the database failed.
        """
        self._coming.clear()
        self._ended.set()
        if self._bringing is not None and is_over:
            await self._bringing
            await asyncio.gather(*self._telling)
        elif self._bringing is not None:
            await cancelled(self._bringing, *self._telling)
        if is_over:
            for each in self._brought.values():
                await self._store.unsteer(self._thread.lease, each.id)
            self._brought.clear()

    # --- inside ---------------------------------------------------------------------------

    def _chosen(self, mode: Mode | None) -> Mode:
        return mode or self._thread.tools.limits.mode

    async def _let_wait(self) -> None:
        self._waits |= {each.id for each in await self._store.queued(self._thread.key)}

    def _steer_by(self, waiting: Sequence[Entry]) -> None:
        """Bring messages into the turn, up to the first thing that waits for its own."""
        coming = {each.id for each in self._coming} | self._brought.keys()
        for index, each in enumerate(waiting):
            if each.id in self._waits or not self._may_steer(each):
                self._waits |= {other.id for other in waiting[index:]}
                break
            if each.id not in coming:
                self._coming.append(each)
        if self._coming and (self._bringing is None or self._bringing.done()):
            self._bringing = asyncio.create_task(self._bring_all(), name="steering")

    def _may_steer(self, entry: Entry) -> bool:
        """Whether a turn as it runs is for a message's author: none may do more by it."""
        thread, manner = self._thread, self._thread.manner
        place = Place.of(thread.key, entry.author.id)
        granted = thread.tools.limits.profiles.of(entry.choices.profile, place)
        is_granted = manner is not None and manner.profile.rank <= granted.rank
        return entry.kind is EntryKind.MESSAGE and is_granted

    async def _interrupt_for(self, waiting: Sequence[Entry]) -> None:
        """Stop the turn for messages that were said since it began, and let them go first."""
        new = [each for each in waiting if each.id not in self._waits]
        self._waits |= {each.id for each in new}
        said = [each for each in new if each.kind is EntryKind.MESSAGE]
        for each in said:
            await self._store.promote(self._thread.key, each.id, over_all=False)
        if said:
            await self._interrupt()

    async def _bring_all(self) -> None:
        """Bring messages into the turn, each behind the one before."""
        while self._coming and not self._ended.is_set():
            entry = self._coming.popleft()
            try:
                await self._bring(entry)
            except (LeaseLost, RuntimeLost):
                return  # the turn itself comes to know it
            except StoreError as error:
                _log.warning("message.not_steered", **self._named(entry), reason=str(error))
                self._let_wait_from(entry)

    async def _bring(self, entry: Entry) -> None:
        """Note that a message is brought into the turn, and tell it."""
        # Perhaps it is noted though the answer of the database is lost: then it is queued again.
        self._brought[entry.id] = entry
        noted = await self._store.steer(self._thread.lease, entry.id, self._entry.id)
        if noted is None:
            del self._brought[entry.id]  # it was taken back
            return
        gathered = await unless(self._ended, self._gathered(noted))
        if gathered is not None:
            telling = asyncio.create_task(self._tell(noted, gathered), name="steer")
            self._telling.append(telling)
            await asyncio.sleep(0)  # where it is refused at once, the next one must not overtake it

    async def _tell(self, entry: Entry, gathered: Gathered) -> None:
        """Tell the model, and wait until it has seen it."""
        is_seen = False
        try:
            is_seen = await self._thread.session.steer(gathered.prompt, gathered.images)
        except RuntimeLost:
            return  # the history tells the next attempt
        except CopilotError as error:
            _log.warning("message.not_steered", **self._named(entry), reason=str(error))
        if not is_seen:
            self._let_wait_from(entry)
            return
        del self._brought[entry.id]
        self.heard.append(entry)
        self._is_up_to_date = self._is_up_to_date and gathered.is_up_to_date
        self._is_shared = self._is_shared or gathered.is_shared or entry.is_shared
        self._thread.around.unmark(entry)
        _log.info("message.steered", **self._named(entry))

    def _let_wait_from(self, entry: Entry) -> None:
        """A message waits for its own turn after all, and so does what is behind it."""
        self._is_closed = True
        self._waits |= {entry.id, *(each.id for each in self._coming)}
        self._coming.clear()

    async def _gathered(self, entry: Entry) -> Gathered:
        self.has_brought_files = self.has_brought_files or bool(entry.files)
        others = (each for each in self._brought.values() if each.id != entry.id)
        during = [self._entry, *self.heard, *others]
        return await gather(entry, self._thread, known_prompt=None, during=during)

    def _named(self, entry: Entry) -> dict[str, str | int]:
        return {"thread": str(self._thread.key), "entry": entry.id, "into": self._entry.id}
