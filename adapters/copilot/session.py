"""A live Copilot session: prompts in, what happens out."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import uuid
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from itertools import groupby
from typing import TypeVar

from copilot import CopilotSession as SdkSession
from copilot import SessionEvent, UserInputRequest, UserInputResponse
from copilot.rpc import HistoryTruncateRequest, TasksCancelRequest
from copilot.session import Attachment, BlobAttachment
from copilot.session_events import (
    AssistantIdleData,
    AssistantMessageData,
    AssistantMessageDeltaData,
    AssistantReasoningData,
    AssistantReasoningDeltaData,
    AssistantUsageData,
    ModelCallFailureData,
    SessionCompactionCompleteData,
    SessionErrorData,
    SessionEventData,
    SessionIdleData,
    ToolExecutionCompleteData,
    ToolExecutionStartData,
    UserMessageData,
)

from adapters.copilot import phrases
from adapters.copilot.answer import Answer
from adapters.copilot.asking import asked
from adapters.copilot.desk_tools import DeskTool
from adapters.copilot.failures import LOST, of_turn
from adapters.copilot.files import FilesBridge
from adapters.copilot.history import past_turns
from adapters.copilot.models import Models
from adapters.copilot.naming import Naming
from adapters.copilot.permissions import Permissions
from adapters.copilot.steers import Steers
from adapters.copilot.usage import of_call, of_compaction, together
from bot.errors import (
    CopilotError,
    DocumentUnreadable,
    ModelUnknown,
    ProviderFailed,
    RuntimeLost,
    RuntimeUnavailable,
    StoreError,
    ThreadpilotError,
)
from bot.events import (
    PermissionAsked,
    QuestionAsked,
    ReasoningDelta,
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
from bot.ports import Compaction, Image, PastTurn
from bot.requests import Decision

_QUIET_TIMEOUT_S = 10
_GOES_ON_S = 2.0
"""How long a turn that has ended may take to see what was said to it at the end."""

_COMPACT_TIMEOUT_S = 300
_NOTHING_TO_COMPACT = "Nothing to compact"
_SHORT = 120
# More are more than most providers take in one message.
_MOST_IMAGES = 10
# Its question is told as such.
_UNTOLD_TOOLS = frozenset({"ask_user"})
_T = TypeVar("_T")

Fit = Callable[[Image], Awaitable[Image]]
"""Makes a picture fit for models; raises DocumentUnreadable where it cannot be read."""


class CopilotSession:
    """A session of a running runtime; of no use once that runtime is gone.

    Args:
        session: the SDK's.
        bridge: its files.
        lost: is done once the runtime is gone.
        questions: what the SDK asks people through.
        permissions: what it asks for permission through.
        models: what is known of the models.
        model: the session's; None for the operator's.
        naming: finds its title.
        tools: the tools of the bot's own that it was offered.
        fit: makes a picture fit for models; None to leave them as they are.
        has_provider: whether the operator brought a model provider.
        has_shell: whether it may run commands.
        is_leaving: tells whether that runtime is to go, and another one has taken its place.
    """

    def __init__(
        self,
        session: SdkSession,
        *,
        bridge: FilesBridge,
        lost: asyncio.Future[None],
        questions: Questions,
        permissions: Permissions,
        models: Models,
        model: str | None,
        naming: Naming,
        tools: Sequence[DeskTool] = (),
        fit: Fit | None = None,
        has_provider: bool,
        has_shell: bool = False,
        is_leaving: Callable[[], bool] = lambda: False,
    ) -> None:
        self._session = session
        self._bridge = bridge
        self._lost = lost
        self._questions = questions
        self._permissions = permissions
        self._models = models
        self._model = model
        self._naming = naming
        self._tools = {tool.name: tool for tool in tools}
        self._fit = fit
        self._has_provider = has_provider
        self._has_shell = has_shell
        self._is_leaving = is_leaving
        self._turn: _Turn | None = None
        self._is_busy = False
        self._quiet = asyncio.Event()
        self._is_closed = False
        self._is_left = False
        self._beside: list[UsageReported] = []
        """What was spent on summing up, and not told of."""
        bridge.on_failure = self._store_failed
        questions.ask = permissions.ask = self._asked
        self._unsubscribe = session.on(self._receive)

    @property
    def session_id(self) -> str:
        """Its id."""
        return self._session.session_id

    @property
    def sees_images(self) -> bool:
        """Whether the model can be shown pictures, as far as is known."""
        return self._models.sees(self._model)

    @property
    def is_usable(self) -> bool:
        """Whether it can take another turn; see `RuntimeSession.is_usable`."""
        return not self._lost.done() and not self._is_leaving()

    @property
    def is_in_turn(self) -> bool:
        """Whether a turn runs."""
        return self._turn is not None

    async def turn(
        self, prompt: str, images: Sequence[Image] = ()
    ) -> AsyncGenerator[ReplyEvent, None]:
        """Send a prompt; see `RuntimeSession.turn`.

        One turn at a time. Close the session after a turn that failed with a StoreError: what
        the runtime remembers and what is in the files may differ then.
        """
        if self._turn is not None:
            raise RuntimeError(f"session {self.session_id} has a turn running")
        if self._is_left:
            self._release()
        turn = self._turn = _Turn(self._tool_title)
        self._lost.add_done_callback(turn.wake)
        is_over = False
        try:
            shown = await self._fitted(images, turn)
            is_told = False
            while not is_told:
                try:
                    await self._send(turn, prompt, shown)
                except RuntimeLost:
                    raise
                except CopilotError as exc:
                    is_over = True
                    yield TurnFailed(error=exc)
                    return
                while True:
                    for event in turn.take():
                        yield event
                    if turn.has_begun:
                        self._naming.begin(prompt, turn.wake)
                    title = self._naming.found()
                    for usage in self._spent_beside():
                        yield usage
                    if title:
                        yield TitleChanged(title=title)
                    if turn.is_at_rest:
                        break
                    if turn.has_spoken and self._has_shell:
                        turn.has_spoken = False
                        await self._end_commands()
                    if self._lost.done() and not turn.has_news:
                        raise RuntimeLost(LOST)
                    await turn.woken()
                outcome = await self._outcome(turn)
                is_told = not await self._is_blind(turn, shown, outcome)
                shown = shown if is_told else ()
            title = ""
            if isinstance(outcome, TurnFinished):
                title = await self._naming.at_end(prompt)
            for usage in self._spent_beside():
                yield usage
            if title:
                yield TitleChanged(title=title)
            is_over = True
            yield outcome
        finally:
            self._lost.remove_done_callback(turn.wake)
            self._turn = None
            turn.steers.release()
            self._is_left = not (is_over or turn.is_stopping)
            if not self._is_left:
                self._release()

    async def steer(self, prompt: str, images: Sequence[Image] = ()) -> bool:
        """Say something more while a turn runs; see `RuntimeSession.steer`.

        Raises:
            RuntimeLost: the runtime went away.
        """
        turn = self._turn
        if turn is None or not turn.can_be_steered:
            return False
        shown: tuple[Image, ...] = ()
        async with turn.steers.in_order:
            if self._models.is_sure(self._model):
                shown = await self._fitted(images, turn)
            if not turn.can_be_steered:
                return False
            # Noted before it is sent: the model may see it before the call returns.
            seen = turn.steers.expect(prompt)
            attachments: list[Attachment] = [_attachment(image) for image in shown]
            await self._ask(
                self._session.send(prompt, attachments=attachments or None, mode="immediate")
            )
        return await self._ask(seen)

    async def stop(self) -> None:
        """End the running turn; see `RuntimeSession.stop`.

        Raises:
            RuntimeLost: the runtime went away.
        """
        turn = self._turn
        if turn is None or turn.is_over:
            return
        turn.is_stopping = True
        self._release()
        if turn.is_sent:
            await self._ask(self._session.abort())

    async def answer(self, question_id: str, text: str, *, is_choice: bool) -> None:
        """Answer a question of the running turn; unknown ids are ignored."""
        self._questions.answer(question_id, text, is_choice=is_choice)

    async def decide(self, request_id: str, decision: Decision) -> None:
        """Decide a permission of the running turn; unknown ids are ignored."""
        self._permissions.decide(request_id, decision)

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

    async def summary(self) -> str:
        """What was said, summed up by the model; see `RuntimeSession.summary`.

        Raises:
            RuntimeLost: the runtime went away.
            CopilotError: it could not be summed up.
        """
        history = self._session.rpc.history
        result = await self._ask(history.summarize_for_handoff(timeout=_COMPACT_TIMEOUT_S))
        return result.summary.strip()

    async def compact(self) -> Compaction | None:
        """Have the model sum up what was said; see `RuntimeSession.compact`.

        Raises:
            RuntimeLost: the runtime went away.
            CopilotError: it could not be summed up.
            StoreError: it could not be made durable.
        """
        history = self._session.rpc.history
        is_over = False
        try:
            result = await self._ask(history.compact(timeout=_COMPACT_TIMEOUT_S))
            is_over = True
        except RuntimeUnavailable as exc:
            if _NOTHING_TO_COMPACT in str(exc):
                return None
            raise
        finally:
            if not is_over and not self._lost.done():
                with contextlib.suppress(CopilotError):
                    await self._ask(history.abort_manual_compaction())
        await self._bridge.settle()
        window = result.context_window
        if not result.success or window is None:
            return None
        after = window.current_tokens
        usage = together(self._spent_beside())
        return Compaction(before=after + result.tokens_removed, after=after, usage=usage)

    async def close(self) -> None:
        """Let the live session go; never fails for a runtime that is gone."""
        if self._is_closed:
            return
        self._is_closed = True
        self._unsubscribe()
        await self._naming.close()
        if self._is_left:
            await self._leave()
        self._release()
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

    # --- pictures

    async def _fitted(self, images: Sequence[Image], turn: _Turn) -> tuple[Image, ...]:
        """What of some pictures the model can be shown; tells of the others."""
        if not images or not self.sees_images:
            return ()
        shown = await asyncio.gather(*(self._fit_one(each, turn) for each in images[:_MOST_IMAGES]))
        if len(images) > _MOST_IMAGES:
            left_out = [image.name for image in images[_MOST_IMAGES:]]
            turn.tell_unseen(left_out, phrases.TOO_MANY.format(most=_MOST_IMAGES))
        return tuple(image for image in shown if image is not None)

    async def _fit_one(self, image: Image, turn: _Turn) -> Image | None:
        if self._fit is None:
            return image
        try:
            return await self._fit(image)
        except DocumentUnreadable as exc:
            turn.tell_unseen([image.name], str(exc))
            return None

    async def _is_blind(self, turn: _Turn, shown: Sequence[Image], outcome: ReplyEvent) -> bool:
        """Whether a turn is to be tried again without its pictures, which it is then ready for.

        A prompt that its provider refuses would be refused with every later one: it stays in the
        history with its pictures. So it is taken back.
        """
        if self._models.is_sure(self._model):
            return False
        if isinstance(outcome, TurnFinished):
            if not outcome.was_stopped and (shown or turn.is_second):
                self._models.learned(self._model, sees=bool(shown))
            return False
        is_refused = isinstance(outcome, TurnFailed) and isinstance(
            outcome.error, ProviderFailed | ModelUnknown
        )
        if not shown or not is_refused or turn.has_begun or turn.prompt_id is None:
            return False
        await self.rewind(turn.prompt_id)
        turn.begin_again()
        turn.tell_unseen([image.name for image in shown], phrases.BLIND)
        return True

    # --- asking the runtime

    async def _send(self, turn: _Turn, prompt: str, images: Sequence[Image]) -> None:
        await self._end_what_was_left()
        self._is_busy = turn.is_listening = True
        self._quiet.clear()
        attachments: list[Attachment] = [_attachment(image) for image in images]
        await self._ask(self._session.send(prompt, attachments=attachments or None))
        turn.is_sent = True
        if turn.is_stopping:
            await self._ask(self._session.abort())

    async def _ask(self, call: Awaitable[_T]) -> _T:
        """Await a call of the SDK, but not beyond the runtime's death."""
        return await asked(call, self._lost, has_provider=self._has_provider)

    async def _end_what_was_left(self) -> None:
        """Stop a turn that nobody listened to until its end."""
        if not self._is_busy:
            return
        await self._ask(self._session.abort())
        if self._has_shell:
            await self._end_commands()
        try:
            async with asyncio.timeout(_QUIET_TIMEOUT_S):
                await self._ask(self._quiet.wait())
        except TimeoutError as exc:
            raise RuntimeUnavailable(
                "The Copilot runtime does not end an earlier answer: try again."
            ) from exc

    async def _end_commands(self) -> None:
        """End the commands that still run: until then, the runtime does not count as at rest."""
        tasks = self._session.rpc.tasks
        found = await self._ask(tasks.list())
        for task in found.to_dict()["tasks"]:
            if task["type"] == "shell" and task["status"] == "running":
                await self._ask(tasks.cancel(TasksCancelRequest(id=task["id"])))

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
        if isinstance(data, SessionCompactionCompleteData) and (usage := of_compaction(data)):
            self._beside.append(usage)
        if isinstance(data, SessionIdleData):
            self._is_busy = False
            self._quiet.set()
        if turn is None or not turn.is_listening:
            return
        if isinstance(data, AssistantUsageData):
            turn.tell(of_call(data))
            return
        if isinstance(data, ToolExecutionStartData) and data.tool_name == "create":
            self._bridge.expect_file(_path(data.arguments))
        if event.agent_id is None:
            if isinstance(data, UserMessageData):
                if turn.prompt_id is None:
                    turn.prompt_id = str(event.id)
                elif turn.steers.see(data.content):
                    # It may come behind the word that all is quiet.
                    self._is_busy = True
                    self._quiet.clear()
                return
            turn.receive(data)

    def _spent_beside(self) -> list[UsageReported]:
        """What was spent beside the answers, and not told of: on a title, and on summing up."""
        spent = [*self._naming.spent(), *self._beside]
        self._beside.clear()
        return spent

    def _tool_title(self, name: str, arguments: object) -> str:
        if (tool := self._tools.get(name)) is not None and isinstance(arguments, Mapping):
            return _short(tool.title(arguments))
        return tool_title(name, arguments)

    def _asked(self, asked: QuestionAsked | PermissionAsked) -> bool:
        """Tell of what a person has to answer; False where nobody could."""
        if self._turn is None or self._turn.is_stopping:
            return False
        self._turn.tell(asked)
        return True

    def _release(self) -> None:
        """Nobody answers any more: the turn is to end."""
        self._questions.release()
        self._permissions.release(is_left=self._lost.done())

    async def _leave(self) -> None:
        """Leave a turn to the next worker, as it is: what is open in it stays so.

        The runtime answers by itself what nobody does, as soon as nobody listens, and the next
        worker would find that in the history.
        """
        self._bridge.freeze()
        self._questions.leave()
        self._permissions.release(is_left=True)
        with contextlib.suppress(CopilotError):
            # Else it would go on, and whoever opens the session here find it at that.
            await self._ask(self._session.abort())

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

    def leave(self) -> None:
        """Answer none of them."""
        for waiting in self._open.values():
            waiting.cancel()  # the SDK then sends nothing


_NOBODY: UserInputResponse = {"answer": "Nobody answered.", "wasFreeform": True}


class _Turn:
    """A turn that is running: what it told, and how it stands."""

    def __init__(self, title: Callable[[str, object], str]) -> None:
        self.is_listening = False
        self.is_stopping = False
        self.is_second = False
        self.has_begun = False
        self.steers = Steers()
        self.store_error: StoreError | None = None
        self._title = title
        self._reasoning: list[str] = []
        self._answer = Answer()
        self._started: set[str] = set()
        self._untold: list[ReplyEvent] = []
        self._woken = asyncio.Event()
        self._reset()

    def begin_again(self) -> None:
        """The prompt was taken back, and is sent once more."""
        self.is_second = True
        self._reset()

    def _reset(self) -> None:
        self.is_sent = False
        self.is_over = False
        self.has_spoken = False
        """Whether the model is at rest, though commands of its may still run."""
        self.was_stopped = False
        self.prompt_id: str | None = None
        self.error: SessionErrorData | None = None
        self.failed_call: ModelCallFailureData | None = None

    @property
    def can_be_steered(self) -> bool:
        """Whether the model goes on with what it is told now."""
        is_ending = self.is_over or self.is_stopping or self.store_error is not None
        return self.prompt_id is not None and not is_ending

    @property
    def is_at_rest(self) -> bool:
        """Whether nothing more will come, and all that came was taken."""
        return (self.is_over or self.store_error is not None) and not self.has_news

    @property
    def has_news(self) -> bool:
        """Whether something is to be told."""
        return bool(self._untold)

    def tell(self, event: ReplyEvent) -> None:
        self._untold.append(event)
        self._woken.set()

    def tell_unseen(self, names: Sequence[str], reason: str) -> None:
        """Tell that pictures are not shown to the model."""
        call_id = f"unseen-{uuid.uuid4().hex}"
        title = _short(phrases.looks_at(names))
        self.tell(ToolStarted(call_id=call_id, name="look", title=title))
        self.tell(ToolFinished(call_id=call_id, succeeded=False, detail=_short(reason)))

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
            case AssistantReasoningDeltaData(reasoning_id=part, delta_content=text):
                self._reason(part, text)
            case AssistantReasoningData(reasoning_id=part, content=text):
                if part not in self._reasoning:
                    self._reason(part, text)
            case AssistantMessageDeltaData() if data.parent_tool_call_id is None:
                self.has_begun = True
                if text := self._answer.add(data.message_id, data.delta_content):
                    self.tell(TextDelta(text=text))
            case AssistantMessageData() if data.parent_tool_call_id is None:
                self.error = None
                self.has_begun = True
                if data.content or self._answer.is_begun:
                    self._answer.end()
                    self.tell(TextEnded(text=data.content))
            case ToolExecutionStartData() if data.tool_name not in _UNTOLD_TOOLS:
                self._started.add(data.tool_call_id)
                title = self._title(data.tool_name, data.arguments)
                self.tell(ToolStarted(call_id=data.tool_call_id, name=data.tool_name, title=title))
            case ToolExecutionCompleteData() if data.tool_call_id in self._started:
                self._started.discard(data.tool_call_id)
                detail = "" if data.error is None else _short(data.error.message)
                self.tell(
                    ToolFinished(call_id=data.tool_call_id, succeeded=data.success, detail=detail)
                )
            case ModelCallFailureData():
                self.failed_call = data
            case SessionErrorData():
                self.error = data
            case AssistantIdleData():
                self.has_spoken = True
                self.wake()
            case SessionIdleData(aborted=aborted):
                self.was_stopped = bool(aborted)
                if self.steers.are_waiting and not aborted:
                    # What was said at the very end makes the turn go on, or was dropped.
                    loop = asyncio.get_running_loop()
                    loop.call_later(_GOES_ON_S, self._rest_unless_steered)
                else:
                    self._rest()

    def _rest_unless_steered(self) -> None:
        if self.steers.are_waiting:
            self._rest()

    def _rest(self) -> None:
        self.is_over = True
        self.wake()

    def _reason(self, part: str, text: str) -> None:
        """Tell more of a part of the reasoning; another part begins a new paragraph."""
        if not text:
            return
        if part not in self._reasoning:
            self._reasoning.append(part)
            text = text if len(self._reasoning) == 1 else f"\n\n{text}"
        self.tell(ReasoningDelta(text=text))


_WANTED = frozenset(
    {
        AssistantIdleData,
        AssistantMessageData,
        AssistantMessageDeltaData,
        AssistantReasoningData,
        AssistantReasoningDeltaData,
        AssistantUsageData,
        ModelCallFailureData,
        SessionCompactionCompleteData,
        SessionErrorData,
        SessionIdleData,
        ToolExecutionCompleteData,
        ToolExecutionStartData,
        UserMessageData,
    }
)


def tool_title(name: str, arguments: object) -> str:
    """A tool's call in a few words, such as `create /desk/report.md`, or a command."""
    if name == "bash" and (command := _text(arguments, "command")):
        return _short(f"$ {command}")
    if name in {"grep", "glob"} and (pattern := _text(arguments, "pattern")):
        return _short(f"{name} {pattern}")
    path = _path(arguments)
    return _short(f"{name} {path}") if path else name


def _path(arguments: object) -> str:
    return _text(arguments, "path")


def _text(arguments: object, name: str) -> str:
    text = arguments.get(name) if isinstance(arguments, Mapping) else None
    return text if isinstance(text, str) else ""


def _attachment(image: Image) -> BlobAttachment:
    return {
        "type": "blob",
        "mimeType": image.type,
        "displayName": image.name,
        "data": base64.b64encode(image.content).decode(),
    }


def _merged(events: Sequence[ReplyEvent]) -> list[ReplyEvent]:
    """Events, with text that follows text, and thought that follows thought, as one piece."""
    merged: list[ReplyEvent] = []
    for kind, run in groupby(events, type):
        if kind is TextDelta or kind is ReasoningDelta:
            text = "".join(e.text for e in run if isinstance(e, TextDelta | ReasoningDelta))
            merged.append(kind(text=text))
        else:
            merged += run
    return merged


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _SHORT else line[: _SHORT - 1] + "…"
