"""The one task that owns a thread for a while and empties its mailbox."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import structlog

from bot import phrases, recovery
from bot.endings import Ending
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
from bot.notes import Ended, Notes, Notice
from bot.patience import happens
from bot.ports import (
    ReplyState,
    ReplyTarget,
    RuntimeSession,
    SessionSpec,
    ThreadStatus,
)
from bot.questions import Question, Questions
from bot.replies import LiveReply
from bot.states import Step, WorkerState, after
from bot.workplace import Surroundings, Tools

_ATTEMPTS = 3
"""How often a message is begun before it counts as failed."""

_STOP_S = 10.0
"""How long a turn that was told to stop may take to end, before its runtime counts as lost."""

_PAUSE_S = 1.0
"""How long it takes until a database that failed is asked for controls again."""

_THREAD = 0
"""Stands for the thread as a whole where an entry's id is wanted."""

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
        self.state = WorkerState.COLD
        self.last_used = tools.clock.monotonic()
        self.notes = notes or Notes()
        self._tools = tools
        self._around = surroundings
        self._woken = asyncio.Event()
        self._leaving = asyncio.Event()
        self._lease: Lease | None = None
        self._sure_until = tools.clock.now()
        self._is_doubtful = False
        self._is_expected = False
        self._session: RuntimeSession | None = None
        self._is_admitted = False
        self._is_answering = False
        self._is_overdue = False
        self._is_stale = False
        self._stop_asked = asyncio.Event()
        self._stop_at_rest: int | None = None
        self._has_just_answered = False
        self._questions = Questions()
        self._title = ""

    @property
    def was_woken(self) -> bool:
        """Whether something arrived that it has not looked at."""
        return self._woken.is_set()

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
        return self._is_answering or self.state is WorkerState.COLD or self._woken.is_set()

    @property
    def open_question(self) -> str | None:
        """The id of the question that waits for an answer."""
        return self._questions.open.id if self._questions.open else None

    def wake(self) -> None:
        """Something is in the mailbox."""
        self._is_expected = True
        self._woken.set()

    def leave(self) -> None:
        """Do not take anything more: let the session and the thread go once the turn is over."""
        self._leaving.set()
        self._woken.set()

    def renewed(self, until: datetime) -> None:
        """The lease is good until then, unless it ran out before: then it is looked at again."""
        if self._lease is not None and self._tools.clock.now() >= self._sure_until:
            self._is_doubtful = True
            self._woken.set()
        self._sure_until = until

    async def run(self) -> None:
        """Take the lease, empty the mailbox, wait for more, and let go.

        Returns at once where another process owns the thread.

        Raises:
            LeaseLost: another worker owns the thread now.
            StoreError: the database failed; what was begun is taken up again later.
        """
        tools = self._tools
        self._woken.clear()
        until = tools.clock.now() + timedelta(seconds=tools.lease_s)
        try:
            self._lease = await tools.store.lease(self.key, tools.owner, until)
        except StoreError as error:
            if self._is_expected:
                await self._tell_trouble(error)
            raise
        if self._lease is None:
            self.notes = Notes()
            return
        self._sure_until = until
        self._title = self._lease.thread.title
        try:
            await self._empty_mailbox()
        finally:
            await self._let_go()

    async def _empty_mailbox(self) -> None:
        while self.notes.controls or not self._leaving.is_set():
            self._woken.clear()
            entry = await self._take()
            if entry is None:
                self.notes.clear()
                self._around.got_on(self)
                if not await self._wait_for_more():
                    return
            elif entry.kind is EntryKind.MESSAGE:
                self._is_answering = True
                try:
                    await self._answer(entry)
                finally:
                    self._is_answering = False
                self._has_just_answered = True
            else:
                await self._control(entry)
            self._around.make_room()

    async def _take(self) -> Entry | None:
        """The next entry; where one is expected, people are told if it cannot be read."""
        if self.notes.controls:
            return self.notes.controls.pop(0)
        is_expected, self._is_expected = self._is_expected, False
        try:
            entry = await self._tools.store.take(self._held)
        except LeaseLost:
            raise
        except StoreError as error:
            self._excuse(_THREAD)
            if is_expected:
                await self._tell_trouble(error)
            raise
        self._is_doubtful = False
        return entry

    async def _wait_for_more(self) -> bool:
        """Whether something arrived before the time was up."""
        self._has_just_answered = False
        if self._session is None:
            return self._woken.is_set()
        self.last_used = self._tools.clock.monotonic()
        self._around.make_room()
        return await happens(self._woken, self._tools.clock, self._tools.idle_s)

    async def _let_go(self) -> None:
        lease = self._held
        try:
            await self._close_session()
        finally:
            self.state = WorkerState.COLD
            self._lease = None
            try:
                await asyncio.shield(self._tools.store.release(lease))
            except LeaseLost:
                _log.info("lease.was_lost", thread=str(self.key))

    # --- a message ------------------------------------------------------------------------

    async def _answer(self, entry: Entry) -> None:
        """Answer a message, whatever it takes, and write down how it ended."""
        tools = self._tools
        if ended := self.notes.ended.get(entry.id):
            await self._note_end(entry, ended)
            self._around.show_status(self.key, ThreadStatus.IDLE, self._title)
            return
        self._prepare(entry)
        self._around.show_status(self.key, ThreadStatus.WORKING, self._title)
        self._around.unmark(entry)
        reply: LiveReply | None = None
        try:
            target = ReplyTarget(
                key=self.key,
                entry_id=entry.id,
                message_id=entry.source_id,
                person=entry.author,
                earlier=await self._earlier(entry),
                delivered=self._delivered,
            )
            reply = LiveReply(
                tools.chat,
                target,
                tools.live,
                tools.clock,
                has_footer=tools.has_footer,
                may_show=self._is_surely_ours,
            )
            async with reply:
                try:
                    ending = await self._attempt_controlled(entry, reply)
                    await self._end(entry, reply, ending)
                except LeaseLost:
                    raise
                except StoreError as error:
                    await self._tell_store_error(entry, reply, error)
                    raise
        except LeaseLost:
            raise
        except StoreError as error:
            if reply is None:
                await self._tell_store_error(entry, None, error)
            self._excuse(entry.id)
            if self._stop_asked.is_set() and not self._is_overdue:
                self.notes.stopped.add(entry.id)
            self._around.show_status(self.key, ThreadStatus.IDLE, self._title)
            raise
        self.last_used = tools.clock.monotonic()
        if self._is_stale:
            await self._begin_afresh()
        else:
            self._around.show_status(self.key, ThreadStatus.IDLE, self._title)

    def _prepare(self, entry: Entry) -> None:
        """Forget what the message before left."""
        self._questions = Questions()
        self._is_overdue = False
        self._stop_asked.clear()
        spoiled = self.notes.excused.pop(_THREAD, 0)
        if spoiled:
            self._excuse(entry.id, spoiled)
        was_meant = self._stop_at_rest is not None and entry.id < self._stop_at_rest
        self._stop_at_rest = None
        if was_meant or entry.id in self.notes.stopped:
            self._stop_asked.set()
        if entry.id in self.notes.afresh:
            self.notes.afresh.discard(entry.id)
            self.notes.first[entry.id] = entry.attempts

    async def _earlier(self, entry: Entry) -> tuple[Delivery, ...]:
        """The messages of the reply that an earlier attempt posted."""
        if not self._was_begun(entry):
            return ()
        return tuple(await self._tools.store.deliveries(entry.id))

    def _was_begun(self, entry: Entry) -> bool:
        """Whether an earlier attempt, since it was last begun from scratch, was cut off."""
        return entry.attempts > self.notes.first.get(entry.id, 1)

    def _attempts(self, entry: Entry) -> int:
        """Which attempt this is; those that the database spoiled are not counted."""
        first = self.notes.first.get(entry.id, 1)
        return entry.attempts - first + 1 - self.notes.excused.get(entry.id, 0)

    def _excuse(self, entry_id: int, attempts: int = 1) -> None:
        self.notes.excused[entry_id] = self.notes.excused.get(entry_id, 0) + attempts

    async def _attempt_controlled(self, entry: Entry, reply: LiveReply) -> Ending:
        """Answer while controls are heeded."""
        ended = asyncio.Event()
        attempt = asyncio.create_task(self._attempt(entry, reply), name="attempt")
        controls = asyncio.create_task(self._watch_controls(ended), name="controls")
        try:
            await asyncio.wait([attempt, controls], return_when=asyncio.FIRST_COMPLETED)
        finally:
            # The controls are not cancelled: one that was just taken would be lost.
            ended.set()
            self._woken.set()
            attempt.cancel()
            await asyncio.wait([attempt, controls])
            if not any(isinstance(_failure(task), LeaseLost) for task in (attempt, controls)):
                await self._end_questions()
        controls.result()  # raises where the lease is lost, or what went wrong there
        return attempt.result()

    async def _attempt(self, entry: Entry, reply: LiveReply) -> Ending:
        """Try until it is answered, or there is a reason to tell why not."""
        attempts = self._attempts(entry)
        was_begun = self._was_begun(entry)
        while True:
            try:
                if attempts > _ATTEMPTS:
                    if self.state is WorkerState.RECOVERING:
                        self._step(Step.GIVEN_UP)
                    return Ending.failed(phrases.GIVEN_UP, entry)
                if not self._stop_asked.is_set():
                    await self._open_unless_stopped()
                if self._stop_asked.is_set():
                    return self._stopped(entry)
                self._step(Step.TURN_TAKEN)
                if entry.id in self.notes.first and not was_begun:
                    await self._take_back(entry)
                ending = await self._go_on(entry, reply) if was_begun else None
                if ending is None:
                    ending = await self._turn(entry, reply)
                self._end_turn()
            except RuntimeLost as error:
                _log.warning("turn.lost", thread=str(self.key), entry=entry.id, reason=str(error))
                self._step(Step.LOST)
                await self._close_session()
                self._questions.cut_off()
                if self._stop_asked.is_set():
                    self._step(Step.GIVEN_UP)
                    return self._stopped(entry)
                attempts += 1
                was_begun = True
            except CopilotError as error:
                _log.error("turn.failed", thread=str(self.key), entry=entry.id, reason=str(error))
                self._step(Step.LOST)
                self._step(Step.GIVEN_UP)
                await self._close_session()
                if self._stop_asked.is_set():
                    return self._stopped(entry)
                return Ending.failed(phrases.failure(error), entry)
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
            await _cancelled(stopped, opening)
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
            # It was begun, but cut off before anything was kept that could be resumed. Where
            # there is a conversation, the runtime begins none over it, and this fails again.
            self._session = await self._tools.runtime.open(replace(spec, is_new=True))
        self._step(Step.SESSION_OPENED)

    async def _go_on(self, entry: Entry, reply: LiveReply) -> Ending | None:
        """Look at what became of the prompt; None when it is to be sent."""
        session = self._live
        turns = await session.history()
        match recovery.decide(turns, entry.text, entry.taken_at or entry.sent_at):
            case recovery.Deliver(text=text):
                return Ending(EntryState.DONE, ReplyState.DONE, text=text)
            case recovery.TellCutOff(text=text, tools=tools):
                return replace(Ending.failed(phrases.cut_off(tools), entry), text=text)
            case recovery.SendAgain(rewind_to=prompt_id):
                # Were there later turns, they would be taken back as well.
                if prompt_id is not None and turns[-1].prompt_id == prompt_id:
                    await session.rewind(prompt_id)
                reply.begin_again()
                return None

    async def _take_back(self, entry: Entry) -> None:
        """Before a message begins from scratch: forget that it failed, if nothing came after."""
        session = self._live
        turns = await session.history()
        if turns and turns[-1].prompt == entry.text and not turns[-1].is_complete:
            await session.rewind(turns[-1].prompt_id)

    async def _turn(self, entry: Entry, reply: LiveReply) -> Ending:
        """Send the prompt and follow the turn to its end, or as long as it may take."""
        session = self._live
        lease = self._held
        if not lease.thread.has_session:
            await self._tools.store.begin_session(lease)
            if self._lease is lease:  # no reset came in between
                self._lease = replace(lease, thread=replace(lease.thread, has_session=True))
        following = asyncio.create_task(self._follow(session, entry, reply), name="turn")
        guarding = asyncio.create_task(self._guard(), name="guard")
        try:
            await asyncio.wait([following, guarding], return_when=asyncio.FIRST_COMPLETED)
        finally:
            await _cancelled(following, guarding)
        if following.cancelled():
            raise RuntimeLost("the runtime does not end a turn that it was told to stop")
        ending = following.result()
        return self._stopped(entry) if self._is_overdue else ending

    async def _guard(self) -> None:
        """Stop the turn when it takes too long; returns when it does not heed a stop."""
        if not await happens(self._stop_asked, self._tools.clock, self._tools.turn_s):
            self._is_overdue = True
            await self._stop()
        await self._tools.clock.sleep(_STOP_S)

    async def _follow(self, session: RuntimeSession, entry: Entry, reply: LiveReply) -> Ending:
        if self._stop_asked.is_set():
            return self._stopped(entry)
        async with aclosing(session.turn(entry.text)) as events:
            async for event in events:
                reply.feed(event)
                if reply.is_gone and not self._stop_asked.is_set():
                    await self._stop()  # nobody can read it
                match event:
                    case QuestionAsked():
                        await self._ask(event)
                    case TurnFinished(was_stopped=was_stopped):
                        if was_stopped or self.state is WorkerState.STOPPING:
                            return self._stopped(entry)
                        notice = "" if reply.transcript.text else phrases.NO_ANSWER
                        return Ending(EntryState.DONE, ReplyState.DONE, notice=notice)
                    case TurnFailed(error=StoreError() as error):
                        raise error  # the session's files are in the database as well
                    case TurnFailed(error=error):
                        if self.state is WorkerState.STOPPING:
                            return self._stopped(entry)
                        _log.error(
                            "turn.failed", thread=str(self.key), entry=entry.id, reason=str(error)
                        )
                        return Ending.failed(phrases.failure(error), entry)
                    case _:
                        pass
        raise RuntimeLost("the turn ended without saying how")

    def _stopped(self, entry: Entry) -> Ending:
        return Ending.stopped(phrases.TOO_LONG if self._is_overdue else phrases.STOPPED, entry)

    def _end_turn(self) -> None:
        """Back to rest, from wherever in a turn."""
        if self.state is WorkerState.WAITING:
            self._step(Step.QUESTION_CLOSED)
        self._step(Step.STOP_CONFIRMED if self.state is WorkerState.STOPPING else Step.TURN_ENDED)

    async def _end(self, entry: Entry, reply: LiveReply, ending: Ending) -> None:
        """Show how it ended, and write it down."""
        await self._make_sure()
        try:
            await reply.close(
                ending.reply_state,
                text=ending.text,
                notice=ending.notice,
                buttons=() if self._is_stale else ending.buttons,
            )
        except StoreError:
            raise
        except ChatError as error:
            _log.error("reply.not_shown", thread=str(self.key), entry=entry.id, reason=str(error))
        except Exception:  # noqa: BLE001 - a mistake there must not repeat the turn for ever
            _log.exception("reply.not_shown", thread=str(self.key), entry=entry.id)
        ended = Ended(
            state=ending.entry_state,
            usage=reply.transcript.usage(reply.seconds),
            title="" if self._is_stale else reply.transcript.title,
        )
        self.notes.ended[entry.id] = ended
        await self._note_end(entry, ended)

    async def _note_end(self, entry: Entry, ended: Ended) -> None:
        """Write down how it ended."""
        self._title = ended.title or self._title
        await self._tools.store.finish(self._held, entry.id, ended.state, ended.usage, ended.title)
        notice = self.notes.told.get(entry.id)
        self.notes.forget(entry.id)
        self.notes.forget(_THREAD)
        self._around.got_on(self)
        if notice is not None and notice.reference:
            await self._edit(notice.reference, Post(text=notice.text))
        _log.info(
            "turn.ended",
            thread=str(self.key),
            entry=entry.id,
            state=str(ended.state),
            seconds=round(ended.usage.seconds, 3),
            model=ended.usage.model,
        )

    # --- trouble with the database --------------------------------------------------------

    async def _tell_store_error(
        self, entry: Entry, reply: LiveReply | None, error: StoreError
    ) -> None:
        """Say once that the database failed, unless the answer is already there."""
        _log.error("turn.not_kept", thread=str(self.key), entry=entry.id, reason=str(error))
        if (reply is not None and reply.is_closed) or not self._is_surely_ours():
            return
        ending = Ending.failed(phrases.failure(error), entry)
        was_told = entry.id in self.notes.told
        if reply is not None and (reply.is_shown or not was_told):
            try:
                await reply.close(ending.reply_state, notice=ending.notice, buttons=ending.buttons)
            except LeaseLost:
                raise
            except ThreadpilotError as reason:
                _log.warning("reply.not_shown", thread=str(self.key), reason=str(reason))
            else:
                self.notes.told.setdefault(entry.id, Notice(text=ending.notice))
                return
        if not was_told:
            # The reply's message cannot be noted, so it is not posted: this one need not be.
            reference = await self._post(Post(text=ending.notice, buttons=ending.buttons))
            if reference:
                self.notes.told[entry.id] = Notice(text=ending.notice, reference=reference)

    async def _tell_trouble(self, error: StoreError) -> None:
        """Say once that the database failed before anything could be begun."""
        if self.notes.told:
            return
        notice = phrases.failure(error)
        if reference := await self._post(Post(text=notice)):
            self.notes.told[_THREAD] = Notice(text=notice, reference=reference)

    async def _delivered(self, delivery: Delivery) -> None:
        await self._tools.store.deliver(self._held, delivery)

    # --- the lease ------------------------------------------------------------------------

    def _is_surely_ours(self) -> bool:
        """Whether nobody else can have taken the thread."""
        return (
            self._lease is None or self._tools.clock.now() < self._sure_until
        ) and not self._is_doubtful

    async def _make_sure(self) -> None:
        """Ask the database whether the thread is still ours, where that is not sure.

        Raises:
            LeaseLost: another worker owns the thread now.
        """
        if not self._is_surely_ours():
            self.notes.controls.extend(await self._tools.store.take_controls(self._held))
            self._is_doubtful = False
            self._woken.set()

    # --- controls -------------------------------------------------------------------------

    async def _watch_controls(self, ended: asyncio.Event) -> None:
        """While a message is answered: stop, reset, or bring the answer to a question."""
        while True:
            await self._woken.wait()
            if ended.is_set():
                return
            self._woken.clear()
            try:
                self.notes.controls.extend(await self._tools.store.take_controls(self._held))
            except LeaseLost:
                raise
            except StoreError as error:
                _log.error("controls.not_taken", thread=str(self.key), reason=str(error))
                await happens(ended, self._tools.clock, _PAUSE_S)
                self._woken.set()
            else:
                self._is_doubtful = False
            while self.notes.controls:
                await self._control(self.notes.controls.pop(0))

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
            await self._post(Post(text=phrases.not_done(error)))

    async def _do(self, entry: Entry) -> None:
        match entry.kind:
            case EntryKind.STOP:
                if not self._is_answering and not self._has_just_answered:
                    self._stop_at_rest = entry.id  # it may be meant for what waits
                await self._stop()
            case EntryKind.RESET:
                await self._reset()
            case EntryKind.RETRY:
                await self._retry(int(entry.reference))
            case EntryKind.ANSWER:
                await self._answer_question(entry)
            case EntryKind.MESSAGE:
                raise AssertionError("a message is no control")

    async def _stop(self) -> None:
        """End the turn that runs or is about to."""
        self._stop_asked.set()
        if self.state in {WorkerState.RUNNING, WorkerState.WAITING}:
            self._step(Step.STOP_ASKED)
            try:
                await self._live.stop()
            except CopilotError as error:
                # The turn itself comes to know it.
                _log.warning("stop.failed", thread=str(self.key), reason=str(error))

    async def _reset(self) -> None:
        """Begin the thread's next generation; a turn that runs is stopped first."""
        self._lease = await self._tools.store.reset(self._held)
        self._around.unmark_all(self.key)
        self._title = ""
        if self._is_answering:
            self._is_stale = True
            await self._stop()
        else:
            await self._begin_afresh()

    async def _begin_afresh(self) -> None:
        """Let the old generation's session go, and say so."""
        self._is_stale = False
        await self._close_session()
        await self._post(Post(text=phrases.FRESH_START))
        self._around.show_status(self.key, ThreadStatus.CLOSED, "")

    async def _retry(self, entry_id: int) -> None:
        """Queue a message once more that failed or was stopped; it then begins from scratch."""
        if await self._tools.store.requeue(self._held, entry_id):
            self.notes.forget(entry_id)
            self.notes.afresh.add(entry_id)
            self._woken.set()

    # --- questions ------------------------------------------------------------------------

    async def _ask(self, event: QuestionAsked) -> None:
        if self.state not in {WorkerState.RUNNING, WorkerState.WAITING}:
            return  # it is being stopped
        stale = self._questions.stale(event)
        if stale is not None:
            await self._show_closed(stale)
        question = self._questions.ask(event)
        if question is not None:
            await self._deal_with(question)

    async def _deal_with(self, question: Question) -> None:
        """Show a question, unless it is known already."""
        if question.answer is not None:
            await self._tell_answer(question)
            return
        self._step(Step.QUESTION_OPENED)
        self._around.show_status(self.key, ThreadStatus.WAITING, self._title)
        if question.reference:
            return
        buttons = tuple(
            Button(action="answer", value=f"{question.id} {index}", label=choice)
            for index, choice in enumerate(question.choices)
        )
        hint = phrases.answer_hint(has_choices=bool(buttons), allows_text=question.allows_text)
        question.reference = await self._post(
            Post(text=f"{question.text}\n\n_{hint}_", buttons=buttons)
        )
        if self._questions.open is not question:
            await self._show_closed(question)  # it was answered while it was being posted
        elif not question.reference:
            # Nobody sees it, so nobody will answer.
            question.answer = phrases.NOT_ASKED
            await self._resume(question)

    async def _answer_question(self, entry: Entry) -> None:
        question = self._questions.open
        question_id, _, index = entry.reference.partition(" ")
        if question is None or question_id != question.id or self._stop_asked.is_set():
            if not index:
                await self._take_as_message(entry)
            return
        if not index:
            question.take(entry.text, words=entry)
        elif index.isdecimal() and int(index) < len(question.choices):
            question.take(question.choices[int(index)])
        else:
            return
        await self._resume(question)
        await self._show_closed(question)

    async def _resume(self, question: Question) -> None:
        """Bring an answer to the turn; where its runtime is lost, keep it for the next one."""
        self._questions.close()
        if self.state is WorkerState.WAITING:
            self._step(Step.QUESTION_CLOSED)
            self._around.show_status(self.key, ThreadStatus.WORKING, self._title)
        if question.asked_as:
            await self._tell_answer(question)
        if self.state is WorkerState.RUNNING and (other := self._questions.next()):
            await self._deal_with(other)

    async def _tell_answer(self, question: Question) -> None:
        try:
            await self._live.answer(
                question.asked_as, question.answer or "", is_choice=question.is_choice
            )
        except CopilotError as error:
            # The turn itself comes to know it, and the answer is kept.
            _log.warning("answer.not_told", thread=str(self.key), reason=str(error))
        else:
            question.words = None

    async def _end_questions(self) -> None:
        """The turn is over: nothing can be answered any more, and no words are lost."""
        question = self._questions.close()
        if question is not None:
            await self._show_closed(question)
        for words in () if self._is_stale else self._questions.unheard():
            try:
                await self._take_as_message(words)
            except LeaseLost:
                raise
            except StoreError as error:
                _log.error("words.not_kept", thread=str(self.key), reason=str(error))
                await self._post(Post(text=phrases.not_done(error)))

    async def _take_as_message(self, words: Entry) -> None:
        """Words that were meant as an answer, where nothing is asked: a message like any other."""
        await self._tools.store.append(
            NewEntry(
                key=self.key,
                kind=EntryKind.MESSAGE,
                source_id=words.source_id,
                author=words.author,
                text=words.text,
                sent_at=words.sent_at,
            )
        )
        self._woken.set()

    async def _show_closed(self, question: Question) -> None:
        if question.reference:
            answer = f"\n\n*{question.answer}*" if question.answer else ""
            await self._edit(question.reference, Post(text=question.text + answer))

    # --- the rest -------------------------------------------------------------------------

    async def _post(self, post: Post) -> str:
        """Post a message; returns its id, or nothing where it could not be posted."""
        try:
            await self._make_sure()
            return await self._tools.chat.post(self.key, post)
        except LeaseLost:
            raise
        except (ChatError, StoreError) as error:
            _log.warning("post.failed", thread=str(self.key), reason=str(error))
            return ""

    async def _edit(self, reference: str, post: Post) -> None:
        try:
            await self._make_sure()
            await self._tools.chat.edit(self.key, reference, post)
        except LeaseLost:
            raise
        except (ChatError, StoreError) as error:
            _log.warning("edit.failed", thread=str(self.key), reason=str(error))

    async def _close_session(self) -> None:
        session, self._session = self._session, None
        try:
            if session is not None:
                await session.close()
        except CopilotError as error:
            _log.warning("session.not_closed", thread=str(self.key), reason=str(error))
        finally:
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


async def _cancelled(*tasks: asyncio.Task[Any]) -> None:
    """Cancel tasks and wait for their ends."""
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)
    for task in tasks:
        _failure(task)


def _failure(task: asyncio.Task[Any]) -> BaseException | None:
    """What a task that ended failed with, other than being cancelled."""
    return None if task.cancelled() else task.exception()
