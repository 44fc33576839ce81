"""What a turn says and does, gathered from its events: a value that only grows."""

from __future__ import annotations

from bot.budgets import Spent
from bot.characters import sendable
from bot.events import (
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
from bot.markdown.units import open_fence, units
from bot.ports import ToolLine, ToolState

_LONGEST_REASONING = 4_000
"""The characters of the reasoning that are kept: nobody reads more of it beside an answer."""


class Transcript:
    """Gathers the events of one turn.

    Args:
        before: what was gathered before the same prompt was sent once more: what that took counts.
    """

    def __init__(self, before: Transcript | None = None) -> None:
        self._ended = ""
        self._current = ""
        self._tools: dict[str, ToolLine] = {}
        self.reasoning = ""
        self.title = ""
        self.model = ""
        self.input_tokens: int = before.input_tokens if before else 0
        self.output_tokens: int = before.output_tokens if before else 0
        self.cost: float = before.cost if before else 0.0

    @property
    def text(self) -> str:
        """All that was said so far: the messages of the turn, each a paragraph of its own."""
        return _paragraphs(self._ended, self._current)

    @property
    def tools(self) -> tuple[ToolLine, ...]:
        """The tools' lines, oldest first."""
        return tuple(self._tools.values())

    @property
    def spent(self) -> Spent:
        """What the turn took so far, as budgets count it."""
        return Spent(tokens=self.input_tokens + self.output_tokens, credits=self.cost)

    def usage(self, seconds: float) -> Usage:
        """What the turn took.

        Args:
            seconds: how long it went on.
        """
        return Usage(
            model=self.model,
            input_tokens=self.input_tokens,
            output_tokens=self.output_tokens,
            cost=self.cost,
            seconds=seconds,
        )

    def add(self, event: ReplyEvent) -> None:
        """Take an event in."""
        match event:
            case TextDelta(text=text):
                self._current += text
            case TextEnded(text=text):
                self._current = ""
                self._ended = _paragraphs(self._ended, _closed(text))
            case ReasoningDelta(text=text):
                self.reasoning = (self.reasoning + text)[:_LONGEST_REASONING]
            case ToolStarted(call_id=call_id, title=title):
                self._tools[call_id] = ToolLine(id=call_id, title=title, state=ToolState.RUNNING)
            case ToolFinished(call_id=call_id, succeeded=succeeded, detail=detail):
                line = self._tools.get(call_id)
                self._tools[call_id] = ToolLine(
                    id=call_id,
                    title=line.title if line else call_id,
                    state=ToolState.DONE if succeeded else ToolState.FAILED,
                    detail=detail,
                )
            case UsageReported():
                if not event.is_beside:
                    self.model = event.model
                self.input_tokens += event.input_tokens
                self.output_tokens += event.output_tokens
                self.cost += event.cost
            case TitleChanged(title=title):
                self.title = title
            case QuestionAsked() | TurnFinished() | TurnFailed():
                pass


def _paragraphs(before: str, after: str) -> str:
    after = sendable(after).strip("\n")
    if not after.strip():
        return before
    return f"{before}\n\n{after}" if before else after


def _closed(text: str) -> str:
    """A message whose code does not go on in the next one."""
    if "```" not in text and "~~~" not in text:
        return text
    last = units(sendable(text))[-1:]
    marker = open_fence(last[0]) if last else ""
    return f"{text.rstrip()}\n{marker}" if marker else text
