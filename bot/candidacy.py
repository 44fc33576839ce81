"""One answer of a comparison: a model answers in a session of its own."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from dataclasses import replace

import structlog

from bot import recovery
from bot.comparison import Candidate, CandidateState
from bot.errors import (
    ChatError,
    CopilotError,
    LeaseLost,
    RuntimeLost,
    StoreError,
    ThreadpilotError,
)
from bot.events import (
    PermissionAsked,
    QuestionAsked,
    ReasoningDelta,
    TextDelta,
    TextEnded,
    TurnFailed,
    TurnFinished,
)
from bot.held_thread import HeldThread
from bot.mailbox import Entry
from bot.patience import cancelled, happens, unless
from bot.phrases import compare as phrases
from bot.ports import ReplyState, RuntimeSession, SessionSpec
from bot.profile import Profile
from bot.replies import LiveReply
from bot.requests import Decision

_ATTEMPTS = 3
"""How often an answer is begun that was cut off in the middle, before it counts as failed."""

_MOST_ATTEMPTS = 10
"""How often at all: one that waits for a place may be cut off without having been begun."""

_STOP_S = 10.0
"""How long a turn that was told to stop may take to end, before its runtime counts as lost."""

_SHOWN = {
    CandidateState.DONE: ReplyState.DONE,
    CandidateState.FAILED: ReplyState.FAILED,
    CandidateState.STOPPED: ReplyState.STOPPED,
}

_log = structlog.get_logger(__name__)


class Candidacy:
    """Has one model answer, and shows that in a reply of its own.

    What it writes tells nothing of the model, and nobody is asked anything: a question is left to
    the model, and a permission is denied.

    Args:
        candidate: which answer.
        entry: what asked for the comparison.
        prompt: what the model is told.
        thread: where it is.
        reply: where the answer is shown.
        stop_asked: ends it.
        attempts: how often the comparison was begun, this time included.
    """

    def __init__(
        self,
        candidate: Candidate,
        entry: Entry,
        prompt: str,
        thread: HeldThread,
        reply: LiveReply,
        stop_asked: asyncio.Event,
        *,
        attempts: int,
    ) -> None:
        self._candidate = candidate
        self._entry = entry
        self._prompt = prompt
        self._thread = thread
        self._tools = thread.tools
        self._reply = reply
        self._stop_asked = stop_asked
        self._attempts = attempts
        self._is_overdue = False
        self._session: RuntimeSession | None = None
        self._is_admitted = False
        self._first_text_s: float | None = None
        self._seconds = 0.0

    async def run(self) -> Candidate:
        """Answer, whatever it takes; returns how it ended, once that is shown.

        Raises:
            LeaseLost: another worker owns the thread now.
            StoreError: the database failed; it is taken up again later.
        """
        async with self._reply:
            ended = await self._attempt()
            await self._show_end(ended)
            return ended

    # --- attempts -------------------------------------------------------------------------

    async def _attempt(self) -> Candidate:
        was_begun, attempts = self._entry.attempts > 1, self._attempts
        while attempts <= _MOST_ATTEMPTS:
            try:
                session = await unless(self._stop_asked, self._open())
                if session is None:
                    return self._stopped()
                ended = None
                if was_begun:
                    ended = await self._go_on(session, is_enough=attempts > _ATTEMPTS)
                return ended or await self._turn(session)
            except RuntimeLost as error:
                _log.warning("candidate.lost", **self._named(), reason=str(error))
                was_begun, attempts = True, attempts + 1
            except CopilotError as error:
                return self._failed(error)
            except LeaseLost:
                # That may be true of the session alone: what was said here was just deleted.
                await self._thread.take_controls()
                self._thread.woken.set()
                return self._stopped()
            finally:
                await self._let_go()
        return self._ended(CandidateState.FAILED, problem=phrases.CUT_OFF)

    async def _open(self) -> RuntimeSession:
        """Make the session live, once there is room for it."""
        thread, session_id = self._thread, self._candidate.session_id
        await thread.around.admit(thread.key, self._entry.author.id, self._candidate.label)
        self._is_admitted = True
        spec = SessionSpec(
            session_id=session_id,
            is_new=True,  # unless a conversation is there: its copy, or what an attempt left
            files=self._tools.store.files(thread.lease, session_id),
            model=self._candidate.model,
            profile=Profile.CHAT,
            needs_title=False,
        )
        self._session = await self._tools.runtime.open(spec)
        return self._session

    async def _let_go(self) -> None:
        """Let the live session go, and its place."""
        session, self._session = self._session, None
        try:
            if session is not None:
                await session.close()
        except CopilotError as error:
            _log.warning("session.not_closed", **self._named(), reason=str(error))
        finally:
            if self._is_admitted:
                self._is_admitted = False
                self._thread.around.dismissed(self._thread.key, self._candidate.label)

    async def _go_on(self, session: RuntimeSession, *, is_enough: bool) -> Candidate | None:
        """Look at what became of the prompt; None when it is to be sent.

        Args:
            session: the session, live.
            is_enough: whether an answer that was cut off is not begun once more.
        """
        turns = await session.history()
        match recovery.decide(turns, self._entry):
            case recovery.Deliver(text=text):
                return self._ended(CandidateState.DONE, answer=text)
            case recovery.SendAgain(rewind_to=None):
                pass
            # What can be done here can be done again: nothing is done outside.
            case recovery.SendAgain() | recovery.TellCutOff():
                if is_enough:
                    return self._ended(CandidateState.FAILED, problem=phrases.CUT_OFF)
                await session.rewind(turns[-1].prompt_id)
        self._reply.begin_again()
        self._first_text_s = None
        return None

    # --- the turn -------------------------------------------------------------------------

    async def _turn(self, session: RuntimeSession) -> Candidate:
        """Send the prompt and follow the turn to its end, or as long as it may take."""
        began = self._tools.clock.monotonic()
        following = asyncio.create_task(self._follow(session, began), name="candidate")
        guarding = asyncio.create_task(self._guard(session), name="guard")
        try:
            await asyncio.wait([following, guarding], return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._seconds = self._tools.clock.monotonic() - began
            await cancelled(following, guarding)
        if following.cancelled():
            raise RuntimeLost("the runtime does not end a turn that it was told to stop")
        return following.result()

    async def _guard(self, session: RuntimeSession) -> None:
        """Stop the turn when somebody asks to, or it takes too long; returns when that fails."""
        clock = self._tools.clock
        self._is_overdue = not await happens(self._stop_asked, clock, self._tools.limits.turn_s)
        try:
            await session.stop()
        except CopilotError as error:
            _log.warning("stop.failed", **self._named(), reason=str(error))
        await clock.sleep(_STOP_S)

    async def _follow(self, session: RuntimeSession, began: float) -> Candidate:
        clock, reply = self._tools.clock, self._reply
        if self._stop_asked.is_set():
            return self._stopped()
        async with aclosing(session.turn(self._prompt)) as events:
            async for event in events:
                self._seconds = clock.monotonic() - began
                if isinstance(event, TextDelta | TextEnded) and self._first_text_s is None:
                    self._first_text_s = self._seconds
                if not isinstance(event, ReasoningDelta):  # not every model tells what it thinks
                    reply.feed(event)
                match event:
                    case QuestionAsked(question_id=asked):
                        await session.answer(asked, phrases.NOBODY_TO_ASK, is_choice=False)
                    case PermissionAsked(request_id=asked):
                        denial = Decision(is_allowed=False, reason=phrases.NOT_IN_A_COMPARISON)
                        await session.decide(asked, denial)
                    case TurnFinished(was_stopped=was_stopped):
                        if was_stopped or self._stop_asked.is_set():
                            return self._stopped()
                        text = reply.transcript.text
                        if not text:
                            return self._ended(CandidateState.FAILED, problem=phrases.NOTHING_SAID)
                        return self._ended(CandidateState.DONE, answer=text)
                    case TurnFailed(error=StoreError() as error):
                        raise error  # the session's files are in the database as well
                    case TurnFailed(error=error):
                        return self._failed(error)
                    case _:
                        pass
        raise RuntimeLost("the turn ended without saying how")

    # --- the end --------------------------------------------------------------------------

    def _stopped(self) -> Candidate:
        problem = phrases.TOOK_TOO_LONG if self._is_overdue else phrases.WAS_STOPPED
        return self._ended(
            CandidateState.STOPPED, problem=problem, answer=self._reply.transcript.text
        )

    def _failed(self, error: ThreadpilotError) -> Candidate:
        if self._stop_asked.is_set():
            return self._stopped()
        _log.error("candidate.failed", **self._named(), reason=str(error))
        return self._ended(CandidateState.FAILED, problem=phrases.problem(error))

    def _ended(self, state: CandidateState, *, problem: str = "", answer: str = "") -> Candidate:
        usage = self._reply.transcript.usage(self._seconds)
        return replace(
            self._candidate,
            state=state,
            first_text_s=self._first_text_s,
            seconds=usage.seconds,
            input_tokens=usage.input_tokens,
            output_tokens=usage.output_tokens,
            cost=usage.cost,
            problem=problem,
            answer=answer,
        )

    async def _show_end(self, ended: Candidate) -> None:
        """Show how it ended, without what could tell the model."""
        await self._thread.make_sure()
        notice = phrases.ENDED_WITHOUT_ANSWER.get(ended.state, "")
        try:
            await self._reply.close(_SHOWN[ended.state], text=ended.answer, notice=notice)
        except (LeaseLost, StoreError):
            raise
        except ChatError as error:
            _log.error("reply.not_shown", **self._named(), reason=str(error))
        except Exception:  # noqa: BLE001 - a mistake there must not repeat the turn for ever
            _log.exception("reply.not_shown", **self._named())

    def _named(self) -> dict[str, str | int]:
        # The model is left out: whoever reads the log may be one of those who vote.
        return {
            "thread": str(self._thread.key),
            "entry": self._entry.id,
            "label": self._candidate.label,
        }
