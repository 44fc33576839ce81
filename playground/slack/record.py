"""Every Web API call of the app: what it asked, what it got and how long that took."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from playground.payload import Payload


@dataclass(frozen=True, kw_only=True, slots=True)
class ApiCall:
    """One call.

    Args:
        n: its number, from 1.
        method: the method's name.
        host: the address by which it came.
        at: when it came in, in seconds since the epoch.
        ms: how long it took, in milliseconds.
        http_status: the answer's status.
        ok: whether it was carried out and answered.
        error: Slack's error code.
        arguments: what it asked, without the token.
        answer: what it got.
        tier: the tier of its rate limit.
        per_minute: how often it may be called.
        used: how much of the limit was used, this call included.
    """

    n: int
    method: str
    host: str
    at: float
    ms: float
    http_status: int
    ok: bool
    error: str | None
    arguments: Mapping[str, Any]
    answer: Payload
    tier: str | None
    per_minute: int | None
    used: int | None

    def page_payload(self) -> Payload:
        """Return the call as the page lists it."""
        payload: Payload = {
            "n": self.n,
            "method": self.method,
            "at": datetime.fromtimestamp(self.at, UTC).isoformat(timespec="milliseconds"),
            "ms": round(self.ms, 2),
            "http_status": self.http_status,
            "ok": self.ok,
        }
        optional = {
            "error": self.error,
            "tier": self.tier,
            "per_minute": self.per_minute,
            "used": self.used,
        }
        return payload | {name: value for name, value in optional.items() if value is not None}
