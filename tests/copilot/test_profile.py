"""What a session in a chat thread may do."""

from __future__ import annotations

import pytest
from copilot.rpc import PermissionDecisionApproveOnce, PermissionDecisionReject
from copilot.session_events import (
    PermissionRequest,
    PermissionRequestCustomTool,
    PermissionRequestRead,
    PermissionRequestUrl,
    PermissionRequestWrite,
)

from adapters.copilot import profile


def reading(path: str) -> PermissionRequest:
    """A request to read."""
    return PermissionRequestRead(intention="read", path=path)


def writing(path: str) -> PermissionRequest:
    """A request to write."""
    return PermissionRequestWrite(
        can_offer_session_approval=False, diff="", file_name=path, intention="write"
    )


@pytest.mark.parametrize(
    "request_",
    [
        reading("/desk"),
        reading("/desk/a/b.md"),
        reading("a.md"),
        reading("/session-state/plan.md"),
        writing("/desk/a.md"),
        writing("/session-state/plan.md"),
        writing("/session-state/files/a.md"),
    ],
    ids=str,
)
def test_allowed(request_: PermissionRequest) -> None:
    """The desk, and what the model keeps beside the session's state."""
    assert isinstance(profile.decide(request_, {}), PermissionDecisionApproveOnce)


@pytest.mark.parametrize(
    "request_",
    [
        reading("/etc/passwd"),
        reading("/desk/../etc/passwd"),
        reading("../etc/passwd"),
        reading("/desktop/a"),
        writing("/etc/passwd"),
        writing("/session-state/events.jsonl"),
        writing("/session-state/files/../events.jsonl"),
        PermissionRequestUrl(intention="fetch", url="http://127.0.0.1/"),
    ],
    ids=str,
)
def test_refused(request_: PermissionRequest) -> None:
    """Everything else is refused with a sentence that the model can act on."""
    decision = profile.decide(request_, {})
    assert isinstance(decision, PermissionDecisionReject)
    assert decision.feedback is not None
    assert decision.feedback.endswith(".")


def test_tools_of_our_own() -> None:
    """A tool of the bot's own may run where it is offered, and no other."""
    chart = PermissionRequestCustomTool(tool_description="", tool_name="chart")
    assert isinstance(profile.decider(["chart"])(chart, {}), PermissionDecisionApproveOnce)
    assert isinstance(profile.decider([])(chart, {}), PermissionDecisionReject)
    assert isinstance(
        profile.decider(["chart"])(reading("/etc/passwd"), {}), PermissionDecisionReject
    )
    assert "custom:chart" in profile.tools(["chart"])


def test_tools() -> None:
    """Every tool is named, and none works on the host."""
    assert list(profile.tools()) == [
        "builtin:ask_user",
        "builtin:view",
        "builtin:create",
        "builtin:edit",
    ]
