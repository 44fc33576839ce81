"""A live Copilot session: prompts in, what happens out."""

from __future__ import annotations

import asyncio
import contextlib
import uuid
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from typing import Any, TypeVar

from copilot import CopilotSession as SdkSession
from copilot import SessionEvent, UserInputRequest, UserInputResponse
from copilot.rpc import HistoryTruncateRequest
from copilot.session_events import (
    AssistantMessageData,
    AssistantMessageDeltaData,
    AssistantUsageData,
    ModelCallFailureData,
    SessionErrorData,
    SessionEventData,
    SessionIdleData,
    SessionTitleChangedData,
    ToolExecutionCompleteData,
    ToolExecutionStartData,
)

from adapters.copilot.answer import Answer
from adapters.copilot.failures import LOST, of_turn, translated
from adapters.copilot.files import FilesBridge
from adapters.copilot.history import past_turns
from bot.errors import CopilotError, RuntimeLost, RuntimeUnavailable, StoreError, ThreadpilotError
from bot.events import (
    QuestionAsked,
    ReplyEvent,
    TextDelta,
    TextEnded,
    TitleChanged,
    ToolFinished,
    ToolStarted,
    TurnFailed,
    TurnFinished,
    UsageReported,
)
from bot.ports import Image, PastTurn

_QUIET_TIMEOUT_S = 10
_SHORT = 120
# Its question is told as such.
_UNTOLD_TOOLS = frozenset({"ask_user"})
_T = TypeVar("_T")


class CopilotSession:
    """A session of a running runtime; of no use once that runtime is gone.

    Args:
        session: the SDK's.
        bridge: its files.
        lost: is done once the runtime is gone.
        questions: what the SDK asks people through.
        has_provider: whether the operator brought a model provider.
    """

    def __init__(
        self,
        session: SdkSession,
        *,
        bridge: FilesBridge,
        lost: asyncio.Future[None],
        questions: Questions,
        has_provider: bool,
    ) -> None:
        self._session = session
        self._bridge = bridge
        self._lost = lost
        self._questions = questions
        self._has_provider = has_provider
        self._turn: _Turn | None = None
        self._is_busy = False
        self._quiet = asyncio.Event()
        self._is_closed = False
        bridge.on_failure = self._store_failed
        questions.ask = self._asked
        self._unsubscribe = session.on(self._receive)

    @property
    def session_id(self) -> str:
        """Its id."""
        return self._session.session_id

    @property
    def sees_images(self) -> bool:
        """Whether the model can be shown pictures, as far as is known."""
        return False

    async def turn(
        self, prompt: str, images: Sequence[Image] = ()
    ) -> AsyncGenerator[ReplyEvent, None]:
        """Send a prompt; see `RuntimeSession.turn`.

        One turn at a time. Close the session after a turn that failed with a StoreError: what
        the runtime remembers and what is in the files may differ then.
        """
        if self._turn is not None:
            raise RuntimeError(f"session {self.session_id} has a turn running")
        turn = self._turn = _Turn()
        self._lost.add_done_callback(turn.wake)
        try:
            try:
                await self._end_what_was_left()
                self._is_busy = turn.is_listening = True
                self._quiet.clear()
                await self._ask(self._session.send(prompt))
                turn.is_sent = True
                if turn.is_stopping:
                    await self._ask(self._session.abort())
            except RuntimeLost:
                raise
            except CopilotError as exc:
                yield TurnFailed(error=exc)
                return
            while True:
                for event in turn.take():
                    yield event
                if turn.is_over or turn.store_error is not None:
                    break
                if self._lost.done():
                    raise RuntimeLost(LOST)
                await turn.woken()
            yield await self._outcome(turn)
        finally:
            self._lost.remove_done_callback(turn.wake)
            self._turn = None
            self._questions.release()

    async def stop(self) -> None:
        """End the running turn; see `RuntimeSession.stop`.

        Raises:
            RuntimeLost: the runtime went away.
        """
        turn = self._turn
        if turn is None or turn.is_over:
            return
        turn.is_stopping = True
        self._questions.release()
        if turn.is_sent:
            await self._ask(self._session.abort())

    async def answer(self, question_id: str, text: str, *, is_choice: bool) -> None:
        """Answer a question of the running turn; unknown ids are ignored."""
        self._questions.answer(question_id, text, is_choice=is_choice)

    async def history(self) -> Sequence[PastTurn]:
        """The turns of the session, oldest first.

        Raises:
            RuntimeLost: the runtime went away.
        """
        return past_turns(await self._ask(self._session.get_events()))

    async def rewind(self, prompt_id: str) -> None:
        """Take back a prompt and all that came after it.

        Raises:
            RuntimeLost: the runtime went away.
            StoreError: it could not be made durable.
        """
        request = HistoryTruncateRequest(event_id=prompt_id)
        await self._ask(self._session.rpc.history.truncate(request))
        await self._bridge.settle()

    async def close(self) -> None:
        """Let the live session go; never fails for a runtime that is gone."""
        if self._is_closed:
            return
        self._is_closed = True
        self._unsubscribe()
        self._questions.release()
        # The state is in the files by now, so a runtime that cannot say goodbye loses nothing.
        with contextlib.suppress(RuntimeLost):
            try:
                await self._ask(self._session.disconnect())
            except CopilotError:
                # It cannot write its last words, and drops the session the second time.
                with contextlib.suppress(RuntimeUnavailable):
                    await self._ask(self._session.disconnect())
        with contextlib.suppress(StoreError):
            await self._bridge.settle()

    # --- asking the runtime

    async def _ask(self, call: Awaitable[_T]) -> _T:
        """Await a call of the SDK, but not beyond the runtime's death."""
        return await asked(call, self._lost, has_provider=self._has_provider)

    async def _end_what_was_left(self) -> None:
        """Stop a turn that nobody listened to until its end."""
        if not self._is_busy:
            return
        await self._ask(self._session.abort())
        try:
            async with asyncio.timeout(_QUIET_TIMEOUT_S):
                await self._ask(self._quiet.wait())
        except TimeoutError as exc:
            raise RuntimeUnavailable(
                "The Copilot runtime does not end an earlier answer: try again."
            ) from exc

    async def _outcome(self, turn: _Turn) -> ReplyEvent:
        """What the turn came to, once all of it is durable."""
        error: ThreadpilotError | None = turn.store_error
        if error is None:
            try:
                await self._bridge.settle()
            except StoreError as exc:
                error = exc
        if error is not None:
            if not turn.is_over:
                with contextlib.suppress(CopilotError):
                    await self._ask(self._session.abort())
            return TurnFailed(error=error)
        if turn.error is not None and not turn.was_stopped:
            failure = of_turn(turn.error, turn.failed_call, has_provider=self._has_provider)
            return TurnFailed(error=failure)
        return TurnFinished(was_stopped=turn.was_stopped)

    # --- what the runtime tells

    def _receive(self, event: SessionEvent) -> None:
        """Take an event; most kinds are of no interest and cost one look into a set."""
        data = event.data
        if type(data) not in _WANTED:
            return
        turn = self._turn
        if isinstance(data, SessionIdleData):
            self._is_busy = False
            self._quiet.set()
        if turn is None or not turn.is_listening:
            return
        if isinstance(data, AssistantUsageData):
            turn.tell(_usage(data))
            return
        if isinstance(data, ToolExecutionStartData) and data.tool_name == "create":
            self._bridge.expect_file(_path(data.arguments))
        if event.agent_id is None:
            turn.receive(data)

    def _asked(self, question: QuestionAsked) -> bool:
        """Tell of a question; False where nobody could answer it."""
        if self._turn is None or self._turn.is_stopping:
            return False
        self._turn.tell(question)
        return True

    def _store_failed(self, error: StoreError) -> None:
        if self._turn is not None:
            self._turn.store_error = error
            self._turn.wake()


class Questions:
    """The questions of a session that wait for a person.

    It exists before the session does: the SDK wants to know at once whom to ask.
    """

    def __init__(self) -> None:
        self.ask: Callable[[QuestionAsked], bool] | None = None
        self._open: dict[str, asyncio.Future[UserInputResponse]] = {}

    async def handle(self, request: UserInputRequest, _: Mapping[str, str]) -> UserInputResponse:
        """Ask a person for the runtime, and wait for the answer."""
        question = QuestionAsked(
            question_id=uuid.uuid4().hex,
            question=request.get("question", ""),
            choices=tuple(request.get("choices", ())),
            allows_text=request.get("allowFreeform", True),
        )
        if self.ask is None or not self.ask(question):
            return _NOBODY
        answer: asyncio.Future[UserInputResponse] = asyncio.get_running_loop().create_future()
        self._open[question.question_id] = answer
        try:
            return await answer
        finally:
            del self._open[question.question_id]

    def answer(self, question_id: str, text: str, *, is_choice: bool) -> None:
        """Answer one of them; unknown ids are ignored."""
        if (waiting := self._open.get(question_id)) is not None and not waiting.done():
            waiting.set_result({"answer": text, "wasFreeform": not is_choice})

    def release(self) -> None:
        """Let all go on without an answer."""
        for waiting in self._open.values():
            if not waiting.done():
                waiting.set_result(_NOBODY)


_NOBODY: UserInputResponse = {"answer": "Nobody answered.", "wasFreeform": True}


async def asked(call: Awaitable[_T], lost: asyncio.Future[None], *, has_provider: bool) -> _T:
    """Await a call of the SDK, which may wait forever for a runtime that is gone.

    Args:
        call: the call.
        lost: is done once the runtime is gone.
        has_provider: whether the operator brought a model provider.

    Raises:
        RuntimeLost: the runtime is gone.
        CopilotError: it refused.
    """
    task: asyncio.Future[_T] = asyncio.ensure_future(call)
    either: set[asyncio.Future[Any]] = {task, lost}
    try:
        if not lost.done():
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        if not task.done():
            raise RuntimeLost(LOST)
        with translated(has_provider=has_provider):
            return task.result()
    finally:
        if not task.done():
            task.cancel()
            await asyncio.wait({task})
            if not task.cancelled():
                task.exception()  # of a call that nobody waits for any more


class _Turn:
    """A turn that is running: what it told, and how it stands."""

    def __init__(self) -> None:
        self.is_listening = False
        self.is_sent = False
        self.is_stopping = False
        self.is_over = False
        self.was_stopped = False
        self.error: SessionErrorData | None = None
        self.failed_call: ModelCallFailureData | None = None
        self.store_error: StoreError | None = None
        self._answer = Answer()
        self._started: set[str] = set()
        self._untold: list[ReplyEvent] = []
        self._woken = asyncio.Event()

    def tell(self, event: ReplyEvent) -> None:
        self._untold.append(event)
        self._woken.set()

    def wake(self, _: object = None) -> None:
        self._woken.set()

    async def woken(self) -> None:
        await self._woken.wait()
        self._woken.clear()

    def take(self) -> list[ReplyEvent]:
        """What is to be told since the last time, text that follows text as one piece."""
        events, self._untold = self._untold, []
        return _merged(events) if len(events) > 1 else events

    def receive(self, data: SessionEventData) -> None:
        match data:
            case AssistantMessageDeltaData() if data.parent_tool_call_id is None:
                if text := self._answer.add(data.message_id, data.delta_content):
                    self.tell(TextDelta(text=text))
            case AssistantMessageData() if data.parent_tool_call_id is None:
                self.error = None
                if data.content or self._answer.is_begun:
                    self._answer.end()
                    self.tell(TextEnded(text=data.content))
            case ToolExecutionStartData() if data.tool_name not in _UNTOLD_TOOLS:
                self._started.add(data.tool_call_id)
                title = tool_title(data.tool_name, data.arguments)
                self.tell(ToolStarted(call_id=data.tool_call_id, name=data.tool_name, title=title))
            case ToolExecutionCompleteData() if data.tool_call_id in self._started:
                self._started.discard(data.tool_call_id)
                detail = "" if data.error is None else _short(data.error.message)
                self.tell(
                    ToolFinished(call_id=data.tool_call_id, succeeded=data.success, detail=detail)
                )
            case SessionTitleChangedData(title=title):
                self.tell(TitleChanged(title=_short(title)))
            case ModelCallFailureData():
                self.failed_call = data
            case SessionErrorData():
                self.error = data
            case SessionIdleData(aborted=aborted):
                self.is_over = True
                self.was_stopped = bool(aborted)
                self.wake()


_WANTED = frozenset(
    {
        AssistantMessageData,
        AssistantMessageDeltaData,
        AssistantUsageData,
        ModelCallFailureData,
        SessionErrorData,
        SessionIdleData,
        SessionTitleChangedData,
        ToolExecutionCompleteData,
        ToolExecutionStartData,
    }
)


def tool_title(name: str, arguments: object) -> str:
    """A tool's call in a few words, such as `create /desk/report.md`."""
    path = _path(arguments)
    return _short(f"{name} {path}") if path else name


def _path(arguments: object) -> str:
    path = arguments.get("path") if isinstance(arguments, Mapping) else None
    return path if isinstance(path, str) else ""


def _usage(data: AssistantUsageData) -> UsageReported:
    return UsageReported(
        model=data.model,
        input_tokens=data.input_tokens or 0,
        output_tokens=data.output_tokens or 0,
        cost=data.cost or 0.0,
    )


def _merged(events: Sequence[ReplyEvent]) -> list[ReplyEvent]:
    merged: list[ReplyEvent] = []
    texts: list[str] = []
    for event in events:
        if isinstance(event, TextDelta):
            texts.append(event.text)
            continue
        if texts:
            merged.append(TextDelta(text="".join(texts)))
            texts = []
        merged.append(event)
    if texts:
        merged.append(TextDelta(text="".join(texts)))
    return merged


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _SHORT else line[: _SHORT - 1] + "…"
