"""Every REST call of the app: what it asked, what it got and how long that took."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from playground.discord.limits import Usage
from playground.payload import Payload


@dataclass(frozen=True, kw_only=True, slots=True)
class ApiCall:
    """One call.

    Args:
        n: its number, from 1.
        method: what it is called in Discord's own description, such as ``create_message``.
        host: the address by which it came.
        http: the HTTP method.
        path: the address, without the base.
        route: the address with names for ids.
        at: when it came in, in seconds since the epoch.
        ms: how long it took, in milliseconds.
        http_status: the answer's status.
        ok: whether it was carried out and answered.
        code: Discord's JSON error code.
        error: the code with Discord's words for it.
        arguments: the body that was sent; files by their names under ``files``.
        query: the address's query.
        answer: what it got.
        usage: what it left of its rate limit.
        retry_after_s: seconds to wait, where it was one too many.
    """

    n: int
    method: str
    host: str
    http: str
    path: str
    route: str
    at: float
    ms: float
    http_status: int
    ok: bool
    code: int | None
    error: str | None
    arguments: Any
    query: Payload
    answer: Any
    usage: Usage | None
    retry_after_s: float | None = None

    def page_payload(self) -> Payload:
        """Return the call as the page lists it."""
        payload: Payload = {
            "n": self.n,
            "method": self.method,
            "http": self.http,
            "path": self.path,
            "at": datetime.fromtimestamp(self.at, UTC).isoformat(timespec="milliseconds"),
            "ms": round(self.ms, 2),
            "http_status": self.http_status,
            "ok": self.ok,
        }
        if self.error is not None:
            payload["error"] = self.error
        if self.retry_after_s is not None:
            payload["retry_after_s"] = round(self.retry_after_s, 3)
        if self.usage is not None:
            payload |= {
                "bucket": self.usage.bucket.name,
                "limit": self.usage.limit,
                "remaining": self.usage.remaining,
                "reset_after_s": round(self.usage.reset_after_s, 3),
            }
        return payload
