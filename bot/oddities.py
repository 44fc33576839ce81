"""Logs what cannot be made sense of: each kind once."""

from __future__ import annotations

import structlog

from bot.log import Once

_log = structlog.get_logger(__name__)


class Oddities:
    """What was logged already.

    Args:
        event: under which name it is logged, such as `slack.odd`.
    """

    def __init__(self, event: str) -> None:
        self._event = event
        self._once = Once(500)

    def note(self, kind: str) -> None:
        """Log it, unless it was.

        Args:
            kind: what it is, in a few words; nothing of what people said.
        """
        if self._once.first(kind):
            _log.warning(self._event, kind=kind)
