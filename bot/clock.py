"""The machine's own clock, and times that no jump of it moves."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from bot.ports import Clock


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


class SteadyTime:
    """The time of day as a clock had it once, and as it has grown since: no jump moves it.

    Args:
        clock: time.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._began, self._began_s = clock.now(), clock.monotonic()

    def now(self) -> datetime:
        """What the wall clock would say (UTC), had it not been set since."""
        return self._began + timedelta(seconds=self._clock.monotonic() - self._began_s)

    def of(self, moment: datetime) -> datetime:
        """A moment of the wall clock as it is now, in steady time."""
        return moment + (self.now() - self._clock.now())


@dataclass(frozen=True, kw_only=True, slots=True)
class Term:
    """A time that ends when either the wall clock or the monotonic one says so.

    The monotonic clock stands still while the whole machine sleeps, and the wall clock may be set.

    Args:
        until: by the wall clock (UTC).
        until_s: by the monotonic one.
    """

    until: datetime
    until_s: float

    @classmethod
    def of(cls, seconds: float, clock: Clock) -> Term:
        """A term from now on.

        Args:
            seconds: how long it is.
            clock: time.
        """
        return cls(
            until=clock.now() + timedelta(seconds=seconds), until_s=clock.monotonic() + seconds
        )

    def is_over(self, clock: Clock) -> bool:
        """Whether one of the clocks says that it is over."""
        return clock.now() >= self.until or clock.monotonic() >= self.until_s
