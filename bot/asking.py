"""What a turn needs people for: their answers and permissions, shown to them and kept."""

from __future__ import annotations

import asyncio
import secrets
from collections import Counter, deque
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import timedelta

import structlog

from bot import phrases, uploads
from bot.errors import CopilotError, LeaseLost, StoreError
from bot.events import PermissionAsked, QuestionAsked
from bot.gathering import bring_files
from bot.held_thread import HeldThread
from bot.mailbox import Entry
from bot.messages import Button, Choice, Form, Post
from bot.offers import Offer, labels, offered
from bot.patience import cancelled, unless
from bot.place import Place
from bot.policy import Ruling, Verdict
from bot.ports import ThreadStatus
from bot.recovery import is_outside
from bot.requests import (
    POLICY,
    Decision,
    Request,
    RequestKind,
    RequestState,
    numbered,
    question_fingerprint,
)
from bot.states import Step, WorkerState

_ID_BYTES = 8
_PAUSE_S = 5.0
"""How long it takes until a database that failed is asked once more what has expired."""

_RULED = {Ruling.ALLOW: RequestState.ALLOWED, Ruling.DENY: RequestState.DENIED}
_ALLOWED = {RequestState.ALLOWED, RequestState.ALLOWED_FOR_THREAD}

_log = structlog.get_logger(__name__)


@dataclass(slots=True)
class _Asked:
    """A request of the turn.

    Args:
        request: as it was last read.
        tool: what is to be used; empty for a question.
        asked_as: the runtime's id of it now; empty while the runtime that asked is lost.
        reference: the message that shows it; empty while there is none.
        along: what the model is told with an answer, such as of files.
        words: the mailbox entry that answered in words, until a runtime has heard it.
    """

    request: Request
    asked_as: str
    tool: str = ""
    reference: str = ""
    along: str = ""
    words: Entry | None = None


class Asking:
    """Asks people what Copilot needs, over all attempts at one message.

    What is asked and decided is in the database: asked again after a loss, of the runtime or of
    the whole process, a request is the one that it was. One is shown at a time; others wait.

    Args:
        entry: the message.
        thread: the thread.
        stop_asked: happens when somebody asks to stop.
    """

    def __init__(self, entry: Entry, thread: HeldThread, stop_asked: asyncio.Event) -> None:
        self.has_brought_files = False
        """Whether files of an answer were put onto the desk."""
        self._entry = entry
        self._thread = thread
        self._store = thread.tools.store
        self._clock = thread.tools.clock
        self._stop_asked = stop_asked
        self._acts = set(entry.acts)
        self._times: Counter[str] = Counter()
        self._open: _Asked | None = None
        self._waiting: deque[_Asked] = deque()
        self._unheard: dict[str, _Asked] = {}
        """What was answered in words, by the request's id, that no runtime has heard."""
        self._heard: dict[str, _Asked] = {}
        """The same that the runtime has heard which runs now."""
        self._expiring: asyncio.Task[None] | None = None
        self._expiries: set[asyncio.Task[None]] = set()
        """All that have not ended: one that expires a request may go on to the next one."""
        # An earlier worker may have left something open.
        self._has_asked = entry.attempts > 1
        self._waited_s = 0.0
        self._waits_since: float | None = None
        self._taking: dict[asyncio.Task[None], Entry] = {}
        """Answers whose files are being brought."""

    @property
    def open_question(self) -> str | None:
        """The id of the question that waits for an answer."""
        is_question = self._open and self._open.request.kind is RequestKind.QUESTION
        return self._open.request.id if self._open and is_question else None

    @property
    def acts(self) -> Collection[str]:
        """The tools with an effect outside that the turn may have begun, over all attempts."""
        return self._acts

    @property
    def waited_s(self) -> float:
        """How long people were waited for so far, in seconds."""
        now = self._clock.monotonic()
        return self._waited_s + (0 if self._waits_since is None else now - self._waits_since)

    async def ask(self, event: QuestionAsked | PermissionAsked) -> None:
        """Copilot asks something.

        Raises:
            LeaseLost: another worker owns the thread now.
            StoreError: it could not be kept.
        """
        if self._thread.state not in {WorkerState.RUNNING, WorkerState.WAITING}:
            return  # it is being stopped
        if isinstance(event, QuestionAsked):
            asked_as, tool = event.question_id, ""
        else:
            asked_as, tool = event.request_id, event.wanted.tool
            if event.wanted.is_harmless and self._judged(event).ruling is Ruling.ALLOW:
                # Nobody is asked, so there is nothing to keep: it happens often.
                await self._thread.session.decide(asked_as, Decision(is_allowed=True))
                return
        self._has_asked = True
        wanted = self._request(event)
        request = await self._store.open_request(self._thread.lease, wanted)
        known = self._unheard.pop(request.id, None)
        if known is not None:
            known.asked_as = asked_as
            await self._tell(known)
            return
        if self._open is not None and self._open.request.id == request.id:
            self._open.asked_as = asked_as
            self._wait()
            return
        asked = _Asked(request=request, tool=tool, asked_as=asked_as, reference=request.reference)
        if not request.is_open:
            await self._tell(asked)
            if request.state is RequestState.EXPIRED:
                await self._show(asked)  # no control tells of that
            return
        if self._open is not None and not self._open.asked_as:
            await self._drop(self._open)
        if self._open is not None:
            self._waiting.append(asked)
            return
        await self._deal_with(asked)

    async def take(self, answer: Entry) -> bool:
        """Bring a person's words to the question that is open; false where it is not for it."""
        asked = self._open
        if asked is None or answer.reference != self.open_question or self._stop_asked.is_set():
            return False
        if answer.files:
            # Beside the controls: a stop must not wait for them.
            taking = asyncio.create_task(self._take_with_files(asked, answer), name="answer")
            self._taking[taking] = answer
            taking.add_done_callback(self._taking.pop)
            return True
        return await self._take_words(asked, answer, answer.text)

    async def take_decision(self, decision: Entry) -> bool:
        """Heed that a request was decided; false where none of the turn's was."""
        asked = next(
            (
                each
                for each in (self._open, *self._waiting)
                if each is not None and each.request.id == decision.reference
            ),
            None,
        )
        if asked is None or self._stop_asked.is_set():
            return False
        request = await self._store.request(asked.request.id)
        if request is None:
            return False
        asked.request = request
        if request.is_open:
            await self._show(asked)  # one of several has allowed it
        else:
            await self._settle(asked, by=decision.author.name)
        return True

    def cut_off(self) -> None:
        """The runtime that asked is lost."""
        self._times.clear()
        self._waiting.clear()
        self._unheard |= self._heard
        self._heard.clear()
        self._wait_no_more()
        if self._open is not None:
            self._open.asked_as = ""

    async def end(self, *, is_over: bool, is_stale: bool) -> None:
        """Nothing more is asked, and no words are lost.

        Args:
            is_over: whether the turn has ended; if it is only left to the next worker, what is
                asked stays open.
            is_stale: whether the thread has begun its next generation: then words count for
                nothing.

        Raises:
            LeaseLost: another worker owns the thread now.
        """
        lost = await self.let_go()
        if is_over:
            await self._withdraw_all()
            # Otherwise the next worker's runtime asks for them again, and hears them then.
            lost += [each.words for each in self._unheard.values() if each.words is not None]
        for words in () if is_stale else lost:
            try:
                await self._thread.take_as_message(words)
            except LeaseLost:
                raise
            except StoreError as error:
                await self._tell_lost_words(error)

    async def let_go(self) -> list[Entry]:
        """Do nothing more, also where the lease is lost.

        Returns:
            The answers that were cut off.
        """
        cut_off = await self._cut_off_answers()
        # Those last: an answer may have gone on to the next request.
        await cancelled(*self._expiries)
        return cut_off

    # --- what is asked --------------------------------------------------------------------

    def _request(self, event: QuestionAsked | PermissionAsked) -> Request:
        entry, thread, now = self._entry, self._thread, self._clock.now()
        request = Request(
            id=secrets.token_hex(_ID_BYTES),
            key=thread.key,
            generation=thread.lease.thread.generation,
            entry_id=entry.id,
            kind=RequestKind.QUESTION,
            state=RequestState.OPEN,
            fingerprint="",
            text="",
            asked_of=entry.author.id,
            opened_at=now,
            expires_at=now + timedelta(seconds=thread.tools.limits.request_s),
        )
        if isinstance(event, QuestionAsked):
            asks = question_fingerprint(event.question, event.choices)
            request = replace(
                request,
                text=event.question,
                choices=event.choices,
                allows_text=event.allows_text,
            )
        else:
            asks = event.wanted.fingerprint
            request = self._permission(request, event)
        times = self._times[asks]
        self._times[asks] += 1
        return replace(request, fingerprint=numbered(asks, retries=entry.retries, times=times))

    def _permission(self, request: Request, event: PermissionAsked) -> Request:
        """A permission, as the operator's rules have it."""
        verdict = self._judged(event)
        is_ruled = verdict.ruling in _RULED
        return replace(
            request,
            kind=RequestKind.PERMISSION,
            state=_RULED.get(verdict.ruling, RequestState.OPEN),
            decided_by=POLICY if is_ruled else "",
            answer=verdict.reason if is_ruled else "",
            text=phrases.wanted(event.wanted),
            detail=event.wanted.detail,
            scope=event.wanted.scope,
            needed=2 if verdict.ruling is Ruling.ASK_TWO else 1,
        )

    def _judged(self, event: PermissionAsked) -> Verdict:
        key = self._thread.key
        person = self._entry.author.id
        place = Place(platform=key.platform, channel=key.channel, person=person)
        return self._thread.tools.limits.policy.judge(event.wanted, place)

    async def _deal_with(self, asked: _Asked) -> None:
        """Show a request, unless it is shown already."""
        self._open = asked
        self._wait()
        self._expiring = expiring = asyncio.create_task(self._expire(asked), name="expiry")
        self._expiries.add(expiring)
        expiring.add_done_callback(self._expiries.discard)
        if asked.reference:
            return
        asked.reference = await self._thread.post(shown(asked.request))
        if asked.reference:
            await self._note_shown(asked)
        if self._open is not asked:
            await self._show(asked)  # it was decided while it was being posted
        elif not asked.reference:
            # Nobody sees it, so nobody will answer.
            await self._drop(asked)
            await self._tell(asked)

    async def _note_shown(self, asked: _Asked) -> None:
        lease = self._thread.lease
        try:
            await self._store.show_request(lease, asked.request.id, asked.reference)
        except LeaseLost:
            raise
        except StoreError as error:
            # It is shown, and can be decided: only after a restart it would be shown once more.
            _log.error("request.not_noted", **self._named(asked), reason=str(error))
        else:
            _log.info("request.shown", **self._named(asked))

    def _wait(self) -> None:
        self._waits_since = self._clock.monotonic()
        self._thread.step(Step.QUESTION_OPENED)
        self._thread.show_status(ThreadStatus.WAITING)

    def _wait_no_more(self) -> None:
        self._waited_s, self._waits_since = self.waited_s, None

    async def _expire(self, asked: _Asked) -> None:
        """End a request when nobody decides it in time."""
        left = (asked.request.expires_at - self._clock.now()).total_seconds()
        # The clock may have been set; the store knows better.
        pause = min(left, self._thread.tools.limits.request_s)
        while True:
            await self._clock.sleep(pause)
            pause = _PAUSE_S
            try:
                await self._store.expire_requests()
                request = await self._store.request(asked.request.id)
                if request is not None and not request.is_open:
                    asked.request = request
                    await self._settle(asked)
                    return
            except LeaseLost:
                return  # the turn comes to know it
            except StoreError as error:
                _log.error("request.not_expired", **self._named(asked), reason=str(error))

    async def _settle(self, asked: _Asked, by: str = "") -> None:
        """Bring what was decided to the turn; where its runtime is lost, it asks again."""
        if self._open is not asked:
            if asked in self._waiting:
                self._waiting.remove(asked)
                await self._tell(asked)
            return
        self._close()
        await self._tell(asked)
        await self._show(asked, by)
        await self._go_on()

    def _close(self) -> None:
        """Nothing is open any more."""
        self._open = None
        self._wait_no_more()
        if self._expiring is not None and self._expiring is not asyncio.current_task():
            self._expiring.cancel()
        thread = self._thread
        if thread.state is WorkerState.WAITING:
            thread.step(Step.QUESTION_CLOSED)
            thread.show_status(ThreadStatus.WORKING)

    async def _go_on(self) -> None:
        """Deal with the next one that waits."""
        if self._open is None and self._waiting and self._thread.state is WorkerState.RUNNING:
            await self._deal_with(self._waiting.popleft())

    async def _drop(self, asked: _Asked) -> None:
        """Withdraw a request that nobody needs, or nobody sees."""
        self._close()
        lease = self._thread.lease
        for request in await self._store.withdraw_requests(lease, request_id=asked.request.id):
            asked.request = request
        await self._show(asked)

    async def _withdraw_all(self) -> None:
        """Withdraw what is still open, also what an earlier worker left, and say so."""
        if not self._has_asked:
            return
        if self._open is not None:
            self._close()
        try:
            withdrawn = await self._store.withdraw_requests(
                self._thread.lease, entry_id=self._entry.id
            )
        except LeaseLost:
            raise
        except StoreError as error:
            _log.error("requests.not_withdrawn", entry=self._entry.id, reason=str(error))
            return
        for request in withdrawn:
            await show_closed(self._thread, request)

    # --- telling --------------------------------------------------------------------------

    async def _tell(self, asked: _Asked) -> None:
        """Tell the runtime what was decided."""
        if not asked.asked_as:
            if asked.words is not None:
                self._unheard[asked.request.id] = asked
            return
        request, session = asked.request, self._thread.session
        decision = _decision(request)
        if decision.is_allowed and is_outside(asked.tool) and asked.tool not in self._acts:
            # Before it may begin: whoever goes on after a crash must not do it again.
            await self._store.act(self._thread.lease, self._entry.id, asked.tool)
            self._acts.add(asked.tool)
        try:
            if request.kind is RequestKind.PERMISSION:
                await session.decide(asked.asked_as, decision)
            else:
                text = "\n\n".join(filter(None, (_answer(request), asked.along)))
                is_choice = text in request.choices
                await session.answer(asked.asked_as, text, is_choice=is_choice)
        except CopilotError as error:
            # The turn itself comes to know it, and what was decided is kept.
            _log.warning("request.not_told", **self._named(asked), reason=str(error))
            if asked.words is not None:
                self._unheard[request.id] = asked
        else:
            asked.words = None
            if asked.along:
                self._heard[request.id] = asked

    async def _show(self, asked: _Asked, by: str = "") -> None:
        if asked.reference:
            request = replace(asked.request, reference=asked.reference)
            if request.is_open:
                await self._thread.edit(asked.reference, shown(request))
            else:
                await show_closed(self._thread, request, by)

    # --- answers in words -----------------------------------------------------------------

    async def _take_words(self, asked: _Asked, answer: Entry, text: str) -> bool:
        """Answer a question in words; a choice may be written so. False where it is over."""
        wanted = text.strip().casefold()
        choices = asked.request.choices
        chosen = [choice for choice in choices if choice.strip().casefold() == wanted]
        said = chosen[0] if chosen and not asked.along else text
        by, state = answer.author, RequestState.ANSWERED
        request = await self._store.decide(asked.request.id, by.id, state, said)
        if request is None or (request.state, request.answer) != (state, said):
            return False
        asked.request, asked.words = request, answer
        await self._settle(asked)
        return True

    async def _take_with_files(self, asked: _Asked, answer: Entry) -> None:
        """Bring an answer to a question, once the files that came with it are on the desk."""
        self.has_brought_files = True
        try:
            bringing = bring_files(answer, self._thread, sees_images=False)
            brought = await unless(self._stop_asked, bringing)
            if brought is None or self._open is not asked:
                await self._thread.take_as_message(answer)
                return
            asked.along = uploads.told(brought)
            if not await self._take_words(asked, answer, answer.text or phrases.SEE_FILES):
                await self._thread.take_as_message(answer)
        except LeaseLost:
            pass  # the turn comes to know it
        except StoreError as error:
            await self._tell_lost_words(error)

    async def _cut_off_answers(self) -> list[Entry]:
        """The answers whose files were still being brought: no more of that."""
        answers = dict(self._taking)
        for taking in answers:
            taking.cancel()
        if answers:
            await asyncio.wait(answers)
        return [answer for taking, answer in answers.items() if taking.cancelled()]

    async def _tell_lost_words(self, error: StoreError) -> None:
        _log.error("words.not_kept", thread=str(self._thread.key), reason=str(error))
        await self._thread.post(Post(text=phrases.not_done(error)))

    def _named(self, asked: _Asked) -> dict[str, str]:
        return {"thread": str(self._thread.key), "request": asked.request.id}


def offer_of(request: Request) -> Offer:
    """What can be pressed to decide a request: all that a press needs is in its value."""
    if request.kind is RequestKind.QUESTION:
        choices = [
            Choice(value=f"{request.id} {index}", label=label)
            for index, label in enumerate(labels(request.choices))
        ]
        offer = offered("answer", choices, label=phrases.CHOOSE_ANSWER)
        if not request.allows_text:
            return offer
        words = Button(action="answer", value=f"{request.id} words", label=phrases.WRITE_ANSWER)
        return replace(offer, buttons=(*offer.buttons, words))
    once = Button(action="decide", value=f"{request.id} once", label=phrases.ALLOW_ONCE)
    thread = Button(action="decide", value=f"{request.id} thread", label=phrases.ALLOW_FOR_THREAD)
    deny = Button(action="decide", value=f"{request.id} no", label=phrases.DENY, is_dangerous=True)
    why = Button(action="decide", value=f"{request.id} why", label=phrases.DENY_WHY)
    for_thread = (thread,) if request.can_repeat else ()
    return Offer(buttons=(once, *for_thread, deny, why))


def form_of(request: Request, said: str) -> Form | None:
    """The form that opens before a press decides a request; None where it decides at once.

    Args:
        request: which one.
        said: what the button carried, as in `verdict_of`.
    """
    match request.kind, said:
        case RequestKind.QUESTION, "words" if request.allows_text:
            return Form(
                action="answer",
                value=f"{request.id} words",
                title=phrases.WRITE_ANSWER,
                field=phrases.YOUR_ANSWER,
                key=request.key,
                about=request.text,
                is_multiline=True,
            )
        case RequestKind.PERMISSION, "why":
            return Form(
                action="decide",
                value=f"{request.id} why",
                title=phrases.DENY_WHY,
                field=phrases.WHY,
                key=request.key,
                about=request.text,
                is_multiline=True,
                most=1_000,
                send=phrases.DENY,
            )
    return None


def shown(request: Request) -> Post:
    """The message that shows a request that is open."""
    offer = offer_of(request)
    text = phrases.request_open(request)
    return Post(text=text, buttons=offer.buttons, menus=offer.menus)


async def show_closed(thread: HeldThread, request: Request, by: str = "") -> None:
    """Show in a request's message what became of it.

    Args:
        thread: where it is.
        request: as it stands.
        by: the name of who decided; may be empty.
    """
    if request.reference and not request.is_open:
        await thread.edit(request.reference, Post(text=phrases.request_closed(request, by)))


def _decision(request: Request) -> Decision:
    """What the runtime is told of a permission."""
    is_allowed = request.state in _ALLOWED
    return Decision(
        is_allowed=is_allowed,
        for_thread=request.state is RequestState.ALLOWED_FOR_THREAD,
        reason="" if is_allowed else phrases.told_of_denial(request),
    )


def _answer(request: Request) -> str:
    """What the runtime is told of a question."""
    match request.state:
        case RequestState.ANSWERED:
            return request.answer
        case RequestState.EXPIRED:
            return phrases.NOBODY_ANSWERED
        case _:
            return phrases.NOT_ASKED
