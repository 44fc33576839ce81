"""What a turn says and does, gathered from its events: a value that only grows."""

from __future__ import annotations

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
from bot.ports import ToolLine, ToolState


class Transcript:
    """Gathers the events of one turn."""

    def __init__(self) -> None:
        self._ended: list[str] = []
        self._current: list[str] = []
        self._tools: dict[str, ToolLine] = {}
        self.title = ""
        self.model = ""
        self.input_tokens = 0
        self.output_tokens = 0
        self.cost = 0.0

    @property
    def text(self) -> str:
        """All that was said so far: the messages of the turn, each a paragraph of its own."""
        current = "".join(self._current)
        pieces = [*self._ended, current] if current else self._ended
        return "\n\n".join(piece.strip("\n") for piece in pieces if piece.strip())

    @property
    def tools(self) -> tuple[ToolLine, ...]:
        """The tools' lines, oldest first."""
        return tuple(self._tools.values())

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
                self._current.append(text)
            case TextEnded(text=text):
                self._current.clear()
                if text.strip():
                    self._ended.append(text)
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
                self.model = event.model
                self.input_tokens += event.input_tokens
                self.output_tokens += event.output_tokens
                self.cost += event.cost
            case TitleChanged(title=title):
                self.title = title
            case ReasoningDelta() | QuestionAsked() | TurnFinished() | TurnFailed():
                pass
