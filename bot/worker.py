"""The one task that owns a thread for a while and empties its mailbox."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Protocol

import structlog

from bot import phrases, recovery
from bot.errors import (
    ChatError,
    CopilotError,
    LeaseLost,
    RuntimeLost,
    SessionMissing,
    StoreError,
    ThreadpilotError,
)
from bot.events import QuestionAsked, TurnFailed, TurnFinished
from bot.keys import SessionKey
from bot.mailbox import Delivery, Entry, EntryKind, EntryState, Lease, NewEntry
from bot.messages import Button, Post
from bot.ports import (
    ChatAdapter,
    Clock,
    ReplyState,
    ReplyTarget,
    Runtime,
    RuntimeSession,
    SessionFiles,
    SessionSpec,
    Store,
    ThreadStatus,
)
from bot.replies import LiveReplies, LiveReply
from bot.states import Step, WorkerState, after

_ATTEMPTS = 3
"""How often a message is begun before it counts as failed."""

_log = structlog.get_logger(__name__)


class Surroundings(Protocol):
    """What a worker is given by the session manager."""

    def show_status(self, key: SessionKey, status: ThreadStatus, title: str) -> None:
        """Show what the thread does, beside the work."""

    def unmark(self, entry: Entry) -> None:
        """The message does not wait any more."""

    def unmark_all(self, key: SessionKey) -> None:
        """No message of the thread waits any more."""

    async def admit(self, worker: Worker) -> None:
        """Wait until one more session may be live."""

    def dismissed(self, worker: Worker) -> None:
        """The worker's session is not live any more."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Tools:
    """What a worker works with.

    Args:
        store: the database.
        runtime: the agent runtime.
        chat: the thread's platform.
        live: the replies of that platform.
        clock: time.
        owner: the name under which this process holds leases.
        idle_s: how long a live session is kept without work.
        lease_s: how long a lease is good for.
        turn_s: the longest that a turn may take.
        has_footer: whether replies end with model, time and cost.
    """

    store: Store
    runtime: Runtime
    chat: ChatAdapter
    live: LiveReplies
    clock: Clock
    owner: str
    idle_s: float
    lease_s: float
    turn_s: float
    has_footer: bool


@dataclass(frozen=True, slots=True)
class _Ending:
    """How a message's turn ended, for people and for the mailbox."""

    entry_state: EntryState
    reply_state: ReplyState
    text: str | None = None
    notice: str = ""
    buttons: tuple[Button, ...] = ()

    @classmethod
    def failed(cls, notice: str, entry: Entry) -> _Ending:
        return cls(EntryState.FAILED, ReplyState.FAILED, notice=notice, buttons=(_retry(entry),))

    @classmethod
    def stopped(cls, notice: str, entry: Entry) -> _Ending:
        return cls(EntryState.STOPPED, ReplyState.STOPPED, notice=notice, buttons=(_retry(entry),))


@dataclass(slots=True)
class _OpenQuestion:
    id: str
    choices: tuple[str, ...]
    post: str
    reference: str


class Worker:
    """Works on one thread as long as there is something to do, and a while longer.

    Args:
        key: the thread.
        tools: what it works with.
        surroundings: the session manager.
    """

    def __init__(self, key: SessionKey, tools: Tools, surroundings: Surroundings) -> None:
        self.key = key
        self.state = WorkerState.COLD
        self.last_used = tools.clock.monotonic()
        self._tools = tools
        self._around = surroundings
        self._woken = asyncio.Event()
        self._leaving = asyncio.Event()
        self._lease: Lease | None = None
        self._session: RuntimeSession | None = None
        self._is_admitted = False
        self._is_answering = False
        self._is_overdue = False
        self._is_stale = False
        self._stop_asked = asyncio.Event()
        self._question: _OpenQuestion | None = None
        self._title = ""

    @property
    def was_woken(self) -> bool:
        """Whether something arrived that it has not looked at."""
        return self._woken.is_set()

    @property
    def open_question(self) -> str | None:
        """The id of the question that waits for an answer."""
        return self._question.id if self._question else None

    def wake(self) -> None:
        """Something is in the mailbox."""
        self._woken.set()

    def leave(self) -> None:
        """Do not take anything more: let the session and the thread go once the turn is over."""
        self._leaving.set()
        self._woken.set()

    async def run(self) -> None:
        """Take the lease, empty the mailbox, wait for more, and let go.

        Returns at once where another process owns the thread.

        Raises:
            StoreError: the database failed; what was begun is taken up again later.
        """
        tools = self._tools
        self._woken.clear()
        self._lease = await tools.store.lease(
            self.key, tools.owner, tools.clock.now() + timedelta(seconds=tools.lease_s)
        )
        if self._lease is None:
            return
        self._title = self._lease.thread.title
        try:
            await self._empty_mailbox()
        finally:
            await self._let_go()

    async def _empty_mailbox(self) -> None:
        while not self._leaving.is_set():
            self._woken.clear()
            entry = await self._tools.store.take(self._held)
            if entry is None:
                if not await self._wait_for_more():
                    return
            elif entry.kind is EntryKind.MESSAGE:
                self._is_answering = True
                try:
                    await self._answer(entry)
                finally:
                    self._is_answering = False
            else:
                await self._control(entry)

    async def _wait_for_more(self) -> bool:
        """Whether something arrived before the time was up."""
        self.last_used = self._tools.clock.monotonic()
        if self._session is None:
            return self._woken.is_set()
        try:
            async with asyncio.timeout(self._tools.idle_s):
                await self._woken.wait()
        except TimeoutError:
            return False
        return True

    async def _let_go(self) -> None:
        await self._close_session()
        if self.state is not WorkerState.COLD:
            self.state = WorkerState.COLD
        lease, self._lease = self._lease, None
        if lease is not None:
            try:
                await asyncio.shield(self._tools.store.release(lease))
            except LeaseLost:
                _log.info("lease.was_lost", thread=str(self.key))

    # --- a message ------------------------------------------------------------------------

    async def _answer(self, entry: Entry) -> None:
        """Answer a message, whatever it takes, and write down how it ended."""
        tools = self._tools
        self._stop_asked.clear()
        self._around.show_status(self.key, ThreadStatus.WORKING, self._title)
        self._around.unmark(entry)
        earlier = await tools.store.deliveries(entry.id) if entry.attempts > 1 else ()
        target = ReplyTarget(
            key=self.key,
            entry_id=entry.id,
            message_id=entry.source_id,
            person=entry.author,
            earlier=tuple(earlier),
            delivered=self._delivered,
        )
        reply = LiveReply(tools.chat, target, tools.live, tools.clock, has_footer=tools.has_footer)
        async with reply:
            try:
                ending = await self._attempt_controlled(entry, reply)
                await self._end(entry, reply, ending)
            except LeaseLost:
                raise
            except StoreError as error:
                await self._tell_store_error(entry, reply, error)
                raise
        self.last_used = tools.clock.monotonic()
        if self._is_stale:
            await self._begin_afresh()
        else:
            self._around.show_status(self.key, ThreadStatus.IDLE, self._title)

    async def _attempt_controlled(self, entry: Entry, reply: LiveReply) -> _Ending:
        """Answer while controls are heeded."""
        ended = asyncio.Event()
        controls = asyncio.create_task(self._watch_controls(ended), name="controls")
        try:
            return await self._attempt(entry, reply)
        finally:
            # It is not cancelled: a control that it has just taken would be lost.
            ended.set()
            self._woken.set()
            await controls
            await self._close_question("")

    async def _attempt(self, entry: Entry, reply: LiveReply) -> _Ending:
        """Try until it is answered, or there is a reason to tell why not."""
        attempts = entry.attempts
        while True:
            try:
                if attempts > _ATTEMPTS:
                    return _Ending.failed(phrases.GIVEN_UP, entry)
                await self._open_unless_stopped()
                if self._stop_asked.is_set():
                    return _Ending.stopped(phrases.STOPPED, entry)
                self._step(Step.TURN_TAKEN)
                ending = await self._go_on(entry, reply) if attempts > 1 else None
                if ending is None:
                    ending = await self._turn(entry, reply)
                self._end_turn()
            except RuntimeLost as error:
                _log.warning("turn.lost", thread=str(self.key), entry=entry.id, reason=str(error))
                self._step(Step.LOST)
                await self._close_session()
                if self._stop_asked.is_set():
                    self._step(Step.GIVEN_UP)
                    return _Ending.stopped(phrases.STOPPED, entry)
                attempts += 1
                reply.begin_again()
            except CopilotError as error:
                _log.error("turn.failed", thread=str(self.key), entry=entry.id, reason=str(error))
                self._step(Step.LOST)
                self._step(Step.GIVEN_UP)
                await self._close_session()
                return _Ending.failed(phrases.failure(error), entry)
            else:
                return ending

    async def _open_unless_stopped(self) -> None:
        """Make the session live, but do not insist when somebody asks to stop."""
        if self._session is not None:
            return
        opening = asyncio.create_task(self._open(), name="open")
        stopped = asyncio.create_task(self._stop_asked.wait(), name="stop")
        try:
            await asyncio.wait([opening, stopped], return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (stopped, opening):
                task.cancel()
            await asyncio.wait([stopped, opening])
        if not opening.cancelled():
            opening.result()
        elif self.state is WorkerState.OPENING:
            self._step(Step.LOST)
            self._step(Step.GIVEN_UP)
            await self._close_session()

    async def _open(self) -> None:
        """Make the session live."""
        self._step(Step.ENTRY_ARRIVED if self.state is WorkerState.COLD else Step.REOPENING)
        lease = self._held
        thread = lease.thread
        if not self._is_admitted:
            await self._around.admit(self)
            self._is_admitted = True
        files = self._tools.store.files(lease, thread.session_id)
        spec = SessionSpec(session_id=thread.session_id, is_new=not thread.has_session, files=files)
        try:
            self._session = await self._tools.runtime.open(spec)
        except SessionMissing:
            # It was begun, but the process ended before anything of it was kept.
            if await _has_conversation(files):
                raise
            self._session = await self._tools.runtime.open(replace(spec, is_new=True))
        self._step(Step.SESSION_OPENED)

    async def _go_on(self, entry: Entry, reply: LiveReply) -> _Ending | None:
        """Look at what became of the prompt; None when it is to be sent."""
        session = self._live
        turns = await session.history()
        match recovery.decide(turns, entry.text, entry.taken_at or entry.sent_at):
            case recovery.Deliver(text=text):
                return _Ending(EntryState.DONE, ReplyState.DONE, text=text)
            case recovery.TellCutOff(text=text, tools=tools):
                return replace(_Ending.failed(phrases.cut_off(tools), entry), text=text)
            case recovery.SendAgain(rewind_to=prompt_id):
                if prompt_id is not None:
                    await session.rewind(prompt_id)
                reply.begin_again()
                return None

    async def _turn(self, entry: Entry, reply: LiveReply) -> _Ending:
        """Send the prompt and follow the turn to its end."""
        session = self._live
        lease = self._held
        if not lease.thread.has_session:
            await self._tools.store.begin_session(lease)
            self._lease = replace(lease, thread=replace(lease.thread, has_session=True))
        self._is_overdue = False
        overdue = asyncio.create_task(self._stop_when_overdue(), name="overdue")
        try:
            ending = await self._follow(session, entry, reply)
        finally:
            overdue.cancel()
            await asyncio.wait([overdue])
        return _Ending.stopped(phrases.TOO_LONG, entry) if self._is_overdue else ending

    async def _stop_when_overdue(self) -> None:
        await self._tools.clock.sleep(self._tools.turn_s)
        self._is_overdue = True
        await self._stop()

    async def _follow(self, session: RuntimeSession, entry: Entry, reply: LiveReply) -> _Ending:
        async with aclosing(session.turn(entry.text)) as events:
            async for event in events:
                reply.feed(event)
                match event:
                    case QuestionAsked():
                        await self._ask(event)
                    case TurnFinished(was_stopped=was_stopped):
                        if was_stopped or self.state is WorkerState.STOPPING:
                            return _Ending.stopped(phrases.STOPPED, entry)
                        notice = "" if reply.transcript.text else phrases.NO_ANSWER
                        return _Ending(EntryState.DONE, ReplyState.DONE, notice=notice)
                    case TurnFailed(error=error):
                        if self.state is WorkerState.STOPPING:
                            return _Ending.stopped(phrases.STOPPED, entry)
                        _log.error(
                            "turn.failed", thread=str(self.key), entry=entry.id, reason=str(error)
                        )
                        return _Ending.failed(phrases.failure(error), entry)
                    case _:
                        pass
        raise RuntimeLost("the turn ended without saying how")

    def _end_turn(self) -> None:
        """Back to rest, from wherever in a turn."""
        if self.state is WorkerState.WAITING:
            self._step(Step.QUESTION_CLOSED)
        self._step(Step.STOP_CONFIRMED if self.state is WorkerState.STOPPING else Step.TURN_ENDED)

    async def _end(self, entry: Entry, reply: LiveReply, ending: _Ending) -> None:
        """Show how it ended, and write it down."""
        try:
            await reply.close(
                ending.reply_state, text=ending.text, notice=ending.notice, buttons=ending.buttons
            )
        except ChatError as error:
            _log.error("reply.not_shown", thread=str(self.key), entry=entry.id, reason=str(error))
        usage = reply.transcript.usage(reply.seconds)
        title = "" if self._is_stale else reply.transcript.title
        self._title = title or self._title
        await self._tools.store.finish(self._held, entry.id, ending.entry_state, usage, title)
        _log.info(
            "turn.ended",
            thread=str(self.key),
            entry=entry.id,
            state=str(ending.entry_state),
            seconds=round(usage.seconds, 3),
            model=usage.model,
        )

    async def _tell_store_error(self, entry: Entry, reply: LiveReply, error: StoreError) -> None:
        """Say that the database failed, unless the answer is already there."""
        _log.error("turn.not_kept", thread=str(self.key), entry=entry.id, reason=str(error))
        if reply.is_closed:
            return
        ending = _Ending.failed(phrases.failure(error), entry)
        try:
            await reply.close(ending.reply_state, notice=ending.notice, buttons=ending.buttons)
        except ThreadpilotError as reason:
            _log.error("reply.not_shown", thread=str(self.key), reason=str(reason))

    async def _delivered(self, delivery: Delivery) -> None:
        await self._tools.store.deliver(self._held, delivery)

    # --- controls -------------------------------------------------------------------------

    async def _watch_controls(self, ended: asyncio.Event) -> None:
        """While a message is answered: stop, reset, or bring the answer to a question."""
        while True:
            await self._woken.wait()
            if ended.is_set():
                return
            self._woken.clear()
            for entry in await self._tools.store.take_controls(self._held):
                await self._control(entry)

    async def _control(self, entry: Entry) -> None:
        """Do what a control asks, in whatever state the worker is."""
        _log.info("control", thread=str(self.key), kind=str(entry.kind), by=entry.author.id)
        match entry.kind:
            case EntryKind.STOP:
                await self._stop()
            case EntryKind.RESET:
                await self._reset()
            case EntryKind.RETRY:
                if await self._tools.store.requeue(self._held, int(entry.reference)):
                    self._woken.set()
            case EntryKind.ANSWER:
                await self._answer_question(entry)
            case EntryKind.MESSAGE:
                raise AssertionError("a message is no control")

    async def _stop(self) -> None:
        """End the turn that runs or is about to."""
        self._stop_asked.set()
        if self.state in {WorkerState.RUNNING, WorkerState.WAITING}:
            self._step(Step.STOP_ASKED)
            await self._live.stop()

    async def _reset(self) -> None:
        """Begin the thread's next generation; a turn that runs is stopped first."""
        self._lease = await self._tools.store.reset(self._held)
        self._around.unmark_all(self.key)
        self._title = ""
        self._is_stale = True
        if self._is_answering:
            await self._stop()
        else:
            await self._begin_afresh()

    async def _begin_afresh(self) -> None:
        """Let the old generation's session go, and say so."""
        await self._close_session()
        self._is_stale = False
        await self._post(Post(text=phrases.FRESH_START))
        self._around.show_status(self.key, ThreadStatus.CLOSED, "")

    # --- questions ------------------------------------------------------------------------

    async def _ask(self, event: QuestionAsked) -> None:
        buttons = tuple(
            Button(action="answer", value=f"{event.question_id} {index}", label=choice)
            for index, choice in enumerate(event.choices)
        )
        hint = (
            phrases.ANSWER_IN_WORDS
            if not event.choices
            else phrases.ANSWER_FREELY
            if event.allows_text
            else phrases.ANSWER_BY_CHOICE
        )
        self._step(Step.QUESTION_OPENED)
        self._question = _OpenQuestion(event.question_id, event.choices, event.question, "")
        self._around.show_status(self.key, ThreadStatus.WAITING, self._title)
        reference = await self._post(Post(text=f"{event.question}\n\n_{hint}_", buttons=buttons))
        if self._question is not None:
            self._question.reference = reference

    async def _answer_question(self, entry: Entry) -> None:
        question = self._question
        question_id, _, index = entry.reference.partition(" ")
        if question is None or question_id != question.id:
            if not index:  # Words, not a press: they are a message like any other.
                await self._tools.store.append(
                    NewEntry(
                        key=self.key,
                        kind=EntryKind.MESSAGE,
                        source_id=entry.source_id,
                        author=entry.author,
                        text=entry.text,
                        sent_at=entry.sent_at,
                    )
                )
            return
        is_choice = index.isdecimal() and int(index) < len(question.choices)
        text = question.choices[int(index)] if is_choice else entry.text
        if not is_choice:
            is_choice = text in question.choices
        if self.state is WorkerState.WAITING:
            self._step(Step.QUESTION_CLOSED)
        await self._close_question(text)
        self._around.show_status(self.key, ThreadStatus.WORKING, self._title)
        await self._live.answer(question.id, text, is_choice=is_choice)

    async def _close_question(self, answer: str) -> None:
        question, self._question = self._question, None
        if question is None or not question.reference:
            return
        closed = f"{question.post}\n\n*{answer}*" if answer else question.post
        try:
            await self._tools.chat.edit(self.key, question.reference, Post(text=closed))
        except ChatError as error:
            _log.warning("question.not_closed", thread=str(self.key), reason=str(error))

    # --- the rest -------------------------------------------------------------------------

    async def _post(self, post: Post) -> str:
        try:
            return await self._tools.chat.post(self.key, post)
        except ChatError as error:
            _log.warning("post.failed", thread=str(self.key), reason=str(error))
            return ""

    async def _close_session(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            await session.close()
        if self._is_admitted:
            self._is_admitted = False
            self._around.dismissed(self)
        if self.state is WorkerState.IDLE:
            self._step(Step.IDLE_LONG_ENOUGH)

    def _step(self, step: Step) -> None:
        self.state = after(self.state, step)

    @property
    def _held(self) -> Lease:
        if self._lease is None:
            raise LeaseLost("the thread was let go")
        return self._lease

    @property
    def _live(self) -> RuntimeSession:
        if self._session is None:
            raise RuntimeLost("the session was let go")
        return self._session


async def _has_conversation(files: SessionFiles) -> bool:
    """Whether a session left anything to resume."""
    for name in await files.list("/session-state"):
        if not name.is_directory and name.size > 0:
            return True
    return False


def _retry(entry: Entry) -> Button:
    return Button(action="retry", value=str(entry.id), label="Retry")
