"""One message being answered: the attempts at it, its turn, and how it ends."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from dataclasses import replace
from datetime import datetime
from itertools import count
from typing import Any

import structlog

from bot import phrases, recovery
from bot.allowance import Allowance, allowance
from bot.asking import Asking
from bot.budgets import Level, Scope, Standing
from bot.endings import Ending
from bot.errors import (
    ChatError,
    ChatUnavailable,
    CopilotError,
    LeaseLost,
    ModelUnknown,
    RuntimeLost,
    StoreError,
    ThreadpilotError,
)
from bot.events import (
    PermissionAsked,
    QuestionAsked,
    ReplyEvent,
    TextEnded,
    TitleChanged,
    ToolFinished,
    TurnFailed,
    TurnFinished,
    UsageReported,
)
from bot.gathering import Gathered, gather
from bot.held_thread import HeldThread
from bot.mailbox import Delivery, Entry, EntryState
from bot.manner import Manner
from bot.meanwhile import Meanwhile
from bot.messages import Post
from bot.notes import THREAD, Ended, Notice
from bot.patience import cancelled, failure, happens, unless
from bot.phrases import models, spending
from bot.place import Place
from bot.ports import ReplyState, ReplyTarget, RuntimeSession, ThreadStatus
from bot.prompt import is_prompt_of
from bot.replies import LiveReply
from bot.sending import Sending
from bot.states import Step, WorkerState

_ATTEMPTS = 3
"""How often a message is begun that was cut off in the middle, before it counts as failed."""

_MOST_ATTEMPTS = 10
"""How often at all: one that waits in line for a session may be begun, and cut off, without having
been told to the model."""

_GLANCE_S = 1.0
"""How often it is looked at least whether a turn has taken too long that waited for people."""

_STOP_S = 10.0
"""How long a turn that was told to stop may take to end, before its runtime counts as lost."""

_SHOWN_WITHIN_S = 3600.0
"""For how long a platform that is out of reach is tried again with the end of an answer."""

_LONGEST_PAUSE_S = 60.0

_log = structlog.get_logger(__name__)


class Answering:
    """Answers one message, whatever it takes, and writes down how it ended.

    Args:
        entry: the message.
        thread: the thread that it was said in.
        is_stopped: whether somebody asked to stop it before it was begun.
    """

    def __init__(self, entry: Entry, thread: HeldThread, *, is_stopped: bool) -> None:
        self.entry = entry
        self.is_stale = False
        """Whether the thread has begun its next generation since."""
        self._thread = thread
        self._tools = thread.tools
        self._notes = thread.notes
        self._is_overdue = False
        self._is_interrupted = False
        self._allowance = Allowance()
        self._is_spent = False
        self._spent: Standing | None = None
        """The budget for which the turn was stopped."""
        self._is_gone = False
        """Whether the model that was chosen is not there any more."""
        self._sent_at: datetime | None = None
        self._is_sent = False
        self._gathered: Gathered | None = None
        self._known_prompt: str | None = None
        self._is_told = False
        """Whether the session knows the prompt."""
        self._stop_asked = asyncio.Event()
        self._asking = Asking(entry, thread, self._stop_asked)
        self._meanwhile = Meanwhile(
            entry,
            thread,
            is_under_way=lambda: self._is_under_way,
            interrupt=self._interrupt,
        )
        spoiled = self._notes.excused.pop(THREAD, 0)
        if spoiled:
            self._notes.excuse(entry.id, spoiled)
        if is_stopped or entry.id in self._notes.stopped:
            self._stop_asked.set()

    async def run(self, watch_controls: Callable[[asyncio.Event], Awaitable[None]]) -> None:
        """Answer it.

        Args:
            watch_controls: heeds the controls of the thread until the event that it is given.

        Raises:
            LeaseLost: another worker owns the thread now.
            StoreError: the database failed; it is taken up again later.
        """
        if ended := self._notes.ended.get(self.entry.id):
            await self._note_end(ended)
            self._thread.show_status(ThreadStatus.IDLE)
            return
        self._thread.show_status(ThreadStatus.WORKING)
        self._thread.around.unmark(self.entry)
        reply: LiveReply | None = None
        try:
            reply = await self._begun_reply()
            async with reply:
                try:
                    ending = await self._attempt_controlled(reply, watch_controls)
                    await self._end(reply, ending)
                except LeaseLost:
                    raise
                except StoreError as error:
                    await self._tell_store_error(reply, error)
                    raise
        except LeaseLost:
            raise
        except StoreError as error:
            if reply is None:
                await self._tell_store_error(None, error)
            self._notes.excuse(self.entry.id)
            if self._stop_asked.is_set() and not self._is_overdue:
                self._notes.stopped.add(self.entry.id)
            self._thread.show_status(ThreadStatus.IDLE)
            raise
        if not self.is_stale:
            self._thread.show_status(ThreadStatus.IDLE)

    @property
    def open_question(self) -> str | None:
        """The id of the question that waits for an answer."""
        return self._asking.open_question

    async def look_around(self) -> None:
        """Something was perhaps said meanwhile.

        Raises:
            LeaseLost: another worker owns the thread now.
            StoreError: the database failed.
        """
        await self._meanwhile.look()

    async def stop(self) -> None:
        """End the turn that runs or is about to."""
        self._stop_asked.set()
        if self._thread.state in {WorkerState.RUNNING, WorkerState.WAITING}:
            self._thread.step(Step.STOP_ASKED)
            try:
                await self._thread.session.stop()
            except CopilotError as error:
                # The turn itself comes to know it.
                _log.warning("stop.failed", thread=str(self._thread.key), reason=str(error))

    async def outlive(self) -> None:
        """The thread has begun its next generation: end, and count for nothing."""
        self.is_stale = True
        await self.stop()

    async def take_answer(self, answer: Entry) -> bool:
        """Bring a person's answer to the question that is open; false where it is not for it."""
        return await self._asking.take(answer)

    async def take_decision(self, decision: Entry) -> bool:
        """Heed that a request was decided; false where it is none of this turn's."""
        return await self._asking.take_decision(decision)

    # --- attempts -------------------------------------------------------------------------

    async def _begun_reply(self) -> LiveReply:
        entry, tools = self.entry, self._tools
        earlier: tuple[Delivery, ...] = ()
        if self._was_begun:
            earlier = tuple(await tools.store.deliveries(entry.id))
        target = ReplyTarget(
            key=self._thread.key,
            entry_id=entry.id,
            message_id=entry.source_id,
            person=entry.author,
            earlier=earlier,
            delivered=self._delivered,
            retries=entry.retries,
        )
        return LiveReply(
            tools.chat,
            target,
            tools.live,
            tools.clock,
            has_footer=tools.limits.has_footer,
            may_show=self._thread.is_surely_ours,
        )

    async def _delivered(self, delivery: Delivery) -> None:
        await self._tools.store.deliver(self._thread.lease, delivery)

    @property
    def _was_begun(self) -> bool:
        """Whether an earlier attempt was cut off."""
        return self.entry.attempts > 1

    async def _attempt_controlled(
        self, reply: LiveReply, watch_controls: Callable[[asyncio.Event], Awaitable[None]]
    ) -> Ending:
        """Answer while controls are heeded."""
        ended = asyncio.Event()

        async def watch() -> None:
            await self._meanwhile.begin()
            await watch_controls(ended)

        attempt = asyncio.create_task(self._attempt(reply), name="attempt")
        controls = asyncio.create_task(watch(), name="controls")
        try:
            await asyncio.wait([attempt, controls], return_when=asyncio.FIRST_COMPLETED)
        finally:
            # The controls are not cancelled: one that was just taken would be lost.
            ended.set()
            self._thread.woken.set()
            # A turn that is only left to the next worker still waits for people.
            is_over = attempt.done() and not isinstance(failure(attempt), StoreError)
            attempt.cancel()
            await asyncio.wait([attempt, controls])
            # That the lease is lost may be true of the session alone, which was just deleted.
            is_deleted = self.is_stale and isinstance(failure(attempt), LeaseLost)
            is_over = is_over or is_deleted
            ends = (controls,) if is_deleted else (attempt, controls)
            if any(isinstance(failure(task), LeaseLost) for task in ends):
                await self._asking.let_go()
                await self._meanwhile.let_go()
            else:
                await self._asking.end(is_over=is_over, is_stale=self.is_stale)
                await self._meanwhile.end(is_over=is_over)
        controls.result()  # raises where the lease is lost, or what went wrong there
        if is_deleted:
            await self._lose_session()
            return self._stopped()
        return attempt.result()

    async def _lose_session(self) -> None:
        """Let a session go that cannot be used any more, wherever in a turn."""
        if self._thread.state not in {WorkerState.COLD, WorkerState.IDLE}:
            self._thread.step(Step.LOST)
            self._thread.step(Step.GIVEN_UP)
        await self._thread.close_session()

    async def _attempt(self, reply: LiveReply) -> Ending:
        """Try until it is answered, or there is a reason to tell why not."""
        entry, thread = self.entry, self._thread
        # Those that the database spoiled are not counted.
        attempts = entry.attempts - self._notes.excused.get(entry.id, 0)
        was_begun = self._was_begun
        while True:
            try:
                if attempts > _MOST_ATTEMPTS:
                    if thread.state is WorkerState.RECOVERING:
                        thread.step(Step.GIVEN_UP)
                    return Ending.failed(phrases.GIVEN_UP, entry)
                if not self._stop_asked.is_set():
                    await self._open_unless_stopped()
                if self._stop_asked.is_set():
                    return self._stopped()
                thread.step(Step.TURN_TAKEN)
                is_enough = attempts > _ATTEMPTS
                ending = await self._go_on(reply, is_enough=is_enough) if was_begun else None
                if entry.retries and not was_begun:
                    await self._take_back()
                if ending is None:
                    ending = await self._turn(reply)
                self._end_turn()
            except RuntimeLost as error:
                _log.warning("turn.lost", **self._named(), reason=str(error))
                thread.step(Step.LOST)
                await thread.close_session()
                self._asking.cut_off()
                self._is_sent = False
                await self._meanwhile.cut_off()
                if self._stop_asked.is_set():
                    thread.step(Step.GIVEN_UP)
                    return self._stopped()
                attempts += 1
                was_begun = True
            except CopilotError as error:
                self._log_failure("turn.failed", error)
                thread.step(Step.LOST)
                thread.step(Step.GIVEN_UP)
                await thread.close_session()
                if self._stop_asked.is_set():
                    return self._stopped()
                return await self._failed(error)
            else:
                return ending

    async def _open_unless_stopped(self) -> None:
        """Make the session live, but do not insist when somebody asks to stop."""
        thread = self._thread
        manner = await self._manner()
        if thread.has_live_session:
            if thread.session.is_usable and thread.manner == manner:
                return
            await thread.close_session()
        await unless(self._stop_asked, thread.open_session(self.entry.author.id, manner))
        if thread.state is WorkerState.OPENING:
            thread.step(Step.LOST)
            thread.step(Step.GIVEN_UP)
            await thread.close_session()

    async def _manner(self) -> Manner:
        """How the session is to be: as was chosen, as far as that is there and granted."""
        thread, choices = self._thread, self.entry.choices
        place = Place.of(thread.key, self.entry.author.id)
        profile = self._tools.limits.profiles.of(choices.profile, place)
        live = thread.manner
        is_known = live is not None and live.model == choices.model
        if choices.model and not self._is_gone and not is_known:
            self._is_gone = not await self._is_offered(choices.model)
            if self._is_gone:
                await self._forget_model()
                await thread.post(Post(text=models.model_gone(choices.model)))
        if self._is_gone:
            return Manner(profile=profile)
        return Manner(model=choices.model, effort=choices.effort, profile=profile)

    async def _is_offered(self, model: str) -> bool:
        try:
            offered = await self._tools.runtime.models()
        except CopilotError as error:
            _log.info("models.not_listed", **self._named(), reason=str(error))
            return True  # the runtime itself says whether it is there
        return model in {each.id for each in offered}

    async def _forget_model(self) -> None:
        await self._tools.store.set_choices(self._thread.key, model="", effort="")

    async def _failed(self, error: ThreadpilotError) -> Ending:
        """It ended with an error; a model that was chosen and is unknown is chosen no more."""
        model = self.entry.choices.model
        if isinstance(error, ModelUnknown) and model and not self._is_gone:
            await self._forget_model()
            return Ending.failed(models.model_refused(model), self.entry)
        return Ending.failed(phrases.failure(error), self.entry)

    async def _go_on(self, reply: LiveReply, *, is_enough: bool) -> Ending | None:
        """Look at what became of the prompt; None when it is to be sent.

        Args:
            reply: what people see.
            is_enough: whether one that was cut off is not sent once more.
        """
        entry, session = self.entry, self._thread.session
        steered = await self._tools.store.steered(self._thread.lease, entry.id)
        turns = await session.history()
        decision = recovery.decide(turns, entry, steered, self._asking.acts)
        self._is_told = not isinstance(decision, recovery.SendAgain)
        heard = () if isinstance(decision, recovery.SendAgain) else decision.heard
        await self._meanwhile.recover(steered, heard)
        match decision:
            case recovery.Deliver(text=text):
                return Ending(EntryState.DONE, ReplyState.DONE, text=text)
            case recovery.TellCutOff(text=text, tools=tools):
                return replace(Ending.failed(phrases.cut_off(tools), entry), text=text)
            case recovery.SendAgain(rewind_to=prompt_id):
                if prompt_id is not None and is_enough:
                    return Ending.failed(phrases.GIVEN_UP, entry)
                if prompt_id is not None:
                    await session.rewind(prompt_id)
                reply.begin_again()
                return None

    async def _take_back(self) -> None:
        """Before a message is begun from scratch: forget that it failed, if nothing came after."""
        session = self._thread.session
        turns = await session.history()
        if turns and is_prompt_of(turns[-1].prompt, self.entry) and not turns[-1].is_complete:
            # What was new then counts as known since: so it is told as it was.
            self._known_prompt = turns[-1].prompt
            await session.rewind(turns[-1].prompt_id)

    # --- the turn -------------------------------------------------------------------------

    async def _turn(self, reply: LiveReply) -> Ending:
        """Send the prompt and follow the turn to its end, or as long as it may take."""
        session = self._thread.session
        self._allowance = await self._asked_allowance()
        if spent := self._allowance.used_up():
            return Ending.failed(spending.used_up(spent, self._tools.clock.now()), self.entry)
        if self._gathered is None:
            gathering = gather(self.entry, self._thread, known_prompt=self._known_prompt)
            self._gathered = await unless(self._stop_asked, gathering)
            await self._tell_refusals()
        if self._gathered is None:
            return self._stopped()
        await self._thread.note_session()
        self._sent_at = self._tools.clock.now()
        self._is_sent = True
        following = asyncio.create_task(self._follow(session, self._gathered, reply), name="turn")
        guarding = asyncio.create_task(self._guard(), name="guard")
        try:
            await asyncio.wait([following, guarding], return_when=asyncio.FIRST_COMPLETED)
        finally:
            await cancelled(following, guarding)
        if following.cancelled():
            raise RuntimeLost("the runtime does not end a turn that it was told to stop")
        ending = following.result()
        return self._stopped() if self._is_overdue else ending

    async def _guard(self) -> None:
        """Stop the turn when it takes too long; returns when it does not heed a stop.

        The time that it waits for people does not count: that has a limit of its own.
        """
        clock, asking = self._tools.clock, self._asking
        began = clock.monotonic() - asking.waited_s
        left = self._tools.limits.turn_s
        while not await happens(self._stop_asked, clock, left):
            used = clock.monotonic() - asking.waited_s - began
            if used >= self._tools.limits.turn_s:
                self._is_overdue = True
                await self.stop()
                break
            left = max(self._tools.limits.turn_s - used, _GLANCE_S)
        await self._tools.clock.sleep(_STOP_S)

    async def _tell_refusals(self) -> None:
        """Say which files were not taken in, once."""
        refusals = self._gathered.refusals if self._gathered else ()
        if refusals and not self._was_begun:
            await self._thread.post(Post(text=phrases.files_refused(refusals)))

    async def _follow(self, session: RuntimeSession, told: Gathered, reply: LiveReply) -> Ending:
        if self._stop_asked.is_set():
            return self._stopped()
        async with aclosing(session.turn(told.prompt, told.images)) as events:
            async for event in events:
                reply.feed(event)
                await self._heed_spending(event, reply)
                self._is_told = self._is_told or not isinstance(event, TurnFailed)
                if reply.is_gone and not self._stop_asked.is_set():
                    await self.stop()  # nobody can read it
                match event:
                    case QuestionAsked() | PermissionAsked():
                        await self._asking.ask(event)
                    case TurnFinished(was_stopped=was_stopped):
                        if was_stopped or self._thread.state is WorkerState.STOPPING:
                            return self._stopped()
                        notice = "" if reply.transcript.text else phrases.NO_ANSWER
                        return Ending(EntryState.DONE, ReplyState.DONE, notice=notice)
                    case TurnFailed(error=StoreError() as error):
                        raise error  # the session's files are in the database as well
                    case TurnFailed(error=error):
                        if self._thread.state is WorkerState.STOPPING:
                            return self._stopped()
                        self._log_failure("turn.failed", error)
                        self._is_told = self._is_told or await self._is_in_history(session)
                        return await self._failed(error)
                    case _:
                        pass
        raise RuntimeLost("the turn ended without saying how")

    @property
    def _is_under_way(self) -> bool:
        """Whether the prompt was sent, and nobody has asked to stop."""
        return self._is_sent and not self._stop_asked.is_set()

    async def _interrupt(self) -> None:
        """Stop for what was said meanwhile."""
        self._is_interrupted = True
        await self.stop()

    async def _asked_allowance(self) -> Allowance:
        tools, budgets = self._tools, self._tools.limits.budgets
        return await allowance(tools.store, budgets, self._thread.key, self.entry.author.id)

    async def _heed_spending(self, event: ReplyEvent, reply: LiveReply) -> None:
        """Stop the turn where it goes on though it has used up a budget."""
        match event:
            case TextEnded() | ToolFinished() | TitleChanged() | TurnFinished() | TurnFailed():
                return  # what was paid for is not cut off
            case _ if self._is_spent and not self._stop_asked.is_set():
                self._spent = self._allowance.used_up(reply.transcript.spent)
                await self.stop()
            case UsageReported():
                self._is_spent = self._allowance.used_up(reply.transcript.spent) is not None

    async def _warn(self) -> None:
        """Say once that little is left of a budget."""
        thread, author = self._thread, self.entry.author
        if not self._tools.limits.budgets or self.is_stale:
            return
        try:
            for each in (await self._asked_allowance()).standings:
                if each.level is not Level.WARNED:
                    continue
                if await self._tools.store.warn_of(each.budget, thread.key, author.id):
                    person = author if each.budget.scope is Scope.PERSON else None
                    await thread.tell(spending.little_left(each), person)
        except LeaseLost:
            raise
        except StoreError as error:
            self._log_failure("budget.not_told", error)

    async def _is_in_history(self, session: RuntimeSession) -> bool:
        """Whether the session knows the prompt, though it has failed."""
        try:
            turns = await session.history()
        except CopilotError:
            return False  # then it may be told again
        return bool(turns) and is_prompt_of(turns[-1].prompt, self.entry)

    def _stopped(self) -> Ending:
        if self._spent is not None:
            notice = spending.used_up(self._spent, self._tools.clock.now())
            return Ending.stopped(notice, self.entry)
        notice = phrases.INTERRUPTED if self._is_interrupted else phrases.STOPPED
        return Ending.stopped(phrases.TOO_LONG if self._is_overdue else notice, self.entry)

    def _end_turn(self) -> None:
        """Back to rest, from wherever in a turn."""
        thread = self._thread
        if thread.state is WorkerState.WAITING:
            thread.step(Step.QUESTION_CLOSED)
        is_stopping = thread.state is WorkerState.STOPPING
        thread.step(Step.STOP_CONFIRMED if is_stopping else Step.TURN_ENDED)

    # --- the end --------------------------------------------------------------------------

    async def _end(self, reply: LiveReply, ending: Ending) -> None:
        """Show how it ended, and write it down."""
        changed = await self._changed()
        notice = " ".join(filter(None, (ending.notice, changed)))
        await self._show_end(reply, replace(ending, notice=notice))
        if (ending.entry_state is not EntryState.FAILED or changed) and not self.is_stale:
            await self._send_files()
        ended = Ended(
            state=ending.entry_state,
            usage=reply.transcript.usage(reply.seconds),
            title="" if self.is_stale else reply.transcript.title,
            seen_until=self._seen_until(),
            is_shared=self._meanwhile.is_shared
            or (self._gathered is not None and self._gathered.is_shared),
        )
        # Once it has ended, nobody would take its mark off any more.
        await self._thread.around.unmarked(self.entry)
        self._notes.ended[self.entry.id] = ended
        await self._note_end(ended)
        await self._warn()

    async def _show_end(self, reply: LiveReply, ending: Ending) -> None:
        """Show how it ended, and be it later: a platform that is out of reach comes back."""
        clock = self._tools.clock
        until_s = clock.monotonic() + _SHOWN_WITHIN_S
        for attempt in count():
            await self._thread.make_sure()
            try:
                await reply.close(
                    ending.reply_state,
                    text=ending.text,
                    notice=ending.notice,
                    buttons=() if self.is_stale else ending.buttons,
                )
            except StoreError:
                raise
            except ChatError as error:
                self._log_failure("reply.not_shown", error)
                if isinstance(error, ChatUnavailable) and clock.monotonic() < until_s:
                    await clock.sleep(min(2.0**attempt, _LONGEST_PAUSE_S))
                    continue
            except Exception:  # noqa: BLE001 - a mistake there must not repeat the turn for ever
                _log.exception("reply.not_shown", **self._named())
            return

    async def _changed(self) -> str:
        """What the turn changed in the thread's directory, which is then on the desk as well."""
        thread = self._thread
        if self.is_stale or not thread.has_live_session:
            return ""
        return await thread.ground.note_changes(thread.lease)

    async def _send_files(self) -> None:
        """Put the files that the turn made into the thread."""
        since = self._sent_at or self.entry.taken_at
        if since is None or not self._thread.has_live_session:
            return  # nothing was ever sent to Copilot
        # Where another worker sent the prompt, what people sent with it was written since as well,
        # and so were the files of an answer.
        with_uploads = self._sent_at is not None and not (
            self._asking.has_brought_files or self._meanwhile.has_brought_files
        )
        await Sending(self._thread).send_made(self.entry.id, since, with_uploads=with_uploads)

    def _seen_until(self) -> datetime | None:
        """Until when the session knows now what was said, as far as that is new."""
        is_up_to_date = self._gathered is None or self._gathered.is_up_to_date
        if self.is_stale or not self._is_told or not is_up_to_date:
            return None
        steered = self._meanwhile.seen_until
        return max(self.entry.sent_at, steered) if steered else self.entry.sent_at

    async def _note_end(self, ended: Ended) -> None:
        """Write down how it ended."""
        entry, thread = self.entry, self._thread
        thread.found_title(ended.title)
        await self._tools.store.finish(
            thread.lease,
            entry.id,
            ended.state,
            ended.usage,
            ended.title,
            seen_until=ended.seen_until,
            is_shared=ended.is_shared,
            spent_by=entry.author.id,
        )
        thread.note_seen(ended.seen_until)
        notice = self._notes.told.get(entry.id)
        self._notes.forget(entry.id)
        self._notes.forget(THREAD)
        thread.around.got_on(thread.key)
        if notice is not None and notice.reference:
            await thread.edit(notice.reference, Post(text=notice.text))
        _log.info(
            "turn.ended",
            **self._named(),
            state=str(ended.state),
            seconds=round(ended.usage.seconds, 3),
            model=ended.usage.model,
        )

    async def _tell_store_error(self, reply: LiveReply | None, error: StoreError) -> None:
        """Say once that the database failed, unless the answer is already there."""
        self._log_failure("turn.not_kept", error)
        if (reply is not None and reply.is_closed) or not self._thread.is_surely_ours():
            return
        entry_id = self.entry.id
        ending = Ending.failed(phrases.failure(error), self.entry)
        was_told = entry_id in self._notes.told
        if reply is not None and (reply.is_shown or not was_told):
            try:
                await reply.close(ending.reply_state, notice=ending.notice, buttons=ending.buttons)
            except LeaseLost:
                raise
            except ThreadpilotError as reason:
                _log.warning("reply.not_shown", **self._named(), reason=str(reason))
            else:
                self._notes.told.setdefault(entry_id, Notice(text=ending.notice))
                return
        if not was_told:
            # The reply's message cannot be noted, so it is not posted: this one need not be.
            post = Post(text=ending.notice, buttons=ending.buttons)
            if reference := await self._thread.post(post):
                self._notes.told[entry_id] = Notice(text=ending.notice, reference=reference)

    # --- the log --------------------------------------------------------------------------

    def _log_failure(self, event: str, error: ThreadpilotError) -> None:
        _log.error(event, **self._named(), reason=str(error))

    def _named(self) -> dict[str, Any]:
        return {"thread": str(self._thread.key), "entry": self.entry.id}
