"""The core on a stage: the real worker, manager and intake over fakes in memory.

Time is the test's: it stands until `Stage.pass_time`. Everything here runs in memory, so
whatever can go on without time has gone on once `settle` returns.
"""

from __future__ import annotations

import asyncio
import heapq
from collections import Counter, deque
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from structlog.testing import capture_logs

from bot.errors import StoreError
from bot.gate import Access, FollowUp
from bot.intake import ThreadIntake
from bot.keys import SessionKey
from bot.mailbox import Entry, EntryKind, EntryState
from bot.messages import IncomingMessage, Person
from bot.ports import Capabilities, Store
from bot.rates import Rates
from bot.sessions import SessionManager
from bot.states import WorkerState
from bot.workplace import Limits
from tests.fakes.chat import ANN, FakeChat, FakeMessage
from tests.fakes.directories import FakeDirectories
from tests.fakes.documents import FakeDocuments
from tests.fakes.memory_store import MemoryStore
from tests.fakes.runtime import FakeRuntime

BEGAN = datetime(2020, 1, 1, tzinfo=UTC)
"""When the tests begin; the fake runtime's own clock is the machine's, which is later."""

PACED = Capabilities(
    text_limit=4_000, update_floor_s=1.0, updates_per_minute=6_000, appends_only=False
)

_CALLS = {name for name in dir(Store) if not name.startswith("_")} - {"files", "listen"} | {
    "writable"
}


async def settle() -> None:
    """Let all go on that needs no time; returns once everything waits."""
    ready: deque[Any] = getattr(asyncio.get_running_loop(), "_ready")  # noqa: B009
    for _ in range(100_000):
        await asyncio.sleep(0)
        if not ready:
            return
    raise AssertionError("it does not come to rest")


class StageClock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self._passed = 0.0
        self._set_by = 0.0
        self._numbers = count()
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []

    def now(self) -> datetime:
        """The wall clock."""
        return BEGAN + timedelta(seconds=self._passed + self._set_by)

    def monotonic(self) -> float:
        """Seconds since the beginning."""
        return self._passed

    async def sleep(self, seconds: float) -> None:
        """Wait until it was moved so far."""
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        woken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self._passed + seconds, next(self._numbers), woken))
        await woken

    async def move(self, seconds: float) -> None:
        """Let time pass, from one sleeper to the next."""
        until = self._passed + seconds
        await settle()
        while self._sleepers and self._sleepers[0][0] <= until:
            moment, _, woken = heapq.heappop(self._sleepers)
            if not woken.done():
                self._passed = max(self._passed, moment)
                woken.set_result(None)
                await settle()
        self._passed = until
        await settle()

    def set(self, seconds: float) -> None:
        """Set the wall clock forward or back; no time passes."""
        self._set_by += seconds

    def jump(self, seconds: float) -> None:
        """Let time pass in which this process did not run."""
        self._passed += seconds


@dataclass
class _Trouble:
    error: StoreError
    times: float
    is_after: bool


class ShakyStore(MemoryStore):
    """A store of which single methods can be made to fail."""

    def __init__(self, clock: StageClock) -> None:
        super().__init__(clock)
        self.troubles: dict[str, _Trouble] = {}
        self.calls: Counter[str] = Counter()
        """How often each method was called."""
        self.gates: dict[str, asyncio.Event] = {}
        """Methods that wait for an event before they begin."""

    def fail(
        self, *calls: str, error: StoreError, times: float = float("inf"), after: bool = False
    ) -> None:
        """Make methods fail.

        Args:
            calls: their names; `writable` is asked before a session's files change.
            error: with what.
            times: how often.
            after: whether they do their work nevertheless, and only the answer is lost.
        """
        for call in calls or _CALLS:
            self.troubles[call] = _Trouble(error, times, after)

    def mend(self) -> None:
        """All work again."""
        self.troubles.clear()

    def __getattribute__(self, name: str) -> Any:
        found = super().__getattribute__(name)
        return self._shaky(name, found) if name in _CALLS else found

    def _shaky(self, name: str, call: Callable[..., Awaitable[Any]]) -> Any:
        async def shaky(*arguments: Any, **named: Any) -> Any:
            self.calls[name] += 1
            if (gate := self.gates.get(name)) is not None:
                await gate.wait()
            trouble = self.troubles.get(name)
            if trouble is None:
                return await call(*arguments, **named)
            trouble.times -= 1
            if trouble.times <= 0:
                del self.troubles[name]
            if trouble.is_after:
                await call(*arguments, **named)
            raise type(trouble.error)(*trouble.error.args)

        return shaky

    def entries(self, key: SessionKey) -> list[Entry]:
        """All entries of a thread, oldest first."""
        thread = self._threads.get(key)
        return list(thread.entries.values()) if thread else []

    def owner(self, key: SessionKey) -> str | None:
        """Who holds a thread."""
        return self._threads[key].owner

    def steal(self, key: SessionKey, thief: str = "another process") -> None:
        """Another process takes a thread, as it may when a lease has run out."""
        thread = self._threads[key]
        thread.fence += 1
        thread.owner, thread.until = thief, self._clock.now() + timedelta(seconds=30)


@dataclass
class Stage:
    """What a test plays on.

    Args:
        clock: time.
        store: the database.
        runtime: the agent runtime.
        chat: the platform.
        sessions: the session manager.
        intake: what the platform brings things to.
        documents: reads documents.
    """

    clock: StageClock
    store: ShakyStore
    runtime: FakeRuntime
    chat: FakeChat
    sessions: SessionManager
    intake: ThreadIntake
    documents: FakeDocuments
    running: list[asyncio.Task[None]] = field(default_factory=list)
    logs: list[MutableMapping[str, Any]] = field(default_factory=list)
    """What was logged."""

    async def start(self) -> None:
        """Let the manager and the platform run."""
        self.running = [
            asyncio.create_task(self.sessions.run(), name="manager"),
            asyncio.create_task(self.chat.run(self.intake), name="chat"),
        ]
        await settle()

    async def end(self, patience_s: float = 0) -> None:
        """Drain the manager and stop; a mistake that ended it is raised."""
        manager, chat = self.running
        if not manager.done():
            await self.sessions.drain(patience_s)
        chat.cancel()
        await asyncio.wait([manager, chat])
        manager.result()

    async def kill(self) -> None:
        """The process dies: nothing is drained, nothing is let go."""
        self.store.fail(error=StoreError("killed"))  # whatever it still does has no effect
        self.runtime.kill()
        for task in self.running:
            task.cancel()
        await asyncio.wait(self.running)
        self.store.mend()

    async def pass_time(self, seconds: float) -> None:
        """Let time pass."""
        await self.clock.move(seconds)

    async def say(
        self,
        text: str,
        *,
        by: Person = ANN,
        to: IncomingMessage | None = None,
        is_direct: bool = False,
        mention: bool = True,
        files: Sequence[tuple[str, bytes]] = (),
    ) -> IncomingMessage:
        """Somebody says something, and all that needs no time happens.

        Args:
            text: what.
            by: who.
            to: a message in whose thread it is said; a thread of its own when left out.
            is_direct: whether to the bot alone.
            mention: whether the bot is mentioned.
            files: name and content of what comes with it.
        """
        thread = None if to is None else to.key.thread
        message = await self.chat.say(
            text, by=by, thread=thread, is_direct=is_direct, mention=mention, files=files
        )
        await settle()
        return message

    async def press(
        self, message: FakeMessage, label: str, *, by: Person = ANN, text: str | None = None
    ) -> str:
        """Somebody presses a button and fills in its form; returns what they are told."""
        answer = await self.chat.press(message, label, by=by, text=text)
        await settle()
        return answer.text

    async def stop(self, message: IncomingMessage) -> None:
        """Somebody presses the platform's stop button."""
        await self.chat.stop(message.key)
        await settle()

    async def reset(self, message: IncomingMessage) -> None:
        """Somebody asks for a fresh start in a message's thread."""
        await self.chat.command("reset", key=message.key)
        await settle()

    def texts(self, message: IncomingMessage) -> list[str]:
        """What the bot's messages in a message's thread say, oldest first."""
        return [seen.text for seen in self.chat.seen(message.key)]

    def last(self, message: IncomingMessage) -> FakeMessage:
        """The bot's newest message in a message's thread."""
        return self.chat.seen(message.key)[-1]

    def answer(self, message: IncomingMessage) -> FakeMessage:
        """The reply to a message."""
        entry = self.entry(message)
        return [seen for seen in self.chat.seen(message.key) if seen.entry_id == entry.id][-1]

    def entry(self, message: IncomingMessage) -> Entry:
        """The mailbox entry of a message."""
        [entry] = [
            entry
            for entry in self.store.entries(message.key)
            if entry.source_id == message.message_id and entry.kind is EntryKind.MESSAGE
        ]
        return entry

    def entry_state(self, message: IncomingMessage) -> EntryState:
        """Where a message stands."""
        return self.entry(message).state

    def state(self, message: IncomingMessage) -> WorkerState:
        """What the worker of a message's thread does."""
        return self.sessions.state_of(message.key)

    def prompts(self) -> list[str]:
        """All prompts that the runtime was sent, in order."""
        return [prompt for _, prompt in self.runtime.prompts]


def assembled(
    *,
    limits: Limits | None = None,
    capabilities: Capabilities = PACED,
    access: Access | None = None,
    follow_up: FollowUp = FollowUp.THREAD,
    rate: int = 0,
    beside: Stage | None = None,
    chat: FakeChat | None = None,
    owner: str = "this process",
    directories: FakeDirectories | None = None,
) -> Stage:
    """The parts, put together but not yet running.

    Args:
        limits: of the manager.
        capabilities: of the platform.
        access: who may use the bot.
        follow_up: when a message in a thread counts without a mention.
        rate: how many messages a minute people may say; 0 for any number.
        beside: another process, whose store, clock, runtime and platform are used as well.
        chat: the platform, where it is not the usual one.
        owner: the process's name.
        directories: where threads work; None where none does.
    """
    clock = beside.clock if beside else StageClock()
    store = beside.store if beside else ShakyStore(clock)
    documents = beside.documents if beside else FakeDocuments()
    runtime = beside.runtime if beside else FakeRuntime()
    chat = chat or (beside.chat if beside else FakeChat(capabilities=capabilities, began=BEGAN))
    sessions = SessionManager(
        store=store,
        runtime=runtime,
        chats={chat.platform: chat},
        clock=clock,
        owner=owner,
        limits=limits or Limits(has_footer=False),
        documents=documents,
        directories=directories,
    )
    intake = ThreadIntake(
        chat=chat,
        store=store,
        sessions=sessions,
        runtime=runtime,
        clock=clock,
        access=access or Access(),
        follow_up=follow_up,
        rates=Rates(rate, clock),
    )
    return Stage(clock, store, runtime, chat, sessions, intake, documents)


@asynccontextmanager
async def staged(**options: Any) -> AsyncIterator[Stage]:
    """A stage that runs; see `assembled`."""
    with capture_logs() as logs:
        stage = assembled(**options)
        stage.logs = logs
        await stage.start()
        try:
            yield stage
        finally:
            await stage.end()
