"""People of a playground: they speak, see when they are answered, and measure it by themselves.

Nothing of the benchmark's own is between the moment at which somebody speaks and the moment at
which the answer is whole.
"""

from __future__ import annotations

import asyncio
import time
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Sequence

WAIT_S = 120.0


class Audience(ABC):
    """Speaks as a person, and waits for answers."""

    def __init__(self) -> None:
        self._watches: dict[str, Watch] = {}

    @abstractmethod
    async def where(self) -> dict[str, str]:
        """How to reach the platform."""

    @abstractmethod
    async def connected(self) -> None:
        """Wait until a bot hears what is said."""

    @abstractmethod
    async def disconnected(self) -> None:
        """Wait until no bot is connected."""

    @abstractmethod
    async def say(self, text: str, thread: str) -> tuple[str, str]:
        """Say something.

        Nothing else may run between the saying and the return.

        Args:
            text: what.
            thread: where; empty to begin a thread with a mention.

        Returns:
            The thread and the message's id.
        """

    async def turn(self, text: str, expected: str, thread: str = "") -> dict[str, object]:
        """Say something and wait for the whole answer, and then for the bot's rest.

        Args:
            text: what is said.
            expected: the answer.
            thread: where; a mention in the channel when left out, which begins a thread.

        Returns:
            The thread; seconds until the first text was seen and until the answer was whole.
        """
        watch = await self._watch(text, expected, thread)
        async with asyncio.timeout(WAIT_S):
            await watch.rested.wait()
        del self._watches[watch.thread]
        return {
            "thread": watch.thread,
            "first_s": watch.first_at - watch.said_at,
            "whole_s": watch.whole_at - watch.said_at,
        }

    async def turns(
        self, text: str, expected: str, threads: Sequence[str] = (), count: int = 0
    ) -> dict[str, object]:
        """Say the same in many threads at once, and wait for all the answers.

        Args:
            text: what is said.
            expected: the answer.
            threads: where.
            count: how many threads to begin instead.

        Returns:
            The threads; seconds from the first word to the last answer being whole.
        """
        began = time.monotonic()
        places = threads or [""] * count
        watches = [await self._watch(text, expected, thread) for thread in places]
        async with asyncio.timeout(WAIT_S):
            for watch in watches:
                await watch.rested.wait()
        for watch in watches:
            del self._watches[watch.thread]
        last = max(watch.whole_at for watch in watches)
        return {"threads": [watch.thread for watch in watches], "seconds": last - began}

    def verbs(self) -> dict[str, Callable[..., Awaitable[object]]]:
        """What this process can be asked."""
        asked = (self.where, self.connected, self.disconnected, self.turn, self.turns)
        return {each.__name__: each for each in asked}

    def watch(self, thread: str) -> Watch | None:
        """What is waited for in a thread."""
        return self._watches.get(thread)

    async def _watch(self, text: str, expected: str, thread: str) -> Watch:
        said_at = time.monotonic()
        where, message = await self.say(text, thread)
        watch = self._watches[where] = Watch(where, message, expected, said_at)
        return watch


class Watch:
    """What is waited for in a thread.

    Args:
        thread: its id.
        message: the id of what was said.
        expected: the answer.
        said_at: when it was said.
    """

    def __init__(self, thread: str, message: str, expected: str, said_at: float) -> None:
        self.thread = thread
        self.said_at = said_at
        self.first_at = 0.0
        self.whole_at = 0.0
        self.rested = asyncio.Event()
        self._message = message
        self._expected = expected.strip()

    def see(self, message: str, text: str, *, is_finished: bool) -> None:
        """The bot's message is seen.

        Args:
            message: its id; ids grow.
            text: what it says.
            is_finished: whether it does not grow any more.
        """
        if message <= self._message or self.whole_at:
            return  # of an earlier turn
        if text.strip() and not self.first_at:
            self.first_at = time.monotonic()
        if is_finished and text.strip() == self._expected:
            self.whole_at = time.monotonic()

    def rest(self) -> None:
        """The bot is seen to rest."""
        if self.whole_at:
            self.rested.set()
