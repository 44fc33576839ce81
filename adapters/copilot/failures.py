"""The runtime's and the provider's failures in our words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

# The SDK raises these two, and has no public name for them.
from copilot._jsonrpc import JsonRpcError, ProcessExitedError
from copilot.session_events import ModelCallFailureData, ModelCallFailureKind, SessionErrorData

from adapters.copilot.discovery import PROTOCOL, Found
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

LOST = "The Copilot runtime stopped in the middle of this; it is being started again."


@contextmanager
def translated(*, has_provider: bool) -> Iterator[None]:
    """Raise what the SDK raises as our errors.

    Args:
        has_provider: whether the operator brought a model provider.
    """
    try:
        yield
    except ProcessExitedError as exc:
        raise RuntimeLost(LOST) from exc
    except JsonRpcError as exc:
        raise of_refusal(exc.message, has_provider=has_provider) from exc
    except (BrokenPipeError, ConnectionError) as exc:
        raise RuntimeLost(LOST) from exc
    except RuntimeError as exc:
        # What the SDK says of a client or session that is gone.
        if re.search(r"not connected|disconnected|exited", str(exc)):
            raise RuntimeLost(LOST) from exc
        if "Failed to detach" in str(exc):
            raise of_refusal(str(exc), has_provider=has_provider) from exc
        raise


def of_refusal(message: str, *, has_provider: bool) -> CopilotError:
    """What the runtime means by refusing a request."""
    if re.search(r"session not found|no such session", message, re.IGNORECASE):
        return SessionMissing("The session's state is gone: begin a new one with `reset`.")
    if re.search(r"network fetch failed|error sending request", message, re.IGNORECASE):
        return _unreachable(has_provider=has_provider)
    if re.search(r"authenticat|unauthorized|oauth token|sign(ed)? in", message, re.IGNORECASE):
        return _not_signed_in(has_provider=has_provider)
    if re.search(r"\bmodel\b.*(not (found|available|supported)|unknown|does not exist)", message):
        return _model_unknown(has_provider=has_provider)
    return RuntimeUnavailable(
        f"The Copilot runtime refused ({_first_line(message)}): try again, and look into the log."
    )


def of_turn(
    error: SessionErrorData, call: ModelCallFailureData | None, *, has_provider: bool
) -> CopilotError:
    """Why a turn failed.

    Args:
        error: what the runtime ended the turn with.
        call: the last call of the model that failed, if one did.
        has_provider: whether the operator brought a model provider.
    """
    status = error.status_code or (call.status_code if call is not None else None)
    if status in {401, 403} or error.error_type in {"authentication", "authorization"}:
        return _not_signed_in(has_provider=has_provider)
    if "OAuth token" in error.message:
        return _not_signed_in(has_provider=has_provider)
    if status == 404 or (call is not None and call.error_code == "model_not_found"):
        return _model_unknown(has_provider=has_provider)
    if status in {402, 429} or error.error_type in {"rate_limit", "quota"}:
        return ProviderLimited(
            "The model's provider asks to wait, or its quota is used up: try again later,"
            " or look at the account's limits."
        )
    is_cut = call is not None and call.failure_kind is ModelCallFailureKind.TRANSPORT
    if status is None and (is_cut or "Could not connect" in error.message):
        return _unreachable(has_provider=has_provider)
    told = f"HTTP {status}" if status else _first_line(error.message)
    return ProviderFailed(
        f"The model's provider failed ({told}): try again; if it stays, look at the provider."
    )


def of_start(told: str, found: Found) -> RuntimeUnavailable:
    """Why a runtime does not start.

    Args:
        told: what the SDK says, the runtime's last words included.
        found: the runtime.
    """
    if (mismatch := re.search(r"protocol version mismatch", told)) is not None:
        spoken = re.search(r"reports version (\d+)", told[mismatch.end() :])
        which = f"version {spoken[1]} of its protocol" if spoken else "an unknown protocol"
        return RuntimeUnavailable(
            f"The Copilot runtime {found.path} speaks {which}, and Threadpilot version {PROTOCOL}:"
            " run `threadpilot runtime install`, or name one that fits in COPILOT_CLI_PATH."
        )
    lines = [line for line in told.removeprefix("stderr:").splitlines() if line.strip()]
    reason = _first_line(lines[-1].removeprefix("stderr:").strip()) if lines else "no reason told"
    return RuntimeUnavailable(
        f"The Copilot runtime {found.path} does not start ({reason}): check COPILOT_CLI_PATH,"
        " or run `threadpilot runtime install`."
    )


def not_signed_in(*, is_offline: bool) -> NotSignedIn:
    """Nothing at all was given to sign in with."""
    if is_offline:
        return NotSignedIn(
            "Offline there is no GitHub to sign in to: set COPILOT_PROVIDER_BASE_URL and"
            " COPILOT_MODEL to a model of your own, or COPILOT_OFFLINE=false."
        )
    return NotSignedIn(
        "Copilot is not signed in: set COPILOT_GITHUB_TOKEN, or COPILOT_PROVIDER_BASE_URL"
        " and COPILOT_MODEL to a model of your own."
    )


def _not_signed_in(*, has_provider: bool) -> NotSignedIn:
    if has_provider:
        return NotSignedIn(
            "The model's provider refused the sign-in: check COPILOT_PROVIDER_API_KEY or"
            " COPILOT_PROVIDER_BEARER_TOKEN."
        )
    return NotSignedIn(
        "GitHub refused the sign-in: check that COPILOT_GITHUB_TOKEN is valid and that its"
        " account may use Copilot."
    )


def _model_unknown(*, has_provider: bool) -> ModelUnknown:
    if has_provider:
        return ModelUnknown(
            "The provider does not know the model: check COPILOT_MODEL and"
            " COPILOT_PROVIDER_BASE_URL."
        )
    return ModelUnknown("Copilot does not offer that model: check COPILOT_MODEL.")


def _unreachable(*, has_provider: bool) -> ProviderUnreachable:
    if has_provider:
        return ProviderUnreachable(
            "The model's provider does not answer: check COPILOT_PROVIDER_BASE_URL and that"
            " it is running and reachable from here."
        )
    return ProviderUnreachable(
        "GitHub Copilot cannot be reached: check the network, a proxy in HTTPS_PROXY, or set"
        " COPILOT_PROVIDER_BASE_URL to a model of your own."
    )


def _first_line(text: str) -> str:
    """One line of a foreign text, without what looks like an address or a key."""
    line = text.strip().partition("\n")[0].rstrip(".:")
    line = re.sub(r"https?://\S+", "…", line)
    line = re.sub(r"\b(sk|gh[a-z]|github_pat|xox[a-z]|xapp)[-_][\w-]{6,}", "…", line)
    return line if len(line) <= 160 else line[:159] + "…"
