"""A session's past from its events."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime

from copilot.session_events import (
    AbortData,
    AbortReason,
    AssistantMessageData,
    AssistantMessageToolRequest,
    AssistantTurnEndData,
    AssistantTurnStartData,
    PermissionApproved,
    PermissionCompletedData,
    PermissionDeniedInteractivelyByUser,
    PermissionRequestedData,
    PermissionRequestHook,
    PermissionResult,
    SessionErrorData,
    SessionEvent,
    SessionEventData,
    SessionEventType,
    ToolExecutionStartData,
    UserMessageData,
)

from adapters.copilot.history import past_turns

START = AssistantTurnStartData(turn_id="0")
END = AssistantTurnEndData(turn_id="0")
ABORT = AbortData(reason=AbortReason.USER_INITIATED)


def prompt(text: str, source: str | None = None) -> UserMessageData:
    """Something was asked."""
    return UserMessageData(content=text, source=source)


def message(text: str, *, wants_tool: bool = False) -> AssistantMessageData:
    """The model said something."""
    requests = [AssistantMessageToolRequest(name="view", tool_call_id="1")] if wants_tool else []
    return AssistantMessageData(content=text, message_id="m", tool_requests=requests)


def events(*data: SessionEventData, agent_id: str | None = None) -> list[SessionEvent]:
    """The events of a session."""
    at = datetime(2026, 1, 1, tzinfo=UTC)
    kind = SessionEventType.UNKNOWN
    return [
        SessionEvent(data=each, id=uuid.uuid4(), timestamp=at, type=kind, agent_id=agent_id)
        for each in data
    ]


def test_an_answer() -> None:
    """A turn with its answer is complete."""
    past = events(prompt("hi"), START, message("hello"), END)
    (turn,) = past_turns(past)
    assert (turn.prompt, turn.answer, turn.is_complete) == ("hi", "hello", True)
    assert turn.prompt_id == str(past[0].id)


def test_several_messages() -> None:
    """The messages of a turn are paragraphs of its answer."""
    tool = ToolExecutionStartData(tool_call_id="1", tool_name="view")
    past = events(
        prompt("hi"),
        START,
        message("Look:", wants_tool=True),
        tool,
        END,
        START,
        message("It."),
        END,
    )
    (turn,) = past_turns(past)
    assert (turn.answer, turn.tools, turn.is_complete) == ("Look:\n\nIt.", ("view",), True)


def asking(call: str) -> PermissionRequestedData:
    """A tool asks for permission."""
    request = PermissionRequestHook(tool_name="bash", tool_call_id=call)
    return PermissionRequestedData(permission_request=request, request_id=f"r-{call}")


def decided(call: str, result: PermissionResult) -> PermissionCompletedData:
    """It was decided."""
    return PermissionCompletedData(request_id=f"r-{call}", result=result, tool_call_id=call)


def test_tools_that_asked() -> None:
    """A tool that only asked for permission has not begun, whether it waits or was denied."""
    denied, allowed = PermissionDeniedInteractivelyByUser(), PermissionApproved()
    for told, has_begun in (
        ((), True),
        ((asking("1"),), False),
        ((asking("1"), decided("1", denied)), False),
        ((asking("1"), decided("1", allowed)), True),
        ((asking("1"), decided("1", allowed), asking("1")), True),
        ((asking("1"), decided("1", allowed), asking("1"), decided("1", denied)), True),
        ((asking("2"), decided("2", denied)), True),
    ):
        tool = ToolExecutionStartData(tool_call_id="1", tool_name="bash")
        (turn,) = past_turns(events(prompt("hi"), START, message("", wants_tool=True), tool, *told))
        assert turn.tools == (("bash",) if has_begun else ()), told


def test_cut_off() -> None:
    """A turn is not complete when it was cut off, wherever that was."""
    tool = ToolExecutionStartData(tool_call_id="1", tool_name="view")
    whole = (prompt("hi"), START, message("Look:", wants_tool=True), tool, END, START)
    for length in range(1, len(whole) + 1):
        (turn,) = past_turns(events(*whole[:length]))
        assert not turn.is_complete


def test_stopped() -> None:
    """A turn that somebody stopped is complete, whether its prompt was noted before or after."""
    for past in (
        (prompt("hi"), START, ABORT, END),
        (ABORT, prompt("hi"), START, END),
        (prompt("one"), START, message("1"), END, ABORT, prompt("hi"), START, END),
    ):
        turn = past_turns(events(*past))[-1]
        assert (turn.prompt, turn.answer, turn.is_complete) == ("hi", "", True)


def test_a_stop_counts_once() -> None:
    """A stopped turn does not make the next one look stopped."""
    past = events(prompt("one"), START, ABORT, END, prompt("two"), START)
    assert [turn.is_complete for turn in past_turns(past)] == [True, False]


def test_failed() -> None:
    """A turn that an error ended is not complete: it may be sent again."""
    past = events(prompt("hi"), START, END, SessionErrorData(error_type="query", message="no"))
    assert not past_turns(past)[0].is_complete


def test_only_what_people_said() -> None:
    """Prompts of the runtime and of sub-agents are no turns of the thread."""
    past = events(prompt("hi"), START, prompt("sub", source="agent-s-1"), message("hello"), END)
    past += events(prompt("sub"), message("of the sub-agent"), agent_id="a")
    assert [(turn.prompt, turn.answer) for turn in past_turns(past)] == [("hi", "hello")]


def test_nothing() -> None:
    """A session without prompts has no turns."""
    assert past_turns(events(START, message("hello"), END)) == []
