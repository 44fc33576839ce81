"""Waiting for something, but no longer than some time of a clock."""

from __future__ import annotations

import asyncio

from bot.ports import Clock


async def happens(event: asyncio.Event, clock: Clock, within_s: float) -> bool:
    """Wait for an event, but not for ever.

    Args:
        event: what is waited for.
        clock: time.
        within_s: the most seconds to wait.

    Returns:
        Whether it happened.
    """
    if event.is_set():
        return True
    happening = asyncio.create_task(event.wait(), name="event")
    waiting = asyncio.create_task(clock.sleep(within_s), name="patience")
    try:
        await asyncio.wait([happening, waiting], return_when=asyncio.FIRST_COMPLETED)
    finally:
        happening.cancel()
        waiting.cancel()
        await asyncio.wait([happening, waiting])
    return event.is_set()
