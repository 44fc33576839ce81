"""A budget of calls: so many a minute, some of them at once."""

from __future__ import annotations

from bot.ports import Clock

_LONGEST_WAIT_S = 3.0


class Pace:
    """Spaces the calls of a method so that Slack need not refuse any.

    Args:
        per_minute: how many calls a minute.
        burst: how many at once, after a rest.
        clock: time.
    """

    def __init__(self, *, per_minute: float, burst: int, clock: Clock) -> None:
        self._per_s = per_minute / 60.0
        self._burst = burst
        self._clock = clock
        self._left = float(burst)
        self._at = clock.monotonic()

    def take(self) -> float:
        """Count a call; returns for how long it should have waited (seconds)."""
        now = self._clock.monotonic()
        self._left = min(self._burst, self._left + (now - self._at) * self._per_s)
        self._at = now
        self._left -= 1.0
        return max(0.0, -self._left / self._per_s)

    async def turn(self) -> bool:
        """Wait for a turn; false where that would take long, and nothing was counted."""
        wait_s = self.take()
        if wait_s > _LONGEST_WAIT_S:
            self._left += 1.0
            return False
        if wait_s:
            await self._clock.sleep(wait_s)
        return True
