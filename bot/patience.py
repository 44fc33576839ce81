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
        await cancelled(waiting, working)
    if working.cancelled():
        raise TimeoutError
    return working.result()


async def unless(event: asyncio.Event, work: Coroutine[Any, Any, T]) -> T | None:
    """Do something, but do not insist once an event happens.

    Args:
        event: what ends it.
        work: what is done; it is cancelled then.

    Returns:
        What came of it; None where it was cut off.
    """
    working = asyncio.create_task(work, name="work")
    happening = asyncio.create_task(event.wait(), name="event")
    try:
        await asyncio.wait([working, happening], return_when=asyncio.FIRST_COMPLETED)
    finally:
        await cancelled(happening, working)
    return None if working.cancelled() else working.result()


async def cancelled(*tasks: asyncio.Task[Any]) -> None:
    """Cancel tasks and wait for their ends; what they failed with is theirs to tell."""
    for task in tasks:
        task.cancel()
    if tasks:
        await asyncio.wait(tasks)
    for task in tasks:
        failure(task)


def failure(task: asyncio.Task[Any]) -> BaseException | None:
    """What a task that ended failed with, other than being cancelled."""
    return None if task.cancelled() else task.exception()


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
