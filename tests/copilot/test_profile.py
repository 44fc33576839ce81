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
from bot.profile import Profile


def reading(path: str) -> PermissionRequest:
    """A request to read."""
    return PermissionRequestRead(intention="read", path=path)


def writing(path: str) -> PermissionRequest:
    """A request to write."""
    return PermissionRequestWrite(
        can_offer_session_approval=False, diff="", file_name=path, intention="write"
    )


def fetching(address: str) -> PermissionRequest:
    """A request to fetch a page."""
    return PermissionRequestUrl(intention="fetch", url=address)


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
    for kind in Profile:
        decision = profile.judge(request_, kind, frozenset())
        assert isinstance(decision, PermissionDecisionApproveOnce)


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
        fetching("http://127.0.0.1/"),
        fetching("https://example.com/"),
    ],
    ids=str,
)
def test_refused(request_: PermissionRequest) -> None:
    """Everything else is refused with a sentence that the model can act on."""
    decision = profile.judge(request_, Profile.CHAT, frozenset())
    assert isinstance(decision, PermissionDecisionReject)
    assert decision.feedback is not None
    assert decision.feedback.endswith(".")


@pytest.mark.parametrize(
    "address", ["https://example.com/", "http://192.88.99.1:8080/a?b#c", "https://[2600::1]/"]
)
def test_pages(address: str) -> None:
    """People decide on pages of the internet, where the profile has any."""
    assert profile.judge(fetching(address), Profile.WEB, frozenset()) is None


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1/",
        "http://localhost:8080/",
        "http://app.localhost/",
        "http://LOCALHOST./",
        "http://10.1.2.3/",
        "http://169.254.169.254/latest/meta-data",
        "http://100.64.0.1/",
        "http://[::1]/",
        "http://[::ffff:127.0.0.1]/",
        "http://[fd00::1]/",
        "http://2130706433/",
        "http://0x7f.1/",
        "http://example.com\\@127.0.0.1/",
        "http://example.com@127.0.0.1/",
        "ftp://example.com/",
        "http:/example.com/",
    ],
)
def test_pages_that_nobody_is_asked_for(address: str) -> None:
    """A private network's address is refused, and so is one that hides where it leads."""
    decision = profile.judge(fetching(address), Profile.WEB, frozenset())
    assert isinstance(decision, PermissionDecisionReject)


@pytest.mark.parametrize(
    ("before", "after", "is_asked"),
    [
        ("http://example.com/a", "http://example.com/b", False),
        ("http://example.com/a", "https://EXAMPLE.com/b", False),
        ("https://example.com/a", "http://example.com/b", True),
        ("https://example.com/a", "https://example.com:8443/b", True),
        ("https://example.com/a", "https://www.example.com/b", True),
        ("https://example.com/a", "https://example.org/b", True),
    ],
)
def test_redirects(before: str, after: str, is_asked: bool) -> None:
    """A redirect to another host, another port, or away from TLS needs a permission of its own."""
    request = PermissionRequestUrl(intention="fetch", url=after, redirected_from=before)
    assert (profile.judge(request, Profile.WEB, frozenset()) is None) == is_asked


def test_tools_of_our_own() -> None:
    """A tool of the bot's own may run where it is offered, and no other."""
    chart = PermissionRequestCustomTool(tool_description="", tool_name="chart")
    own = frozenset({"chart"})
    allowed = profile.judge(chart, Profile.CHAT, own)
    assert isinstance(allowed, PermissionDecisionApproveOnce)
    for request_, names in ((chart, frozenset()), (reading("/etc/passwd"), own)):
        decision = profile.judge(request_, Profile.CHAT, names)
        assert isinstance(decision, PermissionDecisionReject)
    assert "custom:chart" in profile.tools(own=["chart"])


def test_tools() -> None:
    """Every tool is named, and none works on the host."""
    chat = ["builtin:ask_user", "builtin:view", "builtin:create", "builtin:edit"]
    assert list(profile.tools()) == chat
    assert list(profile.tools(Profile.WEB)) == [*chat, "builtin:web_fetch"]
