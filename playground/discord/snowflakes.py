"""Discord's ids: the time in milliseconds, shifted by 22 bits, unique and rising.

https://discord.com/developers/docs/reference#snowflakes
"""

import time
from collections.abc import Callable
from datetime import UTC, datetime

_EPOCH_MS = 1_420_070_400_000


class Snowflakes:
    """Mints ids, each greater than the one before.

    Args:
        now: the clock, in seconds since the epoch.
    """

    def __init__(self, now: Callable[[], float] = time.time) -> None:
        self._now = now
        self._last = 0

    def now(self) -> float:
        """Return the time in seconds since the epoch."""
        return self._now()

    def timestamp(self) -> str:
        """Return the time as Discord writes it."""
        return iso(self._now())

    def mint(self) -> str:
        """Return an id that nothing else has."""
        since_ms = int(self._now() * 1000) - _EPOCH_MS
        self._last = max(self._last + 1, since_ms << 22)
        return str(self._last)


def created_at(snowflake: str) -> str:
    """Return the moment that an id was made at, as Discord writes it."""
    return iso(((int(snowflake) >> 22) + _EPOCH_MS) / 1000)


def iso(at: float) -> str:
    """Return a moment as Discord writes it.

    Args:
        at: seconds since the epoch.
    """
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="microseconds")


def is_snowflake(given: object) -> bool:
    """Say whether a value can be an id; Discord takes numbers as well as digits in a string."""
    if isinstance(given, str):
        return given.isdecimal() and len(given) <= 20
    return isinstance(given, int) and not isinstance(given, bool) and given >= 0
