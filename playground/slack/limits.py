"""Rate limits: Slack's tiers per method, and about one post a second in each channel.

https://docs.slack.dev/apis/web-api/rate-limits. A bucket holds a minute's worth of calls and
fills evenly, which gives the bursts that Slack tolerates.
"""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass

from playground.slack.errors import RateLimitedError


@dataclass(frozen=True, kw_only=True)
class Tier:
    """How often a method may be called.

    Args:
        name: how the page names it.
        per_minute: calls a minute, in the long run.
        burst: calls at once, after a rest.
        by_channel: whether each channel has its own bucket.
    """

    name: str
    per_minute: int
    burst: int
    by_channel: bool = False


TIER_1 = Tier(name="1", per_minute=1, burst=3)
TIER_2 = Tier(name="2", per_minute=20, burst=20)
TIER_3 = Tier(name="3", per_minute=50, burst=50)
TIER_4 = Tier(name="4", per_minute=100, burst=100)
POSTING = Tier(name="posting", per_minute=60, burst=5, by_channel=True)
SPECIAL = Tier(name="special", per_minute=600, burst=600)


@dataclass(slots=True)
class _Bucket:
    calls: float
    at: float


class Limits:
    """Counts the calls of one app in one workspace.

    Args:
        is_on: whether a call too many is refused.
        now: a clock in seconds that never goes back.
    """

    def __init__(self, *, is_on: bool, now: Callable[[], float] = time.monotonic) -> None:
        self.is_on = is_on
        self._now = now
        self._buckets: dict[tuple[str, str], _Bucket] = {}

    def take(self, method: str, tier: Tier, channel: str) -> int:
        """Count one call.

        Args:
            method: the method.
            tier: how often it may be called.
            channel: the channel it is about, or nothing.

        Returns:
            How much of the burst is used up, this call included.

        Raises:
            RateLimitedError: there was one too many.
        """
        now = self._now()
        key = (method, channel if tier.by_channel else "")
        bucket = self._buckets.get(key)
        if bucket is None:
            bucket = self._buckets[key] = _Bucket(0.0, now)
        else:
            drained = (now - bucket.at) * tier.per_minute / 60
            bucket.calls = max(0.0, bucket.calls - drained)
            bucket.at = now
        if self.is_on and bucket.calls + 1 > tier.burst:
            raise RateLimitedError(
                math.ceil((bucket.calls + 1 - tier.burst) * 60 / tier.per_minute)
            )
        bucket.calls += 1
        return math.ceil(bucket.calls)
