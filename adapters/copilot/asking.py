"""Awaits the SDK's calls, but not beyond the runtime's death."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Any, TypeVar

from adapters.copilot.failures import LOST, translated
from bot.errors import RuntimeLost

_T = TypeVar("_T")


async def asked(call: Awaitable[_T], lost: asyncio.Future[None], *, has_provider: bool) -> _T:
    """Await a call of the SDK, which may wait forever for a runtime that is gone.

    Args:
        call: the call.
        lost: is done once the runtime is gone.
        has_provider: whether the operator brought a model provider.

    Raises:
        RuntimeLost: the runtime is gone.
        CopilotError: it refused.
    """
    task: asyncio.Future[_T] = asyncio.ensure_future(call)
    either: set[asyncio.Future[Any]] = {task, lost}
    try:
        if not lost.done():
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        if not task.done():
            raise RuntimeLost(LOST)
        with translated(has_provider=has_provider):
            return task.result()
    finally:
        if not task.done():
            task.cancel()
            await asyncio.wait({task})
            if not task.cancelled():
                task.exception()  # of a call that nobody waits for any more
