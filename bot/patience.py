"""Waiting for something, but no longer than some time of a clock."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from bot.ports import Clock

T = TypeVar("T")


async def within(seconds: float, clock: Clock, work: Coroutine[Any, Any, T]) -> T:
    """Do something that may take only so long.

    Args:
        seconds: the most that it may take.
        clock: time.
        work: what is done; it is cancelled when the time is up.

    Raises:
        TimeoutError: the time was up.
    """
    working = asyncio.create_task(work, name="work")
    waiting = asyncio.create_task(clock.sleep(seconds), name="patience")
    try:
        await asyncio.wait([working, waiting], return_when=asyncio.FIRST_COMPLETED)
    finally:
        working.cancel()
        waiting.cancel()
        await asyncio.wait([working, waiting])
    if working.cancelled():
        raise TimeoutError
    return working.result()


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
