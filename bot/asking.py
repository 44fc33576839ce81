"""The questions of a turn: put to the people of the thread, and answered by them."""

from __future__ import annotations

import asyncio

import structlog

from bot import phrases, uploads
from bot.errors import CopilotError, LeaseLost, StoreError
from bot.events import QuestionAsked
from bot.gathering import bring_files
from bot.held_thread import HeldThread
from bot.mailbox import Entry
from bot.messages import Button, Post
from bot.patience import unless
from bot.ports import ThreadStatus
from bot.questions import Question, Questions
from bot.states import Step, WorkerState

_log = structlog.get_logger(__name__)


class Asking:
    """Asks people what Copilot wants to know, over all attempts at one message.

    Args:
        thread: the thread.
        stop_asked: happens when somebody asks to stop.
    """

    def __init__(self, thread: HeldThread, stop_asked: asyncio.Event) -> None:
        self.has_brought_files = False
        """Whether files of an answer were put onto the desk."""
        self._thread = thread
        self._stop_asked = stop_asked
        self._questions = Questions()
        self._taking: dict[asyncio.Task[None], Entry] = {}
        """Answers whose files are being brought."""

    @property
    def open_question(self) -> str | None:
        """The id of the question that waits for an answer."""
        return self._questions.open.id if self._questions.open else None

    async def ask(self, event: QuestionAsked) -> None:
        """Copilot asks something."""
        if self._thread.state not in {WorkerState.RUNNING, WorkerState.WAITING}:
            return  # it is being stopped
        stale = self._questions.stale(event)
        if stale is not None:
            await self._show_closed(stale)
        question = self._questions.ask(event)
        if question is not None:
            await self._deal_with(question)

    async def take(self, answer: Entry) -> bool:
        """Bring a person's answer to the question that is open; false where it is not for it."""
        question = self._questions.open
        question_id, _, index = answer.reference.partition(" ")
        if question is None or question_id != question.id or self._stop_asked.is_set():
            return False
        if not index and answer.files:
            # Beside the controls: a stop must not wait for them.
            taking = asyncio.create_task(self._take_with_files(question, answer), name="answer")
            self._taking[taking] = answer
            taking.add_done_callback(self._taking.pop)
            return True
        if not index:
            question.take(answer.text, words=answer)
        elif index.isdecimal() and int(index) < len(question.choices):
            question.take(question.choices[int(index)])
        else:
            return False
        await self._resume(question)
        await self._show_closed(question)
        return True

    def cut_off(self) -> None:
        """The runtime that asked is lost."""
        self._questions.cut_off()

    async def end(self, *, is_stale: bool) -> None:
        """The turn is over: nothing can be answered any more, and no words are lost.

        Args:
            is_stale: whether the thread has begun its next generation: then they count for nothing.

        Raises:
            LeaseLost: another worker owns the thread now.
        """
        cut_off = await self._cut_off_answers()
        question = self._questions.close()
        if question is not None:
            await self._show_closed(question)
        for words in () if is_stale else (*cut_off, *self._questions.unheard()):
            try:
                await self._thread.take_as_message(words)
            except LeaseLost:
                raise
            except StoreError as error:
                await self._tell_lost_words(error)

    # --- one question ---------------------------------------------------------------------

    async def _deal_with(self, question: Question) -> None:
        """Show a question, unless it is known already."""
        if question.answer is not None:
            await self._tell_answer(question)
            return
        self._thread.step(Step.QUESTION_OPENED)
        self._thread.show_status(ThreadStatus.WAITING)
        if question.reference:
            return
        buttons = tuple(
            Button(action="answer", value=f"{question.id} {index}", label=choice)
            for index, choice in enumerate(question.choices)
        )
        hint = phrases.answer_hint(has_choices=bool(buttons), allows_text=question.allows_text)
        question.reference = await self._thread.post(
            Post(text=f"{question.text}\n\n_{hint}_", buttons=buttons)
        )
        if self._questions.open is not question:
            await self._show_closed(question)  # it was answered while it was being posted
        elif not question.reference:
            # Nobody sees it, so nobody will answer.
            question.answer = phrases.NOT_ASKED
            await self._resume(question)

    async def _resume(self, question: Question) -> None:
        """Bring an answer to the turn; where its runtime is lost, keep it for the next one."""
        self._questions.close()
        thread = self._thread
        if thread.state is WorkerState.WAITING:
            thread.step(Step.QUESTION_CLOSED)
            thread.show_status(ThreadStatus.WORKING)
        if question.asked_as:
            await self._tell_answer(question)
        if thread.state is WorkerState.RUNNING and (other := self._questions.next()):
            await self._deal_with(other)

    async def _tell_answer(self, question: Question) -> None:
        text = "\n\n".join(filter(None, (question.answer, question.along)))
        try:
            await self._thread.session.answer(
                question.asked_as, text, is_choice=question.is_choice and not question.along
            )
        except CopilotError as error:
            # The turn itself comes to know it, and the answer is kept.
            _log.warning("answer.not_told", thread=str(self._thread.key), reason=str(error))
        else:
            question.words = None

    async def _show_closed(self, question: Question) -> None:
        if question.reference:
            answer = f"\n\n*{question.answer}*" if question.answer else ""
            await self._thread.edit(question.reference, Post(text=question.text + answer))

    # --- answers with files ---------------------------------------------------------------

    async def _take_with_files(self, question: Question, answer: Entry) -> None:
        """Bring an answer to a question, once the files that came with it are on the desk."""
        self.has_brought_files = True
        try:
            bringing = bring_files(answer, self._thread, sees_images=False)
            brought = await unless(self._stop_asked, bringing)
            if brought is None or self._questions.open is not question:
                await self._thread.take_as_message(answer)
                return
            question.along = uploads.told(brought)
            question.take(answer.text or phrases.SEE_FILES, words=answer)
            await self._resume(question)
            await self._show_closed(question)
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
