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
    PermissionCompletedData,
    PermissionRequestedData,
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
            # This comes first, and before anybody is asked.
            case ToolExecutionStartData(tool_call_id=call, tool_name=name) if turns:
                turns[-1].calls[call] = _Call(name)
            case PermissionRequestedData(permission_request=request) if turns:
                turns[-1].call(getattr(request, "tool_call_id", None)).is_waiting = True
            case PermissionCompletedData(tool_call_id=call, result=result) if turns:
                turns[-1].call(call).decided(is_allowed=result.kind.startswith("approved"))
            case SessionErrorData() if turns:
                turns[-1].has_failed = True
    return [turn.as_past() for turn in turns]


@dataclass(slots=True)
class _Call:
    """A call of a tool. It may ask more than once, such as for each redirect of a page."""

    name: str
    is_waiting: bool = False
    was_allowed: bool = False
    was_denied: bool = False

    @property
    def has_begun(self) -> bool:
        """Whether it began to run: what never asks does at once, all else once it is allowed."""
        return self.was_allowed or not (self.is_waiting or self.was_denied)

    def decided(self, *, is_allowed: bool) -> None:
        self.is_waiting = False
        self.was_allowed |= is_allowed
        self.was_denied |= not is_allowed


@dataclass(slots=True)
class _Turn:
    prompt_id: str
    prompt: str
    said_at: datetime
    messages: list[str] = field(default_factory=list)
    calls: dict[str, _Call] = field(default_factory=dict)
    wants_tools: bool = False
    is_over: bool = False
    is_stopped: bool = False
    has_failed: bool = False

    def call(self, call_id: str | None) -> _Call:
        """A call by its id; one that counts for nothing where it is unknown."""
        return self.calls.get(call_id or "", _Call(""))

    def as_past(self) -> PastTurn:
        messages = [m for m in self.messages if m.strip()]
        has_answered = bool(messages) and not self.wants_tools
        return PastTurn(
            prompt_id=self.prompt_id,
            prompt=self.prompt,
            said_at=self.said_at,
            answer="\n\n".join(messages),
            is_complete=self.is_stopped or (has_answered and not self.has_failed),
            tools=tuple(call.name for call in self.calls.values() if call.has_begun),
        )
