"""Every Web API call of the app: what it asked, what it got and how long that took."""

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from playground.slack.payload import Payload


@dataclass(frozen=True, kw_only=True, slots=True)
class ApiCall:
    """One call.

    Args:
        n: its number, from 1.
        method: the method's name.
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

    def calls(self, method: str | None = None, *, ok: bool | None = None) -> list[ApiCall]:
        """Return the calls kept, oldest first.

        Args:
            method: only those of this method.
            ok: only those that went well, or did not.
        """
        return [
            call
            for call in self._calls
            if (method is None or call.method == method) and (ok is None or call.ok is ok)
        ]

    def last(self, number: int) -> list[ApiCall]:
        """Return the newest calls, oldest first."""
        return list(self._calls)[-number:]

    def clear(self) -> None:
        """Forget the calls so far."""
        self._calls.clear()
