"""A Copilot runtime in memory: it answers by a script, and can be held, killed and taken away."""

from __future__ import annotations

import asyncio
import json
import re
import uuid
from collections import deque
from collections.abc import AsyncGenerator, Callable, Generator, Iterable, Sequence
from contextlib import aclosing, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from bot.errors import (
    CopilotError,
    ModelUnknown,
    NotSignedIn,
    ProviderFailed,
    ProviderLimited,
    RuntimeLost,
    RuntimeUnavailable,
    SessionMissing,
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
from bot.mailbox import Usage
from bot.ports import Compaction, Image, Model, PastTurn, RuntimeHealth, SessionFiles, SessionSpec
from bot.requests import Decision, Need, Wanted

Script = Callable[[str], Iterable[ReplyEvent] | Generator[ReplyEvent, str | None, None]]
"""What a prompt is answered with. A generator is sent the answer to each QuestionAsked, and what
was decided of each PermissionAsked. The end of the turn is added where the script tells none."""

_HISTORY = "/session-state/fake.jsonl"


class FakeRuntime:
    """`Runtime` by a script. What a session remembers is in its files.

    Args:
        answer: the script; if left out, the phrases of `ScriptedBrain` that matter to a
            runtime: `echo:`, `remember the word`, `what was the word`, `count to`, `file`,
            `ask:`, `run:` and `fetch:` (with permission), `chart`, `what do you see`,
            `who are you`, `reason:`, `fail:`; anything else is quoted.
            A model whose name begins with `blind` refuses pictures.
        has_titles: whether a conversation is given a title in its first turn.
    """

    def __init__(self, answer: Script | None = None, *, has_titles: bool = False) -> None:
        self.script = answer
        self.has_titles = has_titles
        self.prompts: list[tuple[str, str]] = []
        """Session and prompt of every turn so far."""
        self.images: list[tuple[str, Image]] = []
        """What sessions were shown, with their ids."""
        self.sees_images = True
        self.blind: set[str] = set()
        """Models of which it turned out that they refuse pictures."""
        self.failing: dict[str, CopilotError] = {}
        """Models that answer nothing, with why."""
        self.offered: list[Model] = [
            Model(id="fake", name="Fake"),
            Model(id="third", name="The third", efforts=("low", "high"), multiplier=2.0),
        ]
        """What threads may choose."""
        self.opened: list[SessionSpec] = []
        self.live: dict[str, FakeSession] = {}
        self._holds: list[Hold] = []
        self._trouble: CopilotError | None = None
        self._is_waited_for = False
        self._changed = asyncio.Event()

    async def open(self, spec: SessionSpec) -> FakeSession:
        """Open a session."""
        await self._up()
        session = FakeSession(self, spec)
        with suppress(*((SessionMissing,) if spec.is_new else ())):
            await session.load()
        self.opened.append(spec)
        self.live[spec.session_id] = session
        return session

    async def models(self) -> Sequence[Model]:
        """What threads may choose."""
        await self._up()
        return tuple(self.offered)

    async def _up(self) -> None:
        while self._trouble is not None:
            if not self._is_waited_for:
                raise type(self._trouble)(*self._trouble.args)
            self._changed.clear()
            await self._changed.wait()

    async def health(self) -> RuntimeHealth:
        """Ask it."""
        if self._trouble is not None:
            return RuntimeHealth(is_up=False, reason=str(self._trouble))
        return RuntimeHealth(is_up=True, version="fake")

    def hold(self, pattern: str, *, after: int = 1) -> Hold:
        """Hold the answers to some prompts in the middle.

        Args:
            pattern: regular expression, searched in the prompt without regard to case.
            after: events that are told before the answer is held.
        """
        hold = Hold(re.compile(pattern, re.IGNORECASE), after=after)
        self._holds.append(hold)
        return hold

    def kill(self) -> None:
        """Die, and be started again at once: the live sessions are lost."""
        for session in list(self.live.values()):
            session.lose()
        self.live.clear()

    def replace(self) -> None:
        """Be replaced by a fresh runtime: turns that run may end, nothing more is begun."""
        for session in self.live.values():
            session.is_usable = False

    def take_away(self, trouble: CopilotError | None = None, *, open_waits: bool = False) -> None:
        """Die, and do not come back before `bring_back`.

        Args:
            trouble: what `open` raises meanwhile.
            open_waits: whether `open` and `models` wait instead.
        """
        self._trouble = trouble or RuntimeUnavailable("The fake runtime is down: bring it back.")
        self._is_waited_for = open_waits
        self.kill()

    def bring_back(self) -> None:
        """Run again."""
        self._trouble = None
        self._changed.set()

    def holds_for(self, prompt: str) -> list[Hold]:
        """The holds that a prompt runs into."""
        return [hold for hold in self._holds if hold.pattern.search(prompt)]


class Hold:
    """Holds answers in the middle until it is released."""

    def __init__(self, pattern: re.Pattern[str], *, after: int) -> None:
        self.pattern = pattern
        self.after = after
        self.is_reached = asyncio.Event()
        self.is_released = asyncio.Event()

    async def reached(self) -> None:
        """Wait until an answer is held."""
        await self.is_reached.wait()

    def release(self) -> None:
        """Let the held answers go on, and all later ones pass."""
        self.is_released.set()


@dataclass
class _Past:
    id: str
    prompt: str
    at: datetime
    messages: list[str] = field(default_factory=list)
    tools: list[str] = field(default_factory=list)
    images: list[tuple[str, str, int]] = field(default_factory=list)
    is_complete: bool = False


class FakeSession:
    """`RuntimeSession` of a `FakeRuntime`."""

    def __init__(self, runtime: FakeRuntime, spec: SessionSpec) -> None:
        self._runtime = runtime
        self._spec = spec
        self.is_usable = True
        """Whether it can take another turn."""
        self._past: list[_Past] = []
        self._is_running = False
        self._steers: deque[_Steer] = deque()
        self._stopping = asyncio.Event()
        self._lost = asyncio.Event()
        self._answers: dict[str, _Answer] = {}

    @property
    def session_id(self) -> str:
        """Its id."""
        return self._spec.session_id

    @property
    def files(self) -> SessionFiles:
        """Where its state and desk are."""
        return self._spec.files

    async def load(self) -> None:
        """Read what it remembers."""
        try:
            lines = (await self.files.read(_HISTORY)).decode().splitlines()
        except FileNotFoundError:
            raise SessionMissing("The session's state is gone: begin a new one.") from None
        for line in lines:
            self._replay(json.loads(line))

    @property
    def sees_images(self) -> bool:
        """Whether it takes pictures; those it was shown are in `FakeRuntime.images`."""
        return self._runtime.sees_images and self._spec.model not in self._runtime.blind

    async def turn(
        self, prompt: str, images: Sequence[Image] = ()
    ) -> AsyncGenerator[ReplyEvent, None]:
        """Send a prompt."""
        self._expect_alive()
        if self._is_running:
            raise RuntimeError(f"session {self.session_id} has a turn running")
        self._is_running = True
        self._stopping.clear()
        self._runtime.prompts.append((self.session_id, prompt))
        self._runtime.images.extend((self.session_id, image) for image in images)
        is_named = not self._runtime.has_titles or bool(self._past)
        shown = images if self.sees_images else ()
        try:
            if shown and self._spec.model and self._spec.model.startswith("blind"):
                self._runtime.blind.add(self._spec.model)
                names = ", ".join(image.name for image in shown)
                yield ToolStarted(call_id="unseen", name="look", title=f"looks at {names}")
                yield ToolFinished(call_id="unseen", succeeded=False, detail="It is blind.")
                shown = ()
            await self._note_prompt(prompt, shown)
            if (failure := self._runtime.failing.get(self._spec.model or "")) is not None:
                yield TurnFailed(error=failure)
                return
            async with aclosing(self._answered(prompt)) as events:
                async for event in events:
                    if isinstance(event, TurnFinished) and not is_named:
                        yield TitleChanged(title=_words(prompt)[:60])
                    yield event
        finally:
            self._is_running = False
            if not self._lost.is_set():
                self._drop_steers()

    async def steer(self, prompt: str, images: Sequence[Image] = ()) -> bool:
        """Say something more while a turn runs."""
        self._expect_alive()
        if not self._is_running or self._stopping.is_set():
            return False
        steer = _Steer(prompt=prompt, images=tuple(images))
        self._steers.append(steer)
        waits = [asyncio.create_task(e.wait()) for e in (steer.is_settled, self._lost)]
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        for wait in waits:
            wait.cancel()
        if not steer.is_settled.is_set():
            raise RuntimeLost("The fake runtime was killed.")
        return steer.is_seen

    async def stop(self) -> None:
        """End the running turn."""
        self._expect_alive()
        self._stopping.set()

    async def answer(self, question_id: str, text: str, *, is_choice: bool) -> None:
        """Answer a question of the running turn; unknown ids are ignored."""
        if (waiting := self._answers.get(question_id)) is not None:
            waiting.text = text
            waiting.is_there.set()

    async def decide(self, request_id: str, decision: Decision) -> None:
        """Decide a permission of the running turn; unknown ids are ignored."""
        waiting = self._answers.get(request_id)
        if waiting is not None and not waiting.is_there.is_set():
            allowed = "allowed for the thread" if decision.for_thread else "allowed"
            verdict = allowed if decision.is_allowed else "denied"
            waiting.text = f"{verdict}: {decision.reason}" if decision.reason else verdict
            waiting.is_there.set()

    async def history(self) -> Sequence[PastTurn]:
        """The turns of the session, oldest first."""
        self._expect_alive()
        return [
            PastTurn(
                prompt_id=past.id,
                prompt=past.prompt,
                said_at=past.at,
                answer="\n\n".join(past.messages),
                is_complete=past.is_complete,
                tools=tuple(past.tools),
            )
            for past in self._past
        ]

    async def rewind(self, prompt_id: str) -> None:
        """Take back a prompt and all that came after it."""
        self._expect_alive()
        await self._note(kind="rewind", id=prompt_id)

    async def summary(self) -> str:
        """What was said, in short."""
        self._expect_alive()
        return "; ".join(past.prompt for past in self._past)

    async def compact(self) -> Compaction | None:
        """Sum up what was said; holds for `sum up` hold it."""
        self._expect_alive()
        before = sum(len(past.prompt) + sum(map(len, past.messages)) for past in self._past)
        if not before:
            return None
        for hold in self._runtime.holds_for("sum up"):
            hold.is_reached.set()
            await self._unless_ended(hold.is_released)
        self._expect_alive()
        usage = Usage(model="fake", input_tokens=before, output_tokens=before // 2)
        return Compaction(before=before, after=before // 2, usage=usage)

    async def close(self) -> None:
        """Let the live session go."""
        if self._runtime.live.get(self.session_id) is self:
            del self._runtime.live[self.session_id]

    def lose(self) -> None:
        """The runtime is gone."""
        self.is_usable = False
        self._lost.set()

    async def _note_prompt(self, prompt: str, shown: Sequence[Image]) -> None:
        await self._note(
            kind="prompt",
            id=uuid.uuid4().hex,
            text=prompt,
            at=datetime.now(UTC).isoformat(),
            images=[(image.name, image.type, len(image.content)) for image in shown],
        )

    def _drop_steers(self) -> None:
        for steer in self._steers:
            steer.is_settled.set()
        self._steers.clear()

    async def _answered(self, prompt: str) -> AsyncGenerator[ReplyEvent, None]:
        """What a prompt is answered with, and then whatever was said meanwhile."""
        async with aclosing(self._said(prompt)) as events:
            async for event in events:
                yield event
                if isinstance(event, TurnFinished | TurnFailed):
                    return
        while self._steers and not self._stopping.is_set():
            while self._steers:
                steer = self._steers[0]
                prompt = steer.prompt
                self._runtime.prompts.append((self.session_id, prompt))
                self._runtime.images.extend((self.session_id, image) for image in steer.images)
                await self._note_prompt(prompt, steer.images)
                self._steers.popleft()
                steer.is_seen = True
                steer.is_settled.set()
            # All are seen at once, and the last one is answered.
            async with aclosing(self._said(prompt)) as events:
                async for event in events:
                    yield event
                    if isinstance(event, TurnFinished | TurnFailed):
                        return
        await self._note(kind="end")
        yield TurnFinished(was_stopped=self._stopping.is_set())

    async def _said(self, prompt: str) -> AsyncGenerator[ReplyEvent, None]:
        holds = self._runtime.holds_for(prompt)
        told = 0
        async with aclosing(self._script(prompt)) as events:
            async for event in events:
                match event:
                    case TurnFailed():
                        yield event
                        return
                    case TurnFinished():
                        await self._note(kind="end")
                        yield event
                        return
                    case TextEnded(text=text):
                        await self._note(kind="message", text=text)
                    case ToolStarted(name=name):
                        await self._note(kind="tool", name=name)
                if self._lost.is_set():
                    raise RuntimeLost("The fake runtime was killed.")
                if self._stopping.is_set():
                    break
                yield event
                told += 1
                for hold in holds:
                    if hold.after == told:
                        hold.is_reached.set()
                        await self._unless_ended(hold.is_released)
                if self._lost.is_set():
                    raise RuntimeLost("The fake runtime was killed.")
                if self._stopping.is_set():
                    break

    async def _script(self, prompt: str) -> AsyncGenerator[ReplyEvent, None]:
        answer = self._runtime.script
        events = self._default(prompt) if answer is None else answer(prompt)
        if not isinstance(events, Generator):
            for event in events:
                yield event
            return
        reply: str | None = None
        while True:
            try:
                event = events.send(reply)
            except StopIteration:
                return
            reply = None
            if isinstance(event, _WriteFile):
                await self.files.write(event.path, event.content)
                continue
            if isinstance(event, QuestionAsked | PermissionAsked):
                name = _name(event)
                self._answers[name] = waiting = _Answer()
                yield event
                await self._unless_ended(waiting.is_there)
                del self._answers[name]
                reply = waiting.text
                continue
            yield event

    def _default(self, prompt: str) -> Generator[ReplyEvent, str | None, None]:
        call = uuid.uuid4().hex
        # What was said before, and by whom, is no instruction.
        prompt = _words(prompt)
        if match := re.search(r"\becho: ?(.*)", prompt, re.DOTALL):
            yield from say(match[1])
        elif match := re.search(r"\bremember the word ([\w-]+)", prompt):
            yield from say(f"I will remember {match[1]}.")
        elif "what was the word" in prompt:
            earlier = "\n".join(past.prompt for past in self._past)
            words = re.findall(r"\bremember the word ([\w-]+)", earlier)
            yield from say(f"The word was {words[-1]}." if words else "No word was told here.")
        elif match := re.search(r"\bcount to (\d+)", prompt):
            yield from say(" ".join(map(str, range(1, int(match[1]) + 1))))
        elif match := re.search(r"\bfile ([\w./-]+): ?(.*)", prompt, re.DOTALL):
            path = f"/desk/{match[1]}"
            yield ToolStarted(call_id=call, name="create", title=f"create {path}")
            yield _WriteFile(path=path, content=match[2].encode())  # type: ignore[misc]
            yield ToolFinished(call_id=call, succeeded=True)
            yield from say(f"create answered: Created file {path}")
        elif match := re.search(r"\bask: (.*)", prompt, re.DOTALL):
            question, *choices = (part.strip() for part in match[1].split("|"))
            answer = yield QuestionAsked(
                question_id=call, question=question, choices=tuple(choices), allows_text=True
            )
            yield from say(f"ask_user answered: {answer}")
        elif match := re.search(r"\b(run|fetch): ?(.*)", prompt, re.DOTALL):
            wanted = _command(match[2]) if match[1] == "run" else _page(match[2])
            decision = yield PermissionAsked(request_id=call, wanted=wanted)
            if decision and decision.startswith("allowed") and match[1] == "run":
                yield ToolStarted(call_id=call, name="bash", title=f"$ {match[2]}")
                yield ToolFinished(call_id=call, succeeded=True)
            yield from say(f"{match[1]} was {decision}")
        elif match := re.search(r"\bchart ([^:\n]*): ?([-\d. ]+)", prompt):
            path = f"/desk/charts/{match[1].lower()}.png"
            title = f"draws a chart: {match[1]}"
            yield ToolStarted(call_id=call, name="chart", title=title)
            yield _WriteFile(path=path, content=b"\x89PNG")  # type: ignore[misc]
            yield ToolFinished(call_id=call, succeeded=True)
            yield from say(f"chart answered: It is in {path}.")
        elif "who are you" in prompt:
            effort = f", and think with {self._spec.effort} effort" if self._spec.effort else ""
            yield from say(f"I am {self._spec.model or 'fake'}{effort}.")
        elif "what do you see" in prompt:
            yield from say(self._seen())
        elif match := re.search(r"\breason: ([^|]*)\|(.*)", prompt, re.DOTALL):
            for word in re.findall(r"\S+\s*|\s+", match[1].strip()):
                yield ReasoningDelta(text=word)
            yield from say(match[2].strip())
        elif match := re.search(r"\bfail: (\d{3})", prompt):
            yield TurnFailed(error=_ERRORS.get(int(match[1]), ProviderFailed)("It failed."))
        else:
            yield from say(f"You said: {prompt}")

    def _seen(self) -> str:
        now = [f"{name} ({kind}, {size} bytes)" for name, kind, size in self._past[-1].images]
        told = f"I see {', '.join(now)}." if now else "I see no picture."
        before = sum(len(past.images) for past in self._past[:-1])
        return f"{told} Before, I saw {before}." if before else told

    async def _unless_ended(self, event: asyncio.Event) -> None:
        """Wait for an event, but not beyond a stop or the runtime's death."""
        waits = [asyncio.create_task(e.wait()) for e in (event, self._stopping, self._lost)]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
            await asyncio.wait(waits)

    async def _note(self, **entry: Any) -> None:
        await self.files.append(_HISTORY, (json.dumps(entry) + "\n").encode())
        self._replay(entry)

    def _replay(self, entry: dict[str, Any]) -> None:
        match entry["kind"]:
            case "prompt":
                at = datetime.fromisoformat(entry["at"])
                images = [(name, kind, size) for name, kind, size in entry["images"]]
                past = _Past(id=entry["id"], prompt=entry["text"], at=at, images=images)
                self._past.append(past)
            case "message":
                self._past[-1].messages.append(entry["text"])
            case "tool":
                self._past[-1].tools.append(entry["name"])
            case "end":
                self._past[-1].is_complete = True
            case "rewind":
                ids = [past.id for past in self._past]
                del self._past[ids.index(entry["id"]) :]

    def _expect_alive(self) -> None:
        if self._lost.is_set():
            raise RuntimeLost("The fake runtime was killed.")


def _words(prompt: str) -> str:
    """What a person said, without what was said before."""
    return prompt.rpartition(" says:\n\n")[2]


def say(text: str) -> Generator[ReplyEvent, str | None, None]:
    """The events of a message, a word each, and what it took."""
    for word in re.findall(r"\S+\s*|\s+", text):
        yield TextDelta(text=word)
    yield UsageReported(model="fake", input_tokens=1, output_tokens=len(text.split()))
    yield TextEnded(text=text)


def _name(event: QuestionAsked | PermissionAsked) -> str:
    return event.question_id if isinstance(event, QuestionAsked) else event.request_id


def _command(line: str) -> Wanted:
    """What a shell wants for a line; `&&` stands between its commands."""
    return Wanted(
        need=Need.SHELL,
        tool="bash",
        intention="Look around",
        commands=tuple(part.strip() for part in line.split("&&")),
        detail=line,
        can_repeat="rm " not in line,
    )


def _page(address: str) -> Wanted:
    """What fetching a page wants."""
    host = re.sub(r"^\w+://", "", address).partition("/")[0]
    return Wanted(need=Need.URL, tool="web_fetch", hosts=(host,), detail=address)


@dataclass
class _Answer:
    text: str = "Nobody answered."
    is_there: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass
class _Steer:
    prompt: str
    images: tuple[Image, ...]
    is_seen: bool = False
    is_settled: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass(frozen=True, kw_only=True)
class _WriteFile:
    path: str
    content: bytes


_ERRORS: dict[int, type[CopilotError]] = {
    401: NotSignedIn,
    403: NotSignedIn,
    404: ModelUnknown,
    429: ProviderLimited,
}
