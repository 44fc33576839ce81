"""What is known of conversations from before: a `Recall` that is told it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.errors import StoreBusy
from bot.mailbox import LastSaid
from bot.messages import IncomingMessage


class Memory:
    """Knows what was said before, as the store does.

    Args:
        known: the newest messages that it has.
        failures: how often it fails first.
    """

    def __init__(self, *known: IncomingMessage, failures: int = 0) -> None:
        self.known = known
        self.failures = failures
        self.asked: list[tuple[datetime, int]] = []

    async def __call__(
        self, *, since: datetime, limit: int, is_direct: bool | None = None
    ) -> Sequence[LastSaid]:
        """Tell it."""
        self.asked.append((since, limit))
        if self.failures:
            self.failures -= 1
            raise StoreBusy("busy")
        return [
            LastSaid(key=message.key, at=message.sent_at)
            for message in self.known
            if is_direct in {None, message.is_direct}
        ]
