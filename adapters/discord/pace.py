"""Spreads requests, so that all of them together stay below Discord's limit.

discord.py knows the limits of each route from the answers, but of the limit on all routes
together, 50 requests a second, it learns only by being refused.
https://docs.discord.com/developers/topics/rate-limits#global-rate-limit
"""

from __future__ import annotations

from types import SimpleNamespace

import aiohttp

from bot.ports import Clock

PER_SECOND = 40.0
BURST = 8
"""How many may go at once after a rest; with a second's worth they stay below 50."""

# Answers to interactions do not count, and have three seconds.
_EXEMPT = ("/interactions/", "/webhooks/")


class Pace:
    """Gives requests their turn.

    Args:
        clock: time.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._next = clock.monotonic()

    async def turn(self) -> None:
        """Wait until one more request may go."""
        wait_s = self.reserve()
        if wait_s > 0:
            await self._clock.sleep(wait_s)

    def reserve(self) -> float:
        """Take the next turn; returns how long to wait for it (seconds)."""
        now = self._clock.monotonic()
        due = max(self._next, now)
        self._next = due + 1 / PER_SECOND
        return max(0.0, due - now - (BURST - 1) / PER_SECOND)

    def trace(self) -> aiohttp.TraceConfig:
        """What makes each request of an HTTP session wait, once all else has let it go."""

        async def wait(
            session: aiohttp.ClientSession,
            context: SimpleNamespace,
            request: aiohttp.TraceRequestStartParams,
        ) -> None:
            if not any(part in request.url.path for part in _EXEMPT):
                await self.turn()

        config = aiohttp.TraceConfig()
        config.on_request_start.append(wait)
        return config
