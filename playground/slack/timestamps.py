"""Slack's message timestamps: seconds with six decimals, unique and rising in a workspace."""

import re
import time
from collections.abc import Callable

_TIMESTAMP = re.compile(r"\d{1,12}\.\d{6}")


class Timestamps:
    """Mints timestamps, each later than the one before.

    Args:
        now: the clock, in seconds since the epoch.
    """

    def __init__(self, now: Callable[[], float] = time.time) -> None:
        self._now = now
        self._last_us = 0

    def now(self) -> float:
        """Return the time in seconds since the epoch."""
        return self._now()

    def mint(self) -> str:
        """Return a timestamp that nothing else in the workspace has."""
        self._last_us = max(self._last_us + 1, int(self._now() * 1_000_000))
        seconds, micros = divmod(self._last_us, 1_000_000)
        return f"{seconds}.{micros:06d}"


def is_timestamp(text: str) -> bool:
    """Say whether ``text`` is written as a message timestamp."""
    return _TIMESTAMP.fullmatch(text) is not None
