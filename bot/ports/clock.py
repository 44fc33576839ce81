"""Time, so that it is a value in tests."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """Time, so that it is a value in tests."""

    def now(self) -> datetime:
        """The wall clock (UTC)."""

    def monotonic(self) -> float:
        """Seconds that only ever grow."""

    async def sleep(self, seconds: float) -> None:
        """Wait."""
