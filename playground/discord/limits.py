"""Rate limits: buckets per route and channel, one for all, and too many refused calls.

https://discord.com/developers/docs/topics/rate-limits. A bucket's window begins with its first
call. The numbers are those that Discord's answers tell, where they are known, and cautious
guesses elsewhere.
"""

import hashlib
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from playground.discord.errors import RateLimitedError

GLOBAL_PER_S = 50
_INVALID_WINDOW_S = 600.0
_SWEEP_AT = 4096


@dataclass(frozen=True, kw_only=True)
class Bucket:
    """How often some routes may be called.

    Args:
        name: what it is for.
        calls: how many calls a window takes.
        per_s: the window, in seconds.
        scope: ``shared`` where the limit is the channel's and not the app's.
    """

    name: str
    calls: int
    per_s: float
    scope: str = "user"
    hash: str = field(init=False)

    def __post_init__(self) -> None:
        digest = hashlib.sha256(self.name.encode()).hexdigest()
        object.__setattr__(self, "hash", digest[:32])


CREATE_MESSAGE = Bucket(name="create_message", calls=5, per_s=5.0)
EDIT_MESSAGE = Bucket(name="update_message", calls=5, per_s=5.0)
DELETE_MESSAGE = Bucket(name="delete_message", calls=5, per_s=1.0)
GET_MESSAGES = Bucket(name="messages", calls=10, per_s=5.0)
REACTION = Bucket(name="reaction", calls=1, per_s=0.25)
TYPING = Bucket(name="typing", calls=5, per_s=5.0)
START_THREAD = Bucket(name="start_thread", calls=50, per_s=300.0, scope="shared")
THREAD_MEMBERS = Bucket(name="thread_members", calls=5, per_s=5.0)
UPDATE_CHANNEL = Bucket(name="update_channel", calls=5, per_s=5.0)
RENAME = Bucket(name="rename_channel", calls=2, per_s=600.0)
WEBHOOK = Bucket(name="webhook", calls=5, per_s=2.0)
CALLBACK = Bucket(name="callback", calls=30, per_s=10.0)
SYNC = Bucket(name="sync_commands", calls=2, per_s=20.0)
CREATE_DM = Bucket(name="create_dm", calls=10, per_s=10.0)
READING = Bucket(name="reading", calls=30, per_s=10.0)


@dataclass(frozen=True, kw_only=True, slots=True)
class Usage:
    """What a call left of its bucket.

    Args:
        bucket: the bucket.
        limit: how many calls the window takes.
        remaining: how many are left.
        reset_after_s: seconds until the window ends.
    """

    bucket: Bucket
    limit: int
    remaining: int
    reset_after_s: float

    def headers(self, now: float) -> dict[str, str]:
        """Return the headers that tell of it.

        Args:
            now: seconds since the epoch.
        """
        return {
            "X-RateLimit-Limit": str(self.limit),
            "X-RateLimit-Remaining": str(self.remaining),
            "X-RateLimit-Reset": f"{now + self.reset_after_s:.3f}",
            "X-RateLimit-Reset-After": f"{self.reset_after_s:.3f}",
            "X-RateLimit-Bucket": self.bucket.hash,
        }


@dataclass(slots=True)
class _Window:
    until: float
    used: int


_PLENTY = 1_000_000


class Limits:
    """Counts the calls of one app.

    Args:
        is_on: whether a call too many is refused. Otherwise the answers tell of plenty.
        invalid_requests: refused calls in ten minutes after which the app is shut out.
        now: a clock in seconds that never goes back.
    """

    def __init__(
        self,
        *,
        is_on: bool,
        invalid_requests: int = 10_000,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self.is_on = is_on
        self._most_invalid = invalid_requests
        self._now = now
        self._windows: dict[tuple[Bucket, str], _Window] = {}
        self._global = _Window(0.0, 0)
        self._invalid: deque[float] = deque()

    @property
    def invalid_requests(self) -> int:
        """How many calls were refused in the last ten minutes, as Discord counts them."""
        self._forget_invalid()
        return len(self._invalid)

    @property
    def is_shut_out(self) -> bool:
        """Whether so many calls were refused that the app gets no answers any more."""
        return self.is_on and self.invalid_requests >= self._most_invalid

    def take_global(self) -> None:
        """Count one call against the limit for all calls together.

        Raises:
            RateLimitedError: there was one too many.
        """
        if not self.is_on:
            return
        now = self._now()
        window = self._global
        if now >= window.until:
            window.until, window.used = now + 1.0, 0
        if window.used >= GLOBAL_PER_S:
            raise RateLimitedError(window.until - now, scope="global")
        window.used += 1

    def take(self, bucket: Bucket, major: str) -> Usage:
        """Count one call.

        Args:
            bucket: what it counts against.
            major: the channel, server or webhook that it is about.

        Raises:
            RateLimitedError: there was one too many.
        """
        if not self.is_on:
            return Usage(bucket=bucket, limit=_PLENTY, remaining=_PLENTY - 1, reset_after_s=1.0)
        now = self._now()
        window = self._windows.get((bucket, major))
        if window is None or now >= window.until:
            if len(self._windows) >= _SWEEP_AT:
                self._windows = {key: one for key, one in self._windows.items() if one.until > now}
            window = self._windows[(bucket, major)] = _Window(now + bucket.per_s, 0)
        if window.used >= bucket.calls:
            raise RateLimitedError(window.until - now, scope=bucket.scope)
        window.used += 1
        return Usage(
            bucket=bucket,
            limit=bucket.calls,
            remaining=bucket.calls - window.used,
            reset_after_s=window.until - now,
        )

    def usage(self, bucket: Bucket, major: str) -> Usage | None:
        """Return how much of a bucket is used, where a window is open."""
        window = self._windows.get((bucket, major))
        if window is None:
            return None
        return Usage(
            bucket=bucket,
            limit=bucket.calls,
            remaining=bucket.calls - window.used,
            reset_after_s=max(0.0, window.until - self._now()),
        )

    def note_invalid(self, http_status: int, *, scope: str | None) -> None:
        """Count a refused call where Discord does: 401, 403 and 429, but for shared limits."""
        if http_status in (401, 403) or (http_status == 429 and scope != "shared"):
            self._invalid.append(self._now())

    def _forget_invalid(self) -> None:
        before = self._now() - _INVALID_WINDOW_S
        while self._invalid and self._invalid[0] < before:
            self._invalid.popleft()
