"""The machine's own clock."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime


class SystemClock:
    """The `Clock` of the ports as the machine has it."""

    def now(self) -> datetime:
        """The wall clock (UTC)."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Seconds that only ever grow, from an arbitrary beginning."""
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Wait.

        Args:
            seconds: how long; none or less only lets the others have their turn.
        """
        await asyncio.sleep(seconds)
