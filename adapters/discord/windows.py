"""The window of one of Discord's rate limits.

discord.py's own takes a limit on how long a call may wait too literally: it refuses calls as soon
as the window ends late, though there are calls left in it, and afterwards forgets that the window
was used up. Threads may be started 50 times in five minutes: with discord.py's, the second would
be refused, and without such a limit the fiftieth would return only when the five minutes are over.
"""

from __future__ import annotations

from types import TracebackType

from discord.errors import RateLimited
from discord.http import Ratelimit


class Window(Ratelimit):
    """Lets calls through as long as there are some left, and refuses what would wait too long."""

    async def acquire(self) -> None:
        """Take a call, waiting for one if that does not take too long.

        Raises:
            RateLimited: it would.
        """
        if self.is_expired():
            self.reset()  # type: ignore[no-untyped-call]
        if self.remaining > 0:
            self._last_request = self._loop.time()
            self.remaining -= 1
            self.outgoing += 1
        else:
            await super().acquire()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.outgoing -= 1
        left = self.remaining - self.outgoing
        if self._sleeping.locked():
            return
        if left <= 0:
            await self._refresh()
        elif self._pending_requests:
            self._wake(left)

    async def _refresh(self) -> None:
        longest_s = self._max_ratelimit_timeout
        if longest_s and self.reset_after > longest_s:
            # The window stays used up until it ends.
            self._wake(len(self._pending_requests), exception=RateLimited(self.reset_after))
            return
        await super()._refresh()
