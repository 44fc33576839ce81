"""Waiting until something is so, without asking again and again."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

_T = TypeVar("_T")


class Waiting:
    """Those who wait for something to come to pass.

    Args:
        dump: what happened so far, for people to read.
    """

    def __init__(self, dump: Callable[[], str]) -> None:
        self._dump = dump
        self._woken: set[asyncio.Event] = set()

    def wake(self) -> None:
        """Something changed: everybody looks again."""
        for woken in self._woken:
            woken.set()

    async def until(self, predicate: Callable[[], _T], timeout_s: float) -> _T:
        """Wait until something is so.

        Args:
            predicate: asked after every change, until it returns something true.
            timeout_s: seconds to wait at most.

        Returns:
            What the predicate returned.

        Raises:
            TimeoutError: it did not come to pass; the message tells what happened instead.
        """
        woken = asyncio.Event()
        self._woken.add(woken)
        try:
            async with asyncio.timeout(timeout_s):
                while not (value := predicate()):
                    woken.clear()
                    await woken.wait()
        except TimeoutError:
            raise TimeoutError(f"not within {timeout_s} s; so far:\n{self._dump()}") from None
        finally:
            self._woken.discard(woken)
        return value
