r"""A brain that answers by a script: the same answer to the same conversation, at once.

It reads the whole conversation of each request, as a model does, and keeps none of it.

| the last user message | the answer |
| --- | --- |
| `remember the word X` | confirms |
| `what was the word` | the last word that an earlier user message told |
| `echo: TEXT` | TEXT |
| `count to N` | the numbers, one piece each |
| `slow N`, `slow N at S` | N words, S seconds between them |
| `tool: NAME JSON` | calls the tool, then names its result |
| `file NAME: TEXT` | the `create` tool on `/desk/NAME`, then names its result |
| `ask: QUESTION \| A \| B` | the `ask_user` tool, then names its result |
| `run: COMMAND` | the `bash` tool, then names its result |
| `fetch: URL` | the `web_fetch` tool, then names its result |
| `chart TITLE: 1 2 3` | the `chart` tool, then names its result |
| `who are you` | the model that was asked, and how hard it was told to think |
| `what do you see` | the pictures of the message, and how many there were before |
| `reason: THOUGHT \| ANSWER` | thinks, then answers |
| `fail: CODE`, `fail: CODE xN` | that HTTP error, each time or the first N times |
| `cut N` | N words, then the connection breaks |
| the runtime's own request for a summary (compaction) | a list of what the user said |
| the bot's request for a title | `On` and the first words of the message |
| anything with pictures, to a model whose name begins with `blind` | HTTP error 400 |
| anything else | a short answer that quotes the prompt |
"""

import asyncio
import json
import re
from collections import Counter
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass

from playground.model.brain import Cut, ModelError, Piece, Reasoning, Text, ToolCall
from playground.model.conversation import ChatRequest

Behaviour = Callable[[ChatRequest, re.Match[str]], AsyncGenerator[Piece, None]]
"""An asynchronous generator of the pieces that answer a request which matched a pattern."""


@dataclass(frozen=True, kw_only=True)
class Rule:
    """What to do with a prompt.

    Args:
        kind: The rule's name, by which requests are counted.
        pattern: Is searched in the prompt, so it may follow a line that names who speaks.
        behaviour: Answers what matched.
    """

    kind: str
    pattern: re.Pattern[str]
    behaviour: Behaviour


class Gate:
    """Holds the answers to some prompts in the middle, until it is released.

    Args:
        pattern: Which prompts.
        after: Pieces that are sent before the answer is held.
    """

    def __init__(self, pattern: re.Pattern[str], *, after: int) -> None:
        self.pattern = pattern
        self.after = after
        self._reached = asyncio.Event()
        self._released = asyncio.Event()
        self._left = asyncio.Event()

    async def reached(self) -> None:
        """Wait until an answer is held: its first pieces are sent, and no more will be."""
        await self._reached.wait()

    async def left(self) -> None:
        """Wait until an answer that was held has gone on, or its client has gone away."""
        await self._left.wait()

    def release(self) -> None:
        """Let the held answers go on, and all later ones pass."""
        self._released.set()

    async def pass_through(self) -> None:
        """Stand at the gate until it is released."""
        self._reached.set()
        try:
            await self._released.wait()
        finally:
            self._left.set()


class ScriptedBrain:
    """Answers by rules, the first that matches.

    Args:
        delay_s: Seconds between two pieces of any answer.
    """

    def __init__(self, *, delay_s: float = 0) -> None:
        self.delay_s = delay_s
        self.counts: Counter[str] = Counter()
        """How many requests reached each kind of rule; `after tool` for tools' results."""
        self.title: str | ModelError | None = None
        """What it says or does when it is asked for a title; None for the usual."""
        self._rules = _default_rules()
        self._gates: list[Gate] = []

    def on(self, pattern: str, behaviour: Behaviour | str, *, kind: str | None = None) -> None:
        """Add a rule that goes before all others.

        Args:
            pattern: Regular expression, searched in the prompt without regard to case.
            behaviour: Answers what matched; a string is the answer.
            kind: The rule's name in `counts`; the pattern if left out.
        """
        self._rules.insert(0, _rule(kind or pattern, pattern, behaviour))

    def hold(self, pattern: str, *, after: int = 1) -> Gate:
        """Hold the answers to some prompts in the middle.

        Args:
            pattern: Regular expression, searched in the prompt without regard to case.
            after: Pieces that are sent before the answer is held. With 0 the client has not
                even an HTTP status.
        """
        gate = Gate(re.compile(pattern, re.IGNORECASE), after=after)
        self._gates.append(gate)
        return gate

    async def answer(self, request: ChatRequest) -> AsyncGenerator[Piece, None]:
        """Answer by the first rule that matches the prompt."""
        if request.model.startswith("blind") and (request.pictures or request.earlier_pictures):
            self.counts["blind"] += 1
            raise ModelError(400, "This model does not support image input.")
        if is_title_request(request):
            self.counts["title"] += 1
            if isinstance(self.title, ModelError):
                raise self.title
            yield Text(self.title or f"On {title_words(request)}")
            return
        prompt = request.prompt
        rule, match = self._match(prompt)
        self.counts["after tool" if request.tool_results else rule.kind] += 1
        gates = [g for g in self._gates if g.pattern.search(prompt)]
        sent = 0
        await _stand(gates, sent)
        async with aclosing(rule.behaviour(request, match)) as pieces:
            async for piece in pieces:
                if sent and self.delay_s:
                    await asyncio.sleep(self.delay_s)
                yield piece
                sent += 1
                await _stand(gates, sent)

    def _match(self, prompt: str) -> tuple[Rule, re.Match[str]]:
        for rule in self._rules:
            if match := rule.pattern.search(prompt):
                return rule, match
        raise AssertionError("the last rule matches everything")


async def say(text: str) -> AsyncGenerator[Piece, None]:
    """Say a text, word by word."""
    for word in re.findall(r"\S+\s*|\s+", text):
        yield Text(word)


SUMMARY = r"\Aplease create a detailed summary of the conversation"
"""How the runtime begins the prompt with which it compacts a session."""


async def summarize(request: ChatRequest) -> AsyncGenerator[Piece, None]:
    """Sum a conversation up in the parts that the runtime asks for when it compacts one."""
    told = "\n".join(f"- {prompt}" for prompt in request.earlier_prompts)
    yield Text(f"<overview>\nThe user said:\n{told}\n</overview>\n")
    yield Text("<checkpoint_title>The conversation so far</checkpoint_title>")


def is_title_request(request: ChatRequest) -> bool:
    """Whether the bot wants a title for a conversation."""
    return request.messages[0].text.startswith("You give conversations their titles.")


def title_words(request: ChatRequest) -> str:
    """The first words of the message that a title is wanted for."""
    words = re.findall(r"[\w'’-]+", re.sub(r"</?message>", "", request.prompt))
    return " ".join(words[:6])


async def use_tool(request: ChatRequest, call: ToolCall) -> AsyncGenerator[Piece, None]:
    """Call a tool; once its result is there, name the result."""
    if request.tool_results:
        result = request.tool_results[-1]
        async for piece in say(f"{result.name} answered: {result.text}"):
            yield piece
    else:
        yield call


async def _stand(gates: list[Gate], sent: int) -> None:
    for gate in gates:
        if gate.after == sent:
            await gate.pass_through()


def _rule(kind: str, pattern: str, behaviour: Behaviour | str) -> Rule:
    if isinstance(behaviour, str):
        text = behaviour
        return _rule(kind, pattern, lambda _request, _match: say(text))
    compiled = re.compile(pattern, re.IGNORECASE | re.DOTALL)
    return Rule(kind=kind, pattern=compiled, behaviour=behaviour)


def _default_rules() -> list[Rule]:
    return [
        _rule("summary", SUMMARY, lambda request, _: summarize(request)),
        _rule("echo", r"\becho: ?(.*)", lambda _, match: say(match[1])),
        _rule("tool", r"\btool: (\w+)\s*(\{.*\})?", _call_tool),
        _rule("file", r"\bfile ([\w./-]+): ?(.*)", _make_file),
        _rule("ask", r"\bask: (.*)", _ask),
        _rule("run", r"\brun: (.*)", _run),
        _rule("fetch", r"\bfetch: ?(\S+)", _fetch),
        _rule("chart", r"\bchart ([^:\n]*): ?([-\d. ]+)", _chart),
        _rule("who", r"\bwho are you", _who),
        _rule("see", r"\bwhat do you see", _see),
        _rule("reason", r"\breason: ([^|]*)\|(.*)", _reason),
        _rule("fail", r"\bfail: (\d{3})(?: x(\d+))?", _Failing()),
        _rule("cut", r"\bcut (\d+)", _cut),
        _rule("slow", r"\bslow (\d+)(?: at ([\d.]+))?", _slow),
        _rule("count", r"\bcount to (\d+)", _count),
        _rule("recall", r"\bwhat was the word", _recall),
        _rule("remember", _REMEMBER, lambda _, match: say(f"I will remember {match[1]}.")),
        _rule("other", "", _quote),
    ]


_REMEMBER = r"\bremember the word ([\w-]+)"


async def _recall(request: ChatRequest, _: re.Match[str]) -> AsyncGenerator[Piece, None]:
    told = re.findall(_REMEMBER, "\n".join(request.earlier_prompts), re.IGNORECASE)
    async for piece in say(f"The word was {told[-1]}." if told else "No word was told here."):
        yield piece


async def _count(_: ChatRequest, match: re.Match[str]) -> AsyncGenerator[Piece, None]:
    for number in range(1, int(match[1]) + 1):
        yield Text(f"{number} ")


async def _slow(_: ChatRequest, match: re.Match[str]) -> AsyncGenerator[Piece, None]:
    for number in range(1, int(match[1]) + 1):
        if number > 1 and match[2]:
            await asyncio.sleep(float(match[2]))
        yield Text(f"word{number} ")


async def _cut(_: ChatRequest, match: re.Match[str]) -> AsyncGenerator[Piece, None]:
    for number in range(1, int(match[1]) + 1):
        yield Text(f"word{number} ")
    yield Cut()


async def _call_tool(request: ChatRequest, match: re.Match[str]) -> AsyncGenerator[Piece, None]:
    call = ToolCall(match[1], json.loads(match[2] or "{}"))
    async for piece in use_tool(request, call):
        yield piece


async def _make_file(request: ChatRequest, match: re.Match[str]) -> AsyncGenerator[Piece, None]:
    call = ToolCall("create", {"path": f"/desk/{match[1]}", "file_text": match[2]})
    async for piece in use_tool(request, call):
        yield piece


async def _ask(request: ChatRequest, match: re.Match[str]) -> AsyncGenerator[Piece, None]:
    question, *choices = (part.strip() for part in match[1].split("|"))
    call = ToolCall("ask_user", {"question": question} | ({"choices": choices} if choices else {}))
    async for piece in use_tool(request, call):
        yield piece


async def _run(request: ChatRequest, match: re.Match[str]) -> AsyncGenerator[Piece, None]:
    call = ToolCall("bash", {"command": match[1], "description": "As I was told"})
    async for piece in use_tool(request, call):
        yield piece


async def _fetch(request: ChatRequest, match: re.Match[str]) -> AsyncGenerator[Piece, None]:
    async for piece in use_tool(request, ToolCall("web_fetch", {"url": match[1]})):
        yield piece


async def _chart(request: ChatRequest, match: re.Match[str]) -> AsyncGenerator[Piece, None]:
    values = [float(value) for value in match[2].split()]
    series = [{"name": match[1], "values": values}]
    call = ToolCall("chart", {"kind": "line", "title": match[1], "series": series})
    async for piece in use_tool(request, call):
        yield piece


async def _who(request: ChatRequest, _: re.Match[str]) -> AsyncGenerator[Piece, None]:
    effort = f", and think with {request.effort} effort" if request.effort else ""
    async for piece in say(f"I am {request.model}{effort}."):
        yield piece


async def _see(request: ChatRequest, _: re.Match[str]) -> AsyncGenerator[Piece, None]:
    seen = [f"{p.name or 'a picture'} ({p.type}, {len(p.content)} bytes)" for p in request.pictures]
    told = f"I see {', '.join(seen)}." if seen else "I see no picture."
    if earlier := len(request.earlier_pictures):
        told += f" Before, I saw {earlier}."
    async for piece in say(told):
        yield piece


async def _reason(_: ChatRequest, match: re.Match[str]) -> AsyncGenerator[Piece, None]:
    for word in re.findall(r"\S+\s*|\s+", match[1].strip()):
        yield Reasoning(word)
    async for piece in say(match[2].strip()):
        yield piece


async def _quote(request: ChatRequest, _: re.Match[str]) -> AsyncGenerator[Piece, None]:
    async for piece in say(f"You said: {request.prompt}"):
        yield piece


class _Failing:
    """Fails each time, or as often as the prompt says and then no more."""

    def __init__(self) -> None:
        self._failed: Counter[str] = Counter()

    async def __call__(
        self, request: ChatRequest, match: re.Match[str]
    ) -> AsyncGenerator[Piece, None]:
        times = match[2]
        if times and self._failed[request.prompt] >= int(times):
            async for piece in say(f"It works after {times} failures."):
                yield piece
            return
        self._failed[request.prompt] += 1
        raise ModelError(int(match[1]))
