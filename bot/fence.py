"""What is asked before a call to a platform goes out: whether the thread is still its worker's.

A write to the database carries its lease's fence; a call to a platform cannot. A process may have
slept anywhere: while a call waited for a limit to end, or for the next attempt. So the question is
asked as late as possible, by the HTTP sessions of the adapters, before each attempt at a call.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

Fence = Callable[[], Awaitable[None]]
"""Passes, or raises LeaseLost."""

_fence: ContextVar[Fence | None] = ContextVar("fence", default=None)


@contextmanager
def within(fence: Fence | None) -> Iterator[None]:
    """Let all calls made in here, and in tasks that begin in here, go past a fence.

    Args:
        fence: the fence; None for none.
    """
    token = _fence.set(fence)
    try:
        yield
    finally:
        _fence.reset(token)


def around() -> Fence | None:
    """The fence around us."""
    return _fence.get()


async def passed() -> None:
    """Go past the fence around us, if there is one.

    Raises:
        LeaseLost: another worker owns the thread now.
        StoreError: nobody can tell, for the database failed.
    """
    fence = _fence.get()
    if fence is not None:
        await fence()
