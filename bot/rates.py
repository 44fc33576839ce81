"""How fast people may say things to the bot."""

from __future__ import annotations

from bot.ports import Clock
from bot.recent import Recent

_REMEMBERED = 10_000


class Rates:
    """So many messages a minute for each person, a minute's worth of them at once.

    Each process counts by itself.

    Args:
        per_minute: how many; 0 for any number.
        clock: time.
    """

    def __init__(self, per_minute: int, clock: Clock) -> None:
        self._per_minute = per_minute
        self._clock = clock
        self._left: Recent[str, tuple[float, float]] = Recent(_REMEMBERED)

    def take(self, person: str) -> float:
        """Count a message of somebody's; it counts for nothing where it is one too many.

        Args:
            person: who said it.

        Returns:
            For how many seconds they have to wait; 0 where they need not.
        """
        if not self._per_minute:
            return 0.0
        now, per_s = self._clock.monotonic(), self._per_minute / 60
        left, at = self._left.get(person) or (float(self._per_minute), now)
        left = min(self._per_minute, left + (now - at) * per_s)
        is_fine = left >= 1.0
        self._left.put(person, (left - 1.0 if is_fine else left, now))
        return 0.0 if is_fine else (1.0 - left) / per_s
