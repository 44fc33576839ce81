"""Every REST call of the app: what it asked, what it got and how long that took."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from playground.discord.limits import Usage
from playground.discord.payload import Payload


@dataclass(frozen=True, kw_only=True, slots=True)
class ApiCall:
    """One call.

    Args:
        n: its number, from 1.
        method: what it is called in Discord's own description, such as ``create_message``.
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


class Record:
    """The newest calls, in order.

    Args:
        kept: how many to keep.
    """

    def __init__(self, kept: int) -> None:
        self._calls: deque[ApiCall] = deque(maxlen=kept)
        self._subscribers: list[Callable[[ApiCall], None]] = []
        self.count = 0

    def subscribe(self, told: Callable[[ApiCall], None]) -> Callable[[], None]:
        """Tell ``told`` of every call; the answer ends the subscription."""
        self._subscribers.append(told)
        return lambda: self._subscribers.remove(told)

    def add(self, call: ApiCall) -> None:
        """Note a call that was answered."""
        self._calls.append(call)
        for told in tuple(self._subscribers):
            told(call)

    def next_number(self) -> int:
        """Return the number of the call that is coming in."""
        self.count += 1
        return self.count

    def calls(
        self,
        method: str | None = None,
        *,
        ok: bool | None = None,
        http_status: int | None = None,
    ) -> list[ApiCall]:
        """Return the calls kept, oldest first.

        Args:
            method: only those of this name.
            ok: only those that went well, or did not.
            http_status: only those that were answered so.
        """
        return [
            call
            for call in self._calls
            if (method is None or call.method == method)
            and (ok is None or call.ok is ok)
            and (http_status is None or call.http_status == http_status)
        ]

    def last(self, number: int) -> list[ApiCall]:
        """Return the newest calls, oldest first."""
        return list(self._calls)[-number:]

    def clear(self) -> None:
        """Forget the calls so far."""
        self._calls.clear()
