"""A session's past, as the core wants to know it after something was cut off."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from copilot.session_events import (
    AbortData,
    AssistantMessageData,
    AssistantTurnEndData,
    AssistantTurnStartData,
    SessionErrorData,
    SessionEvent,
    ToolExecutionStartData,
    UserMessageData,
)

from bot.ports import PastTurn


def past_turns(events: Iterable[SessionEvent]) -> list[PastTurn]:
    """The turns that people's prompts began, oldest first.

    A turn is complete once the model's last message stands and wants no tool any more, or
    once somebody stopped it. One that an error ended is not: it may be sent again.

    Args:
        events: all events of the session, in order.
    """
    turns: list[_Turn] = []
    is_aborted = False
    for event in events:
        if event.agent_id is not None:
            continue  # a sub-agent's
        match event.data:
            case UserMessageData(content=prompt, source=source):
                if source not in {None, "user"}:
                    continue
                turns.append(_Turn(str(event.id), prompt, event.timestamp))
                # A turn that is stopped at once is aborted before its prompt is noted.
                turns[-1].is_stopped = is_aborted
                is_aborted = False
            case AbortData():
                if turns and not turns[-1].is_over:
                    turns[-1].is_stopped = True
                else:
                    is_aborted = True
            case AssistantMessageData() as message if turns:
                turns[-1].messages.append(message.content)
                turns[-1].wants_tools = bool(message.tool_requests)
                turns[-1].has_failed = False
            case AssistantTurnStartData() if turns:
                turns[-1].is_over = False
            case AssistantTurnEndData() if turns:
                turns[-1].is_over = True
            case ToolExecutionStartData(tool_name=name) if turns:
                turns[-1].tools.append(name)
            case SessionErrorData() if turns:
                turns[-1].has_failed = True
    return [turn.as_past() for turn in turns]


@dataclass(slots=True)
class _Turn:
    prompt_id: str
    prompt: str
    said_at: datetime
    messages: list[str] = field(default_factory=list)
    tools: list[str] = field(default_factory=list)
    wants_tools: bool = False
    is_over: bool = False
    is_stopped: bool = False
    has_failed: bool = False

    def as_past(self) -> PastTurn:
        messages = [m for m in self.messages if m.strip()]
        has_answered = bool(messages) and not self.wants_tools
        return PastTurn(
            prompt_id=self.prompt_id,
            prompt=self.prompt,
            said_at=self.said_at,
            answer="\n\n".join(messages),
            is_complete=self.is_stopped or (has_answered and not self.has_failed),
            tools=tuple(self.tools),
        )
