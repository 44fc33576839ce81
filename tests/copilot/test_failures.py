"""Failures of the runtime and the provider in our words."""

from __future__ import annotations

import pytest
from copilot._jsonrpc import JsonRpcError, ProcessExitedError
from copilot.session_events import (
    ModelCallFailureData,
    ModelCallFailureKind,
    ModelCallFailureSource,
    SessionErrorData,
)

from adapters.copilot.failures import of_refusal, of_turn, translated
from bot.errors import (
    CopilotError,
    ModelUnknown,
    NotSignedIn,
    ProviderFailed,
    ProviderLimited,
    ProviderUnreachable,
    RuntimeLost,
    RuntimeUnavailable,
    SessionMissing,
)

RETRIED = "Failed to get response from the AI model; retried 5 times"
BROKEN = ModelCallFailureData(
    source=ModelCallFailureSource.TOP_LEVEL, failure_kind=ModelCallFailureKind.TRANSPORT
)
REFUSED = ModelCallFailureData(
    source=ModelCallFailureSource.TOP_LEVEL, failure_kind=ModelCallFailureKind.API
)
NAMES = {
    NotSignedIn: "COPILOT_PROVIDER_API_KEY",
    ModelUnknown: "COPILOT_MODEL",
    ProviderUnreachable: "COPILOT_PROVIDER_BASE_URL",
    ProviderLimited: "later",
    ProviderFailed: "provider",
}


@pytest.mark.parametrize(
    ("kind", "message", "status", "call", "expected"),
    [
        ("authentication", "Authentication failed with provider", 401, REFUSED, NotSignedIn),
        ("authentication", "Authentication failed with provider", 403, REFUSED, NotSignedIn),
        ("query", "Execution failed: No GitHub OAuth token", None, None, NotSignedIn),
        ("query", "Resource not found on provider", 404, REFUSED, ModelUnknown),
        ("rate_limit", f"{RETRIED} Last error: 429", 429, REFUSED, ProviderLimited),
        ("quota", "You have no quota left", 402, REFUSED, ProviderLimited),
        ("query", "400 The request is not valid.", 400, REFUSED, ProviderFailed),
        ("query", f"{RETRIED} Last error: 500", 500, REFUSED, ProviderFailed),
        ("query", "Could not connect to local model provider", None, BROKEN, ProviderUnreachable),
        ("query", f"{RETRIED} Last error: dns error", None, BROKEN, ProviderUnreachable),
        ("query", f"{RETRIED} Last error: unexpected EOF", None, BROKEN, ProviderUnreachable),
        ("query", "something else", None, None, ProviderFailed),
    ],
)
def test_turns(
    kind: str,
    message: str,
    status: int | None,
    call: ModelCallFailureData | None,
    expected: type[CopilotError],
) -> None:
    """What ends a turn becomes one sentence of the right kind that names the mend."""
    error = SessionErrorData(error_type=kind, message=message, status_code=status)
    failure = of_turn(error, call, has_provider=True)
    assert type(failure) is expected
    assert NAMES[expected] in str(failure)
    assert "\n" not in str(failure)


def test_without_a_provider() -> None:
    """Without a provider of the operator's the mend is about GitHub."""
    error = SessionErrorData(error_type="authentication", message="", status_code=401)
    assert "COPILOT_GITHUB_TOKEN" in str(of_turn(error, None, has_provider=False))


def test_no_keys_and_no_addresses() -> None:
    """Foreign words are told without what looks like a key or an address."""
    error = SessionErrorData(
        error_type="query", message="bad key sk-abcdefgh123 at https://u:p@host/v1 ghp_abcdefgh12"
    )
    told = str(of_turn(error, None, has_provider=True))
    assert "bad key" in told
    for secret in ("abcdefgh", "u:p", "host"):
        assert secret not in told


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("Request session.resume failed with message: Session not found: a-1", SessionMissing),
        ("Authentication failed: Failed to validate SDK token: 401 Unauthorized", NotSignedIn),
        ("Authentication failed: network fetch failed: error sending", ProviderUnreachable),
        ("the model gpt-0 is not available", ModelUnknown),
        ("no idea", RuntimeUnavailable),
    ],
)
def test_refusals(message: str, expected: type[CopilotError]) -> None:
    """What the runtime refuses a request with becomes an error of ours."""
    assert type(of_refusal(message, has_provider=False)) is expected
    with pytest.raises(expected), translated(has_provider=False):
        raise JsonRpcError(-32603, message)


@pytest.mark.parametrize(
    "error",
    [
        ProcessExitedError("CLI process exited with code -9"),
        BrokenPipeError(),
        RuntimeError("Client not connected. Call start() first."),
        RuntimeError("Session is disconnected"),
    ],
    ids=repr,
)
def test_a_runtime_that_is_gone(error: Exception) -> None:
    """However the SDK tells of it, it is RuntimeLost."""
    with pytest.raises(RuntimeLost) as raised, translated(has_provider=False):
        raise error
    assert raised.value.__cause__ is error


def test_mistakes_stay_mistakes() -> None:
    """An error that is nobody's failure is not dressed up as one."""
    with pytest.raises(RuntimeError, match="other"), translated(has_provider=False):
        raise RuntimeError("other")
